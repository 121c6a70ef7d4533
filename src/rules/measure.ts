import type { LimitOperator } from '../alert/alert.ts';
import { type Binary, type Expr, isComparison, unparen } from '../promql/ast.ts';
import { typeOf } from '../promql/check.ts';
import { type AlertLimit, limitOf } from '../promql/limit.ts';

/** The comparison that decides a rule: what is measured, and against what. */
export interface Measure {
  /** The side that is measured; its values are those of the result. */
  readonly side: Expr;
  readonly operator: LimitOperator;
  /** The limit: a number, or a vector matched with the measured side. */
  readonly limit: Expr;
}

/**
 * The outermost comparison of an expression (see `limitOf`); undefined where it is not one (`absent(x)`, `vector(1)`, a bare
 * selector, `> bool`). `5 < x` measures x, for the result has x's values.
 */
export function measureOf(expr: Expr): Measure | undefined {
  const limit = limitOf(expr);
  return limit && measured(limit);
}

type Filter = Binary & { readonly operator: LimitOperator };

function isFilter(expr: Binary): expr is Filter {
  return isComparison(expr.operator) && !expr.bool;
}

const MIRRORED: Readonly<Record<LimitOperator, LimitOperator>> = {
  '>': '<',
  '>=': '<=',
  '<': '>',
  '<=': '>=',
  '==': '==',
  '!=': '!=',
};

function measured({ operator, left, right }: AlertLimit): Measure {
  if (typeOf(left) === 'scalar' && typeOf(right) !== 'scalar') {
    return { side: right, operator: MIRRORED[operator], limit: left };
  }
  return { side: left, operator, limit: right };
}

/**
 * Expressions that have a sample wherever the rule could say something: the rule's own with every comparison taken out
 * (`count(up == 0) > 2` → `count(up)`). An instance that is no longer in the result is seen to be false where one of them has a
 * sample, and cannot be seen where none has. Empty where the rule does not compare, or a branch of its `or` does not: such a rule
 * (`absent(x)`) speaks by being there, and its silence is an answer.
 */
export function presenceOf(expr: Expr): readonly Expr[] {
  const outer = unparen(expr);
  if (outer.kind === 'binary' && outer.operator === 'or') {
    const left = presenceOf(outer.left);
    const right = presenceOf(outer.right);
    return left.length === 0 || right.length === 0 ? [] : [...left, ...right];
  }
  const bare = unfiltered(outer);
  return bare === outer || speaksByBeing(outer) ? [] : [bare];
}

/** The expression without its filters; the same object where it has none. */
function unfiltered(expr: Expr): Expr {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'selector':
    case 'range':
      return expr;
    case 'paren':
    case 'unary':
    case 'subquery': {
      const inner = unfiltered(expr.expr);
      return inner === expr.expr ? expr : { ...expr, expr: inner };
    }
    case 'call': {
      const args = expr.args.map(unfiltered);
      return args.every((arg, i) => arg === expr.args[i]) ? expr : { ...expr, args };
    }
    case 'aggregation': {
      const inner = unfiltered(expr.expr);
      return inner === expr.expr ? expr : { ...expr, expr: inner };
    }
    case 'binary':
      return unfilteredBinary(expr);
  }
}

function unfilteredBinary(expr: Binary): Expr {
  if (isFilter(expr)) return unfiltered(measured(expr).side);
  const left = unfiltered(expr.left);
  // What `unless` takes away may well have no data; what `and` asks for must be seen, too.
  if (expr.operator === 'unless') return left;
  const right = unfiltered(expr.right);
  return left === expr.left && right === expr.right ? expr : { ...expr, left, right };
}

/** Whether a part of the expression exists only while something is the case, so that its lack is no lack of data. */
function speaksByBeing(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return false;
    case 'selector':
      return expr.name === 'ALERTS' || expr.name === 'ALERTS_FOR_STATE';
    case 'range':
      return speaksByBeing(expr.selector);
    case 'paren':
    case 'unary':
    case 'subquery':
    case 'aggregation':
      return speaksByBeing(expr.expr);
    case 'call':
      return expr.name === 'absent' || expr.name === 'absent_over_time' || expr.args.some(speaksByBeing);
    case 'binary':
      return speaksByBeing(expr.left) || (expr.operator !== 'unless' && speaksByBeing(expr.right));
  }
}
