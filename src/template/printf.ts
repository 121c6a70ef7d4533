import { type Directive, formatValue, typeName } from './format-value.ts';
import { printValue } from './print.ts';
import type { Value } from './values.ts';

/** The widest field, and the longest fraction: what asks for more gets this. Go stops at a million. */
const WIDEST = 1000;

/**
 * Go's Sprintf: flags, width and precision (from arguments too, as `%*d`), arguments by number (`%[2]s`). Mistakes show in the
 * text as Go shows them (`%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA int=1)`), they do not fail.
 */
export function sprintf(format: string, values: readonly Value[]): string {
  return new Printer(format, values).run();
}

class Printer {
  readonly #format: string;
  readonly #values: readonly Value[];
  #text = '';
  #at = 0;
  #argument = 0;
  #reordered = false;
  /** Whether the directive at hand names its argument as Go allows. */
  #wellNumbered = true;
  /** Whether an argument's number has just been read. */
  #numbered = false;

  constructor(format: string, values: readonly Value[]) {
    this.#format = format;
    this.#values = values;
  }

  run(): string {
    for (;;) {
      const percent = this.#format.indexOf('%', this.#at);
      this.#text += this.#format.slice(this.#at, percent === -1 ? undefined : percent);
      if (percent === -1) break;
      this.#at = percent + 1;
      this.#directive();
    }
    if (!this.#reordered && this.#argument < this.#values.length) {
      const extra = this.#values.slice(this.#argument).map(extraArgument);
      this.#text += `%!(EXTRA ${extra.join(', ')})`;
    }
    return this.#text;
  }

  #directive(): void {
    const directive = this.#flags();
    this.#wellNumbered = true;
    this.#numbered = false;
    this.#argumentNumber();
    this.#width(directive);
    this.#precision(directive);
    if (!this.#numbered) this.#argumentNumber();
    const verb = String.fromCodePoint(this.#format.codePointAt(this.#at) ?? 0);
    if (this.#at >= this.#format.length) {
      this.#text += '%!(NOVERB)';
      return;
    }
    this.#at += verb.length;
    this.#text += this.#verb(directive, verb);
  }

  #verb(directive: Directive, verb: string): string {
    if (verb === '%') return '%';
    if (!this.#wellNumbered) return `%!${verb}(BADINDEX)`;
    if (this.#argument >= this.#values.length) return `%!${verb}(MISSING)`;
    directive.verb = verb;
    if (verb === 'v') {
      directive.sharpV = directive.sharp;
      directive.plusV = directive.plus;
      directive.sharp = false;
      directive.plus = false;
    }
    const value = this.#values[this.#argument];
    this.#argument += 1;
    return formatValue(directive, value);
  }

  #flags(): Directive {
    const directive: Directive = {
      verb: '',
      plus: false,
      minus: false,
      sharp: false,
      space: false,
      zero: false,
      plusV: false,
      sharpV: false,
      width: undefined,
      precision: undefined,
    };
    for (;;) {
      switch (this.#format[this.#at]) {
        case '#':
          directive.sharp = true;
          break;
        case '0':
          directive.zero = !directive.minus;
          break;
        case '+':
          directive.plus = true;
          break;
        case '-':
          directive.minus = true;
          directive.zero = false;
          break;
        case ' ':
          directive.space = true;
          break;
        default:
          return directive;
      }
      this.#at += 1;
    }
  }

  #width(directive: Directive): void {
    if (this.#take('*')) {
      const width = this.#integerArgument();
      if (width === undefined) this.#text += '%!(BADWIDTH)';
      else {
        directive.width = Math.abs(width);
        if (width < 0) {
          directive.minus = true;
          directive.zero = false;
        }
      }
      return;
    }
    directive.width = this.#number();
    if (this.#numbered && directive.width !== undefined) this.#wellNumbered = false;
  }

  #precision(directive: Directive): void {
    if (!this.#take('.')) return;
    if (this.#numbered) this.#wellNumbered = false;
    this.#numbered = false;
    this.#argumentNumber();
    if (!this.#take('*')) {
      directive.precision = this.#number() ?? 0;
      return;
    }
    const precision = this.#integerArgument();
    if (precision !== undefined && precision >= 0) directive.precision = precision;
    else this.#text += '%!(BADPREC)';
  }

  #take(mark: string): boolean {
    if (this.#format[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  #number(): number | undefined {
    const digits = /^\d+/.exec(this.#format.slice(this.#at))?.[0];
    if (digits === undefined) return undefined;
    this.#at += digits.length;
    return Math.min(Number(digits), WIDEST);
  }

  #integerArgument(): number | undefined {
    this.#numbered = false;
    const value = this.#values[this.#argument];
    if (this.#argument < this.#values.length) this.#argument += 1;
    if (typeof value !== 'bigint' || value > BigInt(WIDEST) || value < BigInt(-WIDEST)) return undefined;
    return Number(value);
  }

  /** `[2]`: the next argument is the second. */
  #argumentNumber(): void {
    this.#numbered = false;
    if (this.#format[this.#at] !== '[') return;
    this.#reordered = true;
    const end = this.#format.indexOf(']', this.#at);
    if (end === -1) {
      this.#wellNumbered = false;
      this.#at += 1;
      return;
    }
    const number = Number(/^\d{1,6}$/.exec(this.#format.slice(this.#at + 1, end))?.[0] ?? 0);
    this.#at = end + 1;
    if (number >= 1 && number <= this.#values.length) {
      this.#argument = number - 1;
      this.#numbered = true;
    } else this.#wellNumbered = false;
  }
}

function extraArgument(value: Value): string {
  return value === undefined ? '<nil>' : `${typeName(value)}=${printValue(value)}`;
}
