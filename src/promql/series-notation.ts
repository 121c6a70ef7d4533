import { UserError } from '../errors.ts';
import { Labels } from '../labels/labels.ts';
import { Cursor } from './cursor.ts';
import { QueryError } from './errors.ts';
import { parseNumber, scanNumber } from './number-text.ts';
import { quotedEnd } from './quoted.ts';
import { parseSelector } from './selector-parser.ts';

/** One step of a series: a value, nothing, the end of the series, or a native histogram, which is only recognised. */
export type SeriesPoint = number | null | 'stale' | 'histogram';

export interface SeriesLine {
  readonly labels: Labels;
  readonly values: readonly SeriesPoint[];
}

const MOST_POINTS = 10_000_000;
const SPACE = /[ \t\n\r]/;
const OMITTED = /^_(?:x(\d+))?$/;
const TIMES = /^x(\d+)$/;
const WORD = /^(?:inf|nan)(?!\w)/i;
const HISTOGRAM = /\{\{[^}]*\}\}(?:[+-]\{\{[^}]*\}\})?(?:x(\d+))?/y;

/**
 * Reads a line of Prometheus' series notation, as test scripts and rule tests write it: `metric{a="b"} 1 2 _ stale 0+10x5`.
 * `a+bxn` is a, a+b, …, n+1 values in all; `axn` is a n+1 times; `_xn` omits n.
 * @throws UserError for a line that is not of this form, `unsupported` for native histograms.
 */
export function parseSeriesLine(text: string): { labels: Labels; values: (number | null | 'stale')[] } {
  const { labels, values } = readSeriesLine(text);
  return {
    labels,
    values: values.map((value) => {
      if (value === 'histogram')
        throw new QueryError('unsupported', `native histograms are not supported: ${labels.toString()}`);
      return value;
    }),
  };
}

/** As `parseSeriesLine`, with native histograms reported as such instead of refused. */
export function readSeriesLine(text: string): SeriesLine {
  const end = metricEnd(text);
  const labels = parseMetric(text.slice(0, end));
  return { labels, values: parsePoints(text.slice(end)) };
}

/** A metric with its labels, as in a series line. @throws UserError. */
export function parseMetric(text: string): Labels {
  const cursor = new Cursor(text);
  if (cursor.done) throw new UserError('invalid_series', 'a series needs a metric before its values');
  const selector = parseSelector(cursor, 'label set');
  if (!cursor.done) cursor.unexpected('series description');
  if (selector.matchers.some((m) => m.operator !== '=')) {
    throw cursor.error(selector, 'a series description takes only "=" between label and value');
  }
  return Labels.of(selector.matchers.map((m) => [m.name, m.value] as const));
}

/** Where the metric ends: before the first value. */
function metricEnd(text: string): number {
  let at = /^\s*[a-zA-Z_:][\w:]*/.exec(text)?.[0].length ?? 0;
  const open = /^\s*\{(?!\{)/.exec(text.slice(at));
  if (!open) return at;
  at += open[0].length;
  while (at < text.length && text[at] !== '}') {
    const character = text[at] ?? '';
    at = '"\'`'.includes(character) ? (quotedEnd(text, at) ?? text.length) : at + 1;
  }
  return at + 1;
}

function parsePoints(text: string): SeriesPoint[] {
  const points: SeriesPoint[] = [];
  for (let at = 0; at < text.length; ) {
    if (SPACE.test(text[at] ?? '')) {
      at += 1;
      continue;
    }
    HISTOGRAM.lastIndex = at;
    const histogram = HISTOGRAM.exec(text);
    if (histogram) {
      repeat(points, Number(histogram[1] ?? 0) + 1, () => 'histogram');
      at += histogram[0].length;
      continue;
    }
    const item = /^[^ \t\n\r]+/.exec(text.slice(at))?.[0] ?? '';
    addItem(points, item);
    at += item.length;
  }
  return points;
}

function addItem(points: SeriesPoint[], item: string): void {
  const omitted = OMITTED.exec(item);
  if (omitted) return repeat(points, Number(omitted[1] ?? 1), () => null);
  if (item === 'stale') return repeat(points, 1, () => 'stale');
  const first = readNumber(item, 0);
  if (first.end === item.length) return repeat(points, 1, () => first.value);
  const times = TIMES.exec(item.slice(first.end));
  if (times) return repeat(points, Number(times[1]) + 1, () => first.value);
  if (!/[+-]/.test(item[first.end] ?? '')) throw invalidItem(item);
  const step = readNumber(item, first.end);
  const steps = TIMES.exec(item.slice(step.end));
  if (!steps) throw invalidItem(item);
  // Added up one by one, as Prometheus does: rounding included.
  let value = first.value;
  repeat(points, Number(steps[1]) + 1, (i) => {
    if (i > 0) value += step.value;
    return value;
  });
}

/** A number with or without a sign. */
function readNumber(item: string, start: number): { value: number; end: number } {
  const signed = /[+-]/.test(item[start] ?? '');
  const sign = item[start] === '-' ? -1 : 1;
  const from = signed ? start + 1 : start;
  const word = WORD.exec(item.slice(from))?.[0];
  if (word !== undefined) {
    const size = word.toLowerCase() === 'inf' ? Number.POSITIVE_INFINITY : Number.NaN;
    return { value: sign * size, end: from + word.length };
  }
  if (!/^\.?\d/.test(item.slice(from))) throw invalidItem(item);
  const { end, whole } = scanNumber(item, from, 'series');
  const size = whole ? parseNumber(item.slice(from, end)) : undefined;
  if (typeof size !== 'number') throw invalidItem(item);
  return { value: sign * size, end };
}

function invalidItem(item: string): UserError {
  return new UserError('invalid_series', `invalid series value ${JSON.stringify(item)}`);
}

function repeat(points: SeriesPoint[], count: number, point: (i: number) => SeriesPoint): void {
  if (points.length + count > MOST_POINTS)
    throw new UserError('invalid_series', `more than ${MOST_POINTS} values in a series`);
  for (let i = 0; i < count; i++) points.push(point(i));
}
