import { describe, expect, it } from 'vitest';
import { type DigestReport, digestText } from '../../src/feedback/digest.ts';
import { createReporter, type DigestSchedule } from '../../src/feedback/reporter.ts';
import { Db } from '../../src/sqlite/db.ts';
import { SqliteFeedbackStore } from '../../src/sqlite/feedback-store.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { advance } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { isoWeek, lastWeekly, nextWeekly, parseWeekly } from '../../src/time/weekly.ts';

const DAY = 86_400_000;
/** Friday 20 November 2026, 05:32 UTC. */
const START = Date.UTC(2026, 10, 20, 5, 32);
const MONDAY_9_IST = Date.UTC(2026, 10, 23, 3, 30);

function monday(zone: string, at = 'monday 09:00'): DigestSchedule {
  const weekly = parseWeekly(at);
  if (!weekly) throw new Error(at);
  return { weekly, zone };
}

function desk(first: DigestSchedule | undefined = monday('Asia/Kolkata')) {
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  const store = new SqliteFeedbackStore(db);
  const clock = new ManualClock(START);
  const published: { at: number; report: DigestReport }[] = [];
  const state: { schedule: DigestSchedule | undefined } = { schedule: first };
  const build = () =>
    createReporter({
      store,
      transact: (fn) => db.tx(fn),
      schedule: () => state.schedule,
      publish: (report, now) => void published.push({ at: now, report }),
      missed: () => 1,
    });
  let reporter = build();
  return {
    db,
    store,
    clock,
    published,
    state,
    report: (now: number) => reporter.report(now),
    restart: () => {
      reporter = build();
    },
    until: (at: number) => advance(clock, [reporter], at),
    reporter: () => reporter,
  };
}

describe('a weekly time', () => {
  it('is a weekday and a time of day', () => {
    expect(parseWeekly('Monday 09:00')).toEqual({ weekday: 1, time: 540 });
    expect(parseWeekly('  sunday   23:59 ')).toEqual({ weekday: 7, time: 1439 });
    for (const text of ['', 'monday', '09:00', 'mon 09:00', 'monday 9:00', 'monday 24:00', 'monday 09:00 UTC'])
      expect(parseWeekly(text), text).toBeUndefined();
  });

  it('is on the wall clock of its zone, over changes of daylight saving time', () => {
    const weekly = { weekday: 1, time: 540 };
    // New York leaves daylight saving time on Sunday 2026-11-01: 09:00 moves from 13:00 to 14:00 UTC.
    const before = nextWeekly(weekly, 'America/New_York', Date.UTC(2026, 9, 25));
    expect(before).toBe(Date.UTC(2026, 9, 26, 13));
    expect(nextWeekly(weekly, 'America/New_York', before)).toBe(Date.UTC(2026, 10, 2, 14));
    expect(lastWeekly(weekly, 'America/New_York', Date.UTC(2026, 10, 2, 14))).toBe(Date.UTC(2026, 10, 2, 14));
    expect(lastWeekly(weekly, 'America/New_York', Date.UTC(2026, 10, 2, 14) - 1)).toBe(before);
  });

  it('in a gap is the first instant after it', () => {
    // Clocks in New York go from 02:00 to 03:00 on Sunday 2026-03-08.
    expect(nextWeekly({ weekday: 7, time: 150 }, 'America/New_York', Date.UTC(2026, 2, 7))).toBe(
      Date.UTC(2026, 2, 8, 7),
    );
  });

  it('knows ISO weeks at the turn of the year', () => {
    expect(isoWeek(Date.UTC(2026, 10, 20), 'UTC')).toBe(47);
    expect(isoWeek(Date.UTC(2027, 0, 1), 'UTC')).toBe(53);
    expect(isoWeek(Date.UTC(2024, 11, 30), 'UTC')).toBe(1);
    expect(isoWeek(Date.UTC(2026, 0, 1), 'UTC')).toBe(1);
  });
});

describe('the reporter', () => {
  it('publishes on Monday at nine in the team’s zone, and not when it is first started', async () => {
    const world = desk();
    await world.until(MONDAY_9_IST - 1);
    expect(world.published).toEqual([]);
    await world.until(MONDAY_9_IST + 7 * DAY);
    expect(world.published.map(({ at }) => at)).toEqual([MONDAY_9_IST, MONDAY_9_IST + 7 * DAY]);
    expect(world.published[0]?.report).toMatchObject({
      period: 'week 47',
      from: MONDAY_9_IST - 7 * DAY,
      to: MONDAY_9_IST,
    });
  });

  it('loses no deadline over a restart, and sends one report after three weeks away', async () => {
    const world = desk();
    await world.until(MONDAY_9_IST - 1);
    world.clock.set(MONDAY_9_IST + 15 * DAY);
    world.restart();
    await world.until(MONDAY_9_IST + 16 * DAY);
    expect(world.published).toHaveLength(1);
    expect(world.published[0]?.report.to).toBe(MONDAY_9_IST + 14 * DAY);
    await world.until(MONDAY_9_IST + 21 * DAY);
    expect(world.published).toHaveLength(2);
  });

  it('follows a changed configuration without an extra report', async () => {
    const world = desk();
    await world.until(START + DAY);
    world.state.schedule = monday('UTC', 'tuesday 10:00');
    await world.until(Date.UTC(2026, 10, 24, 10));
    expect(world.published.map(({ at }) => at)).toEqual([Date.UTC(2026, 10, 24, 10)]);
    world.state.schedule = undefined;
    expect(world.reporter().nextDue()).toBeUndefined();
  });

  it('does not move the deadline when the report could not be queued', async () => {
    const world = desk();
    await world.until(START + DAY);
    const broken = createReporter({
      store: world.store,
      transact: (fn) => world.db.tx(fn),
      schedule: () => world.state.schedule,
      publish: () => {
        throw new Error('disk full');
      },
    });
    world.clock.set(MONDAY_9_IST);
    await expect(async () => broken.run(MONDAY_9_IST)).rejects.toThrow('disk full');
    await world.until(MONDAY_9_IST + 1000);
    expect(world.published).toHaveLength(1);
  });

  it('tells the week’s figures beside those of the week before', async () => {
    const world = desk();
    const open = (id: string, openedAt: number, rule = 'PredictionDistributionDrift') =>
      world.store.open({ incidentId: id, rule, model: 'fraud', environment: 'production', priority: 'P1', openedAt });
    const verdict = (incidentId: string, kind: 'true_positive' | 'false_positive' | 'not_actionable') =>
      world.store.putVerdict({ incidentId, verdict: kind, by: 'U1', at: START });
    open('old', MONDAY_9_IST - 8 * DAY);
    verdict('old', 'true_positive');
    for (const [i, kind] of (
      ['true_positive', 'true_positive', 'false_positive', 'not_actionable'] as const
    ).entries()) {
      open(`inc_${i}`, MONDAY_9_IST - 2 * DAY);
      world.store.countNotification(`inc_${i}`);
      verdict(`inc_${i}`, kind);
    }
    // 01:00 in Kolkata.
    world.store.addPage('inc_2', Date.UTC(2026, 10, 21, 19, 30));
    world.store.acknowledge('inc_2', MONDAY_9_IST - 2 * DAY + 180_000);
    await world.until(MONDAY_9_IST);
    const report = world.published[0]?.report;
    expect(report).toMatchObject({
      notifications: 4,
      incidents: 4,
      tagged: 4,
      missed: 1,
      acknowledged: 1,
      rules: [{ alertName: 'PredictionDistributionDrift', incidents: 4, truePositives: 2, tagged: 4 }],
      precision: 0.5,
      alertsPerIncident: 2,
      acknowledgedShare: 1,
      acknowledgeMedianMs: 180_000,
      nightPages: 1,
      before: { precision: 1, nightPages: 0 },
      costly: [
        {
          alertName: 'PredictionDistributionDrift',
          truePositives: 2,
          falsePositives: 1,
          notActionable: 1,
          note: '1 not actionable · 1 at night',
        },
      ],
      stale: [],
      notes: [],
    });
    expect(report && digestText(report)).toBe(
      [
        'Alert hygiene, week 47',
        '4 notifications, 4 incidents, 4 with a verdict, 1 missed',
        'precision 50 % (was 100 %), 95 % between 15 % and 85 %; goal 80 %',
        '2.0 alerts per true incident; goal below 3',
        'acknowledged in 3 min, median',
        '100 % of the incidents that paged somebody were acknowledged',
        'night pages 1 (was 0)',
        'fired 4×: PredictionDistributionDrift, right 2 of 4, 95 % between 15 % and 85 %',
        'costs most: PredictionDistributionDrift, 2 true, 1 false, 1 not actionable · 1 at night',
        '',
      ].join('\n'),
    );
  });

  it('says so when nothing fired, and when too few incidents have a verdict', async () => {
    const world = desk();
    await world.until(MONDAY_9_IST);
    expect(world.published[0]?.report.notes).toEqual(['A quiet week: nothing fired.']);
    for (let i = 0; i < 5; i += 1)
      world.store.open({
        incidentId: `inc_${i}`,
        rule: 'r',
        model: '',
        environment: '',
        priority: 'P3',
        openedAt: MONDAY_9_IST,
      });
    expect(world.report(MONDAY_9_IST + DAY).notes).toEqual(['Low evidence: 0 of 5 incidents have a verdict.']);
    expect(digestText(world.report(MONDAY_9_IST + DAY))).toContain('no alerts-per-incident figure');
  });

  it('names rules that were never right', async () => {
    const world = desk();
    for (let i = 0; i < 12; i += 1) {
      const incidentId = `inc_${i}`;
      world.store.open({
        incidentId,
        rule: 'FeatureNullRateHigh',
        model: '',
        environment: '',
        priority: 'P2',
        openedAt: MONDAY_9_IST - (5 + i) * DAY,
      });
      world.store.putVerdict({ incidentId, verdict: 'false_positive', by: 'U1', at: START });
    }
    await world.until(MONDAY_9_IST);
    const report = world.published[0]?.report;
    expect(report?.stale).toEqual([
      { kind: 'no_true_positive', rule: 'FeatureNullRateHigh', incidents: 12, confident: true },
    ]);
    expect(report && digestText(report)).toContain(
      'no true positive in 90 days: FeatureNullRateHigh, fired 12×; retire it',
    );
  });
});
