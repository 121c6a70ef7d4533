import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Labels } from '../../src/labels/labels.ts';
import { Db } from '../../src/sqlite/db.ts';
import { SqliteIncidentStore } from '../../src/sqlite/incident-store.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { ASHA, latency, T0 } from './incident-world.ts';

const STEP = fc.record({
  act: fc.constantFrom('join', 'change', 'leave', 'close', 'reopenable', 'open'),
  incident: fc.nat(2),
  alert: fc.nat(4),
  at: fc.nat(3),
  fails: fc.boolean(),
});

it('what the incident store remembers is what stands in the database, whatever is written and rolled back', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 40 }), (steps) => {
      const db = new Db(':memory:');
      migrate(db, stateMigrations);
      const store = new SqliteIncidentStore(db);
      const open = (homeGroup: string) =>
        store.open({
          state: { kind: 'triggered' },
          priority: 'P1',
          alertName: 'A',
          homeGroup,
          groupLabels: Labels.empty,
          openedAt: T0,
        });
      const ids = ['a', 'b', 'c'].map((name) => open(name).id);
      const alerts = [0, 1, 2, 3, 4].map((n) => latency({ labels: { n: String(n) } }));
      const look = (from: SqliteIncidentStore) => [
        ids.map((id) => from.incident(id)),
        ids.map((id) => from.members(id)),
        ids.map((id) => alerts.map(({ fingerprint }) => from.member(id, fingerprint))),
        alerts.map(({ fingerprint }) => from.holding(fingerprint)?.id),
      ];
      for (const { act, incident, alert, at, fails } of steps) {
        const incidentId = ids[incident] ?? '';
        const [known, snapshot] = [store.incident(incidentId), alerts[alert]];
        if (!known || !snapshot) continue;
        const { reopenAt: _, ...rest } = known;
        const act_ = (): void => {
          const member = { incidentId, alert: snapshot, joinedAt: T0 + at };
          if (act === 'join') store.saveMember(member);
          if (act === 'change') store.saveMember({ ...member, alert: { ...snapshot, updatedAt: T0 + at } });
          if (act === 'leave') store.saveMember({ ...member, leftAt: T0 + at });
          if (act === 'close')
            store.save({ ...rest, state: { kind: 'resolved', at: T0, by: ASHA, how: 'closed_by_hand' } });
          if (act === 'reopenable') store.save({ ...rest, reopenAt: T0 + at });
          if (act === 'open') store.save({ ...rest, state: { kind: 'triggered' } });
          // Reads inside the transaction see it, and must not outlive it.
          look(store);
          if (fails) throw new Error('rolled back');
        };
        try {
          db.tx(act_);
        } catch (error) {
          if (!fails) throw error;
        }
        expect(look(store)).toEqual(look(new SqliteIncidentStore(db)));
      }
      db.close();
    }),
    { numRuns: 150 },
  );
});

it('an incident that was over when the bot started and is open again holds its alerts', () => {
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  const before = new SqliteIncidentStore(db);
  const incident = before.open({
    state: { kind: 'resolved', at: T0, by: ASHA, how: 'closed_by_hand' },
    priority: 'P1',
    alertName: 'A',
    homeGroup: 'a',
    groupLabels: Labels.empty,
    openedAt: T0,
  });
  const alert = latency();
  before.saveMember({ incidentId: incident.id, alert, joinedAt: T0 });
  const store = new SqliteIncidentStore(db);
  expect(store.holding(alert.fingerprint)).toBeUndefined();
  store.save({ ...incident, state: { kind: 'triggered' } });
  expect(store.holding(alert.fingerprint)?.id).toBe(incident.id);
  db.close();
});
