import { durationFault, parseDuration } from '../time/duration.ts';
import type { Span } from './ast.ts';
import { ParseError } from './errors.ts';
import { parseNumber, scanDuration, scanNumber } from './number-text.ts';
import { quotedEnd, stringFault, unquote } from './quoted.ts';

/**
 * `word`: an identifier, keyword or metric name (with colons); a `label` stands in braces, where keywords mean nothing. `number`: value in `value`; a duration in seconds and marked so.
 * `string`: the unquoted text in `value`. `symbol`: an operator or bracket.
 */
export type Token = Span &
  (
    | { readonly kind: 'word'; readonly text: string; readonly label?: true }
    | { readonly kind: 'number'; readonly text: string; readonly value: number; readonly duration: boolean }
    | { readonly kind: 'string'; readonly text: string; readonly value: string }
    | { readonly kind: 'symbol'; readonly text: string }
    | { readonly kind: 'end'; readonly text: '' }
  );

const SPACE = /[ \t\n\r]+/y;
const COMMENT = /#[^\n\r]*/y;
const WORD = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const DURATION_WORD = /(?:step|range|min_of|max_of|min|max)(?![a-zA-Z0-9_])/iy;
const SYMBOL = /==|!=|<=|>=|[-+*/%^<>=(){}[\],@]/y;
const MATCH_SYMBOL = /=~|!~|!=|[=,}]/y;

/**
 * Where the text is being read: outside any bracket, in a selector's braces, at a place within `[…]` where a duration must stand,
 * or behind one. The same character is another mistake in each, which Prometheus' messages say.
 */
type Mode = 'plain' | 'braces' | 'duration' | 'bracket';

/** Reads one token at a time, so that the first fault in the text is the one that is told. */
export class Lexer {
  readonly #text: string;
  #at = 0;
  #mode: Mode = 'plain';
  #parens = 0;
  #colon = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token; comments and space are dropped, after the last one it is `end`. @throws ParseError. */
  next(): Token {
    this.#skipSpace();
    const start = this.#at;
    if (start >= this.#text.length) return this.#end();
    switch (this.#mode) {
      case 'braces':
        return this.#inBraces(start);
      case 'duration':
      case 'bracket':
        return this.#inBrackets(start, this.#mode);
      case 'plain':
        return this.#plain(start);
    }
  }

  #fail(start: number, reason: string, end = this.#text.length): never {
    throw new ParseError(this.#text, { start, end }, reason);
  }

  #match(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(this.#text)?.[0];
  }

  #shown(at: number): string {
    const [character] = this.#text.slice(at, at + 2);
    if (character === undefined) return "'\u{fffd}'";
    return `'${character === "'" || character === '\\' ? '\\' : ''}${character}'`;
  }

  #skipSpace(): void {
    for (;;) {
      const comment = this.#mode === 'duration' ? undefined : this.#match(COMMENT, this.#at);
      const skipped = this.#match(SPACE, this.#at) ?? comment;
      if (skipped === undefined) return;
      this.#at += skipped.length;
    }
  }

  #end(): Token {
    const at = this.#text.length;
    if (this.#mode === 'braces') this.#fail(at, 'unexpected end of input inside braces');
    if (this.#mode === 'duration') this.#fail(at, 'unexpected end of input in duration expression');
    if (this.#parens > 0) this.#fail(at, 'unclosed left parenthesis');
    if (this.#mode === 'bracket') this.#fail(at, 'unclosed left bracket');
    return { kind: 'end', text: '', start: at, end: at };
  }

  #plain(start: number): Token {
    const word = this.#match(WORD, start);
    if (word !== undefined) return this.#word(word, start);
    return this.#literal(start) ?? this.#symbol(start);
  }

  #word(word: string, start: number): Token {
    this.#at = start + word.length;
    const span = { start, end: this.#at };
    if (!/^(?:inf|nan)$/i.test(word)) return { kind: 'word', text: word, ...span };
    const value = /^inf$/i.test(word) ? Number.POSITIVE_INFINITY : Number.NaN;
    return { kind: 'number', text: word, value, duration: false, ...span };
  }

  #literal(start: number): Token | undefined {
    const first = this.#text[start] ?? '';
    if (/^(?:\d|\.\d)/.test(this.#text.slice(start, start + 2))) return this.#number(start);
    return '"\'`'.includes(first) ? this.#string(start) : undefined;
  }

  #symbol(start: number): Token {
    const text = this.#match(SYMBOL, start);
    const following = this.#text[start + 1];
    if (this.#text[start] === '!' && text === undefined) {
      this.#fail(start, `unexpected character after '!': ${this.#shown(start + 1)}`);
    }
    if (text === '=' && following === '~') this.#fail(start, "unexpected character after '=': '~'");
    if (text === undefined || text === '}') this.#fail(start, `unexpected character: ${this.#shown(start)}`);
    if (text === ']' && this.#mode === 'plain') this.#fail(start, "unexpected right bracket ']'");
    if (text === '[' && this.#mode === 'bracket') this.#fail(start, "unexpected left bracket '['");
    this.#at = start + text.length;
    if (text === '(') this.#parens += 1;
    if (text === ')') {
      this.#parens -= 1;
      if (this.#parens < 0) this.#fail(this.#at, "unexpected right parenthesis ')'");
    }
    if (text === '{') this.#mode = 'braces';
    if (text === ']') this.#mode = 'plain';
    if (text === '[') {
      this.#mode = 'duration';
      this.#colon = false;
    }
    return { kind: 'symbol', text, start, end: this.#at };
  }

  #inBraces(start: number): Token {
    const word = this.#match(LABEL, start);
    if (word !== undefined) {
      this.#at = start + word.length;
      return { kind: 'word', text: word, label: true, start, end: this.#at };
    }
    const first = this.#text[start] ?? '';
    if ('"\'`'.includes(first)) return this.#string(start);
    const text = this.#match(MATCH_SYMBOL, start);
    if (text === undefined) {
      if (first === '!') {
        this.#fail(start, `unexpected character after '!' inside braces: ${this.#shown(start + 1)}`);
      }
      if (first === '{') this.#fail(start, "unexpected left brace '{'");
      this.#fail(start, `unexpected character inside braces: ${this.#shown(start)}`);
    }
    this.#at = start + text.length;
    if (text === '}') this.#mode = 'plain';
    return { kind: 'symbol', text, start, end: this.#at };
  }

  #inBrackets(start: number, mode: 'duration' | 'bracket'): Token {
    const first = this.#text[start] ?? '';
    if (first === ':') return this.#colonAt(start, mode);
    const keyword = this.#match(DURATION_WORD, start);
    if (keyword !== undefined) {
      this.#at = start + keyword.length;
      return { kind: 'word', text: keyword, start, end: this.#at };
    }
    if (mode === 'duration' && !/^[\d.()\],+*/%^-]/.test(first)) {
      this.#fail(start, `unexpected character in duration expression: ${this.#shown(start)}`);
    }
    if (/[a-zA-Z_]/.test(first)) this.#fail(start, `unexpected character: ${this.#shown(start)}, expected ':'`);
    const literal = this.#literal(start);
    if (literal) {
      this.#mode = 'bracket';
      return literal;
    }
    return this.#symbol(start);
  }

  #colonAt(start: number, mode: 'duration' | 'bracket'): Token {
    if (mode === 'duration') {
      this.#fail(start + 1, 'unexpected colon before duration in duration expression');
    }
    if (this.#colon) this.#fail(start, "unexpected colon ':'");
    this.#colon = true;
    this.#at = start + 1;
    return { kind: 'symbol', text: ':', start, end: this.#at };
  }

  #string(start: number): Token {
    const text = this.#text;
    const fault = stringFault(text, start);
    if (fault !== undefined) this.#fail(start, fault);
    const end = quotedEnd(text, start) ?? text.length;
    const quoted = text.slice(start, end);
    const value = unquote(quoted);
    if (value === undefined) this.#fail(start, `error unquoting string ${JSON.stringify(quoted)}: invalid syntax`, end);
    this.#at = end;
    return { kind: 'string', text: quoted, value, start, end };
  }

  #number(start: number): Token {
    const number = scanNumber(this.#text, start);
    if (number.whole) {
      const text = this.#text.slice(start, number.end);
      const value = parseNumber(text);
      if (typeof value === 'string') this.#fail(start, `error parsing number: ${value}`, number.end);
      this.#at = number.end;
      return { kind: 'number', text, value, duration: false, start, end: number.end };
    }
    const duration = scanDuration(this.#text, number.end);
    const text = this.#text.slice(start, duration.end);
    if (!duration.whole) this.#fail(start, `bad number or duration syntax: ${JSON.stringify(text)}`, duration.end);
    const ms = parseDuration(text);
    if (ms === undefined) this.#fail(start, durationFault(text), duration.end);
    this.#at = duration.end;
    return { kind: 'number', text, value: ms / 1000, duration: true, start, end: duration.end };
  }
}
