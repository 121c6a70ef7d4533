import { parseDuration } from '../time/duration.ts';
import type { Span } from './ast.ts';
import { ParseError } from './errors.ts';
import { quotedEnd, unquote } from './quoted.ts';

/**
 * `word`: an identifier, keyword or metric name (with colons). `number`: value in `value`; a duration in seconds and marked so.
 * `string`: the unquoted text in `value`. `symbol`: an operator or bracket.
 */
export type Token = Span &
  (
    | { readonly kind: 'word'; readonly text: string }
    | { readonly kind: 'number'; readonly text: string; readonly value: number; readonly duration: boolean }
    | { readonly kind: 'string'; readonly text: string; readonly value: string }
    | { readonly kind: 'symbol'; readonly text: string }
    | { readonly kind: 'end'; readonly text: '' }
  );

const SPACE = /[ \t\n\r]+|#[^\n]*/y;
const WORD = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const DURATION = /(?:\d+(?:ms|[smhdwy]))+/y;
const HEX = /0[xX][0-9a-fA-F_]+/y;
const DECIMAL = /(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?/y;
const NUMBER_TAIL = /[\w:]+/y;
const SYMBOLS = ['==', '!=', '<=', '>=', '=~', '!~', ...'+-*/%^<>=(){}[],@:'.split('')];
const OCTAL = /^0[0-7_]+$/;

/** The tokens of an expression; comments and space are dropped, the last token is `end`. @throws ParseError. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at = skipSpace(text, at);
    if (at >= text.length) break;
    const token = next(text, at);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return tokens;
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const space = match(SPACE, text, at);
    if (space === undefined) return at;
    at += space.length;
  }
}

function next(text: string, start: number): Token {
  const first = text[start] ?? '';
  const word = match(WORD, text, start);
  // A lone colon separates the range and step of a subquery.
  if (word !== undefined && !word.startsWith(':')) return { kind: 'word', text: word, start, end: start + word.length };
  if (/\d/.test(first) || (first === '.' && /\d/.test(text[start + 1] ?? ''))) return numberAt(text, start);
  if (first === '"' || first === "'" || first === '`') return stringAt(text, start);
  const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, start));
  if (symbol === ':' && word !== undefined && word.length > 1 && !/^:\d/.test(word)) {
    return { kind: 'word', text: word, start, end: start + word.length };
  }
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, start, end: start + symbol.length };
  const [character = ''] = text.slice(start);
  if (character === '!')
    throw new ParseError(text, { start, end: start + 1 }, `unexpected character after '!': ${shown(text, start + 1)}`);
  throw new ParseError(text, { start, end: start + character.length }, `unexpected character: ${shown(text, start)}`);
}

function shown(text: string, at: number): string {
  const [character] = text.slice(at);
  return character === undefined ? 'end of input' : `'${character}'`;
}

function stringAt(text: string, start: number): Token {
  const end = quotedEnd(text, start);
  if (end === undefined) {
    const raw = text[start] === '`';
    throw new ParseError(text, { start, end: text.length }, `unterminated ${raw ? 'raw' : 'quoted'} string`);
  }
  const quoted = text.slice(start, end);
  const value = unquote(quoted);
  if (value === undefined) {
    throw new ParseError(text, { start, end }, `error unquoting string ${JSON.stringify(quoted)}: invalid syntax`);
  }
  return { kind: 'string', text: quoted, value, start, end };
}

function numberAt(text: string, start: number): Token {
  const found = match(HEX, text, start) ?? wholeDuration(text, start) ?? match(DECIMAL, text, start) ?? '';
  const tail = match(NUMBER_TAIL, text, start + found.length);
  // In `[5m:1m]` and `[1:2]` the colon ends the number.
  const bad = tail !== undefined && !tail.startsWith(':');
  const end = start + found.length + (bad ? tail.length : 0);
  if (bad)
    throw new ParseError(
      text,
      { start, end },
      `bad number or duration syntax: ${JSON.stringify(text.slice(start, end))}`,
    );
  if (/[a-z]$/.test(found) && !/^0[xX]/.test(found)) {
    const ms = parseDuration(found);
    if (ms === undefined)
      throw new ParseError(text, { start, end }, `not a valid duration string: ${JSON.stringify(found)}`);
    return { kind: 'number', text: found, value: ms / 1000, duration: true, start, end };
  }
  const value = parseNumber(found);
  if (value === undefined)
    throw new ParseError(text, { start, end }, `error parsing number: invalid syntax: ${JSON.stringify(found)}`);
  return { kind: 'number', text: found, value, duration: false, start, end };
}

function wholeDuration(text: string, start: number): string | undefined {
  const found = match(DURATION, text, start);
  if (found === undefined) return undefined;
  return /[\w]/.test(text[start + found.length] ?? '') ? undefined : found;
}

/** Go's reading: `0x1F` hexadecimal, `017` octal, `_` between digits, otherwise decimal. */
function parseNumber(text: string): number | undefined {
  if (/__|_$|^_|_[.eE]|[.eE+-]_/.test(text)) return undefined;
  const digits = text.replaceAll('_', '');
  if (/^0[xX]$/.test(digits)) return undefined;
  if (OCTAL.test(text)) return Number.parseInt(digits, 8);
  return Number(digits);
}
