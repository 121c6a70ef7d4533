import { afterEach, describe, expect, it } from 'vitest';
import { type Fleet, startFleet } from '../../src/fleet/fleet.ts';
import { FLEET_MODELS } from '../../src/fleet/model.ts';
import { FleetSimulation, modelPath } from '../../src/fleet/simulation.ts';
import { parseExposition } from '../../src/ingest/exposition.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 16);

/** Every sample of an exposition by its series text. */
function samples(text: string): Map<string, number> {
  return new Map(parseExposition(text).samples.map((s) => [s.labels.toString(), s.value]));
}

/** Cumulative latency buckets of one model. */
function buckets(simulation: FleetSimulation, model: string, t: number): { le: number; count: number }[] {
  const text = simulation.exposition(`/models/${model}/metrics`, t) ?? '';
  return parseExposition(text)
    .samples.filter((s) => s.labels.get('__name__') === 'ml_prediction_duration_seconds_bucket')
    .map((s) => ({
      le: s.labels.get('le') === '+Inf' ? Number.POSITIVE_INFINITY : Number(s.labels.get('le')),
      count: s.value,
    }));
}

/** histogram_quantile over the increase between two moments, by linear interpolation in the bucket, as PromQL does it. */
function quantile(q: number, before: { le: number; count: number }[], after: { le: number; count: number }[]): number {
  const counts = after.map((b, i) => ({ le: b.le, count: b.count - (before[i]?.count ?? 0) }));
  const rank = q * (counts.at(-1)?.count ?? 0);
  const index = counts.findIndex((b) => b.count >= rank);
  const [low, high] = [counts[index - 1] ?? { le: 0, count: 0 }, counts[index]!];
  return low.le + ((high.le - low.le) * (rank - low.count)) / (high.count - low.count);
}

function value(
  simulation: FleetSimulation,
  path: string,
  metric: string,
  t: number,
  labels: Record<string, string> = {},
): number {
  const found = parseExposition(simulation.exposition(path, t) ?? '').samples.filter(
    (s) => s.labels.get('__name__') === metric && Object.entries(labels).every(([name, v]) => s.labels.get(name) === v),
  );
  return found.reduce((sum, s) => sum + s.value, 0);
}

const server = (model: string): string => `/models/${model}/metrics`;

describe('a healthy fleet', () => {
  it('stays well under the thresholds of the alert rules for a week', () => {
    const simulation = new FleetSimulation({ seed: 20_260, startAt: START - 2 * 60 * MINUTE });
    const worst = { p99: 0, nulls: 0, psi: 0, ratio: 0 };
    const lowest = { p99: Number.POSITIVE_INFINITY };
    const before = new Map(FLEET_MODELS.map((m) => [m.id, buckets(simulation, m.id, START)]));
    const totals: { errors: number; all: number }[] = [];
    for (let t = START + 5 * MINUTE; t <= START + 7 * 24 * 60 * MINUTE; t += 5 * MINUTE) {
      let [errors, all] = [0, 0];
      for (const model of FLEET_MODELS) {
        const now = buckets(simulation, model.id, t);
        const p99 = quantile(0.99, before.get(model.id) ?? [], now);
        before.set(model.id, now);
        worst.p99 = Math.max(worst.p99, p99);
        lowest.p99 = Math.min(lowest.p99, p99);
        if (t % (30 * MINUTE) === 0) {
          errors += value(simulation, server(model.id), 'ml_prediction_errors_total', t);
          all += value(simulation, server(model.id), 'ml_predictions_total', t);
        }
      }
      if (t % (30 * MINUTE) === 0) totals.push({ errors, all });
      for (const s of parseExposition(simulation.exposition('/feature-store/metrics', t) ?? '').samples)
        worst.nulls = Math.max(worst.nulls, s.value);
      for (const s of parseExposition(simulation.exposition('/drift-detector/metrics', t) ?? '').samples)
        worst.psi = Math.max(worst.psi, s.value);
    }
    for (let i = 2; i < totals.length; i += 1) {
      const [from, to] = [totals[i - 2]!, totals[i]!];
      worst.ratio = Math.max(worst.ratio, (to.errors - from.errors) / (to.all - from.all));
    }
    expect(worst.p99).toBeLessThan(0.17);
    expect(lowest.p99).toBeGreaterThan(0.05);
    expect(worst.nulls).toBeLessThan(0.04);
    expect(worst.psi).toBeLessThan(0.1);
    expect(worst.ratio).toBeLessThan(0.001 * 14.4 * 0.2);
  }, 120_000);
});

describe('a fault', () => {
  const at = START + 3 * 60 * MINUTE;
  const faulty = (model: string, fault: Parameters<FleetSimulation['faults']['set']>[1]): FleetSimulation => {
    const simulation = new FleetSimulation({ seed: 7, startAt: START });
    simulation.faults.set(model, fault, 1, at);
    return simulation;
  };

  it.each(FLEET_MODELS.map((m) => m.id))(
    'of latency lifts the p99 of %s to between 0.35 s and 0.48 s, and lets it fall again',
    (model) => {
      const simulation = faulty(model, 'latency');
      const reading = (t: number): number =>
        quantile(0.99, buckets(simulation, model, t - MINUTE), buckets(simulation, model, t));
      expect(reading(at)).toBeLessThan(0.17);
      const climbing = quantile(0.99, buckets(simulation, model, at), buckets(simulation, model, at + 30_000));
      expect(climbing).toBeLessThan(0.35);
      const full = reading(at + 3 * MINUTE);
      expect(full).toBeGreaterThan(0.35);
      expect(full).toBeLessThan(0.48);
      simulation.faults.set(model, 'latency', 0, at + 10 * MINUTE);
      expect(reading(at + 13 * MINUTE)).toBeLessThan(0.17);
    },
  );

  it('crosses the five-minute p99 threshold of 200 ms within two minutes', () => {
    const simulation = faulty('fraud-detector', 'latency');
    const t = at + 2 * MINUTE;
    expect(
      quantile(0.99, buckets(simulation, 'fraud-detector', t - 5 * MINUTE), buckets(simulation, 'fraud-detector', t)),
    ).toBeGreaterThan(0.2);
  });

  it.each(FLEET_MODELS.filter((m) => m.environment === 'production').map((m) => m.id))(
    'of errors in %s alone burns the whole fleet budget faster than 14.4 times',
    (model) => {
      const simulation = faulty(model, 'errors');
      const count = (metric: string, t: number): number =>
        FLEET_MODELS.reduce((sum, m) => sum + value(simulation, server(m.id), metric, t), 0);
      const [from, to] = [at + MINUTE, at + 61 * MINUTE];
      const ratio =
        (count('ml_prediction_errors_total', to) - count('ml_prediction_errors_total', from)) /
        (count('ml_predictions_total', to) - count('ml_predictions_total', from));
      expect(ratio / 0.001).toBeGreaterThan(14.4);
      const own =
        value(simulation, server(model), 'ml_prediction_errors_total', to) /
        value(simulation, server(model), 'ml_predictions_total', to);
      expect(own).toBeGreaterThan(0.05);
    },
  );

  it('of nulls brings one feature to 30 % and lets it fall again when it is over', () => {
    const simulation = faulty('eta-model', 'nulls');
    const rate = (t: number, feature = 'traffic_speed'): number =>
      value(simulation, '/feature-store/metrics', 'ml_feature_null_rate', t, {
        model_name: 'eta-model',
        feature_name: feature,
      });
    expect(rate(at)).toBeLessThan(0.02);
    expect(rate(at + 3 * MINUTE)).toBeGreaterThan(0.05);
    expect(rate(at + 8 * MINUTE)).toBeCloseTo(0.3, 1);
    expect(rate(at + 8 * MINUTE, 'rider_distance')).toBeLessThan(0.02);
    simulation.faults.set('eta-model', 'nulls', 0, at + 10 * MINUTE);
    expect(rate(at + 17 * MINUTE)).toBeLessThan(0.02);
  });

  it('of drift brings the stability index above 0.3 and moves the score histogram', () => {
    const simulation = faulty('credit-scoring', 'drift');
    const psi = (t: number): number =>
      value(simulation, '/drift-detector/metrics', 'ml_prediction_psi_score', t, { model_name: 'credit-scoring' });
    const meanScore = (from: number, to: number): number => {
      const increase = (suffix: string): number =>
        value(simulation, server('credit-scoring'), `ml_prediction_score${suffix}`, to) -
        value(simulation, server('credit-scoring'), `ml_prediction_score${suffix}`, from);
      return increase('_sum') / increase('_count');
    };
    const usual = meanScore(at - 10 * MINUTE, at);
    expect(psi(at)).toBeLessThan(0.1);
    expect(psi(at + 12 * MINUTE)).toBeGreaterThan(0.3);
    expect(meanScore(at + 5 * MINUTE, at + 12 * MINUTE)).toBeGreaterThan(usual + 0.08);
  });

  it('of latency shows in the z-score although the tested point once hid itself', () => {
    const simulation = faulty('search-rank', 'latency');
    const z = value(simulation, server('search-rank'), 'ml_metric_anomaly_zscore', at + MINUTE, {
      metric_name: 'latency',
    });
    expect(z).toBeGreaterThan(3.5);
  });

  it('that takes a model down stops its traffic and nobody else', () => {
    const simulation = faulty('rec-home', 'down');
    expect(simulation.exposition(server('rec-home'), at - 1)).toBeDefined();
    expect(simulation.exposition(server('rec-home'), at)).toBeUndefined();
    expect(simulation.exposition(server('eta-model'), at + MINUTE)).toBeDefined();
    const before = value(simulation, server('rec-home'), 'ml_predictions_total', at - 1);
    simulation.faults.set('rec-home', 'down', 0, at + 10 * MINUTE);
    const after = value(simulation, server('rec-home'), 'ml_predictions_total', at + 10 * MINUTE);
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after - before).toBeLessThan(400);
  });

  it('is written down with its start and its end', () => {
    const simulation = faulty('rec-home', 'drift');
    simulation.faults.set('rec-home', 'drift', 0.5, at + MINUTE);
    simulation.faults.set('eta-model', 'nulls', 0.4, at + MINUTE);
    simulation.faults.set('rec-home', 'drift', 0, at + 2 * MINUTE);
    expect(simulation.faults.truth()).toEqual([
      { model: 'rec-home', fault: 'drift', start: at, end: at + 2 * MINUTE, intensity: 1 },
      { model: 'eta-model', fault: 'nulls', start: at + MINUTE, end: undefined, intensity: 0.4 },
    ]);
  });
});

describe('the fleet as a function of time', () => {
  const paths = ['/feature-store/metrics', '/drift-detector/metrics', ...FLEET_MODELS.map(modelPath)];

  it('says the same about a moment whoever asked before, and in whatever order', () => {
    const often = new FleetSimulation({ seed: 3, startAt: START });
    const once = new FleetSimulation({ seed: 3, startAt: START });
    const t = START + 47 * MINUTE + 1234;
    for (let asked = START; asked < t; asked += 7_777) for (const path of paths) often.exposition(path, asked);
    for (const path of paths) expect(often.exposition(path, t)).toBe(once.exposition(path, t));
    const past = START + 11 * MINUTE;
    const fresh = new FleetSimulation({ seed: 3, startAt: START });
    for (const path of paths) expect(once.exposition(path, past)).toBe(fresh.exposition(path, past));
  });

  it('lets counters only grow and keeps every histogram consistent, through faults and jumps', () => {
    const simulation = new FleetSimulation({ seed: 11, startAt: START });
    const jumps = [0, 1000, 15_000, 15_001, 60_000, 3_600_000, 15_000, 250, 86_400_000, 15_000];
    let t = START;
    let before = new Map<string, number>();
    for (const [i, jump] of jumps.entries()) {
      t += jump;
      if (i === 2) simulation.faults.set('fraud-detector', 'latency', 1, t);
      if (i === 4) simulation.faults.set('fraud-detector', 'errors', 0.5, t);
      const text = simulation.exposition(server('fraud-detector'), t) ?? '';
      const now = samples(text);
      for (const [series, v] of now)
        if (!series.includes('zscore')) expect(v, series).toBeGreaterThanOrEqual(before.get(series) ?? 0);
      before = now;
      const rows = buckets(simulation, 'fraud-detector', t);
      for (let b = 1; b < rows.length; b += 1) expect(rows[b]!.count).toBeGreaterThanOrEqual(rows[b - 1]!.count);
      const of = (metric: string): number => value(simulation, server('fraud-detector'), metric, t);
      expect(of('ml_prediction_duration_seconds_count')).toBe(rows.at(-1)!.count);
      expect(of('ml_predictions_total')).toBe(rows.at(-1)!.count);
      expect(of('ml_prediction_errors_total')).toBe(
        value(simulation, server('fraud-detector'), 'ml_predictions_total', t, { status: 'error' }),
      );
    }
  });

  it('differs between seeds', () => {
    const [a, b] = [1, 2].map((seed) =>
      new FleetSimulation({ seed, startAt: START }).exposition(server('eta-model'), START + MINUTE),
    );
    expect(a).not.toBe(b);
  });
});

describe('the fleet over HTTP', () => {
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });

  it('answers where its scrape configuration says, and 503 for a model that is down', async () => {
    let now = START;
    fleet = await startFleet({ now: () => now });
    const { targets } = fleet;
    for (const target of [...targets.modelServer, targets.featureStore, targets.driftDetector]) {
      const answer = await fetch(`http://${target.address}${target.path}`);
      expect(answer.headers.get('content-type')).toContain('version=0.0.4');
      expect(parseExposition(await answer.text()).samples.length).toBeGreaterThan(5);
    }
    fleet.setFault('eta-model', 'down', true);
    now += 1000;
    expect((await fetch(`${fleet.url}/models/eta-model/metrics`)).status).toBe(503);
    expect((await fetch(`${fleet.url}/nothing`)).status).toBe(404);
    expect(JSON.parse(JSON.stringify(fleet.scrapeConfigs()))).toHaveLength(3);
  });

  it('switches faults by JSON and refuses what it does not know', async () => {
    fleet = await startFleet({ now: () => START });
    const post = (body: unknown, type = 'application/json'): Promise<Response> =>
      fetch(`${fleet?.url}/faults`, { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) });
    expect((await post({ model: 'rec-home', fault: 'drift', on: 0.7 })).status).toBe(200);
    const state = (await (await fetch(`${fleet.url}/faults`)).json()) as {
      models: { model: string; faults: Record<string, number> }[];
    };
    expect(state.models.find((m) => m.model === 'rec-home')?.faults).toEqual({
      latency: 0,
      errors: 0,
      nulls: 0,
      drift: 0.7,
      down: 0,
    });
    expect((await post({ model: 'nobody', fault: 'drift', on: true })).status).toBe(400);
    expect((await post({ model: 'rec-home', fault: 'gremlins', on: true })).status).toBe(400);
    expect((await post({ model: 'rec-home', fault: 'drift', on: 7 })).status).toBe(400);
    expect((await post({ model: 'rec-home', fault: 'drift', on: true }, 'text/plain')).status).toBe(400);
    expect((await post('x'.repeat(5000))).status).toBe(400);
    expect(fleet.truth()).toHaveLength(1);
  });
});
