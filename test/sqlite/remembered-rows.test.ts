import { expect, it } from 'vitest';
import { Labels } from '../../src/labels/labels.ts';
import { Db } from '../../src/sqlite/db.ts';
import { shortId } from '../../src/sqlite/episode-store.ts';
import { SqliteIncidentStore } from '../../src/sqlite/incident-store.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteOutboxStore } from '../../src/sqlite/outbox-store.ts';
import { T0 } from '../incident/incident-world.ts';

function database(): Db {
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  return db;
}

it('a message that lives shorter than those before it expires in its own time', () => {
  const outbox = new SqliteOutboxStore(database());
  const put = (id: string, expiresAt: number): void => {
    const draft = { kind: 'webhook', destination: `webhook:${id}`, payload: {}, priority: 'P1', causedAt: T0 } as const;
    outbox.put({ id, draft, createdAt: T0, expiresAt });
  };
  put('long', T0 + 1000);
  expect(outbox.nextExpiry()).toBe(T0 + 1000);
  expect(outbox.oldestUntold()).toBe(T0);
  put('short', T0 + 10);
  expect(outbox.nextExpiry()).toBe(T0 + 10);
  outbox.claim('short');
  outbox.markSent('short', T0 + 1, 'HTTP 200');
  expect(outbox.expired(T0 + 10, 9)).toEqual([]);
  expect(outbox.nextExpiry()).toBe(T0 + 1000);
});

it('what mutes the alerts of an episode is not remembered from a transaction that was rolled back', () => {
  const db = database();
  const store = new SqliteIncidentStore(db);
  const incident = store.open({
    state: { kind: 'triggered' },
    priority: 'P1',
    alertName: 'A',
    homeGroup: 'g',
    groupLabels: Labels.empty,
    openedAt: T0,
  });
  const of = { groupKey: 'g', receiver: 'ml', labels: Labels.empty, incidentId: incident.id, openedAt: T0 };
  const episode = store.episodes.open(of);
  const link = { episodeId: episode.id, incidentId: incident.id, fingerprint: '00f067aa0ba902b7' };
  const fails = (): never =>
    db.tx(() => {
      store.episodes.saveLinks([link]);
      throw new Error('rolled back');
    });
  expect(fails).toThrow('rolled back');
  expect(store.episodes.linksOf(episode.id)).toEqual([]);
  store.episodes.saveLinks([link]);
  expect(store.episodes.linksOf(episode.id)).toEqual([link]);
});

it('two incidents never get one id', () => {
  const first = shortId(['incident', 1], () => false);
  const second = shortId(['incident', 1], (id) => id === first);
  expect(first).toMatch(/^[0-9a-f]{10}$/);
  expect(second).toMatch(/^[0-9a-f]{10}$/);
  expect(second).not.toBe(first);
});
