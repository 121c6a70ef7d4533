import { LONGEST_DURATION_MS } from '../time/duration.ts';
import type { At, Expr, Shift, Span } from './ast.ts';
import type { Cursor } from './cursor.ts';

/** What Prometheus' messages say may stand for a duration. */
const DURATION = 'number, duration, step(), or range()';

/** `[5m]` after a selector, `[1h:5m]` after anything that yields an instant vector (the checker sees to that). */
export function parseRange(cursor: Cursor, expr: Expr): Expr {
  const bracket = cursor.take();
  const rangeMs = positiveDuration(cursor, 'subquery or range selector', DURATION);
  const subquery = cursor.skipSymbol(':');
  if (!subquery && !cursor.atSymbol(']')) cursor.unexpected('subquery or range', '":" or "]"');
  const stepMs =
    subquery && !cursor.atSymbol(']')
      ? positiveDuration(cursor, 'subquery selector', 'number, duration, step(), range(), or "]"')
      : undefined;
  const { end } = cursor.expectSymbol(']', 'subquery selector');
  const span = { start: expr.start, end };
  if (subquery) return { kind: 'subquery', expr, rangeMs, stepMs, offsetMs: 0, at: undefined, ...span };
  const range = { start: bracket.start, end };
  if (expr.kind !== 'selector') throw cursor.error(range, 'ranges only allowed for vector selectors');
  if (expr.offsetMs !== 0) throw cursor.error(range, 'no offset modifiers allowed before range');
  if (expr.at) throw cursor.error(range, 'no @ modifiers allowed before range');
  return { kind: 'range', selector: expr, rangeMs, ...span };
}

export function parseOffset(cursor: Cursor, expr: Expr): Expr {
  cursor.take();
  refuseArithmetic(cursor);
  const offsetMs = signedMs(cursor, 'offset', DURATION);
  return shifted(cursor, expr, 'offset', (shift, span) => {
    if (shift.offsetMs !== 0) throw cursor.error(span, 'offset may not be set multiple times');
    return { ...shift, offsetMs };
  });
}

export function parseAt(cursor: Cursor, expr: Expr): Expr {
  cursor.take();
  const at = parseInstant(cursor, expr);
  return shifted(cursor, expr, '@', (shift, span) => {
    if (shift.at) throw cursor.error(span, '@ <timestamp> may not be set multiple times');
    return { ...shift, at };
  });
}

function shifted(cursor: Cursor, expr: Expr, name: string, change: (shift: Shift, span: Span) => Shift): Expr {
  const end = cursor.lastEnd;
  switch (expr.kind) {
    case 'selector':
      return { ...expr, ...pick(change(expr, expr)), end };
    case 'range':
      return { ...expr, selector: { ...expr.selector, ...pick(change(expr.selector, expr)) }, end };
    case 'subquery':
      return { ...expr, ...pick(change(expr, expr)), end };
    case 'number':
    case 'string':
    case 'call':
    case 'aggregation':
    case 'unary':
    case 'binary':
    case 'paren':
      throw cursor.error(
        expr,
        `${name} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
      );
  }
}

function pick(shift: Shift): Shift {
  return { offsetMs: shift.offsetMs, at: shift.at };
}

function parseInstant(cursor: Cursor, expr: Expr): At {
  if (cursor.atWord('start', 'end')) {
    const kind = cursor.take().text.toLowerCase() === 'start' ? 'start' : 'end';
    for (const symbol of ['(', ')']) if (!cursor.skipSymbol(symbol)) cursor.unexpected('@', 'timestamp');
    return { kind };
  }
  const seconds = signedNumber(cursor, '@', 'timestamp');
  const t = Math.round(seconds * 1000);
  if (!(Math.abs(t) <= Number.MAX_SAFE_INTEGER)) {
    throw cursor.error(expr, `timestamp out of bounds for @ modifier: ${fixed(seconds)}`);
  }
  return { kind: 'instant', t };
}

/** As Go's %f prints it. */
function fixed(v: number): string {
  if (Number.isNaN(v)) return 'NaN';
  if (!Number.isFinite(v)) return v > 0 ? '+Inf' : '-Inf';
  return Math.abs(v) < 1e21 ? v.toFixed(6) : `${BigInt(v)}.000000`;
}

function positiveDuration(cursor: Cursor, context: string, expected: string): number {
  refuseArithmetic(cursor);
  const span = cursor.current;
  const ms = signedMs(cursor, context, expected);
  refuseOperator(cursor);
  if (ms <= 0) throw cursor.error(span, 'duration must be greater than 0');
  return ms;
}

function signedMs(cursor: Cursor, context: string, expected: string): number {
  const span = cursor.current;
  const ms = Math.round(signedNumber(cursor, context, expected) * 1000);
  if (!(Math.abs(ms) <= LONGEST_DURATION_MS)) throw cursor.error(span, 'duration out of range');
  return ms;
}

function signedNumber(cursor: Cursor, context: string, expected: string): number {
  const negative = cursor.atSymbol('-');
  if (negative || cursor.atSymbol('+')) cursor.take();
  if (context !== '@') refuseArithmetic(cursor);
  const token = cursor.current;
  if (token.kind !== 'number') return cursor.unexpected(context, expected);
  cursor.take();
  return negative ? -token.value : token.value;
}

const EXPERIMENTAL = 'duration expressions are experimental and not supported';

/** Prometheus can calculate durations behind a feature flag: `[5m * 2]`, `offset step()`. */
function refuseArithmetic(cursor: Cursor): void {
  if (cursor.atSymbol('(')) throw cursor.error(cursor.current, EXPERIMENTAL);
  if (!cursor.atWord('step', 'range', 'min', 'max', 'min_of', 'max_of')) return;
  if (cursor.following.text === '(') throw cursor.error(cursor.current, EXPERIMENTAL);
  cursor.take();
}

function refuseOperator(cursor: Cursor): void {
  const { current } = cursor;
  if (current.kind === 'symbol' && '+-*/%^'.includes(current.text)) throw cursor.error(current, EXPERIMENTAL);
}
