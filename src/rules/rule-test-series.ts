import { UserError } from '../errors.ts';
import type { Labels } from '../labels/labels.ts';
import { type Matcher, matchesAll } from '../labels/matcher.ts';
import { QueryError } from '../promql/errors.ts';
import { readSeriesLine, type SeriesLine } from '../promql/series-notation.ts';
import { Head } from '../tsdb/head.ts';
import type { Queryable, Series } from '../tsdb/queryable.ts';

interface Input extends SeriesLine {
  next: number;
}

/**
 * The series of one test. Inputs become visible as time passes, so that rules cannot see their future; what lies behind the last
 * evaluation stays unseen, as in promtool. Native histograms are only recognised: a query that could reach one is refused, because
 * an answer without it would be wrong.
 */
export class TestSeries implements Queryable {
  readonly #head = new Head();
  readonly #start: number;
  readonly #intervalMs: number;
  readonly #inputs = new Map<string, Input>();

  constructor(start: number, intervalMs: number) {
    this.#start = start;
    this.#intervalMs = intervalMs;
  }

  /** @param line a series in Prometheus' notation; of several for one series the last counts. @throws UserError. */
  add(line: string): void {
    const series = readSeriesLine(line);
    this.#inputs.set(series.labels.key, { ...series, next: 0 });
  }

  loadUntil(until: number): void {
    for (const input of this.#inputs.values()) {
      for (; input.next < input.values.length; input.next += 1) {
        const t = this.#start + input.next * this.#intervalMs;
        if (t > until) break;
        const value = input.values[input.next];
        if (value === 'stale') this.appendStale(input.labels, t);
        else if (typeof value === 'number') this.#input(input.labels, t, value);
      }
    }
  }

  #input(labels: Labels, t: number, v: number): void {
    const result = this.#head.append(labels, t, v);
    if (result !== 'appended') throw new UserError('test_failed', `${labels.toString()} at ${t} ms: ${result}`);
  }

  /** What a rule yields. Where the series has a sample at that time already, that one stays, as in Prometheus. */
  append(labels: Labels, t: number, v: number): void {
    this.#head.append(labels, t, v);
  }

  appendStale(labels: Labels, t: number): void {
    this.#head.appendStale(labels, t);
  }

  select(matchers: readonly Matcher[], from: number, to: number): Series[] {
    for (const { labels, values } of this.#inputs.values()) {
      if (values.includes('histogram') && matchesAll(matchers, labels)) {
        throw new QueryError('unsupported', `native histograms are not supported: ${labels.toString()}`);
      }
    }
    return this.#head.select(matchers, from, to);
  }

  labelNames(matchers: readonly Matcher[], from: number, to: number): string[] {
    return this.#head.labelNames(matchers, from, to);
  }

  labelValues(name: string, matchers: readonly Matcher[], from: number, to: number): string[] {
    return this.#head.labelValues(name, matchers, from, to);
  }
}
