import { UserError } from '../errors.ts';
import { type Matcher, type MatchOperator, matcher } from '../labels/matcher.ts';
import type { VectorSelector } from './ast.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';

const NAME = '__name__';
const MATCH_OPERATORS: ReadonlySet<string> = new Set<MatchOperator>(['=', '!=', '=~', '!~']);

/** `metric`, `metric{…}` or `{…}`; within braces a quoted string alone is the metric name. */
export function parseSelector(cursor: Cursor): VectorSelector {
  const { start } = cursor.current;
  const word = cursor.current.kind === 'word' ? cursor.take() : undefined;
  const braces = cursor.atSymbol('{') ? parseBraces(cursor) : { names: [], matchers: [] };
  const span = { start, end: cursor.lastEnd };
  const names = [...(word ? [word.text] : []), ...braces.names];
  const other = braces.matchers.find((m) => m.name === NAME);
  const [name, second] = names;
  if (name !== undefined && (second !== undefined || (word !== undefined && other !== undefined))) {
    throw cursor.error(
      span,
      `metric name must not be set twice: ${JSON.stringify(name)} or ${JSON.stringify(second ?? other?.value)}`,
    );
  }
  const named = name === undefined ? [] : [matcher(NAME, '=', name, 'prometheus')];
  return { kind: 'selector', name, matchers: [...named, ...braces.matchers], offsetMs: 0, at: undefined, ...span };
}

function parseBraces(cursor: Cursor): { names: string[]; matchers: Matcher[] } {
  cursor.take();
  const names: string[] = [];
  const matchers: Matcher[] = [];
  while (!cursor.atSymbol('}')) {
    const token = cursor.current;
    if (token.kind !== 'word' && token.kind !== 'string') cursor.unexpected('label matching', 'identifier or "}"');
    if (token.kind === 'word' && token.text.includes(':')) cursor.unexpected('label matching', 'identifier or "}"');
    const label = labelText(cursor, token);
    cursor.take();
    const operator = cursor.current;
    if (token.kind === 'string' && (cursor.atSymbol(',') || cursor.atSymbol('}'))) names.push(label);
    else if (operator.kind === 'symbol' && MATCH_OPERATORS.has(operator.text)) {
      cursor.take();
      matchers.push(parseMatcher(cursor, token, label, operator.text as MatchOperator));
    } else cursor.unexpected('label matching', 'label matching operator');
    if (!cursor.skipSymbol(',') && !cursor.atSymbol('}')) cursor.unexpected('label matching', '"," or "}"');
  }
  cursor.take();
  return { names, matchers };
}

function labelText(cursor: Cursor, token: Token): string {
  const text = token.kind === 'string' ? token.value : token.text;
  if (text === '' || !text.isWellFormed()) throw cursor.error(token, `invalid label or metric name ${token.text}`);
  return text;
}

function parseMatcher(cursor: Cursor, label: Token, name: string, operator: MatchOperator): Matcher {
  const value = cursor.current;
  if (value.kind !== 'string') return cursor.unexpected('label matching', 'string');
  cursor.take();
  try {
    return matcher(name, operator, value.value.toWellFormed(), 'prometheus');
  } catch (error) {
    if (error instanceof UserError) throw cursor.error({ start: label.start, end: value.end }, error.message);
    throw error;
  }
}
