import { expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.ts';
import { alertToJson } from '../../src/alert/json.ts';
import { Labels } from '../../src/labels/labels.ts';
import { Db } from '../../src/sqlite/db.ts';
import { SqliteIncidentStore } from '../../src/sqlite/incident-store.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteOutboxStore } from '../../src/sqlite/outbox-store.ts';
import { SqliteRoutingStore } from '../../src/sqlite/routing-store.ts';
import { ASHA, latency, T0 } from '../incident/incident-world.ts';

const RENUMBERING = [
  '0002-routing-numbers',
  '0002-incident-numbers',
  '0003-outbox-fewer-indexes',
  '0003-alert-contents',
];

const textOf = (alert: Alert): string => JSON.stringify(alertToJson(alert));

it('a database from before alerts and incidents had numbers keeps its groups, members, episodes and mutes', () => {
  const db = new Db(':memory:');
  migrate(
    db,
    stateMigrations.filter(({ id }) => !RENUMBERING.includes(id)),
  );
  const [fraud, churn] = [latency({ labels: { model: 'fraud' } }), latency({ labels: { model: 'churn' } })];
  for (const alert of [fraud, churn])
    db.run(
      `INSERT INTO alerts (fingerprint, condition, starts_at, updated_at, body) VALUES (?, 'firing', ?, ?, ?)`,
      alert.fingerprint,
      T0,
      T0,
      textOf(alert),
    );
  for (const id of ['g1', 'g2'])
    db.run(
      `INSERT INTO alert_groups (id, group_key, route_id, receiver, labels, created_at, is_open) VALUES (?, ?, 'r', 'ml', '{}', ?, 1)`,
      id,
      `key ${id}`,
      T0,
    );
  const member = `INSERT INTO group_members (group_id, fingerprint, mute_kind, mute_by, mute_until, retired) VALUES (?, ?, ?, ?, ?, ?)`;
  db.run(member, 'g2', churn.fingerprint, 'silenced', 's1', T0 + 5, 0);
  db.run(member, 'g2', fraud.fingerprint, null, null, null, 1);
  db.run(member, 'g1', fraud.fingerprint, null, null, null, 0);
  const store = new SqliteIncidentStore(db);
  const draft = { priority: 'P1', alertName: 'A', groupLabels: Labels.empty, openedAt: T0 } as const;
  const open = store.open({ ...draft, state: { kind: 'triggered' }, homeGroup: 'key g1' });
  const over = store.open({
    ...draft,
    state: { kind: 'resolved', at: T0, by: ASHA, how: 'closed_by_hand' },
    homeGroup: 'x',
  });
  const joins =
    'INSERT INTO incident_members (incident_id, fingerprint, alert, joined_at, left_at) VALUES (?, ?, ?, ?, ?)';
  db.run(joins, open.id, churn.fingerprint, textOf(churn), T0 + 1, null);
  db.run(joins, open.id, fraud.fingerprint, textOf(fraud), T0, null);
  db.run(joins, over.id, fraud.fingerprint, textOf(fraud), T0, T0 + 9);
  const episode = store.episodes.open({
    groupKey: 'key g1',
    receiver: 'ml',
    labels: Labels.empty,
    incidentId: open.id,
    openedAt: T0,
  });
  const links = 'INSERT INTO episode_members (episode_id, fingerprint, incident_id, mute) VALUES (?, ?, ?, ?)';
  const mute = { kind: 'silenced', by: 's1', until: T0 + 5 } as const;
  db.run(links, episode.id, churn.fingerprint, open.id, JSON.stringify(mute));
  db.run(links, episode.id, fraud.fingerprint, open.id, null);

  migrate(db, stateMigrations);

  const routing = new SqliteRoutingStore(db).load();
  expect(routing.alerts).toEqual([fraud, churn]);
  const groups = routing.groups.map(({ id, members }) => [id, [...members.values()]]);
  expect(groups).toEqual([
    ['g1', [{ fingerprint: fraud.fingerprint, retired: false }]],
    [
      'g2',
      [
        { fingerprint: fraud.fingerprint, retired: true },
        { fingerprint: churn.fingerprint, retired: false, mute },
      ],
    ],
  ]);
  const after = new SqliteIncidentStore(db);
  expect(after.members(open.id).map(({ alert, joinedAt, leftAt }) => [alert, joinedAt, leftAt])).toEqual([
    [fraud, T0, undefined],
    [churn, T0 + 1, undefined],
  ]);
  expect(after.members(over.id)).toMatchObject([{ leftAt: T0 + 9 }]);
  expect(after.holding(fraud.fingerprint)?.id).toBe(open.id);
  const ofChurn = { episodeId: episode.id, incidentId: open.id, fingerprint: churn.fingerprint, mute };
  const ofFraud = { episodeId: episode.id, incidentId: open.id, fingerprint: fraud.fingerprint };
  expect(new Set(after.episodes.linksOf(episode.id))).toEqual(new Set([ofChurn, ofFraud]));
  expect(after.episodes.openLinks(open.id)).toHaveLength(2);
  expect(after.episodes.ofIncident(open.id)).toEqual([episode]);
  db.close();
});

it('a message to a webhook that waited in an older database goes out as it was', () => {
  const db = new Db(':memory:');
  const BODIES = '0004-outbox-bodies';
  migrate(
    db,
    stateMigrations.filter(({ id }) => id !== BODIES),
  );
  const put = (seq: number, kind: string, payload: unknown): void => {
    db.run(
      `INSERT INTO outbox (seq, id, kind, destination, lane, priority, caused_at, created_at, not_before, expires_at, state)
       VALUES (?, ?, ?, 'd', 'order g', 'P1', ?, ?, ?, ?, 'queued')`,
      seq,
      `row ${seq}`,
      kind,
      T0,
      T0,
      T0,
      T0 + 9,
    );
    db.run('INSERT INTO outbox_payloads (seq, payload) VALUES (?, ?)', seq, JSON.stringify(payload));
  };
  const integration = { receiver: 'ml', kind: 'webhook', index: 0 };
  const message = { version: '4', groupKey: '{}:{a="é\\"x"}', alerts: [{ labels: { n: '1' } }], truncatedAlerts: 0 };
  put(1, 'webhook', { integration, message });
  put(2, 'slack.message', { text: 'hello' });

  migrate(db, stateMigrations);

  const outbox = new SqliteOutboxStore(db);
  const [webhook, slack] = [outbox.claim('row 1'), outbox.claim('row 2')];
  expect([webhook?.payload, JSON.parse(webhook?.body ?? '')]).toEqual([{ integration }, message]);
  expect([slack?.payload, slack?.body]).toEqual([{ text: 'hello' }, undefined]);
  db.close();
});
