import { AGGREGATORS, type Span } from './ast.ts';
import { ParseError } from './errors.ts';
import { Lexer, type Token } from './lexer.ts';

const OPERATORS: ReadonlySet<string> = new Set([
  ...['+', '-', '*', '/', '%', '^', '==', '!=', '<', '<=', '>', '>=', '=~', '!~', '@'],
  ...['and', 'or', 'unless', 'atan2'],
]);
/** Words that may be metrics or labels elsewhere, but never functions. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...['offset', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'bool', 'anchored', 'smoothed'],
]);
/** Words of the `@` modifier and of duration expressions, which are functions too. */
const PREPROCESSORS: ReadonlySet<string> = new Set(['start', 'end', 'step', 'range']);

/** Whether a word can neither be called nor is an aggregation. */
export function isKeyword(word: string): boolean {
  return KEYWORDS.has(word) || OPERATORS.has(word);
}

/** The tokens of one expression, read as they are needed, and a place among them. */
export class Cursor {
  readonly text: string;
  readonly #lexer: Lexer;
  readonly #ahead: Token[] = [];
  #lastEnd = 0;

  constructor(text: string) {
    this.text = text;
    this.#lexer = new Lexer(text);
  }

  get current(): Token {
    return this.#peek(0);
  }

  /** The token after the current one. */
  get following(): Token {
    return this.#peek(1);
  }

  /** End of the token before the current one. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  #peek(distance: number): Token {
    for (;;) {
      const token = this.#ahead[distance];
      if (token) return token;
      this.#ahead.push(this.#lexer.next());
    }
  }

  /** Whether everything was read. */
  get done(): boolean {
    return this.current.kind === 'end';
  }

  take(): Token {
    const token = this.current;
    this.#ahead.shift();
    this.#lastEnd = token.end;
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
    this.take();
    return true;
  }

  skipWord(word: string): boolean {
    if (!this.atWord(word)) return false;
    this.take();
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

/** A token as Prometheus' messages name it; of long texts only the beginning. */
function describe(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'end of input';
    case 'number':
      return `${token.duration ? 'duration' : 'number'} ${abridged(token.text)}`;
    case 'string':
      return `string ${abridged(token.text)}`;
    case 'symbol':
      return OPERATORS.has(token.text) ? `<op:${token.text}>` : quoteSymbol(token.text);
    case 'word': {
      if (token.label) return `identifier ${JSON.stringify(token.text)}`;
      const word = token.text.toLowerCase();
      if (OPERATORS.has(word)) return `<op:${token.text}>`;
      if (KEYWORDS.has(word)) return `<${token.text}>`;
      if (AGGREGATORS.some((name) => name === word)) return `<aggr:${token.text}>`;
      if (PREPROCESSORS.has(word)) return JSON.stringify(token.text);
      return `${token.text.includes(':') ? 'metric identifier' : 'identifier'} ${JSON.stringify(token.text)}`;
    }
  }
}

function abridged(text: string): string {
  return text.length > 10 ? `${JSON.stringify(text.slice(0, 10))}...` : JSON.stringify(text);
}
