import { type Call, type Expr, unparen, type VectorSelector } from '../promql/ast.ts';

/** Base units by the suffix that Prometheus' naming asks for. */
const SUFFIXES: readonly (readonly [RegExp, string])[] = [
  [/_seconds$/, 'seconds'],
  [/_milliseconds$|_ms$/, 'milliseconds'],
  [/_bytes$/, 'bytes'],
  [/_(?:ratio|rate)$/, 'ratio'],
  [/_percent(?:age)?$/, 'percent'],
  [/_celsius$/, 'celsius'],
];

/** Functions whose result has the unit of their vector argument. */
const KEEPS_UNIT = new Set([
  'abs',
  'ceil',
  'clamp',
  'clamp_max',
  'clamp_min',
  'delta',
  'floor',
  'idelta',
  'label_join',
  'label_replace',
  'round',
  'sort',
  'sort_desc',
  'avg_over_time',
  'last_over_time',
  'max_over_time',
  'min_over_time',
  'quantile_over_time',
  'predict_linear',
]);
const KEEPING_AGGREGATORS = new Set(['sum', 'avg', 'min', 'max', 'topk', 'bottomk', 'quantile', 'stddev']);
const RATES = new Set(['rate', 'irate', 'increase']);

/**
 * The base unit of an expression's values, from the names of its metrics: `seconds` for a `histogram_quantile` over
 * `…_seconds_bucket` or for `…_seconds_sum / …_seconds_count`, `ratio` for one counter's rate over another's. undefined where the
 * names do not say.
 */
export function unitOf(expr: Expr): string | undefined {
  const inner = unparen(expr);
  switch (inner.kind) {
    case 'selector':
      return unitOfName(inner.name ?? '');
    case 'range':
      return unitOf(inner.selector);
    case 'subquery':
    case 'unary':
      return unitOf(inner.expr);
    case 'aggregation':
      return KEEPING_AGGREGATORS.has(inner.operator) ? unitOf(inner.expr) : undefined;
    case 'call':
      return unitOfCall(inner);
    case 'binary':
      if (inner.operator === '+' || inner.operator === '-') return unitOf(inner.left);
      return inner.operator === '/' ? unitOfQuotient(inner.left, inner.right) : undefined;
    case 'number':
    case 'string':
    case 'paren':
      return undefined;
  }
}

function unitOfCall(call: Call): string | undefined {
  if (call.name === 'histogram_quantile' || call.name === 'histogram_avg') {
    const name = metricIn(call)?.name ?? '';
    return unitOfName(name.replace(/_bucket$/, ''));
  }
  if (!KEEPS_UNIT.has(call.name)) return undefined;
  for (const arg of call.args) {
    const unit = unitOf(arg);
    if (unit !== undefined) return unit;
  }
  return undefined;
}

function unitOfQuotient(left: Expr, right: Expr): string | undefined {
  const over = counterRate(left);
  const under = counterRate(right);
  if (over === undefined || under === undefined) return undefined;
  if (over.endsWith('_sum') && under.endsWith('_count')) return unitOfName(over.replace(/_sum$/, ''));
  return 'ratio';
}

/** The counter whose rate (summed or not) an expression is. */
function counterRate(expr: Expr): string | undefined {
  const inner = unparen(expr);
  if (inner.kind === 'aggregation' && inner.operator === 'sum') return counterRate(inner.expr);
  if (inner.kind === 'call' && RATES.has(inner.name)) return metricIn(inner)?.name;
  return undefined;
}

function unitOfName(name: string): string | undefined {
  return SUFFIXES.find(([suffix]) => suffix.test(name))?.[1];
}

/** The first metric that an expression reads. */
function metricIn(expr: Expr): VectorSelector | undefined {
  switch (expr.kind) {
    case 'selector':
      return expr;
    case 'range':
      return expr.selector;
    case 'number':
    case 'string':
      return undefined;
    case 'paren':
    case 'unary':
    case 'subquery':
    case 'aggregation':
      return metricIn(expr.expr);
    case 'call':
      return expr.args.map(metricIn).find((found) => found !== undefined);
    case 'binary':
      return metricIn(expr.left) ?? metricIn(expr.right);
  }
}

const UNIT_WORDS = /_(?:seconds|milliseconds|ms|bytes|ratio|percent)$/;

/**
 * "p99 prediction duration" for a `histogram_quantile(0.99, …ml_prediction_duration_seconds_bucket…)`; undefined for anything
 * else: a phrase that has to be guessed is worse than the metric's name.
 */
export function phraseOf(expr: Expr): string | undefined {
  const inner = unparen(expr);
  if (inner.kind !== 'call' || inner.name !== 'histogram_quantile') return undefined;
  const [quantile] = inner.args;
  const name = metricIn(inner)?.name;
  if (quantile?.kind !== 'number' || name === undefined) return undefined;
  const percent = Number((quantile.value * 100).toFixed(3));
  const words = name
    .replace(/_bucket$/, '')
    .replace(UNIT_WORDS, '')
    .replace(/^ml_/, '')
    .replaceAll('_', ' ');
  return `p${percent} ${words}`;
}
