import type { Matcher } from '../labels/matcher.ts';

/** Place in the text of an expression: offsets of its first character and of the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly value: number;
  /** Written as a duration (`5m`), which is its value in seconds. */
  readonly duration: boolean;
}

export interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
}

/** The `@` modifier: an instant in epoch ms, or the start or end of the query. */
export type At =
  | { readonly kind: 'instant'; readonly t: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' };

/** `offset` and `@`, which selectors and subqueries take. */
export interface Shift {
  /** Positive looks back. */
  readonly offsetMs: number;
  readonly at: At | undefined;
}

export interface VectorSelector extends Span, Shift {
  readonly kind: 'selector';
  /** The metric name where it stands before the braces or alone within them; then it is also the first matcher. */
  readonly name: string | undefined;
  readonly matchers: readonly Matcher[];
}

export interface RangeSelector extends Span {
  readonly kind: 'range';
  readonly selector: VectorSelector;
  readonly rangeMs: number;
}

export interface Subquery extends Span, Shift {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly rangeMs: number;
  /** undefined: the engine's default. */
  readonly stepMs: number | undefined;
}

export interface Call extends Span {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
}

export const AGGREGATORS = [
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'quantile',
  'count_values',
  'limitk',
  'limit_ratio',
] as const;
export type Aggregator = (typeof AGGREGATORS)[number];

export interface Aggregation extends Span {
  readonly kind: 'aggregation';
  readonly operator: Aggregator;
  readonly expr: Expr;
  /** k, φ, or the label of count_values. */
  readonly param: Expr | undefined;
  readonly grouping: readonly string[];
  readonly without: boolean;
}

export interface Unary extends Span {
  readonly kind: 'unary';
  readonly operator: '+' | '-';
  readonly expr: Expr;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type SetOperator = 'and' | 'or' | 'unless';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

/** How two vectors are matched. `include` are the labels in the parentheses of group_left or group_right. */
export interface VectorMatching {
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly include: readonly string[];
}

export interface Binary extends Span {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
  /** The `bool` modifier. */
  readonly bool: boolean;
  readonly matching: VectorMatching;
}

export interface Paren extends Span {
  readonly kind: 'paren';
  readonly expr: Expr;
}

/** A PromQL expression. Immutable; one object may be evaluated any number of times. */
export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | RangeSelector
  | Subquery
  | Call
  | Aggregation
  | Unary
  | Binary
  | Paren;

const COMPARISONS: ReadonlySet<string> = new Set<ComparisonOperator>(['==', '!=', '<', '<=', '>', '>=']);
const SETS: ReadonlySet<string> = new Set<SetOperator>(['and', 'or', 'unless']);

export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return COMPARISONS.has(operator);
}

export function isSetOperator(operator: BinaryOperator): operator is SetOperator {
  return SETS.has(operator);
}

/** The expression inside any parentheses around it. */
export function unparen(expr: Expr): Expr {
  let inner = expr;
  while (inner.kind === 'paren') inner = inner.expr;
  return inner;
}

/** The direct parts of an expression, in the order they are written (an aggregation's parameter first). */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'selector':
      return [];
    case 'range':
      return [expr.selector];
    case 'subquery':
    case 'unary':
    case 'paren':
      return [expr.expr];
    case 'call':
      return expr.args;
    case 'aggregation':
      return expr.param ? [expr.param, expr.expr] : [expr.expr];
    case 'binary':
      return [expr.left, expr.right];
  }
}
