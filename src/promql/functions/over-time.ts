import { addTo, Mean, quantileOf, type Sum, varianceOf } from '../numeric.ts';
import { noteQuantile } from '../quantile-note.ts';
import type { Window } from '../value.ts';
import { type FunctionSpec, overRange } from './spec.ts';

function sumOf({ values, lo, hi }: Window): number {
  const total: Sum = { sum: 0, c: 0 };
  for (let i = lo; i < hi; i++) addTo(total, values[i] ?? Number.NaN);
  return Number.isFinite(total.sum) ? total.sum + total.c : total.sum;
}

function meanOf({ values, lo, hi }: Window): number {
  const mean = new Mean();
  for (let i = lo; i < hi; i++) mean.add(values[i] ?? Number.NaN);
  return mean.value;
}

/** Index of the extreme value by `better`; NaN only where there is nothing else. */
function extreme({ values, lo, hi }: Window, better: (v: number, best: number) => boolean): number {
  let at = lo;
  for (let i = lo + 1; i < hi; i++) {
    const v = values[i] ?? Number.NaN;
    const best = values[at] ?? Number.NaN;
    if (better(v, best) || Number.isNaN(best)) at = i;
  }
  return at;
}

const larger = (v: number, best: number): boolean => v > best;
const smaller = (v: number, best: number): boolean => v < best;
const largerOrEqual = (v: number, best: number): boolean => v >= best;
const smallerOrEqual = (v: number, best: number): boolean => v <= best;

function valueAt(window: Window, i: number): number {
  return window.values[i] ?? Number.NaN;
}

function secondsAt(window: Window, i: number): number {
  return (window.times[i] ?? 0) / 1000;
}

function copyOf({ values, lo, hi }: Window): number[] {
  return Array.from(values.subarray(lo, hi));
}

/** Median distance from the median; NaN where a value is. */
function madOf(window: Window): number {
  const values = copyOf(window);
  if (values.some(Number.isNaN)) return Number.NaN;
  const median = quantileOf(0.5, values);
  return quantileOf(
    0.5,
    values.map((v) => Math.abs(v - median)),
  );
}

const experimental = { experimental: true } as const;

export const overTimeFunctions: Readonly<Record<string, FunctionSpec>> = {
  sum_over_time: overRange(sumOf),
  avg_over_time: overRange(meanOf),
  count_over_time: overRange((window) => window.hi - window.lo),
  present_over_time: overRange(() => 1),
  min_over_time: overRange((window) => valueAt(window, extreme(window, smaller))),
  max_over_time: overRange((window) => valueAt(window, extreme(window, larger))),
  stdvar_over_time: overRange((window) => varianceOf(window.values, window.lo, window.hi)),
  stddev_over_time: overRange((window) => Math.sqrt(varianceOf(window.values, window.lo, window.hi))),
  last_over_time: overRange((window) => valueAt(window, window.hi - 1), { keepsName: true }),
  quantile_over_time: {
    kind: 'series',
    args: ['scalar', 'matrix'],
    variadic: 0,
    returns: 'vector',
    evaluate: (window, call) => {
      const q = call.scalar(0);
      noteQuantile(q, call.args[0], (message, span) => call.note('warning', message, span));
      return quantileOf(q, copyOf(window));
    },
  },
  first_over_time: overRange((window) => valueAt(window, window.lo), { keepsName: true, experimental: true }),
  mad_over_time: overRange(madOf, experimental),
  ts_of_min_over_time: overRange((window) => secondsAt(window, extreme(window, smallerOrEqual)), experimental),
  ts_of_max_over_time: overRange((window) => secondsAt(window, extreme(window, largerOrEqual)), experimental),
  ts_of_last_over_time: overRange((window) => secondsAt(window, window.hi - 1), experimental),
  ts_of_first_over_time: overRange((window) => secondsAt(window, window.lo), experimental),
};
