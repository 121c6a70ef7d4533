import { canBackquote, isPrintable, quoteRune, quoteText } from './go-quote.ts';
import { formatDurationValue, formatTime, GO_STRING_LAYOUT } from './go-time.ts';
import { formatFloat } from './number-format.ts';
import { kindOf, type MapValue, type StructValue, type Value } from './values.ts';

/** What stands between a `%` and its verb. */
export interface Directive {
  verb: string;
  plus: boolean;
  minus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  /** `%+v`: names of fields. */
  plusV: boolean;
  /** `%#v`: as Go source. */
  sharpV: boolean;
  width: number | undefined;
  precision: number | undefined;
}

const DEEPEST_FORMAT = 16;

/**
 * One value under one directive, as Go's fmt writes it: each flag where Go heeds it, a verb that does not fit as
 * `%!d(string=x)`. Lists, maps and structs hand the directive to what they hold. Floats have no `%b` and `%x`.
 */
export function formatValue(directive: Directive, value: Value, depth = 0): string {
  if (depth > DEEPEST_FORMAT) return '…';
  if (directive.verb === 'T') return pad(directive, typeName(value));
  switch (typeof value) {
    case 'undefined':
      return directive.verb === 'v' ? pad(directive, '<nil>') : `%!${directive.verb}(<nil>)`;
    case 'string':
      return formatText(directive, value);
    case 'number':
      return formatNumber(directive, value);
    case 'bigint':
      return formatInteger(directive, value);
    case 'boolean':
      return 'tv'.includes(directive.verb) ? pad(directive, String(value)) : misfit(directive, value);
    default:
      break;
  }
  switch (value.kind) {
    case 'map':
      return formatMap(directive, value, depth);
    case 'list': {
      const items = value.items.map((item) => formatValue(directive, item, depth + 1));
      return directive.sharpV ? `${typeName(value)}{${items.join(', ')}}` : `[${items.join(' ')}]`;
    }
    case 'struct':
      return formatStruct(directive, value, depth);
    case 'time':
      return 'vsxXq'.includes(directive.verb)
        ? formatText({ ...directive, sharpV: false }, formatTime(value, GO_STRING_LAYOUT))
        : misfit(directive, value);
    case 'duration':
      if (directive.verb === 'd') return formatInteger(directive, BigInt(Math.round(value.ms * 1e6)));
      return 'vsxXq'.includes(directive.verb)
        ? formatText({ ...directive, sharpV: false }, formatDurationValue(value.ms))
        : misfit(directive, value);
  }
}

/** Go's name of a value's type, as far as it can be known. */
export function typeName(value: Value): string {
  if (value === undefined) return '<nil>';
  if (typeof value !== 'object') return kindOf(value);
  switch (value.kind) {
    case 'map':
      if (value.missing === undefined) return 'map[string]interface {}';
      return value.methods ? 'template.KV' : 'map[string]string';
    case 'list':
      return '[]interface {}';
    case 'struct':
      return value.name;
    case 'time':
      return 'time.Time';
    case 'duration':
      return 'time.Duration';
  }
}

function misfit(directive: Directive, value: Value): string {
  return `%!${directive.verb}(${typeName(value)}=${formatValue({ ...directive, verb: 'v' }, value)})`;
}

function formatMap(directive: Directive, value: MapValue, depth: number): string {
  const pairs = [...value.entries.keys()].sort().map((key) => {
    const entry = formatValue(directive, value.entries.get(key), depth + 1);
    return `${formatValue(directive, key, depth + 1)}:${entry}`;
  });
  return directive.sharpV ? `${typeName(value)}{${pairs.join(', ')}}` : `map[${pairs.join(' ')}]`;
}

function formatStruct(directive: Directive, value: StructValue, depth: number): string {
  const parts: string[] = [];
  for (const [name, field] of value.fields) {
    if (typeof field === 'object' && field.kind === 'method') continue;
    const text = formatValue(directive, field, depth + 1);
    parts.push(directive.plusV || directive.sharpV ? `${name}:${text}` : text);
  }
  return directive.sharpV ? `${value.name}{${parts.join(', ')}}` : `{${parts.join(' ')}}`;
}

function formatText(directive: Directive, text: string): string {
  const { verb, precision } = directive;
  const cut = precision === undefined ? text : Array.from(text).slice(0, precision).join('');
  switch (verb) {
    case 'v':
      return directive.sharpV ? pad(directive, quoted(directive, text)) : pad(directive, cut);
    case 's':
      return pad(directive, cut);
    case 'q':
      return pad(directive, quoted(directive, cut));
    case 'x':
    case 'X':
      return pad(directive, hexBytes(directive, Buffer.from(text).subarray(0, precision)));
    default:
      return misfit(directive, text);
  }
}

function quoted(directive: Directive, text: string): string {
  return directive.sharp && canBackquote(text) ? `\`${text}\`` : quoteText(text, directive.plus);
}

function hexBytes({ sharp, space, verb }: Directive, bytes: Buffer): string {
  const prefix = sharp ? '0x' : '';
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
  const text = digits.length === 0 ? '' : prefix + digits.join(space ? ` ${prefix}` : '');
  return verb === 'X' ? text.toUpperCase() : text;
}

const LAST_RUNE = 0x10_ffffn;
const REPLACEMENT = '\uFFFD';

function formatInteger(directive: Directive, value: bigint): string {
  switch (directive.verb) {
    case 'v':
    case 'd':
      return digitsIn(directive, value, 10, '');
    case 'b':
      return digitsIn(directive, value, 2, directive.sharp ? '0b' : '');
    case 'o':
      return digitsIn(directive, value, 8, directive.sharp ? '0' : '');
    case 'O':
      return digitsIn(directive, value, 8, '0o');
    case 'x':
      return digitsIn(directive, value, 16, directive.sharp ? '0x' : '');
    case 'X':
      return digitsIn(directive, value, 16, directive.sharp ? '0x' : '').toUpperCase();
    case 'c':
      return pad(directive, runeOf(value));
    case 'q':
      return pad(directive, quoteRune(runeOf(value), directive.plus));
    case 'U':
      return pad({ ...directive, zero: false }, codePoint(directive, value));
    default:
      return misfit(directive, value);
  }
}

function runeOf(value: bigint): string {
  const isRune = value >= 0n && value <= LAST_RUNE && !(value >= 0xd800n && value < 0xe000n);
  return isRune ? String.fromCodePoint(Number(value)) : REPLACEMENT;
}

function codePoint({ sharp, precision }: Directive, value: bigint): string {
  const digits = BigInt.asUintN(64, value).toString(16).toUpperCase();
  const text = `U+${digits.padStart(Math.max(4, precision ?? 0), '0')}`;
  const rune = runeOf(value);
  return sharp && value <= LAST_RUNE && isPrintable(rune) ? `${text} '${rune}'` : text;
}

/** A precision, or a width with the flag `0`, asks for leading zeros; the prefix and the sign stand before them. */
function digitsIn(directive: Directive, value: bigint, base: number, prefix: string): string {
  const { precision, width, plus, space } = directive;
  if (precision === 0 && value === 0n) return pad({ ...directive, zero: false }, '');
  const sign = value < 0n ? '-' : plus ? '+' : space ? ' ' : '';
  const least = precision ?? (directive.zero && width !== undefined ? width - sign.length : 0);
  const digits = (value < 0n ? -value : value).toString(base).padStart(least, '0');
  const shown = prefix === '0' && digits.startsWith('0') ? '' : prefix;
  return pad({ ...directive, zero: false }, sign + shown + digits);
}

function formatNumber(directive: Directive, value: number): string {
  const { verb, precision } = directive;
  switch (verb) {
    case 'v':
    case 'g':
    case 'G':
      return floatText(directive, formatFloat(value, 'g', precision ?? -1), precision ?? SHARP_DIGITS);
    case 'e':
    case 'E':
      return floatText(directive, formatFloat(value, 'e', precision ?? 6), 0);
    case 'f':
    case 'F':
      return floatText(directive, formatFloat(value, 'f', precision ?? 6), 0);
    default:
      return misfit(directive, value);
  }
}

/** As many significant digits `%#g` keeps where no precision says otherwise. */
const SHARP_DIGITS = 6;

function floatText(directive: Directive, formatted: string, significant: number): string {
  const { plus, space, zero, width, sharp, verb } = directive;
  const negative = formatted.startsWith('-');
  const unsigned = formatted.replace(/^[+-]/, '');
  const sign = negative ? '-' : plus ? '+' : space ? ' ' : '';
  if (unsigned === 'NaN') return pad({ ...directive, zero: false }, sign + unsigned);
  if (unsigned === 'Inf') return pad({ ...directive, zero: false }, (sign || '+') + unsigned);
  const cased = verb === 'E' || verb === 'G' ? unsigned.toUpperCase() : unsigned;
  const digits = sharp ? withPoint(cased, significant) : cased;
  if (!zero || width === undefined) return pad(directive, sign + digits);
  return sign + digits.padStart(width - sign.length, '0');
}

/** The flag `#`: always a decimal point, and zeros at the end up to that many significant digits. */
function withPoint(text: string, significant: number): string {
  const at = text.search(/e/i);
  const mantissa = at === -1 ? text : text.slice(0, at);
  const counted = mantissa.replace('.', '').replace(/^0+/, '').length;
  const lacking = significant - counted - (mantissa === '0' ? 1 : 0);
  const point = mantissa.includes('.') ? '' : '.';
  return mantissa + point + '0'.repeat(Math.max(0, lacking)) + (at === -1 ? '' : text.slice(at));
}

/** To the width, counted in characters; Go pads text with zeros too where the flag asks for it. */
function pad({ width = 0, minus, zero }: Directive, text: string): string {
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (minus) return text + ' '.repeat(missing);
  return (zero ? '0' : ' ').repeat(missing) + text;
}
