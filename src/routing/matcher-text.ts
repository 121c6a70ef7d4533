import { UserError } from '../errors.ts';
import { type Matcher, type MatchOperator, matcher } from '../labels/matcher.ts';

/** Alertmanager's classic matcher: a plain name, an operator, and the rest as value. `\s` is RE2's: no vertical tab, no NBSP. */
const CLASSIC = /^[\t\n\f\r ]*([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|=|!=|!~)[\t\n\f\r ]*([\s\S]*?)[\t\n\f\r ]*$/;
const LONGEST_TEXT = 16_384;

/**
 * Reads Alertmanager's matcher syntax: `foo="bar"`, `{a=~"b.*", c!=d}`, names in quotes for UTF-8. As Alertmanager's default mode
 * does, the classic grammar decides where it can read the text, and the UTF-8 grammar reads the rest.
 * @throws UserError `invalid_matcher`
 */
export function parseMatchers(text: string): Matcher[] {
  if (text.length > LONGEST_TEXT) throw invalid(`matchers longer than ${LONGEST_TEXT} characters`);
  const classic = parseClassic(text);
  if (typeof classic !== 'string') return classic;
  const modern = new ModernParser(text).parse();
  if (typeof modern === 'string') throw invalid(`${modern} in ${JSON.stringify(text)}`);
  return modern;
}

function invalid(message: string): UserError {
  return new UserError('invalid_matcher', message);
}

/** @returns the matchers, or why the text is not classic syntax. A bad regular expression throws: no grammar can mend it. */
function parseClassic(text: string): Matcher[] | string {
  const found: Matcher[] = [];
  for (const token of splitClassic(text)) {
    const match = CLASSIC.exec(token);
    if (!match) return `bad matcher format: ${token}`;
    const value = classicValue(match[3] ?? '');
    if (value === undefined) return `unescaped double quote in ${token}`;
    found.push(matcher(match[1] ?? '', match[2] as MatchOperator, value, 'alertmanager'));
  }
  return found;
}

function splitClassic(text: string): string[] {
  const body = text.replace(/^\{/, '').replace(/\}$/, '');
  const tokens: string[] = [];
  let token = '';
  let quoted = false;
  let escaped = false;
  for (const char of body) {
    if (char === ',' && !quoted) {
      tokens.push(token);
      token = '';
      continue;
    }
    if (char === '"') {
      if (escaped) escaped = false;
      else quoted = !quoted;
    } else escaped = char === '\\' ? !escaped : false;
    token += char;
  }
  if (token.trim() !== '') tokens.push(token.trim());
  return tokens;
}

/** Unescapes a classic value; undefined where a double quote stands unescaped or is missing at the end. */
function classicValue(raw: string): string | undefined {
  const quoted = raw.startsWith('"');
  const body = quoted ? raw.slice(1) : raw;
  let value = '';
  let closed = !quoted;
  for (let i = 0; i < body.length; i += 1) {
    const char = body[i] ?? '';
    if (char === '\\' && i < body.length - 1) {
      const next = body[i + 1] ?? '';
      // A backslash before anything but n, " and \ stands for itself.
      value += next === 'n' ? '\n' : next === '"' || next === '\\' ? next : `\\${next}`;
      i += 1;
    } else if (char === '"') {
      if (closed || i < body.length - 1) return undefined;
      closed = true;
    } else value += char;
  }
  return closed ? value : undefined;
}

const RESERVED = /[\s{}!=~,\\"'`]/u;
const ESCAPES: Readonly<Record<string, string>> = {
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

/** Alertmanager's UTF-8 grammar: names and values are quoted (with Go's escapes) or free of reserved characters. */
class ModernParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @returns the matchers, or the fault. */
  parse(): Matcher[] | string {
    const found: Matcher[] = [];
    const braces = this.#take('{');
    for (;;) {
      if (this.#done() || this.#peek() === '}') break;
      const name = this.#word();
      if (typeof name !== 'string') return name.fault;
      if (name === '') return 'a label name is missing';
      const operator = this.#operator();
      if (!operator) return `expected =, !=, =~ or !~ at character ${this.#at + 1}`;
      const value = this.#word();
      if (typeof value !== 'string') return value.fault;
      found.push(matcher(name, operator, value, 'alertmanager'));
      if (!this.#take(',')) break;
    }
    if (braces !== this.#take('}')) return braces ? 'missing closing brace' : 'missing opening brace';
    return this.#done() ? found : `unexpected text at character ${this.#at + 1}`;
  }

  #skip(): void {
    while (/\s/u.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #done(): boolean {
    this.#skip();
    return this.#at >= this.#text.length;
  }

  #peek(): string {
    this.#skip();
    return this.#text[this.#at] ?? '';
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at += 1;
    return true;
  }

  #operator(): MatchOperator | undefined {
    this.#skip();
    for (const operator of ['=~', '!=', '!~', '='] as const) {
      if (!this.#text.startsWith(operator, this.#at)) continue;
      this.#at += operator.length;
      return operator;
    }
    return undefined;
  }

  #word(): string | { readonly fault: string } {
    if (this.#peek() === '"') return this.#quoted();
    const start = this.#at;
    while (this.#at < this.#text.length && !RESERVED.test(this.#text[this.#at] ?? '')) this.#at += 1;
    if (start === this.#at) return { fault: `expected a name or value at character ${start + 1}` };
    return this.#text.slice(start, this.#at);
  }

  #quoted(): string | { readonly fault: string } {
    this.#at += 1;
    let value = '';
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || char === '\n') return { fault: 'a quoted string does not end' };
      this.#at += 1;
      if (char === '"') return value;
      if (char !== '\\') {
        value += char;
        continue;
      }
      const decoded = this.#escape();
      if (decoded === undefined) return { fault: `bad escape at character ${this.#at}` };
      value += decoded;
    }
  }

  /** Reads what follows a backslash. Byte escapes (`\xhh`, `\ooo`) are read for ASCII only: others would need UTF-8 decoding. */
  #escape(): string | undefined {
    const rest = this.#text.slice(this.#at, this.#at + 9);
    const short = ESCAPES[rest[0] ?? ''];
    if (short !== undefined) {
      this.#at += 1;
      return short;
    }
    const match = /^(?:x([0-7][0-9a-fA-F])|([01][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest);
    if (!match) return undefined;
    const code =
      match[2] === undefined
        ? Number.parseInt(match[1] ?? match[3] ?? match[4] ?? '', 16)
        : Number.parseInt(match[2], 8);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    this.#at += match[0].length;
    return String.fromCodePoint(code);
  }
}
