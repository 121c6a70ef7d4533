import { QueryError } from '../errors.ts';
import { linearRegression } from '../numeric.ts';
import { METRIC_NAME, type Window } from '../value.ts';
import { type CallContext, type FunctionSpec, overRange } from './spec.ts';

const COUNTER_NAME = /_(?:total|sum|count|bucket)$/;

/** The samples' rise, resets of a counter added back. */
function riseOf({ values, lo, hi }: Window, counter: boolean): number {
  const first = values[lo] ?? Number.NaN;
  const last = values[hi - 1] ?? Number.NaN;
  let rise = last - first;
  if (!counter) return rise;
  let previous = first;
  for (let i = lo + 1; i < hi; i++) {
    const v = values[i] ?? Number.NaN;
    if (v < previous) rise += previous;
    previous = v;
  }
  return rise;
}

/**
 * rate, increase and delta: the rise between the first and last sample, extrapolated to the range's bounds where the samples come
 * near enough to them (within 1.1 mean intervals), else by half an interval; a counter never to below zero.
 * Source: Prometheus' extrapolatedRate. undefined for fewer than two samples.
 */
function extrapolated(window: Window, counter: boolean, perSecond: boolean): number | undefined {
  const { times, values, lo, hi, start, end } = window;
  if (hi - lo < 2) return undefined;
  const firstT = times[lo] ?? 0;
  const lastT = times[hi - 1] ?? 0;
  const rise = riseOf(window, counter);
  const sampled = (lastT - firstT) / 1000;
  const interval = sampled / (hi - lo - 1);
  const threshold = interval * 1.1;
  let toStart = (firstT - start) / 1000;
  let toEnd = (end - lastT) / 1000;
  if (toStart >= threshold) toStart = interval / 2;
  if (counter) {
    const first = values[lo] ?? Number.NaN;
    const toZero = rise > 0 && first >= 0 ? sampled * (first / rise) : toStart;
    if (toZero < toStart) toStart = toZero;
  }
  if (toEnd >= threshold) toEnd = interval / 2;
  let factor = (sampled + toStart + toEnd) / sampled;
  if (perSecond) factor /= (end - start) / 1000;
  return rise * factor;
}

function noteNonCounter(window: Window, call: CallContext): void {
  const name = window.labels.get(METRIC_NAME);
  const [arg] = call.args;
  if (name === '' || COUNTER_NAME.test(name) || !arg) return;
  call.note(
    'info',
    `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(name)}`,
    arg,
  );
}

function counterRate(perSecond: boolean): FunctionSpec {
  return overRange((window, call) => {
    noteNonCounter(window, call);
    return extrapolated(window, true, perSecond);
  });
}

/** irate, idelta: from the last two samples alone. */
function fromLastTwo({ times, values, lo, hi }: Window, rate: boolean): number | undefined {
  if (hi - lo < 2) return undefined;
  const last = values[hi - 1] ?? Number.NaN;
  const before = values[hi - 2] ?? Number.NaN;
  const rise = rate && last < before ? last : last - before;
  if (!rate) return rise;
  return rise / (((times[hi - 1] ?? 0) - (times[hi - 2] ?? 0)) / 1000);
}

function countSteps({ values, lo, hi }: Window, counts: (previous: number, v: number) => boolean): number {
  let count = 0;
  for (let i = lo + 1; i < hi; i++) if (counts(values[i - 1] ?? Number.NaN, values[i] ?? Number.NaN)) count += 1;
  return count;
}

/** Holt's linear method. Source: Prometheus' double_exponential_smoothing. */
function smoothed(window: Window, call: CallContext): number | undefined {
  const sf = call.scalar(1);
  const tf = call.scalar(2);
  if (!(sf > 0 && sf < 1))
    throw new QueryError('query_failed', `invalid smoothing factor. Expected: 0 < sf < 1, got: ${sf.toFixed(6)}`);
  if (!(tf > 0 && tf < 1))
    throw new QueryError('query_failed', `invalid trend factor. Expected: 0 < tf < 1, got: ${tf.toFixed(6)}`);
  const { values, lo, hi } = window;
  if (hi - lo < 2) return undefined;
  let before = 0;
  let level = values[lo] ?? Number.NaN;
  let trend = (values[lo + 1] ?? Number.NaN) - level;
  for (let i = lo + 1; i < hi; i++) {
    const scaled = sf * (values[i] ?? Number.NaN);
    if (i > lo + 1) trend = tf * (level - before) + (1 - tf) * trend;
    const next = scaled + (1 - sf) * (level + trend);
    before = level;
    level = next;
  }
  return level;
}

const smoothing: FunctionSpec = {
  kind: 'series',
  args: ['matrix', 'scalar', 'scalar'],
  variadic: 0,
  returns: 'vector',
  experimental: true,
  evaluate: smoothed,
};

export const rateFunctions: Readonly<Record<string, FunctionSpec>> = {
  rate: counterRate(true),
  increase: counterRate(false),
  delta: overRange((window) => extrapolated(window, false, false)),
  irate: overRange((window) => fromLastTwo(window, true)),
  idelta: overRange((window) => fromLastTwo(window, false)),
  resets: overRange((window) => countSteps(window, (previous, v) => v < previous)),
  changes: overRange((window) =>
    countSteps(window, (previous, v) => v !== previous && !(Number.isNaN(v) && Number.isNaN(previous))),
  ),
  deriv: overRange((window) =>
    window.hi - window.lo < 2 ? undefined : linearRegression(window, window.times[window.lo] ?? 0).slope,
  ),
  predict_linear: {
    kind: 'series',
    args: ['matrix', 'scalar'],
    variadic: 0,
    returns: 'vector',
    evaluate: (window, call) => {
      if (window.hi - window.lo < 2) return undefined;
      const { slope, intercept } = linearRegression(window, call.t);
      return slope * call.scalar(1) + intercept;
    },
  },
  double_exponential_smoothing: smoothing,
  // Prometheus 2's name of it; existing rules use it.
  holt_winters: smoothing,
};
