import type { Run } from './chunk.ts';

/** Index of the first time >= t; `times` ascend. */
export function lowerBound(times: Float64Array, t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The part with `from <= t <= to`: a view. */
export function cutRun(run: Run, from: number, to: number): Run {
  const start = lowerBound(run.times, from);
  const end = lowerBound(run.times, to + 1);
  if (start === 0 && end === run.times.length) return run;
  return { times: run.times.subarray(start, end), values: run.values.subarray(start, end) };
}

/** Joins ascending runs into one. A single run is handed on as it is. Copies bytes, so NaN payloads survive. */
export function joinRuns(runs: readonly Run[]): Run {
  const [first] = runs;
  if (first && runs.length === 1) return first;
  const count = runs.reduce((sum, run) => sum + run.times.length, 0);
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  let at = 0;
  for (const run of runs) {
    times.set(run.times, at);
    values.set(run.values, at);
    at += run.times.length;
  }
  return { times, values };
}
