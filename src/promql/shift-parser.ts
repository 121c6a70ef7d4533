import type { At, Expr, Shift, Span } from './ast.ts';
import type { Cursor } from './cursor.ts';

/** Longest duration that stays an exact number of milliseconds. */
const LONGEST_MS = 2 ** 53 - 1;

/** `[5m]` after a selector, `[1h:5m]` after anything that yields an instant vector (the checker sees to that). */
export function parseRange(cursor: Cursor, expr: Expr): Expr {
  cursor.take();
  const rangeMs = positiveDuration(cursor, 'subquery or range');
  const subquery = cursor.skipSymbol(':');
  const stepMs = subquery && !cursor.atSymbol(']') ? positiveDuration(cursor, 'subquery') : undefined;
  refuseArithmetic(cursor);
  const { end } = cursor.expectSymbol(']', subquery ? 'subquery selector' : 'subquery or range selector');
  const span = { start: expr.start, end };
  if (subquery) return { kind: 'subquery', expr, rangeMs, stepMs, offsetMs: 0, at: undefined, ...span };
  if (expr.kind !== 'selector') throw cursor.error(span, 'ranges only allowed for vector selectors');
  if (expr.offsetMs !== 0) throw cursor.error(span, 'no offset modifiers allowed before range');
  if (expr.at) throw cursor.error(span, 'no @ modifiers allowed before range');
  return { kind: 'range', selector: expr, rangeMs, ...span };
}

export function parseOffset(cursor: Cursor, expr: Expr): Expr {
  cursor.take();
  const offsetMs = signedMs(cursor, 'offset');
  return shifted(cursor, expr, 'offset', (shift, span) => {
    if (shift.offsetMs !== 0) throw cursor.error(span, 'offset may not be set multiple times');
    return { ...shift, offsetMs };
  });
}

export function parseAt(cursor: Cursor, expr: Expr): Expr {
  cursor.take();
  const at = parseInstant(cursor);
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

function parseInstant(cursor: Cursor): At {
  if (cursor.atWord('start', 'end')) {
    const kind = cursor.take().text.toLowerCase() === 'start' ? 'start' : 'end';
    cursor.expectSymbol('(', '@');
    cursor.expectSymbol(')', '@');
    return { kind };
  }
  const span = cursor.current;
  const seconds = signedNumber(cursor, '@', 'timestamp');
  const t = Math.round(seconds * 1000);
  if (!(Math.abs(t) <= LONGEST_MS)) throw cursor.error(span, `timestamp out of bounds for @ modifier: ${seconds}`);
  return { kind: 'instant', t };
}

function positiveDuration(cursor: Cursor, context: string): number {
  const span = cursor.current;
  const ms = signedMs(cursor, context);
  if (ms <= 0) throw cursor.error(span, 'duration must be greater than 0');
  return ms;
}

function signedMs(cursor: Cursor, context: string): number {
  const span = cursor.current;
  const ms = Math.round(signedNumber(cursor, context, 'number, duration') * 1000);
  if (!(Math.abs(ms) <= LONGEST_MS)) throw cursor.error(span, 'duration out of range');
  return ms;
}

function signedNumber(cursor: Cursor, context: string, expected: string): number {
  const negative = cursor.atSymbol('-');
  if (negative || cursor.atSymbol('+')) cursor.take();
  const token = cursor.current;
  refuseArithmetic(cursor);
  if (token.kind === 'word' && /^(?:inf|nan)$/i.test(token.text)) {
    cursor.take();
    return /^inf$/i.test(token.text) ? (negative ? -1 : 1) * Number.POSITIVE_INFINITY : Number.NaN;
  }
  if (token.kind !== 'number') return cursor.unexpected(context, expected);
  cursor.take();
  return negative ? -token.value : token.value;
}

/** Prometheus can calculate durations behind a feature flag: `[5m * 2]`, `offset step()`. */
function refuseArithmetic(cursor: Cursor): void {
  const token = cursor.current;
  const operator = token.kind === 'symbol' && '+-*/%^('.includes(token.text);
  const called = token.kind === 'word' && cursor.following.text === '(' && /^(?:step|range|min|max)/i.test(token.text);
  if (operator || called) throw cursor.error(token, 'duration expressions are experimental and not supported');
}
