import { type Place, TemplateError } from './template-error.ts';
import type { Value } from './values.ts';

/** `adjacent` is true where no space stands before the token: `.A` then continues an operand instead of starting one. */
export type Token = { readonly at: Place; readonly adjacent: boolean } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'open' | 'close' | 'end' }
  | { readonly kind: 'mark'; readonly text: '(' | ')' | '|' | ':=' | '=' | ',' | '.' }
  | { readonly kind: 'field' | 'variable' | 'word'; readonly text: string }
  | { readonly kind: 'literal'; readonly value: Value; readonly text: string }
);

type Body = Token extends infer T ? (T extends Token ? Omit<T, 'at' | 'adjacent'> : never) : never;

const SPACE = /[ \t\r\n]/;
const WORD = /[\p{L}\p{Nd}_]/u;
const NUMBER = /[+-]?(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d+)?)/y;

/** Splits a template into text and the tokens of its actions. Trim marks and comments are already applied. */
export function lexTemplate(text: string): Token[] {
  return new Lexer(text).run();
}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  readonly #lineStarts: number[];
  #index = 0;

  constructor(text: string) {
    this.#text = text;
    this.#lineStarts = [0];
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.#lineStarts.push(i + 1);
  }

  run(): Token[] {
    let trimBefore = false;
    for (;;) {
      const open = this.#text.indexOf('{{', this.#index);
      const end = open < 0 ? this.#text.length : open;
      const trimAfter = open >= 0 && /^\{\{-[ \t\r\n]/.test(this.#text.slice(open, open + 4));
      let text = this.#text.slice(this.#index, end);
      if (trimBefore) text = text.replace(/^[ \t\r\n]+/, '');
      if (trimAfter) text = text.replace(/[ \t\r\n]+$/, '');
      if (text !== '') this.#push(this.#index, { kind: 'text', text });
      if (open < 0) break;
      this.#index = open + (trimAfter ? 3 : 2);
      trimBefore = this.#comment(open, trimAfter) ?? this.#action(open);
    }
    this.#push(this.#text.length, { kind: 'end' });
    return this.#tokens;
  }

  #place(index: number): Place {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, col: index - (this.#lineStarts[low] ?? 0) + 1 };
  }

  #fail(index: number, reason: string): never {
    throw new TemplateError(this.#place(index), reason);
  }

  #push(index: number, body: Body): void {
    const adjacent = index > 0 && !SPACE.test(this.#text[index - 1] ?? ' ');
    this.#tokens.push({ ...body, at: this.#place(index), adjacent } as Token);
  }

  /** Skips `{{/* … *\/}}`; returns whether it trims what follows, or undefined where no comment stands here. */
  #comment(open: number, trimmed: boolean): boolean | undefined {
    const start = trimmed ? this.#index + 1 : this.#index;
    if (!this.#text.startsWith('/*', start)) return undefined;
    const stop = this.#text.indexOf('*/', start + 2);
    if (stop < 0) this.#fail(open, 'unclosed comment');
    const rest = /^([ \t\r\n]-)?\}\}/.exec(this.#text.slice(stop + 2, stop + 6));
    if (!rest) this.#fail(open, 'comment ends before closing delimiter');
    this.#index = stop + 2 + rest[0].length;
    return rest[1] !== undefined;
  }

  /** The tokens of one action; returns whether its end trims what follows. */
  #action(open: number): boolean {
    this.#push(open, { kind: 'open' });
    for (;;) {
      if (/^[ \t\r\n]-\}\}/.test(this.#text.slice(this.#index, this.#index + 4))) {
        this.#push(this.#index, { kind: 'close' });
        this.#index += 4;
        return true;
      }
      if (this.#text.startsWith('}}', this.#index)) {
        this.#push(this.#index, { kind: 'close' });
        this.#index += 2;
        return false;
      }
      if (this.#index >= this.#text.length) this.#fail(open, 'unclosed action: {{ without }}');
      this.#token();
    }
  }

  #token(): void {
    const start = this.#index;
    const c = this.#text[start] ?? '';
    const pair = this.#text.slice(start, start + 2);
    if (SPACE.test(c)) {
      this.#index += 1;
    } else if (pair === ':=') {
      this.#mark(':=');
    } else if (c === '(' || c === ')' || c === '|' || c === ',' || c === '=') {
      this.#mark(c);
    } else if (c === '"') {
      this.#quoted(start);
    } else if (c === '`') {
      const stop = this.#text.indexOf('`', start + 1);
      if (stop < 0) this.#fail(start, 'unterminated raw quoted string');
      this.#literal(start, stop + 1, this.#text.slice(start + 1, stop));
    } else if (c === "'") {
      this.#character(start);
    } else if (c === '$') {
      this.#index = this.#wordEnd(start + 1);
      this.#push(start, { kind: 'variable', text: this.#text.slice(start, this.#index) });
    } else if (/\d/.test(c) || (/[.+-]/.test(c) && /\d/.test(this.#text[start + 1] ?? ''))) {
      this.#number(start);
    } else if (c === '.') {
      const stop = this.#wordEnd(start + 1);
      if (stop === start + 1) {
        this.#mark('.');
      } else {
        this.#index = stop;
        this.#push(start, { kind: 'field', text: this.#text.slice(start + 1, stop) });
      }
    } else if (WORD.test(c)) {
      this.#index = this.#wordEnd(start);
      this.#push(start, { kind: 'word', text: this.#text.slice(start, this.#index) });
    } else {
      this.#fail(start, `unexpected ${JSON.stringify(c)} in an action`);
    }
  }

  #mark(text: '(' | ')' | '|' | ':=' | '=' | ',' | '.'): void {
    this.#push(this.#index, { kind: 'mark', text });
    this.#index += text.length;
  }

  #literal(start: number, stop: number, value: Value): void {
    this.#push(start, { kind: 'literal', value, text: this.#text.slice(start, stop) });
    this.#index = stop;
  }

  #wordEnd(from: number): number {
    let i = from;
    while (i < this.#text.length && WORD.test(this.#text[i] ?? '')) i += 1;
    return i;
  }

  #quoted(start: number): void {
    let stop = start + 1;
    while (stop < this.#text.length && this.#text[stop] !== '"' && this.#text[stop] !== '\n') {
      stop += this.#text[stop] === '\\' ? 2 : 1;
    }
    if (this.#text[stop] !== '"') this.#fail(start, 'unterminated quoted string');
    const value = unescape(this.#text.slice(start + 1, stop));
    if (value === undefined) this.#fail(start, 'invalid escape in a quoted string');
    this.#literal(start, stop + 1, value);
  }

  #character(start: number): void {
    const match = /'((?:\\.[^']*|[^'\\\n]))'/uy;
    match.lastIndex = start;
    const found = match.exec(this.#text);
    const value = found?.[1] === undefined ? undefined : found[1] === "\\'" ? "'" : unescape(found[1]);
    const code = value?.codePointAt(0);
    if (!found || code === undefined) this.#fail(start, 'malformed character constant');
    this.#literal(start, start + found[0].length, BigInt(code));
  }

  #number(start: number): void {
    NUMBER.lastIndex = start;
    const text = NUMBER.exec(this.#text)?.[0] ?? '';
    const stop = start + text.length;
    const value = numberOf(text);
    if (value === undefined || WORD.test(this.#text[stop] ?? ' ')) {
      this.#fail(start, `bad number syntax: ${JSON.stringify(this.#text.slice(start, this.#wordEnd(stop)))}`);
    }
    this.#literal(start, stop, value);
  }
}

/** Go's constants: a point or an exponent makes a float64, everything else is an int. */
function numberOf(text: string): Value {
  const digits = text.replaceAll('_', '');
  const unsigned = digits.replace(/^[+-]/, '');
  const negative = digits.startsWith('-');
  if (/^0[xXoObB]/.test(unsigned) || /^\d+$/.test(unsigned)) {
    const octal = /^0\d+$/.test(unsigned) ? `0o${unsigned.slice(1)}` : unsigned;
    try {
      const size = BigInt(octal);
      return negative ? -size : size;
    } catch {
      return undefined;
    }
  }
  const value = Number(digits);
  return Number.isNaN(value) ? undefined : value;
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u{7}',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** The text of a Go string literal's inside; undefined where an escape is malformed. */
function unescape(source: string): string | undefined {
  let bad = false;
  const text = source.replace(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.)/gsu, (_, escape: string) => {
    const simple = escape.length === 1 ? SIMPLE[escape] : undefined;
    if (simple !== undefined) return simple;
    const code =
      escape.length > 1
        ? Number.parseInt(/^[xuU]/.test(escape) ? escape.slice(1) : escape, /^[xuU]/.test(escape) ? 16 : 8)
        : NaN;
    if (!(code <= 0x10ffff)) {
      bad = true;
      return '';
    }
    return String.fromCodePoint(code);
  });
  return bad ? undefined : text.toWellFormed();
}
