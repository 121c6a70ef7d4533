import type { Labels } from '../labels/labels.ts';
import { type Matcher, matchesAll } from '../labels/matcher.ts';
import { Head } from '../tsdb/head.ts';
import type { Queryable, Series } from '../tsdb/queryable.ts';
import { QueryError } from './errors.ts';
import type { Command } from './script-parser.ts';
import type { SeriesPoint } from './series-notation.ts';
import { METRIC_NAME } from './value.ts';

interface NativeSeries {
  readonly labels: Labels;
  readonly times: readonly number[];
}

/**
 * What a script has loaded. Native histograms are remembered by their times alone: a query that reaches one is refused, because an
 * answer without it would be wrong.
 */
export class ScriptStorage implements Queryable {
  readonly #head = new Head();
  readonly #native: NativeSeries[] = [];
  #startTimes = false;

  load(command: Extract<Command, { kind: 'load' }>): void {
    if (command.startTimes) this.#startTimes = true;
    // Of several lines for one series in a load, the last counts.
    const bySeries = new Map(command.series.map((series) => [series.labels.key, series]));
    for (const { labels, values } of bySeries.values()) {
      this.#append(labels, values, command.stepMs);
      const le = labels.get('le');
      if (command.withNative && le !== '') {
        const name = labels.get(METRIC_NAME).replace(/_bucket$/, '');
        const base = labels.without('le').with([[METRIC_NAME, name]]);
        this.#native.push({ labels: base, times: values.map((_, i) => i * command.stepMs) });
      }
    }
  }

  select(matchers: readonly Matcher[], from: number, to: number): Series[] {
    if (this.#startTimes) throw new QueryError('unsupported', 'start timestamps are not supported');
    for (const { labels, times } of this.#native) {
      if (matchesAll(matchers, labels) && times.some((t) => t >= from && t <= to)) {
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

  #append(labels: Labels, values: readonly SeriesPoint[], stepMs: number): void {
    const nativeTimes: number[] = [];
    for (const [i, value] of values.entries()) {
      const t = i * stepMs;
      if (value === null) continue;
      if (value === 'histogram') nativeTimes.push(t);
      else {
        const result = value === 'stale' ? this.#head.appendStale(labels, t) : this.#head.append(labels, t, value);
        if (result !== 'appended') throw new QueryError('query_failed', `${labels.toString()} at ${t} ms: ${result}`);
      }
    }
    if (nativeTimes.length > 0) this.#native.push({ labels, times: nativeTimes });
  }
}
