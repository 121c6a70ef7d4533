import { UserError } from '../errors.ts';
import { type Matcher, type MatchOperator, matcher } from '../labels/matcher.ts';
import type { VectorSelector } from './ast.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import { quote } from './quoted.ts';

const NAME = '__name__';
const MATCH_OPERATORS: ReadonlySet<string> = new Set<MatchOperator>(['=', '!=', '=~', '!~']);

/** In what Prometheus' messages place a fault: a selector in an expression, or the labels of a series in a test. */
export type BraceContext = 'label matching' | 'label set';

/** `metric`, `metric{…}` or `{…}`; within braces a quoted string alone is the metric name. */
export function parseSelector(cursor: Cursor, context: BraceContext = 'label matching'): VectorSelector {
  const { start } = cursor.current;
  const word = cursor.current.kind === 'word' ? cursor.take().text : undefined;
  const { names, matchers } = cursor.atSymbol('{') ? parseBraces(cursor, context) : { names: [], matchers: [] };
  const span = { start, end: cursor.lastEnd };
  const inner = [...names, ...matchers.filter((m) => m.name === NAME).map((m) => m.value)];
  if (word !== undefined && inner.length > 0) {
    throw cursor.error(span, `metric name must not be set twice: ${quote(word)} or ${quote(inner[0] ?? '')}`);
  }
  const [name = word] = inner.length === 1 ? names : [];
  const named = [...(word === undefined ? [] : [word]), ...names].map((n) => matcher(NAME, '=', n, 'prometheus'));
  return { kind: 'selector', name, matchers: [...named, ...matchers], offsetMs: 0, at: undefined, ...span };
}

function parseBraces(cursor: Cursor, context: BraceContext): { names: string[]; matchers: Matcher[] } {
  cursor.take();
  const names: string[] = [];
  const matchers: Matcher[] = [];
  while (!cursor.atSymbol('}')) {
    const token = cursor.current;
    if (token.kind !== 'word' && token.kind !== 'string') cursor.unexpected(context, 'identifier or "}"');
    const label = labelText(cursor, token);
    cursor.take();
    const operator = cursor.current;
    if (operator.kind === 'symbol' && MATCH_OPERATORS.has(operator.text)) {
      cursor.take();
      matchers.push(parseMatcher(cursor, context, { token, name: label }, operator.text as MatchOperator));
    } else if (token.kind === 'string') names.push(label);
    else cursor.unexpected(context, context === 'label set' ? '"="' : 'label matching operator');
    if (!cursor.skipSymbol(',') && !cursor.atSymbol('}')) cursor.unexpected(context, '"," or "}"');
  }
  cursor.take();
  return { names, matchers };
}

function labelText(cursor: Cursor, token: Token): string {
  const text = token.kind === 'string' ? token.value : token.text;
  if (!text.isWellFormed()) throw cursor.error(token, `invalid label or metric name ${token.text}`);
  return text;
}

function parseMatcher(
  cursor: Cursor,
  context: BraceContext,
  label: { readonly token: Token; readonly name: string },
  operator: MatchOperator,
): Matcher {
  const value = cursor.current;
  if (value.kind !== 'string') return cursor.unexpected(context, 'string');
  cursor.take();
  try {
    return matcher(label.name, operator, value.value.toWellFormed(), 'prometheus');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw cursor.error({ start: label.token.start, end: value.end }, plainReason(error.message));
  }
}

/** What RE2 says of a pattern, as Go words it: without our introduction and without the flag that our dialect adds. */
function plainReason(message: string): string {
  const at = message.indexOf('error parsing regexp: ');
  return at < 0 ? message : message.slice(at).replace('`(?s)', '`');
}
