import type { QueryResult } from '../promql/engine.ts';
import type { Value } from '../promql/value.ts';
import { formatFloat } from '../template/number-format.ts';
import { isStaleAt } from '../tsdb/staleness.ts';
import type { QueryAnswer, QueryData } from './port.ts';

/** A query's result in the words of Prometheus' HTTP API: seconds, and values as text. */
export function answerOf(result: QueryResult): QueryAnswer {
  return {
    status: 'success',
    data: dataOf(result.value),
    warnings: result.warnings,
    infos: result.infos,
  };
}

function dataOf(value: Value): QueryData {
  switch (value.kind) {
    case 'scalar':
      return { resultType: 'scalar', result: [value.t / 1000, text(value.v)] };
    case 'string':
      return { resultType: 'string', result: [value.t / 1000, value.value] };
    case 'vector':
      return {
        resultType: 'vector',
        result: value.samples.map(({ labels, t, v }) => ({ metric: labels.toJSON(), value: [t / 1000, text(v)] })),
      };
    case 'matrix':
      return {
        resultType: 'matrix',
        result: value.series.map(({ labels, times, values }) => ({
          metric: labels.toJSON(),
          values: [...times].flatMap((t, index): [number, string][] =>
            isStaleAt(values, index) ? [] : [[t / 1000, text(values[index] ?? Number.NaN)]],
          ),
        })),
      };
  }
}

function text(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return formatFloat(value, 'f', -1);
}
