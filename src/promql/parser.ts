import {
  AGGREGATORS,
  type Aggregation,
  type Aggregator,
  type Binary,
  type BinaryOperator,
  type Call,
  type Expr,
  isSetOperator,
  type NumberLiteral,
  type VectorMatching,
} from './ast.ts';
import { check, refuseUnknown } from './check.ts';
import { Cursor, isKeyword } from './cursor.ts';
import type { Token } from './lexer.ts';
import { quote } from './quoted.ts';
import { parseSelector } from './selector-parser.ts';
import { parseAt, parseOffset, parseRange } from './shift-parser.ts';
import { rememberText } from './source-text.ts';

/** Deepest nesting of brackets, calls and signs. */
const DEEPEST_NESTING = 400;
/** Most operators in one expression: evaluation recurses along a chain of them. */
const MOST_OPERATORS = 1000;
const LONGEST_EXPRESSION = 64 * 1024;

/** Binding strength of binary operators, loosest first; `^` alone groups from the right. */
const STRENGTH: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};
const POWER = 6;
/** Words that cannot name a metric without braces. */
const NEVER_METRICS: ReadonlySet<string> = new Set(['on', 'ignoring', 'group_left', 'group_right', 'bool', 'atan2']);

/**
 * Reads and type-checks a PromQL expression (Prometheus 3's grammar for floats).
 * @throws ParseError with the position and Prometheus' words.
 */
export function parseExpr(text: string): Expr {
  if (text.length > LONGEST_EXPRESSION) {
    throw new Cursor('').error({ start: 0, end: 0 }, `expression is longer than ${LONGEST_EXPRESSION} characters`);
  }
  const cursor = new Cursor(text);
  if (cursor.done) throw cursor.error({ start: 0, end: 0 }, 'no expression found in input');
  const parser = new Parser(cursor);
  const expr = parser.expression(0);
  if (!cursor.done) cursor.unexpected();
  check(expr, text);
  rememberText(expr, text);
  return expr;
}

/** Precedence climbing: `offset`, `@` and `[…]` bind to the operand they follow, then `^`, then signs, then the rest. */
class Parser {
  readonly #cursor: Cursor;
  #depth = 0;
  #operators = 0;
  #aggregations = 0;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  expression(minimum: number): Expr {
    this.#enter();
    let left = this.#operand();
    for (;;) {
      const operator = this.#binaryOperator();
      const strength = operator === undefined ? 0 : (STRENGTH[operator] ?? 0);
      if (operator === undefined || strength <= minimum) break;
      left = this.#binary(left, operator, strength);
    }
    this.#depth -= 1;
    return left;
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > DEEPEST_NESTING) {
      throw this.#cursor.error(this.#cursor.current, `expression is nested deeper than ${DEEPEST_NESTING} levels`);
    }
  }

  #binaryOperator(): BinaryOperator | undefined {
    const token = this.#cursor.current;
    if (token.kind !== 'symbol' && token.kind !== 'word') return undefined;
    const text = token.text.toLowerCase();
    return Object.hasOwn(STRENGTH, text) ? (text as BinaryOperator) : undefined;
  }

  #binary(left: Expr, operator: BinaryOperator, strength: number): Binary {
    this.#operators += 1;
    if (this.#operators > MOST_OPERATORS) {
      throw this.#cursor.error(this.#cursor.current, `expression has more than ${MOST_OPERATORS} operators`);
    }
    this.#cursor.take();
    const bool = this.#cursor.skipWord('bool');
    const matching = this.#matching(operator);
    if (this.#cursor.atWord('fill', 'fill_left', 'fill_right') && this.#cursor.following.text === '(') {
      this.#refuseExperimental(['fill', 'fill_left', 'fill_right']);
    }
    // `^` groups from the right: an operator of the same strength belongs to its right side.
    const right = this.expression(operator === '^' ? strength - 1 : strength);
    return { kind: 'binary', operator, left, right, bool, matching, start: left.start, end: right.end };
  }

  #matching(operator: BinaryOperator): VectorMatching {
    const base = isSetOperator(operator) ? 'many-to-many' : 'one-to-one';
    const on = this.#cursor.atWord('on');
    if (!on && !this.#cursor.atWord('ignoring')) return { card: base, on: false, labels: [], include: [] };
    this.#cursor.take();
    const labels = this.#labelList();
    const left = this.#cursor.atWord('group_left');
    if (!left && !this.#cursor.atWord('group_right')) return { card: base, on, labels, include: [] };
    this.#cursor.take();
    const include = this.#cursor.atSymbol('(') ? this.#labelList() : [];
    return { card: left ? 'many-to-one' : 'one-to-many', on, labels, include };
  }

  /** Names what Prometheus has behind a feature flag, where "unexpected identifier" would puzzle. */
  #refuseExperimental(words: readonly string[]): void {
    if (!this.#cursor.atWord(...words)) return;
    const { current } = this.#cursor;
    throw this.#cursor.error(current, `the modifier "${current.text}" is experimental and not supported`);
  }

  #labelList(): string[] {
    const cursor = this.#cursor;
    cursor.expectSymbol('(', 'grouping opts');
    const labels: string[] = [];
    while (!cursor.atSymbol(')')) {
      const token = cursor.current;
      if (token.kind === 'string') labels.push(token.value);
      else if (token.kind === 'word') labels.push(token.text);
      else cursor.unexpected('grouping opts', 'label');
      if (token.kind === 'string' && (token.value === '' || !token.value.isWellFormed())) {
        throw cursor.error(token, `invalid label name for grouping: ${quote(token.value)}`);
      }
      cursor.take();
      if (!cursor.skipSymbol(',') && !cursor.atSymbol(')')) cursor.unexpected('grouping opts', '"," or ")"');
    }
    cursor.take();
    return labels;
  }

  #operand(): Expr {
    const sign = this.#cursor.current;
    if (sign.kind === 'symbol' && (sign.text === '-' || sign.text === '+')) {
      this.#cursor.take();
      return signed(sign.text, sign.start, this.expression(POWER - 1));
    }
    return this.#suffixed(this.#primary());
  }

  #suffixed(primary: Expr): Expr {
    let expr = primary;
    for (;;) {
      if (this.#cursor.atSymbol('[')) expr = parseRange(this.#cursor, expr);
      else if (this.#cursor.atWord('offset')) expr = parseOffset(this.#cursor, expr);
      else if (this.#cursor.atSymbol('@')) expr = parseAt(this.#cursor, expr);
      else break;
    }
    if (expr.kind === 'selector' || expr.kind === 'range') this.#refuseExperimental(['anchored', 'smoothed']);
    return expr;
  }

  #primary(): Expr {
    const cursor = this.#cursor;
    const token = cursor.current;
    switch (token.kind) {
      case 'number':
        cursor.take();
        return { kind: 'number', value: token.value, duration: token.duration, start: token.start, end: token.end };
      case 'string':
        cursor.take();
        return { kind: 'string', value: token.value, start: token.start, end: token.end };
      case 'end':
        return this.#unexpected();
      case 'symbol':
        if (token.text === '(') return this.#paren();
        if (token.text === '{') return parseSelector(cursor);
        return this.#unexpected();
      case 'word':
        return this.#named();
    }
  }

  #paren(): Expr {
    const start = this.#cursor.take().start;
    const expr = this.expression(0);
    if (!this.#cursor.atSymbol(')')) this.#unexpected();
    return { kind: 'paren', expr, start, end: this.#cursor.take().end };
  }

  /** Within an aggregation's arguments Prometheus' messages say so, however deep the fault lies. */
  #unexpected(): never {
    return this.#cursor.unexpected(this.#aggregations > 0 ? 'aggregation' : '');
  }

  #named(): Expr {
    const cursor = this.#cursor;
    const token = cursor.current;
    const word = token.text.toLowerCase();
    if (NEVER_METRICS.has(word)) return this.#unexpected();
    const next = cursor.following;
    const called = next.kind === 'symbol' && next.text === '(';
    const grouped = next.kind === 'word' && ['by', 'without'].includes(next.text.toLowerCase());
    const aggregator = AGGREGATORS.find((name) => name === word);
    if (aggregator !== undefined && (called || grouped)) return this.#aggregation(aggregator);
    if (!called || isKeyword(word) || token.text.includes(':')) return parseSelector(cursor);
    cursor.take();
    const args = this.#arguments();
    const call: Call = { kind: 'call', name: token.text, args, start: token.start, end: cursor.lastEnd };
    refuseUnknown(call, cursor.text);
    return call;
  }

  #arguments(): Expr[] {
    const cursor = this.#cursor;
    if (!cursor.atSymbol('(')) this.#unexpected();
    cursor.take();
    const args: Expr[] = [];
    while (!cursor.atSymbol(')')) {
      args.push(this.expression(0));
      const comma = cursor.current;
      if (cursor.skipSymbol(',')) {
        if (!startsExpression(cursor.current)) {
          throw cursor.error(comma, 'trailing commas not allowed in function call args');
        }
      } else if (!cursor.atSymbol(')')) this.#unexpected();
    }
    cursor.take();
    return args;
  }

  #aggregation(operator: Aggregator): Aggregation {
    const cursor = this.#cursor;
    const { start } = cursor.take();
    const before = this.#grouping();
    this.#aggregations += 1;
    const args = this.#arguments();
    this.#aggregations -= 1;
    const { grouping, without } = before ?? this.#grouping() ?? { grouping: [], without: false };
    const span = { start, end: cursor.lastEnd };
    const wanted = takesParameter(operator) ? 2 : 1;
    if (args.length === 0) throw cursor.error(span, 'no arguments for aggregate expression provided');
    const [first, second] = args;
    const expr = wanted === 2 ? second : first;
    if (args.length !== wanted || expr === undefined) {
      throw cursor.error(
        span,
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
      );
    }
    return { kind: 'aggregation', operator, expr, param: wanted === 2 ? first : undefined, grouping, without, ...span };
  }

  #grouping(): { grouping: string[]; without: boolean } | undefined {
    const without = this.#cursor.atWord('without');
    if (!without && !this.#cursor.atWord('by')) return undefined;
    this.#cursor.take();
    return { grouping: this.#labelList(), without };
  }
}

function startsExpression(token: Token): boolean {
  switch (token.kind) {
    case 'number':
    case 'string':
      return true;
    case 'word':
      return !NEVER_METRICS.has(token.text.toLowerCase());
    case 'symbol':
      return ['(', '{', '+', '-'].includes(token.text);
    case 'end':
      return false;
  }
}

function takesParameter(operator: Aggregator): boolean {
  return ['topk', 'bottomk', 'quantile', 'count_values', 'limitk', 'limit_ratio'].includes(operator);
}

/** A sign on a number literal belongs to the literal, as in Prometheus. */
function signed(operator: '+' | '-', start: number, expr: Expr): Expr {
  if (expr.kind !== 'number') return { kind: 'unary', operator, expr, start, end: expr.end };
  const literal: NumberLiteral = { ...expr, start, value: operator === '-' ? -expr.value : expr.value };
  return literal;
}
