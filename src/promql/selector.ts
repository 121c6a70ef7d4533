import type { Queryable, Series } from '../tsdb/queryable.ts';
import { lowerBound } from '../tsdb/run.ts';
import { isStaleAt } from '../tsdb/staleness.ts';
import type { Expr, RangeSelector, Shift, VectorSelector } from './ast.ts';
import { children } from './ast.ts';
import { type Budget, REREAD_COST, VISIT_COST } from './budget.ts';
import type { Item, Window } from './value.ts';

/** The bounds of the whole query: what `@ start()` and `@ end()` mean. Epoch ms; step 0 for an instant query. */
export interface QueryTime {
  readonly start: number;
  readonly end: number;
  readonly stepMs: number;
}

/** The instant that a selector or subquery looks at, evaluated at `t`. */
export function referenceTime(shift: Shift, t: number, query: QueryTime): number {
  const { at } = shift;
  const base = at === undefined ? t : at.kind === 'instant' ? at.t : at.kind === 'start' ? query.start : query.end;
  return base - shift.offsetMs;
}

/**
 * The series of every selector in a query, read once for all the instants at which it is evaluated. Instant selectors look back
 * `lookbackMs` for the newest sample; ranges are open on the left: `(t - range, t]`.
 */
export class Selection {
  readonly #queryable: Queryable;
  readonly #query: QueryTime;
  readonly #lookbackMs: number;
  readonly #budget: Budget;
  readonly #series = new Map<VectorSelector, readonly Series[]>();

  constructor(queryable: Queryable, query: QueryTime, lookbackMs: number, budget: Budget) {
    this.#queryable = queryable;
    this.#query = query;
    this.#lookbackMs = lookbackMs;
    this.#budget = budget;
  }

  /** Reads what `expr` needs when it is evaluated at instants from `from` to `to`. */
  prepare(expr: Expr, from: number, to: number): void {
    switch (expr.kind) {
      case 'selector':
        this.#read(expr, from, to, this.#lookbackMs);
        return;
      case 'range':
        this.#series.set(expr.selector, this.#read(expr.selector, from, to, expr.rangeMs).map(withoutStale));
        return;
      case 'subquery': {
        const first = referenceTime(expr, from, this.#query) - expr.rangeMs;
        this.prepare(expr.expr, first, referenceTime(expr, to, this.#query));
        return;
      }
      case 'number':
      case 'string':
      case 'call':
      case 'aggregation':
      case 'unary':
      case 'binary':
      case 'paren':
        for (const child of children(expr)) this.prepare(child, from, to);
    }
  }

  /** The newest sample of each series within the lookback, unless the series ended there. */
  instant(selector: VectorSelector, t: number): Item[] {
    const at = referenceTime(selector, t, this.#query);
    const items: Item[] = [];
    for (const { labels, times, values } of this.#series.get(selector) ?? []) {
      const i = lowerBound(times, at + 1) - 1;
      const sampledAt = times[i];
      const v = values[i];
      if (sampledAt === undefined || v === undefined || sampledAt <= at - this.#lookbackMs) continue;
      if (v !== v && isStaleAt(values, i)) continue;
      items.push({ labels, t: sampledAt, v, dropName: false });
    }
    this.#budget.spend(VISIT_COST + items.length);
    return items;
  }

  /** The samples of each series within the range; series without any are left out. */
  windows(range: RangeSelector, t: number): Window[] {
    const end = referenceTime(range.selector, t, this.#query);
    const start = end - range.rangeMs;
    const windows: Window[] = [];
    let samples = 0;
    for (const { labels, times, values } of this.#series.get(range.selector) ?? []) {
      const lo = lowerBound(times, start + 1);
      const hi = lowerBound(times, end + 1);
      if (hi === lo) continue;
      samples += hi - lo;
      windows.push({ labels, dropName: false, times, values, lo, hi, start, end });
    }
    this.#budget.spend(VISIT_COST + samples * REREAD_COST);
    return windows;
  }

  #read(selector: VectorSelector, from: number, to: number, backMs: number): readonly Series[] {
    const first = referenceTime(selector, from, this.#query) - backMs + 1;
    const series = this.#queryable.select(selector.matchers, first, referenceTime(selector, to, this.#query));
    for (const { times } of series) this.#budget.spend(times.length);
    this.#series.set(selector, series);
    return series;
  }
}

function withoutStale(series: Series): Series {
  const { labels, times, values } = series;
  let stale = 0;
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]) && isStaleAt(values, i)) stale += 1;
  if (stale === 0) return series;
  const kept = { times: new Float64Array(values.length - stale), values: new Float64Array(values.length - stale) };
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    if (isStaleAt(values, i)) continue;
    kept.times[at] = times[i] ?? 0;
    kept.values[at] = values[i] ?? Number.NaN;
    at += 1;
  }
  return { labels, ...kept };
}
