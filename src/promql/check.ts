import type { Aggregation, Binary, Call, Expr, Span, Subquery, Unary, VectorSelector } from './ast.ts';
import { children, isComparison, isSetOperator } from './ast.ts';
import { ParseError } from './errors.ts';
import { functions, refusedFunctions } from './functions/index.ts';
import { documentedType, type ValueType } from './value.ts';

const types = new WeakMap<Expr, ValueType>();

/** The type an expression evaluates to; unknown functions count as vectors. */
export function typeOf(expr: Expr): ValueType {
  let type = types.get(expr);
  if (type === undefined) {
    type = findType(expr);
    types.set(expr, type);
  }
  return type;
}

function findType(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregation':
      return 'vector';
    case 'range':
    case 'subquery':
      return 'matrix';
    case 'call':
      return functions.get(expr.name)?.returns ?? 'vector';
    case 'unary':
    case 'paren':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
  }
}

/**
 * Refuses what parses but has no meaning: wrong types, numbers of arguments, matchers that select everything.
 * @throws ParseError with Prometheus' message for the first fault found.
 */
export function check(expr: Expr, text: string): void {
  const fail: Fail = (span, reason) => {
    throw new ParseError(text, trimmed(span, text), reason);
  };
  visit(expr, fail);
}

/** The span without space at its start: what lies between two operands is the operator. */
function trimmed({ start, end }: Span, text: string): Span {
  const space = /^\s*/.exec(text.slice(start, end))?.[0].length ?? 0;
  return { start: start + space, end };
}

type Fail = (span: Span, reason: string) => never;

/** Children first: of several faults the innermost is told, as Prometheus does. */
function visit(expr: Expr, fail: Fail): void {
  if (expr.kind === 'call') return checkCall(expr, fail);
  if (expr.kind === 'aggregation') return checkAggregation(expr, fail);
  for (const child of children(expr)) visit(child, fail);
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'range':
    case 'paren':
      return;
    case 'selector':
      return checkSelector(expr, fail);
    case 'subquery':
      return checkSubquery(expr, fail);
    case 'unary':
      return checkUnary(expr, fail);
    case 'binary':
      return checkBinary(expr, fail);
  }
}

function checkSelector(expr: VectorSelector, fail: Fail): void {
  if (expr.name === undefined && expr.matchers.every((m) => m.matches(''))) {
    fail(expr, 'vector selector must contain at least one non-empty matcher');
  }
}

function checkSubquery(expr: Subquery, fail: Fail): void {
  const type = typeOf(expr.expr);
  if (type !== 'vector') fail(expr, `subquery is only allowed on instant vector, got ${type} instead`);
}

/** @throws ParseError for a function that does not exist, or that we have not. */
export function refuseUnknown(call: Call, text: string): void {
  if (functions.has(call.name)) return;
  const reason = refusedFunctions.get(call.name);
  throw new ParseError(
    text,
    { start: call.start, end: call.start + call.name.length },
    reason ? `function "${call.name}" ${reason}` : `unknown function with name ${JSON.stringify(call.name)}`,
  );
}

function checkCall(call: Call, fail: Fail): void {
  const spec = functions.get(call.name);
  if (!spec) return;
  const count = call.args.length;
  const wanted = spec.args.length;
  const named = `call to "${call.name}", got ${count}`;
  if (spec.variadic === 0) {
    if (count !== wanted) fail(call, `expected ${wanted} argument(s) in ${named}`);
  } else if (count < wanted - 1) fail(call, `expected at least ${wanted - 1} argument(s) in ${named}`);
  else if (spec.variadic > 0 && count > wanted - 1 + spec.variadic) {
    fail(call, `expected at most ${wanted - 1 + spec.variadic} argument(s) in ${named}`);
  }
  for (const [i, arg] of call.args.entries()) {
    visit(arg, fail);
    const want = spec.args[Math.min(i, wanted - 1)];
    const got = typeOf(arg);
    if (want !== undefined && got !== want) {
      fail(arg, `expected type ${documentedType(want)} in call to function "${call.name}", got ${documentedType(got)}`);
    }
  }
}

function checkAggregation(expr: Aggregation, fail: Fail): void {
  if (expr.operator === 'limit_ratio') fail(expr, 'aggregation "limit_ratio" is experimental and not supported');
  visit(expr.expr, fail);
  expectType(expr.expr, 'vector', 'aggregation expression', fail);
  if (expr.param) {
    visit(expr.param, fail);
    expectType(expr.param, expr.operator === 'count_values' ? 'string' : 'scalar', 'aggregation parameter', fail);
  }
}

function expectType(expr: Expr, want: ValueType, context: string, fail: Fail): void {
  const got = typeOf(expr);
  if (got !== want) fail(expr, `expected type ${documentedType(want)} in ${context}, got ${documentedType(got)}`);
}

function checkUnary(expr: Unary, fail: Fail): void {
  const type = typeOf(expr.expr);
  if (type !== 'scalar' && type !== 'vector') {
    fail(
      expr,
      `unary expression only allowed on expressions of type scalar or instant vector, got ${JSON.stringify(documentedType(type))}`,
    );
  }
}

function checkBinary(expr: Binary, fail: Fail): void {
  const left = typeOf(expr.left);
  const right = typeOf(expr.right);
  const { operator, matching } = expr;
  const between = { start: expr.left.end, end: expr.right.start };
  if (expr.bool && !isComparison(operator)) fail(between, 'bool modifier can only be used on comparison operators');
  if (isComparison(operator) && !expr.bool && left === 'scalar' && right === 'scalar') {
    fail(between, 'comparisons between scalars must use BOOL modifier');
  }
  const twice = matching.on ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
  if (twice !== undefined) {
    fail(between, `label ${JSON.stringify(twice)} must not occur in ON and GROUP clause at once`);
  }
  for (const [side, type] of [
    [expr.left, left],
    [expr.right, right],
  ] as const) {
    if (type !== 'scalar' && type !== 'vector') {
      fail(side, 'binary expression must contain only scalar and instant vector types');
    }
  }
  if (left === 'scalar' || right === 'scalar') {
    if (matching.labels.length > 0) fail(expr, 'vector matching only allowed between instant vectors');
    if (isSetOperator(operator)) fail(expr, `set operator "${operator}" not allowed in binary scalar expression`);
  } else if (isSetOperator(operator) && matching.card !== 'many-to-many') {
    fail(expr, `no grouping allowed for "${operator}" operation`);
  }
}
