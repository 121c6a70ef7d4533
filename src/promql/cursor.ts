import { AGGREGATORS, type Span } from './ast.ts';
import { ParseError } from './errors.ts';
import { type Token, tokenize } from './lexer.ts';

const OPERATORS: ReadonlySet<string> = new Set([
  ...['+', '-', '*', '/', '%', '^', '==', '!=', '<', '<=', '>', '>=', '=~', '!~'],
  ...['and', 'or', 'unless', 'atan2'],
]);
const KEYWORDS: ReadonlySet<string> = new Set([
  ...['offset', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'bool', 'start', 'end'],
]);

/** The tokens of one expression and a place among them. */
export class Cursor {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
  }

  get current(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '', start: this.text.length, end: this.text.length };
  }

  /** The token after the current one. */
  get following(): Token {
    return this.#tokens[this.#at + 1] ?? { kind: 'end', text: '', start: this.text.length, end: this.text.length };
  }

  /** End of the token before the current one. */
  get lastEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  /** Whether everything was read. */
  get done(): boolean {
    return this.current.kind === 'end';
  }

  take(): Token {
    const token = this.current;
    this.#at += 1;
    return token;
  }

  atSymbol(text: string): boolean {
    return this.current.kind === 'symbol' && this.current.text === text;
  }

  /** Keywords are read in any case. */
  atWord(...words: readonly string[]): boolean {
    return this.current.kind === 'word' && words.includes(this.current.text.toLowerCase());
  }

  skipSymbol(text: string): boolean {
    if (!this.atSymbol(text)) return false;
    this.#at += 1;
    return true;
  }

  skipWord(word: string): boolean {
    if (!this.atWord(word)) return false;
    this.#at += 1;
    return true;
  }

  expectSymbol(text: string, context: string): Token {
    if (!this.atSymbol(text)) this.unexpected(context, quoteSymbol(text));
    return this.take();
  }

  /** `unexpected X in CONTEXT, expected Y`, at the current token. */
  unexpected(context = '', expected = ''): never {
    const where = context === '' ? '' : ` in ${context}`;
    const wanted = expected === '' ? '' : `, expected ${expected}`;
    throw this.error(this.current, `unexpected ${describe(this.current)}${where}${wanted}`);
  }

  error(span: Span, reason: string): ParseError {
    return new ParseError(this.text, span, reason);
  }
}

function quoteSymbol(symbol: string): string {
  return JSON.stringify(symbol);
}

function describe(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'end of input';
    case 'number':
      return `${token.duration ? 'duration' : 'number'} ${JSON.stringify(token.text)}`;
    case 'string':
      return `string ${JSON.stringify(token.text)}`;
    case 'symbol':
      if (token.text === ')') return "right parenthesis ')'";
      return OPERATORS.has(token.text) ? `<op:${token.text}>` : quoteSymbol(token.text);
    case 'word': {
      const word = token.text.toLowerCase();
      if (OPERATORS.has(word)) return `<op:${word}>`;
      if (KEYWORDS.has(word)) return `<${word}>`;
      if (AGGREGATORS.some((name) => name === word)) return `<aggr:${word}>`;
      return `identifier ${JSON.stringify(token.text)}`;
    }
  }
}
