import type { Series } from '../tsdb/queryable.ts';
import { formatValue } from './numeric.ts';
import type { EvalCommand } from './script-parser.ts';
import type { SeriesLine } from './series-notation.ts';
import type { Value, VectorSample } from './value.ts';

/** A result that is not the expected one. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';
}

/** Relative difference that the script language allows. */
const TOLERANCE = 1e-6;
const SMALLEST_NORMAL = 2.2250738585072014e-308;

function almostEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const size = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || size < SMALLEST_NORMAL) return difference < TOLERANCE * SMALLEST_NORMAL;
  return difference / Math.min(size, Number.MAX_VALUE) < TOLERANCE;
}

/** @throws Mismatch where `value` is not what the command expects. */
export function compareResult(command: EvalCommand, value: Value): void {
  switch (value.kind) {
    case 'scalar':
      if (command.scalar === undefined) fail(command, `expected a vector, got scalar ${formatValue(value.v)}`);
      else if (!almostEqual(command.scalar, value.v)) {
        fail(command, `expected scalar ${formatValue(command.scalar)}, got ${formatValue(value.v)}`);
      }
      return;
    case 'string':
      if (command.string !== value.value) fail(command, `expected string ${command.string}, got ${value.value}`);
      return;
    case 'vector':
      if (command.scalar !== undefined) fail(command, 'expected a scalar, got a vector');
      return compareVector(command, value.samples);
    case 'matrix':
      return compareMatrix(command, value.series);
  }
}

function fail(command: EvalCommand, message: string): never {
  throw new Mismatch(`${command.expr}: ${message}`);
}

function isOrdered(command: EvalCommand): boolean {
  return command.expectations.some(({ kind }) => kind === 'ordered');
}

function compareVector(command: EvalCommand, samples: readonly VectorSample[]): void {
  const ordered = isOrdered(command);
  const missing = new Map(command.series.map((series, position) => [series.labels.key, { series, position }]));
  for (const [position, { labels, v }] of samples.entries()) {
    const expected = missing.get(labels.key);
    if (!expected) return fail(command, `unexpected ${labels.toString()} with value ${formatValue(v)}`);
    missing.delete(labels.key);
    if (ordered && expected.position !== position) {
      fail(command, `expected ${labels.toString()} at position ${expected.position + 1}, got it at ${position + 1}`);
    }
    const [wanted] = expected.series.values;
    if (typeof wanted !== 'number' || !almostEqual(wanted, v)) {
      fail(command, `expected ${String(wanted)} for ${labels.toString()}, got ${formatValue(v)}`);
    }
  }
  for (const { series } of missing.values()) fail(command, `expected ${series.labels.toString()}, but it is not there`);
}

function compareMatrix(command: EvalCommand, found: readonly Series[]): void {
  const bounds = command.matrix ?? (command.time.kind === 'range' ? command.time : undefined);
  if (!bounds) return fail(command, 'expected an instant vector, got a range vector');
  if (command.scalar !== undefined) fail(command, 'expected a scalar, got a range vector');
  if (isOrdered(command)) fail(command, 'expected an ordered result, got a range vector, which is ordered by labels');
  const most = Math.floor((bounds.to - bounds.from) / bounds.stepMs) + 1;
  const missing = new Map(command.series.map((series) => [series.labels.key, series]));
  for (const { labels, values } of missing.values()) {
    if (values.length > most) {
      fail(command, `expected ${values.length} points for ${labels.toString()}, but the range has only ${most}`);
    }
  }
  for (const series of found) {
    const wanted = missing.get(series.labels.key);
    if (!wanted) return fail(command, `unexpected ${series.labels.toString()} with ${printPoints(series)}`);
    missing.delete(series.labels.key);
    comparePoints(command, series, wanted, bounds);
  }
  for (const { labels } of missing.values()) fail(command, `expected ${labels.toString()}, but it is not there`);
}

function comparePoints(
  command: EvalCommand,
  series: Series,
  wanted: SeriesLine,
  bounds: { readonly from: number; readonly stepMs: number },
): void {
  const expected = wanted.values.flatMap((value, i) =>
    typeof value === 'number' ? [{ t: bounds.from + i * bounds.stepMs, v: value }] : [],
  );
  const same =
    expected.length === series.times.length &&
    expected.every(({ t, v }, i) => t === series.times[i] && almostEqual(v, series.values[i] ?? Number.NaN));
  if (same) return;
  const points = expected.map(({ t, v }) => `${formatValue(v)} @ ${t}`).join(', ');
  fail(command, `expected ${series.labels.toString()} to be ${points}, got ${printPoints(series)}`);
}

function printPoints({ times, values }: Series): string {
  return [...times].map((t, i) => `${formatValue(values[i] ?? Number.NaN)} @ ${t}`).join(', ');
}
