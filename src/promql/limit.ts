import { type ComparisonOperator, type Expr, isComparison, unparen } from './ast.ts';
import { scalarBinary } from './binary.ts';
import { printExpr } from './print.ts';

/** The comparison that makes an alert fire: `left operator right`, as in `latency > 0.2`. */
export interface AlertLimit {
  readonly operator: ComparisonOperator;
  readonly left: Expr;
  readonly right: Expr;
}

/**
 * The outermost filtering comparison of an alert expression, for cards and charts: through parentheses, of `a and b` and
 * `a unless b` that of `a`, of `a or b` only where both sides have the same. Comparisons with `bool` do not filter.
 */
export function limitOf(expr: Expr): AlertLimit | undefined {
  const inner = unparen(expr);
  if (inner.kind !== 'binary') return undefined;
  const { operator, left, right } = inner;
  if (isComparison(operator)) return inner.bool ? undefined : { operator, left, right };
  if (operator === 'and' || operator === 'unless') return limitOf(left);
  if (operator !== 'or') return undefined;
  const a = limitOf(left);
  const b = limitOf(right);
  return a && b && sameLimit(a, b) ? a : undefined;
}

function sameLimit(a: AlertLimit, b: AlertLimit): boolean {
  return (
    a.operator === b.operator && printExpr(a.left) === printExpr(b.left) && printExpr(a.right) === printExpr(b.right)
  );
}

/** The value of an expression that is the same number always (literals, arithmetic on them, `pi()`); undefined for any other. */
export function constantOf(expr: Expr): number | undefined {
  switch (expr.kind) {
    case 'number':
      return expr.value;
    case 'paren':
      return constantOf(expr.expr);
    case 'unary': {
      const v = constantOf(expr.expr);
      return v === undefined ? undefined : expr.operator === '-' ? -v : v;
    }
    case 'binary': {
      const left = constantOf(expr.left);
      const right = constantOf(expr.right);
      return left === undefined || right === undefined ? undefined : scalarBinary(expr, left, right);
    }
    case 'call':
      return expr.name === 'pi' ? Math.PI : undefined;
    case 'string':
    case 'selector':
    case 'range':
    case 'subquery':
    case 'aggregation':
      return undefined;
  }
}
