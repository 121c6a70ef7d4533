import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fleetQuality,
  noisiest,
  probabilityBelow,
  STALE_AFTER_MS,
  staleRules,
  wilson,
} from '../../src/feedback/quality.ts';
import type { IncidentOutcome } from '../../src/feedback/verdict.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 20);
let nextId = 0;

function outcome(more: Partial<IncidentOutcome> = {}): IncidentOutcome {
  nextId += 1;
  return {
    incidentId: `inc_${nextId}`,
    rule: 'HighLatency',
    model: 'fraud-detector',
    environment: 'production',
    priority: 'P1',
    openedAt: NOW - DAY,
    notifications: 1,
    pages: [],
    ...more,
  };
}

function many(count: number, more: Partial<IncidentOutcome>): IncidentOutcome[] {
  return Array.from({ length: count }, () => outcome(more));
}

const never = (): boolean => false;

describe('precision', () => {
  it('bears the interval that so few verdicts allow', () => {
    const known: [number, number, number, number][] = [
      [3, 3, 0.44, 1],
      [4, 5, 0.38, 0.96],
      [8, 10, 0.49, 0.94],
      [18, 20, 0.7, 0.97],
      [40, 50, 0.67, 0.89],
      [0, 10, 0, 0.28],
    ];
    for (const [hits, trials, low, high] of known) {
      const share = wilson(hits, trials);
      expect(share?.value).toBeCloseTo(hits / trials, 10);
      expect([share?.low.toFixed(2), share?.high.toFixed(2)]).toEqual([low.toFixed(2), high.toFixed(2)]);
    }
    expect(wilson(0, 0)).toBeUndefined();
  });

  it('counts only what has a verdict, and says how much that is', () => {
    const fleet = fleetQuality(
      [
        ...many(8, { verdict: 'true_positive' }),
        outcome({ verdict: 'false_positive' }),
        outcome({ verdict: 'not_actionable' }),
        ...many(10, {}),
      ],
      never,
    );
    expect(fleet.precision?.value).toBeCloseTo(0.8);
    expect(fleet.coverage).toBeCloseTo(0.5);
    expect([fleet.incidents, fleet.truePositives, fleet.falsePositives, fleet.notActionable]).toEqual([20, 8, 1, 1]);
  });

  it('is absent where nobody said anything', () => {
    expect(fleetQuality(many(3, {}), never)).not.toHaveProperty('precision');
    expect(fleetQuality([], never)).toMatchObject({ incidents: 0, coverage: 0, noise: 0, rules: [] });
  });

  it('lies within its interval, always', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (a, b) => {
        const share = wilson(a, a + b);
        if (!share) return a + b === 0;
        return (
          share.low <= share.value + 1e-12 && share.value <= share.high + 1e-12 && share.low >= 0 && share.high <= 1
        );
      }),
    );
  });
});

describe('the probability that a rule is hopeless', () => {
  it('agrees with the Beta distribution', () => {
    expect(probabilityBelow(0.2, 0, 5)).toBeCloseTo(0.738, 3);
    expect(probabilityBelow(0.2, 0, 10)).toBeCloseTo(0.914, 3);
    expect(probabilityBelow(0.2, 0, 14)).toBeCloseTo(0.965, 3);
    expect(1 - probabilityBelow(0.8, 3, 0)).toBeCloseTo(0.59, 2);
    expect(1 - probabilityBelow(0.8, 9, 1)).toBeCloseTo(0.678, 2);
    expect(1 - probabilityBelow(0.8, 18, 2)).toBeCloseTo(0.82, 2);
  });

  it('stands with thousands of verdicts', () => {
    expect(probabilityBelow(0.2, 3000, 3000)).toBeCloseTo(0, 6);
    expect(probabilityBelow(0.2, 3, 6000)).toBeCloseTo(1, 6);
    expect(probabilityBelow(0.5, 3000, 3000)).toBeCloseTo(0.5, 2);
  });
});

describe('alerts per incident', () => {
  it('is notifications per real incident', () => {
    const fleet = fleetQuality(
      [
        outcome({ verdict: 'true_positive', notifications: 3 }),
        outcome({ verdict: 'true_positive', notifications: 1 }),
        outcome({ verdict: 'false_positive', notifications: 2 }),
      ],
      never,
    );
    expect(fleet.alertsPerIncident).toBeCloseTo(3);
  });

  it('is no number where nothing was real', () => {
    expect(fleetQuality(many(5, { verdict: 'false_positive' }), never)).not.toHaveProperty('alertsPerIncident');
  });
});

describe('acknowledgement', () => {
  it('is a share of the incidents that paged somebody, and a median over those acknowledged', () => {
    const fleet = fleetQuality(
      [
        outcome({ pages: [NOW], openedAt: NOW, acknowledgedAt: NOW + 60_000 }),
        outcome({ pages: [NOW], openedAt: NOW, acknowledgedAt: NOW + 180_000 }),
        outcome({ pages: [NOW], openedAt: NOW, acknowledgedAt: NOW + 600_000 }),
        outcome({ pages: [NOW], openedAt: NOW }),
        outcome({ openedAt: NOW }),
      ],
      never,
    );
    expect(fleet.acknowledgedShare?.value).toBeCloseTo(0.75);
    expect(fleet.acknowledgeMedianMs).toBe(180_000);
  });

  it('takes the middle of an even number', () => {
    const fleet = fleetQuality(
      [1, 3].map((minutes) => outcome({ openedAt: NOW, acknowledgedAt: NOW + minutes * 60_000 })),
      never,
    );
    expect(fleet.acknowledgeMedianMs).toBe(120_000);
    expect(fleet).not.toHaveProperty('acknowledgedShare');
  });
});

describe('the noisiest rules', () => {
  it('are those whose useless incidents cost people most: at night three times, without a page a fifth', () => {
    const night = NOW + 1;
    const fleet = fleetQuality(
      [
        ...many(2, { rule: 'WakesPeople', verdict: 'false_positive', pages: [night] }),
        ...many(4, { rule: 'Pages', verdict: 'not_actionable', pages: [NOW] }),
        ...many(10, { rule: 'Posts', verdict: 'false_positive' }),
        ...many(50, { rule: 'Right', verdict: 'true_positive', pages: [night] }),
        ...many(50, { rule: 'Unknown', pages: [night] }),
        ...many(1, { rule: 'Fourth', verdict: 'false_positive' }),
      ],
      (at) => at === night,
    );
    expect(noisiest(fleet.rules, 3).map(({ rule, noise }) => [rule, noise.toFixed(1)])).toEqual([
      ['WakesPeople', '6.0'],
      ['Pages', '4.0'],
      ['Posts', '2.0'],
    ]);
    expect(fleet.nightPages).toBe(102);
  });
});

describe('rules without a true positive in 90 days', () => {
  const old = NOW - STALE_AFTER_MS - DAY;
  const stale = (outcomes: IncidentOutcome[], firstFired: [string, number][], more = {}) =>
    staleRules({ outcomes, firstFired: new Map(firstFired), rules: [], exempt: new Set(), now: NOW, ...more });

  it('are named when they have fired that long', () => {
    expect(stale(many(6, {}), [['HighLatency', old]])).toEqual([
      { kind: 'no_true_positive', rule: 'HighLatency', incidents: 6, confident: false },
    ]);
  });

  it('are not named for one true positive', () => {
    expect(stale([...many(9, {}), outcome({ verdict: 'true_positive' })], [['HighLatency', old]])).toEqual([]);
  });

  it('are not named while they are young, unless the verdicts leave no doubt', () => {
    expect(stale(many(9, { verdict: 'false_positive' }), [['HighLatency', NOW - DAY]])).toEqual([]);
    expect(stale(many(10, { verdict: 'false_positive' }), [['HighLatency', NOW - DAY]])).toEqual([
      { kind: 'no_true_positive', rule: 'HighLatency', incidents: 10, confident: true },
    ]);
  });

  it('are not named where silence or noise is their purpose', () => {
    expect(stale(many(10, {}), [['HighLatency', old]], { exempt: new Set(['HighLatency']) })).toEqual([]);
  });

  it('are also those that never fired in their long life', () => {
    const rules = [
      { name: 'Silent', since: old },
      { name: 'New', since: NOW - DAY },
      { name: 'Fired', since: old },
    ];
    expect(stale([], [['Fired', old]], { rules })).toEqual([{ kind: 'never_fired', rule: 'Silent' }]);
  });
});
