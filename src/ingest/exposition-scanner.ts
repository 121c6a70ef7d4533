import { UserError } from '../errors.ts';
import { type Label, Labels } from '../labels/labels.ts';

export const TAB = 9;
export const NEWLINE = 10;
export const SPACE = 32;
export const HASH = 35;
const NUL = 0;
const QUOTE = 34;
const COMMA = 44;
const EQUALS = 61;
const BACKSLASH = 92;
export const BRACE_OPEN = 123;
const BRACE_CLOSE = 125;

const NAME_START = 1;
const NAME_PART = 2;
const COLON = 58;
/** What each ASCII character may be in a name: bit 1 starts one, bit 2 continues one. A colon counts in metric names only. */
const NAME_CLASS = Uint8Array.from({ length: 128 }, (_, c) => {
  const letter = (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
  const digit = c >= 48 && c <= 57;
  return letter ? NAME_START | NAME_PART : digit ? NAME_PART : 0;
});

/** What is wrong with an exposition, and where; line and column count from 1, the column in UTF-16 units. */
export class ExpositionError extends UserError {
  readonly line: number;
  readonly col: number;

  constructor(message: string, line: number, col: number) {
    super('invalid_exposition', `${line}:${col}: ${message}`);
    this.line = line;
    this.col = col;
  }
}

/** The text under parse and the place reached in it. Two grammars read it: the lenient classic one and OpenMetrics. */
export class Scanner {
  readonly text: string;
  readonly openMetrics: boolean;
  at = 0;

  constructor(text: string, openMetrics: boolean) {
    this.text = text;
    this.openMetrics = openMetrics;
  }

  /** @throws ExpositionError always: at `offset`, or where the scanner stands. */
  fail(message: string, offset: number = this.at): never {
    let line = 1;
    let start = 0;
    for (let next = this.text.indexOf('\n'); next >= 0 && next < offset; next = this.text.indexOf('\n', next + 1)) {
      line += 1;
      start = next + 1;
    }
    throw new ExpositionError(message, line, offset - start + 1);
  }

  /** The character here as an error message shows it. */
  seen(): string {
    if (this.at >= this.text.length) return 'the end of the text';
    const c = this.text.charCodeAt(this.at);
    return c === NEWLINE ? 'the end of the line' : JSON.stringify(this.text.charAt(this.at));
  }

  skipBlanks(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (c !== SPACE && c !== TAB) return;
      this.at += 1;
    }
  }

  /** Blanks between the parts of a sample: any number in the classic format, none in OpenMetrics. */
  private skipOptionalBlanks(): void {
    if (!this.openMetrics) this.skipBlanks();
  }

  /** Up to the next character that is a blank, a newline or the end. */
  word(): string {
    const from = this.at;
    for (; this.at < this.text.length; this.at += 1) {
      const c = this.text.charCodeAt(this.at);
      if (c === SPACE || c === TAB || c === NEWLINE) break;
    }
    return this.text.slice(from, this.at);
  }

  /** The rest of the line; leaves the scanner on the newline or the end. */
  restOfLine(): string {
    const end = this.text.indexOf('\n', this.at);
    const from = this.at;
    this.at = end < 0 ? this.text.length : end;
    return this.text.slice(from, this.at);
  }

  atLineEnd(): boolean {
    return this.at >= this.text.length || this.text.charCodeAt(this.at) === NEWLINE;
  }

  /** A metric name, bare or (for UTF-8 names in metadata) quoted. */
  metricName(after: string): string {
    if (this.text.charCodeAt(this.at) === QUOTE) return this.quoted(`the metric name ${after}`);
    return this.bareName(true, `a metric name ${after}`);
  }

  private bareName(metric: boolean, expected: string): string {
    const from = this.at;
    const first = this.text.charCodeAt(from);
    if (!(isName(first, NAME_START) || (metric && first === COLON)))
      this.fail(`expected ${expected}, got ${this.seen()}`);
    this.at += 1;
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (!(isName(c, NAME_PART) || (metric && c === COLON))) return this.text.slice(from, this.at);
      this.at += 1;
    }
  }

  /** A double-quoted string with the escapes `\\`, `\"` and `\n`; any other backslash stays as it is, as in Prometheus. */
  quoted(what: string): string {
    const from = this.at;
    let escaped = false;
    for (let i = from + 1; i < this.text.length; i += 1) {
      const c = this.text.charCodeAt(i);
      if (c === QUOTE) {
        this.at = i + 1;
        const raw = this.text.slice(from + 1, i);
        return escaped ? unescape(raw) : raw;
      }
      if (c === BACKSLASH) {
        escaped = true;
        i += 1;
        if (this.text.charCodeAt(i) === NEWLINE) break;
      } else if (c === NEWLINE) break;
      else if (c === NUL) this.fail(`${what} holds a NUL character`, i);
    }
    return this.fail(`${what} is not closed by a quote`, from);
  }

  /** A whole series, `name{a="b"}` or `{"any name",a="b"}`; leaves the scanner behind it. */
  series(canonical: (name: string, value: string) => string): Labels {
    const from = this.at;
    let name: string | undefined;
    if (this.text.charCodeAt(from) !== BRACE_OPEN) {
      name = this.bareName(true, 'a metric name or a comment');
      const end = this.at;
      this.skipOptionalBlanks();
      if (this.text.charCodeAt(this.at) !== BRACE_OPEN) {
        this.at = end;
        return Labels.of([['__name__', owned(name)]]);
      }
    }
    const labels = new Map<string, string>();
    name = this.braces(name, labels, canonical);
    if (name === undefined) this.fail('the series has no metric name', from);
    if (name === '') this.fail('the metric name is empty', from);
    labels.set('__name__', name);
    return Labels.of([...labels].map(([key, value]): Label => [owned(key), owned(value)]));
  }

  private braces(
    outer: string | undefined,
    labels: Map<string, string>,
    canonical: (name: string, value: string) => string,
  ): string | undefined {
    let name = outer;
    this.at += 1;
    for (;;) {
      this.skipOptionalBlanks();
      const from = this.at;
      const c = this.text.charCodeAt(from);
      if (c === BRACE_CLOSE) break;
      const label = c === QUOTE ? this.quoted('a quoted name') : this.bareName(false, 'a label name or }');
      this.skipOptionalBlanks();
      const after = this.text.charCodeAt(this.at);
      if (c === QUOTE && (after === COMMA || after === BRACE_CLOSE)) {
        if (name !== undefined) this.fail('a second metric name in one series', from);
        name = label;
      } else {
        if (after !== EQUALS) this.fail(`expected = after the label name ${label}, got ${this.seen()}`);
        if (label === '__name__') this.fail('the metric name may not be given as the label __name__', from);
        if (label === '') this.fail('a label name is empty', from);
        if (labels.has(label)) this.fail(`the label ${label} appears twice in one series`, from);
        this.at += 1;
        this.skipOptionalBlanks();
        if (this.text.charCodeAt(this.at) !== QUOTE)
          this.fail(`expected a quoted value for the label ${label}, got ${this.seen()}`);
        labels.set(label, canonical(label, this.quoted(`the value of the label ${label}`)));
        this.skipOptionalBlanks();
      }
      if (this.text.charCodeAt(this.at) === COMMA) this.at += 1;
      else if (this.openMetrics && this.text.charCodeAt(this.at) !== BRACE_CLOSE) {
        this.fail(`expected , or } after a label, got ${this.seen()}`);
      }
    }
    this.at += 1;
    return name;
  }

  /** The braces of an exemplar, whose labels are not kept. */
  exemplarLabels(): void {
    const from = this.at;
    if (this.braces('', new Map(), (_, value) => value) !== '') this.fail('an exemplar has no metric name', from);
  }
}

const SHORTEST_SLICE = 13;

/**
 * A copy that does not keep the whole body in memory: V8 makes a long substring a view of its parent, so one label value in the
 * store would hold the megabytes it was cut from.
 */
export function owned(text: string): string {
  return text.length < SHORTEST_SLICE ? text : Buffer.from(text).toString();
}

function isName(c: number, part: number): boolean {
  return c < 128 && ((NAME_CLASS[c] ?? 0) & part) !== 0;
}

/** Undoes `\\`, `\"` and `\n`. */
function unescape(raw: string): string {
  return raw.replaceAll(/\\([\\"n])/g, (_, c: string) => (c === 'n' ? '\n' : c));
}

/** Undoes `\\` and `\n`, the only escapes of a HELP text in the classic format. */
export function unescapeHelp(raw: string, openMetrics: boolean): string {
  if (!raw.includes('\\')) return raw;
  return openMetrics ? unescape(raw) : raw.replaceAll(/\\([\\n])/g, (_, c: string) => (c === 'n' ? '\n' : c));
}
