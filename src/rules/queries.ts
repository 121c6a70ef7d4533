import { Labels } from '../labels/labels.ts';
import type { Expr } from '../promql/ast.ts';
import type { Engine } from '../promql/engine.ts';
import { QueryError } from '../promql/errors.ts';
import type { VectorSample } from '../promql/value.ts';
import type { Queryable, Series } from '../tsdb/queryable.ts';

/** What rules ask of the query engine. Errors are UserErrors (`query_failed`, `query_limit`, …). */
export interface RuleQueries {
  /** At an instant; a scalar is one sample without labels. */
  instant(expr: Expr, at: number): readonly VectorSample[];
  range(expr: Expr, from: number, to: number, stepMs: number): readonly Series[];
}

/** The embedded engine over the embedded store. */
export function ruleQueries(engine: Engine, queryable: Queryable): RuleQueries {
  return {
    instant(expr, at) {
      const { value } = engine.instant(queryable, expr, at);
      switch (value.kind) {
        case 'vector':
          return value.samples;
        case 'scalar':
          return [{ labels: Labels.empty, t: value.t, v: value.v }];
        case 'matrix':
        case 'string':
          throw new QueryError('query_failed', 'rule result is not a vector or scalar');
      }
    },
    range(expr, from, to, stepMs) {
      const { value } = engine.range(queryable, expr, { from, to, stepMs });
      return value.kind === 'matrix' ? value.series : [];
    },
  };
}
