import { Labels } from '../labels/labels.ts';
import { compareLabels } from '../tsdb/postings.ts';
import type { Queryable, Series } from '../tsdb/queryable.ts';
import { Annotations, type Notes } from './annotations.ts';
import type { Expr } from './ast.ts';
import { Budget, DEFAULT_LIMITS, type Limits } from './budget.ts';
import { typeOf } from './check.ts';
import { QueryError } from './errors.ts';
import { Evaluation, Memory } from './evaluation.ts';
import { type QueryTime, Selection } from './selector.ts';
import { sourceText } from './source-text.ts';
import { documentedType, type Item, type Value, withoutName } from './value.ts';

export type { Value } from './value.ts';

export interface EngineOptions extends Partial<Limits> {
  /** How far back an instant selector looks for a sample; 5 minutes by default. */
  readonly lookbackMs?: number;
  /** Step of subqueries that name none; 1 minute by default (Prometheus: the global evaluation interval). */
  readonly subqueryStepMs?: number;
}

/** The answer and what there is to say about it. */
export interface QueryResult extends Notes {
  readonly value: Value;
}

/** Instants `from`, `from + stepMs`, … up to `to`, epoch ms. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

const DEFAULT_LOOKBACK_MS = 5 * 60_000;
const DEFAULT_SUBQUERY_STEP_MS = 60_000;
const SAME_LABELS = 'vector cannot contain metrics with the same labelset';

/**
 * Evaluates expressions over a queryable. Keep one and evaluate the same `Expr` objects on it: what it derives from label sets is
 * remembered per expression.
 */
export class Engine {
  readonly #lookbackMs: number;
  readonly #subqueryStepMs: number;
  readonly #limits: Limits;
  readonly #memory = new Memory();

  constructor(options: EngineOptions = {}) {
    this.#lookbackMs = options.lookbackMs ?? DEFAULT_LOOKBACK_MS;
    this.#subqueryStepMs = options.subqueryStepMs ?? DEFAULT_SUBQUERY_STEP_MS;
    this.#limits = {
      maxSamples: options.maxSamples ?? DEFAULT_LIMITS.maxSamples,
      maxPoints: options.maxPoints ?? DEFAULT_LIMITS.maxPoints,
    };
  }

  /**
   * The value at `at` (epoch ms). Samples of a vector bear that time; a range vector is answered as a matrix.
   * @throws QueryError where the data do not fit the expression or a limit is reached.
   */
  instant(queryable: Queryable, expr: Expr, at: number): QueryResult {
    const { evaluation, annotations } = this.#begin(queryable, expr, { start: at, end: at, stepMs: 0 });
    const value = instantValue(evaluation, expr, at);
    return { value, ...annotations.notes(sourceText(expr)) };
  }

  /**
   * The values at each instant of a range, as a matrix ordered by labels. A scalar becomes one series without labels.
   * @throws QueryError as `instant`, and for strings, range vectors, steps that are not positive and too many instants.
   */
  range(queryable: Queryable, expr: Expr, range: TimeRange): QueryResult {
    const type = typeOf(expr);
    if (type === 'matrix' || type === 'string') {
      throw new QueryError(
        'query_failed',
        `invalid expression type "${documentedType(type)}" for range query, must be Scalar or instant Vector`,
      );
    }
    const { from, to, stepMs } = range;
    if (!(stepMs > 0))
      throw new QueryError('query_failed', 'zero or negative query resolution step widths are not accepted');
    if ((to - from) / stepMs > this.#limits.maxPoints) {
      throw new QueryError(
        'query_limit',
        `exceeded maximum resolution of ${this.#limits.maxPoints} points per timeseries; try increasing the step`,
      );
    }
    const { evaluation, annotations } = this.#begin(queryable, expr, { start: from, end: to, stepMs });
    const columns = new Columns();
    for (let t = from; t <= to; t += stepMs) {
      if (type === 'scalar') columns.addScalar(t, evaluation.scalar(expr, t));
      else columns.add(t, evaluation.vector(expr, t));
    }
    return { value: { kind: 'matrix', series: columns.series() }, ...annotations.notes(sourceText(expr)) };
  }

  #begin(queryable: Queryable, expr: Expr, query: QueryTime): { evaluation: Evaluation; annotations: Annotations } {
    const budget = new Budget(this.#limits.maxSamples);
    const annotations = new Annotations();
    const selection = new Selection(queryable, query, this.#lookbackMs, budget);
    selection.prepare(expr, query.start, query.end);
    const evaluation = new Evaluation({
      query,
      selection,
      annotations,
      budget,
      memory: this.#memory,
      subqueryStepMs: this.#subqueryStepMs,
    });
    return { evaluation, annotations };
  }
}

function instantValue(evaluation: Evaluation, expr: Expr, at: number): Value {
  switch (typeOf(expr)) {
    case 'scalar':
      return { kind: 'scalar', t: at, v: evaluation.scalar(expr, at) };
    case 'string':
      return { kind: 'string', t: at, value: stringOf(expr) };
    case 'vector': {
      const samples = evaluation.vector(expr, at).map((item) => ({ labels: finalLabels(item), t: at, v: item.v }));
      refuseDuplicates(samples);
      return { kind: 'vector', samples };
    }
    case 'matrix': {
      const series = evaluation.windows(expr, at).map(({ labels, dropName, times, values, lo, hi }) => ({
        labels: dropName ? withoutName(labels) : labels,
        times: times.slice(lo, hi),
        values: values.slice(lo, hi),
      }));
      refuseDuplicates(series);
      return { kind: 'matrix', series };
    }
  }
}

function stringOf(expr: Expr): string {
  if (expr.kind === 'string') return expr.value;
  return expr.kind === 'paren' ? stringOf(expr.expr) : '';
}

/** The labels with which an item leaves the engine: here the delayed removal of the name takes place. */
function finalLabels(item: Item): Labels {
  return item.dropName ? withoutName(item.labels) : item.labels;
}

function refuseDuplicates(samples: readonly { readonly labels: Labels }[]): void {
  if (samples.length < 2) return;
  const keys = new Set(samples.map(({ labels }) => labels.key));
  if (keys.size < samples.length) throw new QueryError('query_failed', SAME_LABELS);
}

/** Gathers the instants of a range query into series. */
class Columns {
  readonly #byKey = new Map<string, { labels: Labels; times: number[]; values: number[] }>();

  add(t: number, items: readonly Item[]): void {
    for (const item of items) this.#put(finalLabels(item), t, item.v);
  }

  addScalar(t: number, v: number): void {
    this.#put(Labels.empty, t, v);
  }

  series(): Series[] {
    return [...this.#byKey.values()]
      .sort((a, b) => compareLabels(a.labels, b.labels))
      .map(({ labels, times, values }) => ({
        labels,
        times: Float64Array.from(times),
        values: Float64Array.from(values),
      }));
  }

  #put(labels: Labels, t: number, v: number): void {
    const column = this.#byKey.get(labels.key);
    if (!column) {
      this.#byKey.set(labels.key, { labels, times: [t], values: [v] });
      return;
    }
    if (column.times.at(-1) === t) throw new QueryError('query_failed', SAME_LABELS);
    column.times.push(t);
    column.values.push(v);
  }
}
