import type { AuditActor, AuditEntry } from '../audit/entry.ts';
import type { Directory } from '../people/directory.ts';
import type { Person } from '../people/person.ts';

/** A way on which a page comes to somebody. */
export type PagePath = 'slack' | 'sms' | 'email';

/** One test message to one person on one path, and whether it rang there. */
export interface PathTest {
  readonly id: string;
  /** Those that were sent together have the first one's id. */
  readonly run: string;
  /** The person's key. */
  readonly person: string;
  readonly path: PagePath;
  readonly at: number;
  /** The outbox row that carries it. */
  readonly row?: string;
  readonly answer?: { readonly rang: boolean; readonly at: number };
}

/** Where tests are kept. Every method joins the caller's transaction. */
export interface PathTestStore {
  /** Gives the test its id; without a run it begins one. */
  add(draft: Omit<PathTest, 'id' | 'run'> & { readonly run?: string }): PathTest;
  save(test: PathTest): void;
  test(id: string): PathTest | undefined;
  ofRun(run: string): PathTest[];
  /** Forgets tests of before. */
  prune(before: number): void;
  /** The last test of each path of a person. */
  latest(person: string): PathTest[];
}

/** A path as its owner sees it. */
export interface PathState {
  readonly path: PagePath;
  /** The last test; absent where there was none. */
  readonly test?: PathTest;
  /** It could not be delivered, whatever was answered. */
  readonly undelivered: boolean;
}

export interface PathTestPorts {
  readonly store: PathTestStore;
  readonly directory: Directory;
  readonly transact: <T>(fn: () => T) => T;
  readonly record: (entry: AuditEntry) => void;
  /** The paths that lead to this person now, the first tried first. */
  readonly paths: (person: Person) => readonly PagePath[];
  /** Puts the test message into the outbox; its row. Nobody else hears it, nor that it failed. */
  readonly send: (person: Person, test: PathTest, now: number) => string | undefined;
  /** Whether the row of a test will never be sent. */
  readonly isDead: (row: string) => boolean;
}

export type PathTestResult =
  | { readonly kind: 'done'; readonly tests: readonly PathTest[] }
  | { readonly kind: 'refused'; readonly message: string };

const AGAIN_AFTER_MS = 60_000;
/** As long as the audit trail promises. */
const KEPT_MS = 400 * 86_400_000;

/** "Does a page ring here?" For oneself alone: no incident, no ladder, nobody else hears of it. */
export class PathTests {
  readonly #ports: PathTestPorts;

  constructor(ports: PathTestPorts) {
    this.#ports = ports;
  }

  /** Sends a test on every path that leads to the actor. */
  start(actor: AuditActor, now: number): PathTestResult {
    const { store, directory, transact, record, paths, send } = this.#ports;
    return transact(() => {
      const person = directory.person(actor.id);
      const known = person ? paths(person) : [];
      if (!person || known.length === 0)
        return refused('No way leads to you from here: no Slack account, no phone number.');
      const last = Math.max(Number.NEGATIVE_INFINITY, ...store.latest(person.key).map(({ at }) => at));
      if (now - last < AGAIN_AFTER_MS)
        return refused('The last test was less than a minute ago: has it rung meanwhile?');
      store.prune(now - KEPT_MS);
      const tests: PathTest[] = [];
      for (const path of known) {
        const [first] = tests;
        const test = store.add({ person: person.key, path, at: now, ...(first && { run: first.run }) });
        const row = send(person, test, now);
        const sent = row === undefined ? test : { ...test, row };
        store.save(sent);
        tests.push(sent);
      }
      record({ at: now, actor, action: 'oncall.test', target: person.key, after: { paths: known } });
      return { kind: 'done', tests };
    });
  }

  /** "It rang", or not; a later answer replaces an earlier one. Only the person it went to can know. */
  answer(id: string, rang: boolean, actor: AuditActor, now: number): PathTestResult {
    const { store, directory, transact, record } = this.#ports;
    return transact(() => {
      const test = store.test(id);
      const me = directory.person(actor.id)?.key ?? actor.id;
      if (!test || test.person !== me)
        return refused('That test was for somebody else: only they know whether it rang.');
      if (test.answer?.rang === rang) return { kind: 'done', tests: store.ofRun(test.run) };
      store.save({ ...test, answer: { rang, at: now } });
      const { path } = test;
      record({ at: now, actor, action: 'oncall.test_answer', target: me, after: { path, rang } });
      return { kind: 'done', tests: store.ofRun(test.run) };
    });
  }

  /** Every path that leads to a person now, with its last test. For that person alone. */
  of(userId: string): readonly PathState[] {
    const { store, directory, paths, isDead } = this.#ports;
    const person = directory.person(userId);
    if (!person) return [];
    const latest = new Map(store.latest(person.key).map((test) => [test.path, test]));
    return paths(person).map((path) => {
      const test = latest.get(path);
      return { path, undelivered: test?.row !== undefined && isDead(test.row), ...(test && { test }) };
    });
  }
}

function refused(message: string): PathTestResult {
  return { kind: 'refused', message };
}
