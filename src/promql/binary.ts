import type { Labels } from '../labels/labels.ts';
import { compareLabels } from '../tsdb/postings.ts';
import {
  type ArithmeticOperator,
  type Binary,
  type ComparisonOperator,
  isComparison,
  isSetOperator,
  type SetOperator,
  type VectorMatching,
} from './ast.ts';
import { QueryError } from './errors.ts';
import { type Item, METADATA_NAMES, withoutName } from './value.ts';

/** What is remembered per binary expression from one evaluation to the next. */
export class BinaryMemory {
  readonly signatures = new WeakMap<Labels, string>();
  readonly results = new WeakMap<Labels, WeakMap<Labels, Labels>>();
}

/** A power by Go's rules, which differ from JavaScript's for 1 and for infinite exponents. */
function power(base: number, exponent: number): number {
  if (base === 1) return 1;
  if (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY) return 1;
  return base ** exponent;
}

function arithmetic(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      return power(left, right);
    case 'atan2':
      return Math.atan2(left, right);
  }
}

function compare(operator: ComparisonOperator, left: number, right: number): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

/** Between scalars a comparison always yields 0 or 1. */
export function scalarBinary({ operator }: Binary, left: number, right: number): number {
  if (isSetOperator(operator)) throw new QueryError('query_failed', `set operator "${operator}" between scalars`);
  if (isComparison(operator)) return compare(operator, left, right) ? 1 : 0;
  return arithmetic(operator, left, right);
}

/** `scalarLeft`: the scalar stands on the left. A filtering comparison keeps the vector's value either way. */
export function vectorScalar(expr: Binary, items: readonly Item[], scalar: number, scalarLeft: boolean): Item[] {
  const { operator } = expr;
  if (isSetOperator(operator)) throw new QueryError('query_failed', `set operator "${operator}" with a scalar`);
  const out: Item[] = [];
  for (const item of items) {
    const left = scalarLeft ? scalar : item.v;
    const right = scalarLeft ? item.v : scalar;
    if (!isComparison(operator)) out.push({ ...item, v: arithmetic(operator, left, right), dropName: true });
    else if (expr.bool) out.push({ ...item, v: compare(operator, left, right) ? 1 : 0, dropName: true });
    else if (compare(operator, left, right)) out.push(item);
  }
  return out;
}

/** Operations between two instant vectors. */
export function vectorVector(
  expr: Binary,
  left: readonly Item[],
  right: readonly Item[],
  memory: BinaryMemory,
): Item[] {
  const { operator, matching } = expr;
  const signature = (item: Item): string => {
    let key = memory.signatures.get(item.labels);
    if (key === undefined) {
      key = signatureOf(item.labels, matching);
      memory.signatures.set(item.labels, key);
    }
    return key;
  };
  if (isSetOperator(operator)) return setOperation(operator, left, right, signature);
  if (left.length === 0 || right.length === 0) return [];
  return join(expr, { left, right, signature, memory });
}

function signatureOf(labels: Labels, matching: VectorMatching): string {
  if (matching.on) return labels.keep(...matching.labels).key;
  return labels.without(...METADATA_NAMES, ...matching.labels).key;
}

function setOperation(
  operator: SetOperator,
  left: readonly Item[],
  right: readonly Item[],
  signature: (item: Item) => string,
): Item[] {
  switch (operator) {
    case 'and': {
      const there = new Set(right.map(signature));
      return left.filter((item) => there.has(signature(item)));
    }
    case 'unless': {
      const there = new Set(right.map(signature));
      return left.filter((item) => !there.has(signature(item)));
    }
    case 'or': {
      const there = new Set(left.map(signature));
      return [...left, ...right.filter((item) => !there.has(signature(item)))];
    }
  }
}

interface Join {
  readonly left: readonly Item[];
  readonly right: readonly Item[];
  readonly signature: (item: Item) => string;
  readonly memory: BinaryMemory;
}

function join(expr: Binary, { left, right, signature, memory }: Join): Item[] {
  const { matching } = expr;
  const swapped = matching.card === 'one-to-many';
  const many = swapped ? right : left;
  const one = oneSide(matching, swapped ? left : right, signature);
  const matched = new Set<string>();
  const out: Item[] = [];
  for (const item of many) {
    const key = signature(item);
    const other = one.get(key);
    if (!other) continue;
    const labels = resultLabels(expr, item.labels, other.labels, memory);
    const identity = matching.card === 'one-to-one' ? key : `${key}\u{fd}${labels.key}`;
    if (matched.has(identity)) {
      throw new QueryError(
        'query_failed',
        matching.card === 'one-to-one'
          ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
          : 'multiple matches for labels: grouping labels must ensure unique matches',
      );
    }
    matched.add(identity);
    const v = combine(expr, swapped ? other.v : item.v, swapped ? item.v : other.v);
    if (v !== undefined) out.push({ labels, t: item.t, v, dropName: expr.bool || item.dropName });
  }
  return out;
}

/** The sides' value, undefined where a comparison filters it out. */
function combine({ operator, bool }: Binary, left: number, right: number): number | undefined {
  if (isSetOperator(operator)) return undefined;
  if (!isComparison(operator)) return arithmetic(operator, left, right);
  const holds = compare(operator, left, right);
  if (bool) return holds ? 1 : 0;
  return holds ? left : undefined;
}

function oneSide(
  matching: VectorMatching,
  items: readonly Item[],
  signature: (item: Item) => string,
): Map<string, Item> {
  const found = new Map<string, Item>();
  for (const item of items) {
    const key = signature(item);
    const duplicate = found.get(key);
    if (duplicate) {
      const group = matching.on
        ? item.labels.keep(...matching.labels)
        : item.labels.without(...METADATA_NAMES, ...matching.labels);
      const side = matching.card === 'one-to-many' ? 'left' : 'right';
      const both = [duplicate.labels, item.labels].sort(compareLabels).map(String).join(', ');
      throw new QueryError(
        'query_failed',
        `found duplicate series for the match group ${group.toString()} on the ${side} hand-side of the operation: [${both}];many-to-many matching not allowed: matching labels must be unique on one side`,
      );
    }
    found.set(key, item);
  }
  return found;
}

function resultLabels(expr: Binary, many: Labels, one: Labels, memory: BinaryMemory): Labels {
  let known = memory.results.get(many);
  if (!known) {
    known = new WeakMap();
    memory.results.set(many, known);
  }
  let labels = known.get(one);
  if (!labels) {
    labels = makeLabels(expr, many, one);
    known.set(one, labels);
  }
  return labels;
}

function makeLabels({ operator, matching }: Binary, many: Labels, one: Labels): Labels {
  let labels = isComparison(operator) ? many : withoutName(many);
  if (matching.card === 'one-to-one') {
    labels = matching.on ? labels.keep(...matching.labels) : labels.without(...matching.labels);
  }
  if (matching.include.length === 0) return labels;
  return labels.with(matching.include.map((name) => [name, one.get(name)] as const));
}
