import { describe, expect, it } from 'vitest';
import { createFeedbackLedger } from '../../src/feedback/ledger.ts';
import type { Incident } from '../../src/incident/incident.ts';
import type { IncidentFact } from '../../src/incident/timeline.ts';
import { Labels } from '../../src/labels/labels.ts';
import { Db } from '../../src/sqlite/db.ts';
import { SqliteFeedbackStore } from '../../src/sqlite/feedback-store.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';

const T0 = Date.UTC(2026, 10, 20);
const ASHA = { id: 'U1', name: 'Asha', via: 'slack' } as const;
const BILAL = { id: 'U2', name: 'Bilal', via: 'slack' } as const;

function desk(modelOf?: (incident: Incident) => string) {
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  const store = new SqliteFeedbackStore(db);
  const ledger = createFeedbackLedger({ store, ...(modelOf ? { modelOf } : {}) });
  let seq = 0;
  const happens = (
    fact: IncidentFact,
    at = T0,
    id = 'inc_1',
    labels: Record<string, string> = { model_name: 'fraud' },
  ) => {
    seq += 1;
    const incident: Incident = {
      id,
      state: { kind: 'triggered' },
      priority: 'P2',
      alertName: 'HighLatency',
      homeGroup: 'g',
      groupLabels: Labels.of(labels),
      openedAt: T0,
    };
    ledger.observe({ ...fact, seq, incidentId: id, at }, incident);
  };
  const only = () => store.outcomes(T0 - 1, T0 + 1)[0];
  return { db, store, ledger, happens, only };
}

const OPENED: IncidentFact = { kind: 'opened', priority: 'P2', groupKey: 'g', receiver: 'r' };

describe('the ledger of incidents', () => {
  it('keeps what a week’s report needs, and no names', () => {
    const { ledger, happens, only } = desk();
    happens(OPENED);
    ledger.notified('inc_1');
    ledger.notified('inc_1');
    happens({ kind: 'priority_raised', from: 'P2', to: 'P1' }, T0 + 1);
    happens({ kind: 'paged', person: 'asha', level: 1, pass: 1 }, T0 + 2);
    happens({ kind: 'paged', person: 'bilal', level: 2, pass: 1 }, T0 + 300_000);
    happens({ kind: 'acknowledged', by: BILAL }, T0 + 310_000);
    happens({ kind: 'acknowledged', by: ASHA }, T0 + 320_000);
    happens({ kind: 'resolved', by: BILAL, how: 'members_ended', conditionHolds: false }, T0 + 600_000);
    happens({ kind: 'muted', mute: { kind: 'silenced', by: 's' } });
    expect(only()).toEqual({
      incidentId: 'inc_1',
      rule: 'HighLatency',
      model: 'fraud',
      environment: '',
      priority: 'P1',
      openedAt: T0,
      acknowledgedAt: T0 + 310_000,
      resolvedAt: T0 + 600_000,
      notifications: 2,
      pages: [T0 + 2, T0 + 300_000],
    });
  });

  it('opens again what was closed by hand', () => {
    const { happens, only } = desk();
    happens(OPENED);
    happens({ kind: 'resolved', by: ASHA, how: 'closed_by_hand', conditionHolds: true }, T0 + 1);
    happens({ kind: 'reopened', reason: 'condition_still_true' }, T0 + 2);
    expect(only()).not.toHaveProperty('resolvedAt');
  });

  it('lets the last verdict stand and keeps those before it, and those taken back', () => {
    const { store, happens, only } = desk();
    happens(OPENED);
    happens({ kind: 'verdict', verdict: 'false_positive', by: ASHA }, T0 + 1);
    happens({ kind: 'verdict', verdict: 'true_positive', by: BILAL }, T0 + 2);
    expect(only()?.verdict).toBe('true_positive');
    happens({ kind: 'verdict_undone', by: BILAL }, T0 + 3);
    expect(only()).not.toHaveProperty('verdict');
    happens({ kind: 'verdict', verdict: 'not_actionable', by: ASHA }, T0 + 4);
    expect(store.verdicts('inc_1')).toEqual([
      { incidentId: 'inc_1', verdict: 'false_positive', by: 'U1', at: T0 + 1, undoneAt: T0 + 2 },
      { incidentId: 'inc_1', verdict: 'true_positive', by: 'U2', at: T0 + 2, undoneAt: T0 + 3 },
      { incidentId: 'inc_1', verdict: 'not_actionable', by: 'U1', at: T0 + 4 },
    ]);
    expect(only()?.verdict).toBe('not_actionable');
  });

  it('ignores incidents that are older than itself', () => {
    const { store, ledger, happens } = desk();
    ledger.notified('inc_9');
    happens({ kind: 'paged', person: 'asha', level: 1, pass: 1 });
    happens({ kind: 'verdict', verdict: 'true_positive', by: ASHA });
    happens({ kind: 'verdict_undone', by: ASHA });
    expect(store.outcomes(0, T0 * 2)).toEqual([]);
  });

  it('asks for the model where the group does not name it', () => {
    const { happens, only } = desk(() => 'search-ranker');
    happens(OPENED, T0, 'inc_1', { alertname: 'HighLatency' });
    expect(only()?.model).toBe('search-ranker');
  });

  it('counts an incident once, by when it opened, in the half-open week', () => {
    const { store, happens } = desk();
    happens(OPENED);
    happens(OPENED);
    expect(store.outcomes(T0, T0 + 1)).toHaveLength(1);
    expect(store.outcomes(T0 - 1, T0)).toHaveLength(0);
  });

  it('forgets what is old, with its verdicts and pages, but not that a rule has fired', () => {
    const { db, store, happens } = desk();
    happens(OPENED);
    happens({ kind: 'paged', person: 'asha', level: 1, pass: 1 });
    happens({ kind: 'verdict', verdict: 'true_positive', by: ASHA });
    store.prune(T0 + 1);
    for (const table of ['feedback_incidents', 'feedback_pages', 'verdicts'])
      expect(db.get(`SELECT COUNT(*) AS n FROM ${table}`), table).toEqual({ n: 0 });
    expect([...store.firstFired()]).toEqual([['HighLatency', T0]]);
  });

  it('is part of the act’s transaction', () => {
    const { db, happens, only } = desk();
    happens(OPENED);
    expect(() =>
      db.tx(() => {
        happens({ kind: 'verdict', verdict: 'true_positive', by: ASHA });
        throw new Error('the act failed');
      }),
    ).toThrow();
    expect(only()).not.toHaveProperty('verdict');
  });
});
