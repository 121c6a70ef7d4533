import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.ts';
import type { Member } from '../../src/incident/store.ts';
import { Labels } from '../../src/labels/labels.ts';
import { AlertRows } from '../../src/sqlite/alert-rows.ts';
import { Db } from '../../src/sqlite/db.ts';
import { SqliteIncidentStore } from '../../src/sqlite/incident-store.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteRoutingStore } from '../../src/sqlite/routing-store.ts';
import { latency, T0 } from '../incident/incident-world.ts';

const STEP = fc.record({
  act: fc.constantFrom('heard', 'joins', 'forgotten'),
  alert: fc.nat(2),
  incident: fc.nat(1),
  /** What the alert says, and how it stands. */
  content: fc.nat(2),
  state: fc.nat(2),
  fails: fc.nat(4).map((n) => n === 0),
});

function database(): Db {
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  return db;
}

function stores(db: Db) {
  const alerts = new AlertRows(db);
  return { routing: new SqliteRoutingStore(db, alerts), incidents: new SqliteIncidentStore(db, alerts) };
}

const draft = {
  state: { kind: 'triggered' },
  priority: 'P1',
  alertName: 'A',
  groupLabels: Labels.empty,
  openedAt: T0,
} as const;

it('what routing knows of alerts and what incidents saw of them stay apart, whatever changes, is forgotten or rolled back', () => {
  fc.assert(
    fc.property(fc.array(STEP, { minLength: 20, maxLength: 40 }), (steps) => {
      const db = database();
      const { routing, incidents } = stores(db);
      routing.load();
      const ids = ['a', 'b'].map((homeGroup) => incidents.open({ ...draft, homeGroup }).id);
      const known = new Map<string, Alert>();
      const seen = new Map<string, Member>();
      for (const { act, alert: n, incident, content, state, fails } of steps) {
        const alert: Alert = {
          ...latency({ labels: { n: String(n) } }),
          annotations: Labels.of({ summary: `said ${content}` }),
          updatedAt: T0 + state,
        };
        const incidentId = ids[incident] ?? '';
        const place = `${incidentId} ${alert.fingerprint}`;
        const joinedAt = seen.get(place)?.joinedAt ?? T0 + state;
        const act_ = (): void => {
          if (act === 'heard') routing.putAlert(alert);
          if (act === 'forgotten') routing.deleteAlert(alert.fingerprint);
          if (act === 'joins') incidents.saveMember({ incidentId, alert, joinedAt });
          if (fails) throw new Error('rolled back');
        };
        try {
          db.tx(act_);
          if (act === 'heard') known.set(alert.fingerprint, alert);
          if (act === 'forgotten') known.delete(alert.fingerprint);
          if (act === 'joins') seen.set(place, { incidentId, alert, joinedAt });
        } catch (error) {
          if (!fails) throw error;
        }
        // Others than those that write: these must know what they wrote without looking again.
        const fresh = stores(db);
        expect(new Set(fresh.routing.load().alerts)).toEqual(new Set(known.values()));
        for (const of of [fresh.incidents, incidents])
          expect(new Set(ids.flatMap((id) => of.members(id)))).toEqual(new Set(seen.values()));
      }
      db.close();
    }),
    { numRuns: 100 },
  );
});

it('keeps an alert’s text once for routing and the incident, until they differ', () => {
  const db = database();
  const { routing, incidents } = stores(db);
  const { id } = incidents.open({ ...draft, homeGroup: 'a' });
  const alert = { ...latency(), annotations: Labels.of({ summary: 'the p99 is above its limit' }) };
  const texts = (): number =>
    db.get<{ n: number }>(
      `SELECT count(*) AS n FROM (SELECT content FROM alerts UNION ALL SELECT content FROM incident_members)
       WHERE content LIKE '%above its limit%'`,
    )?.n ?? 0;
  routing.putAlert(alert);
  incidents.saveMember({ incidentId: id, alert, joinedAt: T0 });
  expect(texts()).toBe(1);
  routing.putAlert({ ...alert, updatedAt: T0 + 5 });
  incidents.saveMember({ incidentId: id, alert: { ...alert, updatedAt: T0 + 5 }, joinedAt: T0 });
  expect(texts()).toBe(1);
  routing.putAlert({ ...alert, annotations: Labels.of({ summary: 'another' }) });
  expect(texts()).toBe(1);
  expect(
    stores(db)
      .incidents.members(id)
      .map((member) => member.alert.annotations.get('summary')),
  ).toEqual(['the p99 is above its limit']);
  db.close();
});
