import { RollingZScore, SlidingCounts, stabilityIndex } from './detector.ts';
import type { FaultLog } from './faults.ts';
import type { FleetModel } from './model.ts';
import { binomial, drifting, normal, normalCdf, normalQuantile, poisson, uniform } from './noise.ts';

/** Time advances in steps of this length; what happens in one depends on the step alone, so no scrape can change it. */
const STEP_MS = 5000;

/** Upper bounds of the latency histogram, in seconds. */
export const LATENCY_BOUNDS: readonly number[] = [0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5];
export const SCORE_BOUNDS: readonly number[] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const SCORE_LOGITS = SCORE_BOUNDS.map(logit);
const LATENCY_LOGS = LATENCY_BOUNDS.map((bound) => Math.log(bound));
export const ERROR_TYPES = ['timeout', 'invalid_input', 'model_error'] as const;

const FAULTY_MEDIAN = 0.094;
const FAULTY_ERROR_RATIO = 0.3;
const FAULTY_NULL_RATE = 0.3;
/** How far drift moves the scores, in spreads of their distribution. */
const DRIFT_SHIFT = 0.68;
const PSI_BINS = 10;
/** The reference's deciles in its own spreads: the fixed edges between the bins. */
const DECILES = Array.from({ length: PSI_BINS - 1 }, (_, i) => normalQuantile((i + 1) / PSI_BINS));
const PSI_WINDOW = 5000;
const PSI_EVERY = 500;
const NULL_WINDOW_MS = 300_000;
const ZSCORE_WINDOW = 720;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Streams of randomness, one per thing that varies. */
const STREAM = {
  requests: 1,
  load: 2,
  errors: 3,
  kinds: 4,
  latency: 5,
  step: 6,
  score: 7,
  bins: 100,
  nulls: 200,
  level: 300,
} as const;

/** A cumulative histogram in the making: fractional counts, so that rounding never makes a bucket shrink. */
interface Histogram {
  readonly buckets: Float64Array;
  sum: number;
}

/** One model since its process started, moved forward step by step. */
export class ModelRun {
  readonly model: FleetModel;
  readonly #seed: number;
  readonly #faults: FaultLog;
  #nextStep: number;
  predictions = 0;
  errors = 0;
  readonly errorsByType: number[] = ERROR_TYPES.map(() => 0);
  readonly latency: Histogram = { buckets: new Float64Array(LATENCY_BOUNDS.length), sum: 0 };
  readonly scores: Histogram = { buckets: new Float64Array(SCORE_BOUNDS.length), sum: 0 };
  readonly latencyZ = new RollingZScore(ZSCORE_WINDOW);
  readonly scoreZ = new RollingZScore(ZSCORE_WINDOW);
  /** The population stability index of the newest predictions, renewed every `PSI_EVERY` of them. */
  psi = 0;
  readonly #bins = new SlidingCounts(PSI_BINS, PSI_WINDOW);
  #sincePsi = 0;
  /** Predictions and then nulls per feature, over the last minutes. */
  readonly #nulls: SlidingCounts;

  constructor(model: FleetModel, seed: number, faults: FaultLog, startAt: number) {
    this.model = model;
    this.#seed = seed;
    this.#faults = faults;
    this.#nextStep = Math.floor(startAt / STEP_MS);
    this.#nulls = new SlidingCounts(1 + model.features.length, NULL_WINDOW_MS);
  }

  /** Lives through every step that is over at `t`. @returns false where `t` lies before what was already lived through. */
  advance(t: number): boolean {
    const end = Math.floor(t / STEP_MS);
    if (end < this.#nextStep) return false;
    for (; this.#nextStep < end; this.#nextStep += 1) this.#step(this.#nextStep);
    return true;
  }

  /** The share of nulls per feature over the last five minutes; undefined where nothing was predicted in them. */
  nullRate(feature: number): number | undefined {
    const [rows = 0] = this.#nulls.totals;
    return rows > 0 ? (this.#nulls.totals[feature + 1] ?? 0) / rows : undefined;
  }

  #step(step: number): void {
    const t = step * STEP_MS;
    const down = this.#level('down', t) > 0;
    const mean = down ? 0 : (this.#rate(t) * STEP_MS) / 1000;
    const count = poisson(mean, uniform(this.#seed, STREAM.requests, step));
    this.#countErrors(step, t, count);
    this.#countLatency(step, t, count);
    this.#countScores(step, t, count);
    const nulls = this.model.features.map((feature, index) => {
      const starved = index === 0 ? this.#level('nulls', t) : 0;
      const usual = feature.nullRate * (1 + 0.15 * drifting(this.#seed, STREAM.nulls + index, t, HOUR_MS));
      const share = usual + starved * (FAULTY_NULL_RATE - usual);
      return binomial(count, share, uniform(this.#seed, STREAM.nulls + index, step));
    });
    this.#nulls.add([count, ...nulls], STEP_MS);
    this.predictions += count;
  }

  #level(fault: Parameters<FaultLog['level']>[1], t: number): number {
    return this.#faults.level(this.model.id, fault, t);
  }

  /** Predictions per second: a daily curve with its peak at 20:00 in the region, quieter weekends, and slow noise. */
  #rate(t: number): number {
    const zone = this.model.region === 'ap-south-1' ? 5.5 * HOUR_MS : -5 * HOUR_MS;
    const local = t + zone;
    const hour = (local % DAY_MS) / HOUR_MS;
    const curve = 0.35 + 0.65 * Math.exp(1.1 * (Math.cos((2 * Math.PI * (hour - 20)) / 24) - 1));
    const weekday = Math.floor(local / DAY_MS + 4) % 7;
    const weekend = weekday === 0 || weekday === 6 ? 0.85 : 1;
    return this.model.peakRate * curve * weekend * (1 + 0.04 * drifting(this.#seed, STREAM.load, t, HOUR_MS / 6));
  }

  #countErrors(step: number, t: number, count: number): void {
    const faulty = this.#level('errors', t);
    const ratio = this.model.errorRatio + faulty * (FAULTY_ERROR_RATIO - this.model.errorRatio);
    const errors = binomial(count, ratio, uniform(this.#seed, STREAM.errors, step));
    const timeouts = binomial(errors, 0.5 - 0.4 * faulty, uniform(this.#seed, STREAM.kinds, step));
    const invalid = binomial(errors - timeouts, 0.6 - 0.5 * faulty, uniform(this.#seed, STREAM.kinds + 1000, step));
    this.errors += errors;
    for (const [type, n] of [timeouts, invalid, errors - timeouts - invalid].entries()) {
      this.errorsByType[type] = (this.errorsByType[type] ?? 0) + n;
    }
  }

  #countLatency(step: number, t: number, count: number): void {
    const { latencyMedian, latencySpread } = this.model;
    const slow = this.#level('latency', t);
    const load = this.#rate(t) / this.model.peakRate;
    const usual =
      latencyMedian * (1 + 0.03 * (load - 0.6) + 0.012 * drifting(this.#seed, STREAM.latency, t, HOUR_MS / 12));
    const median = usual * (FAULTY_MEDIAN / usual) ** slow;
    const center = Math.log(median);
    for (const [i, bound] of LATENCY_LOGS.entries()) {
      this.latency.buckets[i] = (this.latency.buckets[i] ?? 0) + count * normalCdf((bound - center) / latencySpread);
    }
    const mean = median * Math.exp(latencySpread ** 2 / 2);
    this.latency.sum += count * mean;
    // The mean of a step's predictions scatters by the spread of one of them over the root of their number.
    if (count > 0)
      this.latencyZ.observe(mean * (1 + (latencySpread / Math.sqrt(count)) * normal(this.#seed, STREAM.step, step)));
  }

  #countScores(step: number, t: number, count: number): void {
    const { scoreMean, scoreSpread } = this.model;
    const wander = 0.06 * drifting(this.#seed, STREAM.level, t, 6 * HOUR_MS);
    const shift = wander + this.#level('drift', t) * DRIFT_SHIFT;
    const mean = scoreMean + shift * scoreSpread;
    for (const [i, bound] of SCORE_LOGITS.entries()) {
      this.scores.buckets[i] = (this.scores.buckets[i] ?? 0) + count * normalCdf((bound - mean) / scoreSpread);
    }
    this.scores.sum += count * logisticNormalMean(mean, scoreSpread);
    if (count > 0)
      this.scoreZ.observe(mean + (scoreSpread / Math.sqrt(count)) * normal(this.#seed, STREAM.score, step));
    this.#countBins(step, count, shift);
  }

  /** Draws how many of the step's scores fall between the reference's deciles, which drift moves them across. */
  #countBins(step: number, count: number, shift: number): void {
    if (count === 0) return;
    const counts: number[] = [];
    let left = count;
    let above = 1;
    for (const [bin, edge] of DECILES.entries()) {
      const beyond = 1 - normalCdf(edge - shift);
      const share = above > 0 ? (above - beyond) / above : 1;
      const n = binomial(left, share, uniform(this.#seed, STREAM.bins + bin, step));
      counts.push(n);
      left -= n;
      above = beyond;
    }
    counts.push(left);
    this.#bins.add(counts, count);
    this.#sincePsi += count;
    if (this.#sincePsi < PSI_EVERY) return;
    this.#sincePsi %= PSI_EVERY;
    this.psi = stabilityIndex(this.#bins.totals);
  }
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

/** The mean of a logistic-normal score, by the probit approximation (MacKay 1992); within 0.01, enough for a `_sum`. */
function logisticNormalMean(mean: number, spread: number): number {
  return 1 / (1 + Math.exp(-mean / Math.sqrt(1 + (Math.PI * spread ** 2) / 8)));
}
