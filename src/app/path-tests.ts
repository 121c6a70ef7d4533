import type { AuditEntry } from '../audit/entry.ts';
import type { Enqueue, OutboxDraft } from '../delivery/outbox.ts';
import type { OutboxStore } from '../delivery/store.ts';
import { type PagePath, type PathTest, PathTests } from '../oncall/path-test.ts';
import type { Directory } from '../people/directory.ts';
import type { Person } from '../people/person.ts';
import { TEST_TEXT } from '../slack/view/path-test.ts';
import type { Db } from '../sqlite/db.ts';
import { SqlitePathTestStore } from '../sqlite/path-test-store.ts';
import { quietly } from './quiet-row.ts';
import type { Telling } from './telling.ts';

export interface PathTestParts {
  readonly db: Db;
  readonly directory: Directory;
  readonly outbox: OutboxStore;
  readonly enqueue: Enqueue;
  readonly record: (entry: AuditEntry) => void;
  readonly toPerson: Telling['toPerson'];
  /** The direct message with its question; undefined without Slack. */
  readonly message: (user: string, test: PathTest, now: number) => OutboxDraft | undefined;
  readonly hasSlack: () => boolean;
}

/** A test that comes much later than it was asked for tests nothing. */
const LIVES_MS = 10 * 60_000;

export function createPathTests(parts: PathTestParts): PathTests {
  const { db, outbox, enqueue, toPerson } = parts;
  const paths = (person: Person): PagePath[] => [
    ...(person.slackId !== undefined && parts.hasSlack() ? (['slack'] as const) : []),
    ...(toPerson.otherWay(person) === undefined ? [] : (['sms'] as const)),
    ...(toPerson.mailsTo(person) ? (['email'] as const) : []),
  ];
  const draftOf = (person: Person, test: PathTest, now: number): OutboxDraft | undefined => {
    switch (test.path) {
      case 'slack':
        return person.slackId === undefined ? undefined : parts.message(person.slackId, test, now);
      case 'sms':
        return toPerson.textMessage(person, TEST_TEXT, now);
      case 'email':
        return toPerson.mailMessage(person, 'TEST from Watchroom, for you alone: nothing is wrong', TEST_TEXT, now);
    }
  };
  return new PathTests({
    store: new SqlitePathTestStore(db),
    directory: parts.directory,
    transact: (fn) => db.tx(fn),
    record: parts.record,
    paths,
    send: (person, test, now) => {
      const draft = draftOf(person, test, now);
      return draft && enqueue(quietly({ ...draft, timeToLiveMs: LIVES_MS }));
    },
    isDead: (row) => outbox.entry(row)?.state === 'dead',
  });
}
