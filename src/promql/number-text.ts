const DIGIT = /[0-9]/;
const HEX_DIGIT = /[0-9a-fA-F]/;
const OCTAL = /^0[0-7_]+$/;

/** How far a literal goes, and whether the text up to there is one. */
interface Scan {
  readonly end: number;
  readonly whole: boolean;
}

/**
 * Reads as far as Prometheus' lexer does before it sees that a number is none (`2.5.`, `1__0`, `0deadbeef`): its messages quote the
 * text up to that place. In a series line there is no hexadecimal: an `x` behind a number says how often.
 */
export function scanNumber(text: string, start: number, within: 'expression' | 'series' = 'expression'): Scan {
  const hex = within === 'expression' && /^0[xX]/.test(text.slice(start, start + 2));
  const digit = hex ? HEX_DIGIT : DIGIT;
  let at = start;
  const is = (pattern: RegExp): boolean => at < text.length && pattern.test(text[at] ?? '');
  const accept = (pattern: RegExp): boolean => {
    if (!is(pattern)) return false;
    at += 1;
    return true;
  };
  let dot = false;
  let exponent = false;
  if (hex) {
    at += 2;
    accept(/_/);
  } else {
    dot = accept(/\./);
    accept(digit);
  }
  while (is(digit) || is(hex ? /[._]/ : /[._eE]/)) {
    if (accept(/\./)) {
      if (dot || hex || accept(/[_.]/)) return { end: at, whole: false };
      dot = true;
    } else if (!hex && accept(/[eE]/)) {
      if (exponent) return { end: at, whole: false };
      exponent = true;
      accept(/[+-]/);
      if (accept(/[._eE]/) || at >= text.length) return { end: at, whole: false };
    } else if (accept(/_/)) {
      if (accept(/[._eE]/) || at >= text.length) return { end: at, whole: false };
    } else at += 1;
  }
  const glued = is(/[a-zA-Z0-9_]/) && !(within === 'series' && is(/x/));
  return { end: at, whole: at > start && !glued };
}

/** Goes on behind the digits at which `scanNumber` stopped: units, and further pairs of digits and unit. */
export function scanDuration(text: string, from: number): Scan {
  let at = from;
  const accept = (pattern: RegExp): boolean => {
    if (at >= text.length || !pattern.test(text[at] ?? '')) return false;
    at += 1;
    return true;
  };
  if (!accept(/[smhdwy]/)) return { end: at, whole: false };
  accept(/s/);
  while (accept(DIGIT)) {
    while (accept(DIGIT));
    if (!accept(/[smhdw]/)) return { end: at, whole: false };
    accept(/s/);
  }
  const whole = !/[a-zA-Z0-9_]/.test(text[at] ?? '');
  return { end: whole ? at : at + 1, whole };
}

/** Go's reading: `0x1F` hexadecimal, `017` octal, `_` between digits, otherwise decimal. @returns a message where it is none. */
export function parseNumber(text: string): number | string {
  const failed = (reason: string): string => `strconv.ParseFloat: parsing ${JSON.stringify(text)}: ${reason}`;
  if (/__|_$|^_|_[.eE+-]|[.eE+-]_/.test(text)) return failed('invalid syntax');
  const digits = text.replaceAll('_', '');
  if (OCTAL.test(text)) return Number.parseInt(digits, 8);
  const value = Number(digits);
  if (Number.isNaN(value)) return failed('invalid syntax');
  return Number.isFinite(value) ? value : failed('value out of range');
}
