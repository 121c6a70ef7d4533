import { formatDurationValue, formatTime, GO_STRING_LAYOUT } from './go-time.ts';
import { formatFloat } from './number-format.ts';
import { kindOf, type Value } from './values.ts';

const DEEPEST_PRINT = 16;

/** Text as Go's `%v` gives it: floats shortest with exponents from 1e6 on, maps `map[a:1 b:2]` in key order, lists `[1 2]`. */
export function printValue(value: Value, depth = 0): string {
  if (depth > DEEPEST_PRINT) return '…';
  switch (typeof value) {
    case 'undefined':
      return depth === 0 ? '<no value>' : '<nil>';
    case 'string':
      return value;
    case 'boolean':
      return String(value);
    case 'bigint':
      return value.toString();
    case 'number':
      return formatFloat(value, 'g', -1);
    default:
      break;
  }
  switch (value.kind) {
    case 'map': {
      const keys = [...value.entries.keys()].sort();
      return `map[${keys.map((key) => `${key}:${printValue(value.entries.get(key), depth + 1)}`).join(' ')}]`;
    }
    case 'list':
      return `[${value.items.map((item) => printValue(item, depth + 1)).join(' ')}]`;
    case 'struct': {
      const parts: string[] = [];
      for (const field of value.fields.values()) {
        if (typeof field === 'object' && field.kind === 'method') continue;
        parts.push(printValue(field, depth + 1));
      }
      return `{${parts.join(' ')}}`;
    }
    case 'time':
      return formatTime(value, GO_STRING_LAYOUT);
    case 'duration':
      return formatDurationValue(value.ms);
  }
}

/** Go's Sprint: a space between neighbours of which neither is a string. */
export function sprint(values: readonly Value[]): string {
  let text = '';
  for (const [index, value] of values.entries()) {
    const before = values[index - 1];
    if (index > 0 && typeof value !== 'string' && typeof before !== 'string') text += ' ';
    text += value === undefined ? '<nil>' : printValue(value);
  }
  return text;
}

/** Go's Sprintln: spaces between all, a newline at the end. */
export function sprintln(values: readonly Value[]): string {
  return `${values.map((value) => (value === undefined ? '<nil>' : printValue(value))).join(' ')}\n`;
}

const DIRECTIVE = /%([-+# 0]*)(\d{1,3})?(?:\.(\d{0,3}))?(.?)/gsu;

/**
 * Go's Sprintf with the verbs v s d q f e g x X t c T %, flags, width and precision. Mistakes show in the text as Go shows
 * them (`%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA int=1)`), they do not fail. Width and precision stop at 3 digits.
 */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0;
  const text = format.replace(DIRECTIVE, (_, flags: string, width: string, precision: string, verb: string) => {
    if (verb === '') return '%!(NOVERB)';
    if (verb === '%') return '%';
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const value = values[next];
    next += 1;
    const spec: Spec = { verb, flags, precision: precision === undefined ? -1 : Number(precision) };
    return pad(render(spec, value), flags, width === undefined ? 0 : Number(width), typeof value !== 'string');
  });
  if (next >= values.length) return text;
  const extra = values.slice(next).map((value) => `${kindOf(value)}=${printValue(value)}`);
  return `${text}%!(EXTRA ${extra.join(', ')})`;
}

interface Spec {
  readonly verb: string;
  readonly flags: string;
  /** -1 where none is given. */
  readonly precision: number;
}

function render(spec: Spec, value: Value): string {
  const { verb } = spec;
  if (verb === 'v') return plus(spec, value, value === undefined ? '<nil>' : printValue(value));
  if (verb === 'T') return kindOf(value);
  switch (typeof value) {
    case 'string':
      return renderText(spec, value);
    case 'number':
      if (verb === 'f' || verb === 'F') return plus(spec, value, formatFloat(value, 'f', orSix(spec)));
      if (verb === 'e') return plus(spec, value, formatFloat(value, 'e', orSix(spec)));
      if (verb === 'g') return plus(spec, value, formatFloat(value, 'g', spec.precision));
      break;
    case 'bigint':
      if (verb === 'd') return plus(spec, value, value.toString());
      if (verb === 'x') return value.toString(16);
      if (verb === 'X') return value.toString(16).toUpperCase();
      if (verb === 'o') return value.toString(8);
      if (verb === 'b') return value.toString(2);
      if (verb === 'c' && value >= 0n && value <= 0x10ffffn) return String.fromCodePoint(Number(value));
      break;
    case 'boolean':
      if (verb === 't') return String(value);
      break;
    case 'undefined':
      return `%!${verb}(<nil>)`;
    default:
      if (verb === 's') return printValue(value);
      break;
  }
  return `%!${verb}(${kindOf(value)}=${printValue(value)})`;
}

function renderText(spec: Spec, value: string): string {
  const cut = spec.precision < 0 ? value : Array.from(value).slice(0, spec.precision).join('');
  switch (spec.verb) {
    case 's':
      return cut;
    case 'q':
      return JSON.stringify(cut);
    case 'x':
      return Buffer.from(cut).toString('hex');
    case 'X':
      return Buffer.from(cut).toString('hex').toUpperCase();
    default:
      return `%!${spec.verb}(string=${value})`;
  }
}

function orSix(spec: Spec): number {
  return spec.precision < 0 ? 6 : spec.precision;
}

function plus(spec: Spec, value: Value, text: string): string {
  if ((typeof value !== 'number' && typeof value !== 'bigint') || /^[+-]/.test(text)) return text;
  if (spec.flags.includes('+')) return `+${text}`;
  return spec.flags.includes(' ') ? ` ${text}` : text;
}

function pad(text: string, flags: string, width: number, numeric: boolean): string {
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0') || !numeric) return ' '.repeat(missing) + text;
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}
