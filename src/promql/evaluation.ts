import type { Labels } from '../labels/labels.ts';
import { type AggregationMemory, aggregate, checkCount } from './aggregate.ts';
import type { Annotations } from './annotations.ts';
import { type Aggregation, type Binary, type Call, type Expr, type Subquery, unparen } from './ast.ts';
import { BinaryMemory, scalarBinary, vectorScalar, vectorVector } from './binary.ts';
import { type Budget, VISIT_COST } from './budget.ts';
import { typeOf } from './check.ts';
import { QueryError } from './errors.ts';
import { functions } from './functions/index.ts';
import { type CallContext, type FunctionSpec, matrixIndex } from './functions/spec.ts';
import { noteQuantile } from './quantile-note.ts';
import { type QueryTime, referenceTime, type Selection } from './selector.ts';
import type { Item, Window } from './value.ts';

/** What is derived from label sets per node of an expression; it outlives an evaluation, so that rules do not derive it anew. */
export class Memory {
  readonly #aggregations = new WeakMap<Expr, AggregationMemory>();
  readonly #binaries = new WeakMap<Expr, BinaryMemory>();
  readonly #calls = new WeakMap<Expr, WeakMap<Labels, Labels>>();

  aggregation(expr: Expr): AggregationMemory {
    return remembered(this.#aggregations, expr, () => new WeakMap());
  }

  binary(expr: Expr): BinaryMemory {
    return remembered(this.#binaries, expr, () => new BinaryMemory());
  }

  call(expr: Expr): WeakMap<Labels, Labels> {
    return remembered(this.#calls, expr, () => new WeakMap());
  }
}

function remembered<V>(map: WeakMap<Expr, V>, expr: Expr, make: () => V): V {
  let value = map.get(expr);
  if (value === undefined) {
    value = make();
    map.set(expr, value);
  }
  return value;
}

export interface EvaluationParts {
  readonly query: QueryTime;
  readonly selection: Selection;
  readonly annotations: Annotations;
  readonly budget: Budget;
  readonly memory: Memory;
  readonly subqueryStepMs: number;
}

/** One query under evaluation; each method answers for one node at one instant. */
export class Evaluation {
  readonly #parts: EvaluationParts;
  /** Steps of subqueries that were evaluated, by the step's time; later evaluations of the same query share them. */
  readonly #steps = new Map<Subquery, Map<number, readonly Item[]>>();

  constructor(parts: EvaluationParts) {
    this.#parts = parts;
  }

  scalar(expr: Expr, t: number): number {
    this.#parts.budget.spend(VISIT_COST);
    switch (expr.kind) {
      case 'number':
        return expr.value;
      case 'paren':
        return this.scalar(expr.expr, t);
      case 'unary': {
        const v = this.scalar(expr.expr, t);
        return expr.operator === '-' ? -v : v;
      }
      case 'binary':
        return scalarBinary(expr, this.scalar(expr.left, t), this.scalar(expr.right, t));
      case 'call': {
        const spec = specOf(expr);
        if (spec.kind === 'scalar') return spec.evaluate(this.#context(expr, t));
        return mismatch(expr, 'a scalar');
      }
      case 'string':
      case 'selector':
      case 'range':
      case 'subquery':
      case 'aggregation':
        return mismatch(expr, 'a scalar');
    }
  }

  vector(expr: Expr, t: number): readonly Item[] {
    switch (expr.kind) {
      case 'selector':
        return this.#parts.selection.instant(expr, t);
      case 'paren':
        return this.vector(expr.expr, t);
      case 'unary': {
        const items = this.vector(expr.expr, t);
        return expr.operator === '+' ? items : items.map((item) => ({ ...item, v: -item.v, dropName: true }));
      }
      case 'binary':
        return this.#spent(this.#binary(expr, t));
      case 'aggregation':
        return this.#spent(this.#aggregation(expr, t));
      case 'call':
        return this.#spent(this.#call(expr, t));
      case 'number':
      case 'string':
      case 'range':
      case 'subquery':
        return mismatch(expr, 'an instant vector');
    }
  }

  windows(expr: Expr, t: number): readonly Window[] {
    switch (expr.kind) {
      case 'range':
        return this.#parts.selection.windows(expr, t);
      case 'subquery':
        return this.#subquery(expr, t);
      case 'paren':
        return this.windows(expr.expr, t);
      case 'number':
      case 'string':
      case 'selector':
      case 'call':
      case 'aggregation':
      case 'unary':
      case 'binary':
        return mismatch(expr, 'a range vector');
    }
  }

  #spent(items: readonly Item[]): readonly Item[] {
    this.#parts.budget.spend(VISIT_COST + items.length);
    return items;
  }

  #binary(expr: Binary, t: number): readonly Item[] {
    const left = typeOf(expr.left);
    const right = typeOf(expr.right);
    if (left === 'scalar') return vectorScalar(expr, this.vector(expr.right, t), this.scalar(expr.left, t), true);
    if (right === 'scalar') return vectorScalar(expr, this.vector(expr.left, t), this.scalar(expr.right, t), false);
    return vectorVector(expr, this.vector(expr.left, t), this.vector(expr.right, t), this.#parts.memory.binary(expr));
  }

  #aggregation(expr: Aggregation, t: number): readonly Item[] {
    const { operator, param } = expr;
    let value = Number.NaN;
    if (param && operator !== 'count_values') {
      value = this.scalar(param, t);
      if (operator === 'quantile') {
        noteQuantile(value, param, (message, span) => this.#parts.annotations.add('warning', message, span));
      } else checkCount(value);
    }
    return aggregate(expr, this.vector(expr.expr, t), value, this.#parts.memory.aggregation(expr));
  }

  #call(expr: Call, t: number): readonly Item[] {
    const spec = specOf(expr);
    const call = this.#context(expr, t);
    switch (spec.kind) {
      case 'vector':
        return spec.evaluate(call);
      case 'map': {
        const f = spec.prepare(call);
        return call.vector(0).map((item) => ({ labels: item.labels, t, v: f(item.v), dropName: true }));
      }
      case 'series': {
        const items: Item[] = [];
        for (const window of call.windows(matrixIndex(spec))) {
          const v = spec.evaluate(window, call);
          if (v === undefined) continue;
          items.push({ labels: window.labels, t, v, dropName: spec.keepsName ? window.dropName : true });
        }
        return items;
      }
      case 'scalar':
        return mismatch(expr, 'an instant vector');
    }
  }

  #context(expr: Call, t: number): CallContext {
    const args = expr.args.map(unparen);
    const arg = (i: number): Expr => {
      const found = args[i];
      if (!found) throw new QueryError('query_failed', `missing argument ${i + 1} in call to "${expr.name}"`);
      return found;
    };
    return {
      t,
      query: this.#parts.query,
      args,
      scalar: (i) => this.scalar(arg(i), t),
      vector: (i) => this.vector(arg(i), t),
      windows: (i) => this.windows(arg(i), t),
      string: (i) => {
        const literal = arg(i);
        return literal.kind === 'string' ? literal.value : mismatch(literal, 'a string');
      },
      note: (level, message, span) => this.#parts.annotations.add(level, message, span),
      relabelled: (labels, make) => {
        const memory = this.#parts.memory.call(expr);
        let made = memory.get(labels);
        if (!made) {
          made = make(labels);
          memory.set(labels, made);
        }
        return made;
      },
    };
  }

  /** Evaluates the inner expression at the multiples of the step within `(end - range, end]`. */
  #subquery(expr: Subquery, t: number): Window[] {
    const end = referenceTime(expr, t, this.#parts.query);
    const start = end - expr.rangeMs;
    const step = expr.stepMs ?? this.#parts.subqueryStepMs;
    const known = this.#stepsOf(expr, start);
    const columns = new Map<string, { labels: Labels; dropName: boolean; times: number[]; values: number[] }>();
    for (let at = (Math.floor(start / step) + 1) * step; at <= end; at += step) {
      let items = known.get(at);
      if (!items) {
        items = this.vector(expr.expr, at);
        known.set(at, items);
      }
      this.#parts.budget.spend(1 + items.length);
      for (const { labels, v, dropName } of items) {
        const column = columns.get(labels.key);
        if (!column) columns.set(labels.key, { labels, dropName, times: [at], values: [v] });
        else {
          column.times.push(at);
          column.values.push(v);
          column.dropName ||= dropName;
        }
      }
    }
    return [...columns.values()].map(({ labels, dropName, times, values }) => ({
      labels,
      dropName,
      times: Float64Array.from(times),
      values: Float64Array.from(values),
      lo: 0,
      hi: times.length,
      start,
      end,
    }));
  }

  #stepsOf(expr: Subquery, start: number): Map<number, readonly Item[]> {
    let known = this.#steps.get(expr);
    if (!known) {
      known = new Map();
      this.#steps.set(expr, known);
    }
    // Evaluation times ascend, so steps that fell out of the range are not needed again.
    for (const at of known.keys()) {
      if (at > start) break;
      known.delete(at);
    }
    return known;
  }
}

function specOf(expr: Call): FunctionSpec {
  const spec = functions.get(expr.name);
  if (!spec) throw new QueryError('query_failed', `unknown function with name "${expr.name}"`);
  return spec;
}

function mismatch(expr: Expr, wanted: string): never {
  throw new QueryError('query_failed', `a ${expr.kind} cannot be evaluated as ${wanted}`);
}
