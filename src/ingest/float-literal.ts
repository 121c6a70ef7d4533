const ZERO = 48;
const NINE = 57;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;

/** Powers of ten that a double holds exactly; with a mantissa below 2^53 one division by these rounds once, so it is exact. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const MOST_EXACT_DIGITS = 15;

/**
 * The number in `text` from `from` up to `to`, as Prometheus reads sample values (Go's ParseFloat without hexadecimal and
 * underscores): decimal with optional exponent, `NaN`, `Inf` and `Infinity` in any case, the last two with an optional sign.
 * @returns undefined where it is not a number, or a finite literal too large for a double (`1e999`).
 */
export function parseFloatLiteral(text: string, from: number, to: number): number | undefined {
  let at = from;
  const first = text.charCodeAt(at);
  if (first === PLUS || first === MINUS) at += 1;
  let mantissa = 0;
  let digits = 0;
  let decimals = 0;
  let seenDot = false;
  for (; at < to; at += 1) {
    const c = text.charCodeAt(at);
    if (c >= ZERO && c <= NINE) {
      digits += 1;
      mantissa = mantissa * 10 + (c - ZERO);
      if (seenDot) decimals += 1;
    } else if (c === DOT && !seenDot) seenDot = true;
    else break;
  }
  if (at < to || digits === 0 || digits > MOST_EXACT_DIGITS) return slowPath(text.slice(from, to));
  const magnitude = decimals === 0 ? mantissa : mantissa / (EXACT_POWERS[decimals] ?? Number.NaN);
  return first === MINUS ? -magnitude : magnitude;
}

// Written so that a long literal that is no number fails in linear time.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

function slowPath(literal: string): number | undefined {
  if (DECIMAL.test(literal)) {
    const value = Number(literal);
    return Number.isFinite(value) ? value : undefined;
  }
  const infinite = INFINITE.exec(literal);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return literal.toLowerCase() === 'nan' ? Number.NaN : undefined;
}

/**
 * The canonical text of a bucket bound or a quantile: `1` → `1.0`, `1000000` → `1e+06`, `+Inf`. Exporters print these differently
 * in the two formats, and Prometheus 3 gives them one spelling so that a series keeps its identity. Text that is no number stays.
 */
export function canonicalBound(text: string): string {
  const value = parseFloatLiteral(text, 0, text.length);
  if (value === undefined) return text;
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [digits = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) return goExponent(digits, exponent);
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

function goExponent(digits: string, exponent: number): string {
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits}e${exponent < 0 ? '-' : '+'}${size}`;
}
