import type { Labels } from '../labels/labels.ts';
import { type Aggregation, unparen } from './ast.ts';
import { QueryError } from './errors.ts';
import { addTo, byValue, formatValue, Mean, quantileOf, type Sum } from './numeric.ts';
import { quote } from './quoted.ts';
import { type Item, METRIC_NAME } from './value.ts';

/** What is remembered per aggregation from one evaluation to the next: each label set's group. */
export type AggregationMemory = WeakMap<Labels, Labels>;

interface Group {
  readonly labels: Labels;
  readonly items: Item[];
  dropName: boolean;
}

/** `by` keeps the listed labels, also the name; `without` drops them and the name. */
function groupLabels({ grouping, without }: Aggregation, labels: Labels): Labels {
  return without ? labels.without(METRIC_NAME, ...grouping) : labels.keep(...grouping);
}

function groupsOf(expr: Aggregation, items: readonly Item[], memory: AggregationMemory): Group[] {
  const groups = new Map<string, Group>();
  for (const item of items) {
    let labels = memory.get(item.labels);
    if (!labels) {
      labels = groupLabels(expr, item.labels);
      memory.set(item.labels, labels);
    }
    const group = groups.get(labels.key);
    if (group) {
      group.items.push(item);
      group.dropName ||= item.dropName;
    } else groups.set(labels.key, { labels, items: [item], dropName: item.dropName });
  }
  return [...groups.values()];
}

/** @param param the value of k or φ; unused by operators that take none. */
export function aggregate(expr: Aggregation, items: readonly Item[], param: number, memory: AggregationMemory): Item[] {
  switch (expr.operator) {
    case 'topk':
    case 'bottomk':
    case 'limitk':
      return pick(expr, items, param, memory);
    case 'count_values':
      return countValues(expr, items);
    case 'sum':
    case 'avg':
    case 'count':
    case 'min':
    case 'max':
    case 'group':
    case 'stddev':
    case 'stdvar':
    case 'quantile':
    case 'limit_ratio': {
      const [first] = items;
      return groupsOf(expr, items, memory).map((group) => ({
        labels: group.labels,
        t: first?.t ?? 0,
        v: reduce(expr.operator, group.items, param),
        dropName: group.dropName,
      }));
    }
  }
}

function reduce(operator: Aggregation['operator'], items: readonly Item[], param: number): number {
  switch (operator) {
    case 'sum':
      return sumOf(items);
    case 'avg': {
      const mean = new Mean();
      for (const { v } of items) mean.add(v);
      return mean.value;
    }
    case 'count':
      return items.length;
    case 'group':
      return 1;
    case 'min':
      return items.reduce((best, { v }) => (v < best || Number.isNaN(best) ? v : best), Number.NaN);
    case 'max':
      return items.reduce((best, { v }) => (v > best || Number.isNaN(best) ? v : best), Number.NaN);
    case 'stdvar':
      return varianceOf(items);
    case 'stddev':
      return Math.sqrt(varianceOf(items));
    case 'quantile':
      return quantileOf(
        param,
        items.map(({ v }) => v),
      );
    case 'topk':
    case 'bottomk':
    case 'limitk':
    case 'limit_ratio':
    case 'count_values':
      throw new QueryError('unsupported', `aggregation "${operator}" is not supported here`);
  }
}

function sumOf(items: readonly Item[]): number {
  const [first, ...others] = items;
  const total: Sum = { sum: first?.v ?? 0, c: 0 };
  for (const { v } of others) addTo(total, v);
  return total.sum + total.c;
}

/** Population variance, Welford's method; not finite where a value is not. */
function varianceOf(items: readonly Item[]): number {
  let mean = items[0]?.v ?? Number.NaN;
  let squares = Number.isFinite(mean) ? 0 : Number.NaN;
  let count = 1;
  for (const { v } of items.slice(1)) {
    count += 1;
    const delta = v - mean;
    mean += delta / count;
    squares += delta * (v - mean);
  }
  return squares / count;
}

/** topk, bottomk, limitk: k of each group with their own labels; topk and bottomk in order of value, NaN last. */
function pick(expr: Aggregation, items: readonly Item[], param: number, memory: AggregationMemory): Item[] {
  const k = Math.trunc(param);
  if (k < 1) return [];
  return groupsOf(expr, items, memory).flatMap((group) => {
    if (expr.operator === 'limitk') return group.items.slice(0, k);
    const direction = expr.operator === 'topk' ? -1 : 1;
    group.items.sort((a, b) => {
      if (Number.isNaN(a.v) || Number.isNaN(b.v)) return Number(Number.isNaN(a.v)) - Number(Number.isNaN(b.v));
      return direction * byValue(a.v, b.v);
    });
    return group.items.slice(0, k);
  });
}

/** Refuses a k that is no number or beyond Prometheus' integers. */
export function checkCount(k: number): void {
  if (Number.isNaN(k)) throw new QueryError('query_failed', 'Parameter value is NaN');
  if (k >= 2 ** 63) throw new QueryError('query_failed', `Scalar value ${formatValue(k)} overflows int64`);
  if (k <= -(2 ** 63)) throw new QueryError('query_failed', `Scalar value ${formatValue(k)} underflows int64`);
}

function countValues(expr: Aggregation, items: readonly Item[]): Item[] {
  const param = expr.param ? unparen(expr.param) : undefined;
  const name = param?.kind === 'string' ? param.value : '';
  if (name === '' || !name.isWellFormed()) throw new QueryError('query_failed', `invalid label name ${quote(name)}`);
  const grouping = expr.without ? expr.grouping : [...expr.grouping, name];
  const counts = new Map<string, { labels: Labels; count: number; t: number }>();
  for (const item of items) {
    const labels = groupLabels({ ...expr, grouping }, item.labels.with([[name, formatValue(item.v)]]));
    const found = counts.get(labels.key);
    if (found) found.count += 1;
    else counts.set(labels.key, { labels, count: 1, t: item.t });
  }
  return [...counts.values()].map(({ labels, count, t }) => ({ labels, t, v: count, dropName: false }));
}
