import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AlertJson } from '../../src/alert/json.ts';
import { Labels } from '../../src/labels/labels.ts';
import { Engine } from '../../src/promql/engine.ts';
import { createEvaluator, type Evaluator } from '../../src/rules/evaluator.ts';
import { loadRules } from '../../src/rules/load.ts';
import { ruleQueries } from '../../src/rules/queries.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { metricsMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteRulesStore } from '../../src/sqlite/rules-store.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { Head } from '../../src/tsdb/head.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 10, 20, 3, 0, 0);

const USER_RULES = resolve(import.meta.dirname, '../../../shared/user/prometheus-alerts.yml');

/** A house with only a store of samples and an evaluator; samples arrive each 15 s, evaluations each 15 s. */
class House {
  readonly db = new Db(':memory:');
  readonly head = new Head();
  readonly clock: ManualClock;
  readonly store: SqliteRulesStore;
  evaluator: Evaluator;
  feedCalls = 0;
  #confirmed = 0;
  #rules: string;

  constructor(rules: string, start = START) {
    migrate(this.db, metricsMigrations);
    this.store = new SqliteRulesStore(this.db);
    this.clock = new ManualClock(start);
    this.#rules = rules;
    this.evaluator = this.#start(rules);
  }

  #start(rules: string): Evaluator {
    this.#rules = rules;
    return createEvaluator({
      groups: loadRules([{ path: 'test.rules.yml', text: rules }]),
      queries: ruleQueries(new Engine(), this.head),
      appender: this.head,
      store: this.store,
      clock: this.clock,
      externalLabels: Labels.of({ cluster: 'mumbai-1' }),
      externalUrl: 'http://127.0.0.1:9095',
      defaultIntervalMs: 15_000,
      onFeed: () => {
        this.feedCalls += 1;
      },
    });
  }

  /** The process ends and comes back after `downMs`; samples and database are as they were. */
  restart(downMs: number): void {
    this.clock.set(this.clock.now() + downMs);
    this.evaluator = this.#start(this.#rules);
  }

  put(series: string, labels: Readonly<Record<string, string>>, value: number): void {
    this.head.append(Labels.of({ __name__: series, ...labels }), this.clock.now(), value);
  }

  /** Samples arrive at every multiple of 15 s from now on, evaluations when they are due. */
  async run(durationMs: number, feed: (sinceStart: number) => void): Promise<void> {
    const end = this.clock.now() + durationMs;
    let scrapeAt = this.clock.now() + 15_000;
    for (;;) {
      const next = Math.min(scrapeAt, this.evaluator.nextDue() ?? Number.POSITIVE_INFINITY);
      if (next > end) break;
      this.clock.set(Math.max(next, this.clock.now()));
      if (next === scrapeAt) {
        feed(next - START);
        scrapeAt += 15_000;
      } else {
        await this.evaluator.run(this.clock.now());
      }
    }
    this.clock.set(end);
  }

  /** Feed rows not read before. */
  news(): AlertJson[] {
    const rows = this.store.feedAfter(this.#confirmed, 1000);
    const last = rows.at(-1);
    if (last) {
      this.store.confirm(last.seq);
      this.#confirmed = last.seq;
    }
    return rows.flatMap((row) => row.alerts);
  }

  conditions(): string[] {
    return this.news().map((alert) => `${alert.labels['alertname']} ${alert.condition.kind}`);
  }
}

const PSI = `
groups:
  - name: drift
    interval: 15s
    rules:
      - alert: Drift
        expr: ml_prediction_psi_score > 0.2
        for: 15m
        labels: { severity: warning }
        annotations:
          summary: "{{ $labels.model_name }} at {{ $value }} in {{ $externalLabels.cluster }}"
          metric: PSI
`;

const FRAUD = { model_name: 'fraud-detector', model_version: '2.3.2' };

describe('the evaluator', () => {
  it('tells of an alert once it has been true for `for`, not before', async () => {
    const house = new House(PSI);
    await house.run(MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.1));
    await house.run(15 * MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.31));
    expect(house.conditions()).toEqual([]);
    await house.run(30_000, () => house.put('ml_prediction_psi_score', FRAUD, 0.31));
    const [alert, ...rest] = house.news();
    expect(rest).toEqual([]);
    const firstSample = START + MINUTE + 15_000;
    expect(alert?.startsAt).toBeGreaterThanOrEqual(firstSample + 15 * MINUTE);
    expect(alert?.startsAt).toBeLessThan(firstSample + 15 * MINUTE + 15_000);
    expect(alert).toMatchObject({
      labels: { alertname: 'Drift', severity: 'warning', cluster: 'mumbai-1', ...FRAUD },
      annotations: { summary: 'fraud-detector at 0.31 in mumbai-1' },
      condition: { kind: 'firing' },
      source: { kind: 'rule', group: 'drift', alertname: 'Drift' },
      evidence: { value: 0.31, firstValue: 0.31, peak: 0.31, limit: { operator: '>', value: 0.2 }, metric: 'PSI' },
    });
  });

  it('keeps the value at first fire and the peak, and refreshes a moving value once a minute', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 0s'));
    let value = 0.3;
    await house.run(4 * MINUTE, (t) => {
      value = t <= 2 * MINUTE ? value + 0.01 : value - 0.01;
      house.put('ml_prediction_psi_score', FRAUD, value);
    });
    const alerts = house.news();
    expect(alerts.length).toBe(4);
    expect(alerts.map((alert) => alert.condition.kind)).toEqual(['firing', 'firing', 'firing', 'firing']);
    const last = alerts.at(-1)?.evidence;
    expect(last?.firstValue).toBeCloseTo(0.31);
    expect(last?.peak).toBeCloseTo(0.38);
    expect(last?.value).toBeLessThan(0.38);
  });

  it('draws the last hour of what it measures', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 0s'));
    await house.run(HOUR, (t) => house.put('ml_prediction_psi_score', FRAUD, t < 59 * MINUTE ? 0.1 : 0.4));
    const [alert] = house.news();
    const trend = alert?.evidence?.trend ?? [];
    expect(trend).toHaveLength(21);
    expect(trend[0]).toBeNull();
    expect(trend.slice(1, 20)).toEqual(Array.from({ length: 19 }, () => 0.1));
    expect(trend[20]).toBe(0.4);
    expect(alert?.evidence?.trendSpanMs).toBe(HOUR);
  });

  it('never calls a vanished metric resolved: no_data, then firing again, then resolved when seen false', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 1m'));
    await house.run(3 * MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.31));
    expect(house.conditions()).toEqual(['Drift firing']);
    await house.run(10 * MINUTE, () => undefined);
    expect(house.conditions()).toEqual(['Drift no_data']);
    expect(house.evaluator.health()[0]).toMatchObject({ health: 'ok', state: 'no_data' });
    await house.run(MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.33));
    expect(house.conditions()).toEqual(['Drift firing']);
    await house.run(MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.12));
    const [resolved] = house.news();
    expect(resolved?.condition.kind).toBe('resolved');
    expect(resolved?.evidence?.value).toBe(0.12);
    expect(house.store.instances()).toEqual([]);
  });

  it('ends an alert that nobody can see any more after a day, and not as resolved', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 0s'));
    await house.run(MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.31));
    await house.run(25 * HOUR, () => undefined);
    expect(house.conditions()).toEqual(['Drift firing', 'Drift no_data', 'Drift sender_silent']);
  });

  it('leaves alerts alone while their query fails, and says so in its health', async () => {
    const rules = `
groups:
  - name: g
    interval: 15s
    rules:
      - alert: Joined
        expr: a / on (model_name) b > 1
`;
    const house = new House(rules);
    const feed = (): void => {
      house.put('a', { model_name: 'm' }, 3);
      house.put('b', { model_name: 'm', copy: '1' }, 1);
    };
    await house.run(MINUTE, feed);
    await house.run(MINUTE, () => {
      feed();
      house.put('b', { model_name: 'm', copy: '2' }, 1);
    });
    expect(house.conditions()).toEqual(['Joined firing']);
    const [health] = house.evaluator.health();
    expect(health?.health).toBe('err');
    expect(health?.lastError).toContain('many');
    expect(house.evaluator.figures().failures).toBeGreaterThan(0);
    expect(house.evaluator.instances()[0]?.state.kind).toBe('firing');
  });

  it('refuses two series that become one alert', async () => {
    const house = new House(`
groups:
  - name: g
    rules:
      - alert: A
        expr: m > 0
        labels: { instance: '' }
`);
    await house.run(MINUTE, () => {
      house.put('m', { instance: 'a' }, 1);
      house.put('m', { instance: 'b' }, 1);
    });
    expect(house.evaluator.health()[0]?.lastError).toContain('same labelset after applying alert labels');
    expect(house.news()).toEqual([]);
  });

  it('keeps a pending alert over a restart, whatever its `for`, without counting the downtime', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 5m'));
    const feed = (): void => house.put('ml_prediction_psi_score', FRAUD, 0.31);
    await house.run(3 * MINUTE, feed);
    house.restart(20 * MINUTE);
    await house.run(2 * MINUTE - 15_000, feed);
    expect(house.conditions()).toEqual([]);
    await house.run(75_000, feed);
    expect(house.conditions()).toEqual(['Drift firing']);
  });

  it('starts a pending alert anew after more than an hour of downtime', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 5m'));
    const feed = (): void => house.put('ml_prediction_psi_score', FRAUD, 0.31);
    await house.run(4 * MINUTE, feed);
    house.restart(2 * HOUR);
    await house.run(4 * MINUTE, feed);
    expect(house.conditions()).toEqual([]);
    await house.run(90_000, feed);
    expect(house.conditions()).toEqual(['Drift firing']);
  });

  it('keeps a firing alert over a restart: no second firing, same start, and it resolves', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 1m'));
    await house.run(3 * MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.31));
    const [before] = house.news();
    house.restart(5 * MINUTE);
    await house.run(30_000, () => house.put('ml_prediction_psi_score', FRAUD, 0.31));
    expect(house.news()).toEqual([]);
    await house.run(30_000, () => house.put('ml_prediction_psi_score', FRAUD, 0.1));
    const [after] = house.news();
    expect(after).toMatchObject({
      fingerprint: before?.fingerprint,
      startsAt: before?.startsAt,
      condition: { kind: 'resolved' },
    });
  });

  it('ends the alerts of a removed rule and keeps those of the others over a reload', async () => {
    const both = `
groups:
  - name: drift
    interval: 15s
    rules:
      - { alert: One, expr: m > 1 }
      - { alert: Two, expr: m > 1, for: 2m }
`;
    const house = new House(both);
    const feed = (): void => house.put('m', { model_name: 'x' }, 2);
    await house.run(MINUTE, feed);
    expect(house.conditions()).toEqual(['One firing']);
    house.evaluator.reload(loadRules([{ path: 'test.rules.yml', text: both.replace(/.*One.*\n/, '') }]));
    await house.run(90_000, feed);
    expect(house.conditions()).toEqual(['One resolved', 'Two firing']);
    expect(house.store.instances().map((instance) => instance.labels.get('alertname'))).toEqual(['Two']);
  });

  it('ends the alerts of a rule that was removed while the process was down', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 0s'));
    await house.run(MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.31));
    house.news();
    const empty = createEvaluator({
      groups: [],
      queries: ruleQueries(new Engine(), house.head),
      appender: house.head,
      store: house.store,
      clock: house.clock,
      externalLabels: Labels.empty,
      externalUrl: '',
      defaultIntervalMs: 15_000,
      onFeed: () => undefined,
    });
    expect(empty.nextDue()).toBeDefined();
    await empty.run(house.clock.now());
    expect(house.conditions()).toEqual(['Drift resolved']);
    expect(empty.nextDue()).toBeUndefined();
  });

  it('writes ALERTS and ALERTS_FOR_STATE, and ends them when the alert is over', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 1m'));
    const queries = ruleQueries(new Engine(), house.head);
    const { parseExpr } = await import('../../src/promql/parser.ts');
    const states = (): string[] =>
      queries.instant(parseExpr('ALERTS'), house.clock.now()).map((sample) => sample.labels.get('alertstate'));
    await house.run(45_000, () => house.put('ml_prediction_psi_score', FRAUD, 0.31));
    expect(states()).toEqual(['pending']);
    const [since] = queries.instant(parseExpr('ALERTS_FOR_STATE'), house.clock.now());
    expect(since?.v).toBeGreaterThanOrEqual(START / 1000);
    await house.run(MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.31));
    expect(states()).toEqual(['firing']);
    await house.run(30_000, () => house.put('ml_prediction_psi_score', FRAUD, 0.1));
    expect(states()).toEqual([]);
  });

  it('lets later rules of a group see what earlier ones recorded, and ends recorded series that are gone', async () => {
    const house = new House(`
groups:
  - name: g
    interval: 15s
    rules:
      - { record: 'model:m:max', expr: 'max by (model_name) (m)', labels: { kind: recorded } }
      - { alert: High, expr: 'model:m:max > 1' }
`);
    await house.run(30_000, () => house.put('m', { model_name: 'x', instance: 'a' }, 2));
    const [alert] = house.news();
    expect(alert?.labels).toEqual({ alertname: 'High', cluster: 'mumbai-1', model_name: 'x', kind: 'recorded' });
    await house.run(MINUTE, () =>
      house.head.appendStale(Labels.of({ __name__: 'm', model_name: 'x', instance: 'a' }), house.clock.now()),
    );
    const { parseExpr } = await import('../../src/promql/parser.ts');
    expect(ruleQueries(new Engine(), house.head).instant(parseExpr('model:m:max'), house.clock.now())).toEqual([]);
  });

  it('keeps an open alert under its name when a reload changes the external labels', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 0s'));
    await house.run(MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.31));
    const [fired] = house.news();
    const groups = loadRules([{ path: 'test.rules.yml', text: PSI.replace('for: 15m', 'for: 0s') }]);
    house.evaluator.reload(groups, { externalLabels: Labels.of({ cluster: 'other' }) });
    await house.run(MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.1));
    const [resolved] = house.news();
    expect(resolved).toMatchObject({ fingerprint: fired?.fingerprint, condition: { kind: 'resolved' } });
    expect(resolved?.labels['cluster']).toBe('mumbai-1');
  });

  it('goes on evaluating when the clock is set back', async () => {
    const house = new House(PSI);
    await house.run(MINUTE, () => undefined);
    const before = house.evaluator.figures().evaluations;
    house.clock.set(house.clock.now() - HOUR);
    await house.run(MINUTE, () => undefined);
    expect(house.evaluator.figures().evaluations).toBe(before + 4);
  });

  it('splits a storm into feed rows of at most 200 alerts, and resolves it as fast as it came', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 0s'));
    const storm = (psi: number) => (): void => {
      for (let i = 0; i < 1000; i += 1) house.put('ml_prediction_psi_score', { model_name: `m${i}` }, psi);
    };
    await house.run(29_000, storm(0.5));
    const rows = house.store.feedAfter(0, 100);
    expect(rows.map((row) => row.alerts.length)).toEqual(Array.from({ length: 5 }, () => 200));
    house.news();
    await house.run(30_000, storm(0.1));
    const ended = house.news();
    expect(ended.filter((alert) => alert.condition.kind === 'resolved')).toHaveLength(1000);
    expect(house.store.instances()).toEqual([]);
  });

  it('restores values that JSON cannot hold', async () => {
    const house = new House(`groups: [{ name: g, interval: 15s, rules: [{ alert: Inf, expr: 'm / 0', for: 5m }] }]`);
    await house.run(MINUTE, () => {
      house.put('m', { a: 'plus' }, 1);
      house.put('m', { a: 'minus' }, -1);
      house.put('m', { a: 'nan' }, 0);
    });
    const values = new Map(house.store.instances().map((instance) => [instance.labels.get('a'), instance.value]));
    expect(values.get('plus')).toBe(Number.POSITIVE_INFINITY);
    expect(values.get('minus')).toBe(Number.NEGATIVE_INFINITY);
    expect(values.get('nan')).toBeNaN();
  });

  it('counts iterations that it missed and evaluates the latest one', async () => {
    const house = new House(PSI);
    await house.run(MINUTE, () => undefined);
    house.clock.set(house.clock.now() + 10 * MINUTE);
    await house.evaluator.run(house.clock.now());
    expect(house.evaluator.figures().missedIterations).toBeGreaterThanOrEqual(39);
    expect(house.evaluator.nextDue()).toBeGreaterThan(house.clock.now());
  });

  it('changes nothing in memory when the commit fails, so nothing is lost', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 0s'));
    const real = house.store.addFeed.bind(house.store);
    let broken = true;
    house.store.addFeed = (alerts) => {
      if (broken) throw new Error('disk full');
      return real(alerts);
    };
    await expect(house.run(30_000, () => house.put('ml_prediction_psi_score', FRAUD, 0.31))).rejects.toThrow(
      'disk full',
    );
    expect(house.store.instances()).toEqual([]);
    broken = false;
    await house.run(30_000, () => house.put('ml_prediction_psi_score', FRAUD, 0.31));
    expect(house.conditions()).toEqual(['Drift firing']);
  });

  it('numbers feed rows so that a number never comes back', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 0s'));
    await house.run(MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.31));
    const [first] = house.store.feedAfter(0, 10);
    house.store.confirm(first?.seq ?? 0);
    await house.run(MINUTE, () => house.put('ml_prediction_psi_score', FRAUD, 0.1));
    const [second] = house.store.feedAfter(0, 10);
    expect(second?.seq).toBeGreaterThan(first?.seq ?? 0);
    expect(house.feedCalls).toBe(2);
  });

  it('holds hostile label values as text: no template in them runs', async () => {
    const house = new House(PSI.replace('for: 15m', 'for: 0s'));
    const hostile = '{{ $value }}<!channel>`;--';
    await house.run(MINUTE, () =>
      house.put('ml_prediction_psi_score', { model_name: hostile, constructor: 'x' }, 0.31),
    );
    const [alert] = house.news();
    expect(alert?.annotations['summary']).toBe(`${hostile} at 0.31 in mumbai-1`);
    expect(alert?.labels['constructor']).toBe('x');
  });
});

describe("the user's four rules, as they are", () => {
  beforeAll(() => {
    if (!existsSync(USER_RULES)) console.warn(`SKIPPED: ${USER_RULES} is not there`);
  });
  const story = existsSync(USER_RULES) ? it : it.skip;
  const rules = (): string => readFileSync(USER_RULES, 'utf8');

  /** Runs until the named alert enters the feed; returns how long that took, and the alert. */
  async function until(
    house: House,
    kind: string,
    feed: (t: number) => void,
    limit = HOUR,
  ): Promise<{ after: number; alert: AlertJson }> {
    const from = house.clock.now();
    while (house.clock.now() < from + limit) {
      await house.run(15_000, feed);
      const alert = house.news().find((candidate) => candidate.condition.kind === kind);
      if (alert) return { after: house.clock.now() - from, alert };
    }
    throw new Error(`never ${kind}`);
  }

  const within = (ms: number): [number, number] => [ms, ms + 30_000];

  story('ModelLatencyP99High', async () => {
    const house = new House(rules());
    const counts = { fast: 0, all: 0 };
    const buckets = (slow: number): void => {
      counts.all += 100;
      counts.fast += 100 - slow;
      const labels = { job: 'model-server', ...FRAUD };
      house.put('ml_prediction_duration_seconds_bucket', { ...labels, le: '0.2' }, counts.fast);
      house.put('ml_prediction_duration_seconds_bucket', { ...labels, le: '0.5' }, counts.all);
      house.put('ml_prediction_duration_seconds_bucket', { ...labels, le: '+Inf' }, counts.all);
    };
    await house.run(10 * MINUTE, () => buckets(0));
    expect(house.news()).toEqual([]);
    const fired = await until(house, 'firing', () => buckets(10));
    const [from, to] = within(5 * MINUTE);
    expect(fired.after).toBeGreaterThanOrEqual(from);
    expect(fired.after).toBeLessThanOrEqual(to + MINUTE);
    expect(fired.alert.evidence).toMatchObject({
      unit: 'seconds',
      metric: 'p99 prediction duration',
      limit: { operator: '>', value: 0.2 },
    });
    expect(fired.alert.annotations['summary']).toBe('Model fraud-detector P99 latency above 200ms');
    expect(fired.alert.annotations['description']).toMatch(
      /^P99 latency is \d+(\.\d+)?ms for model\nfraud-detector \(version 2\.3\.2\)\.\n/,
    );
    const silent = await until(house, 'no_data', () => undefined);
    expect(silent.after).toBeGreaterThanOrEqual(4 * MINUTE);
    await until(house, 'resolved', () => buckets(0));
  });

  story('PredictionErrorBurnRateHigh', async () => {
    const house = new House(rules());
    const counts = { errors: 0, all: 0 };
    const feed = (errors: number) => (): void => {
      counts.all += 100;
      counts.errors += errors;
      house.put('ml_predictions_total', { job: 'model-server', ...FRAUD, status: 'ok' }, counts.all);
      house.put('ml_prediction_errors_total', { job: 'model-server', ...FRAUD, error_type: 'x' }, counts.errors);
    };
    await house.run(HOUR, feed(0));
    const fired = await until(house, 'firing', feed(20));
    expect(fired.after).toBeGreaterThanOrEqual(2 * MINUTE);
    expect(fired.alert.evidence?.limit).toEqual({ operator: '>', value: 14.4 });
    expect(fired.alert.annotations['description']).toContain('exhausted in 720\ndivided by');
    await until(house, 'resolved', feed(0), 3 * HOUR);
  });

  story('FeatureNullRateHigh', async () => {
    const house = new House(rules());
    const feed = (rate: number) => (): void =>
      house.put('ml_feature_null_rate', { job: 'feature-store', model_name: 'm', feature_name: 'amount' }, rate);
    await house.run(3 * HOUR, feed(0.01));
    const fired = await until(house, 'firing', feed(0.3));
    const [from, to] = within(10 * MINUTE);
    expect(fired.after).toBeGreaterThanOrEqual(from);
    expect(fired.after).toBeLessThanOrEqual(to);
    expect(fired.alert.evidence).toMatchObject({ unit: 'ratio', value: 0.3, limit: { operator: '>', value: 0.05 } });
    expect(fired.alert.annotations['description']).toContain('Null rate for feature amount is 30%');
    await until(house, 'no_data', () => undefined);
    await until(house, 'resolved', feed(0.01));
  });

  story('PredictionDistributionDrift', async () => {
    const house = new House(rules());
    const feed = (psi: number) => (): void =>
      house.put('ml_prediction_psi_score', { job: 'drift-detector', ...FRAUD }, psi);
    await house.run(MINUTE, feed(0.1));
    const fired = await until(house, 'firing', feed(0.25));
    const [from, to] = within(15 * MINUTE);
    expect(fired.after).toBeGreaterThanOrEqual(from);
    expect(fired.after).toBeLessThanOrEqual(to);
    await until(house, 'no_data', () => undefined);
    await until(house, 'firing', feed(0.25));
    const resolved = await until(house, 'resolved', feed(0.19));
    expect(resolved.alert.evidence?.value).toBe(0.19);
  });
});
