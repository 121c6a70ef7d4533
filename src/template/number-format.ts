/** Go's strconv.FormatFloat for the verbs e, f and g; a precision of -1 is the shortest text that reads back the same. */
export function formatFloat(value: number, verb: 'e' | 'f' | 'g', precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  switch (verb) {
    case 'e':
      return exponential(value, precision);
    case 'f':
      return precision < 0 ? plain(value) : fixed(value, precision);
    case 'g':
      return general(value, precision);
  }
}

/** `%v` prints 100000 as it is and 1000000 as 1e+06. */
const SHORTEST_LIMIT = 6;

function exponential(value: number, precision: number): string {
  const text = precision < 0 ? value.toExponential() : roundedExponential(value, precision);
  return signed(value, twoDigitExponent(text));
}

const MOST_DIGITS = 100;

/** JavaScript rounds an exact half up, Go to the even digit: 3.25 with one digit is 3.2. */
function roundedExponential(value: number, precision: number): string {
  const digits = Math.min(precision, MOST_DIGITS);
  const text = value.toExponential(digits);
  const [mantissa = '', power = '0'] = value.toExponential(MOST_DIGITS).split('e');
  const even = evenOnHalf(mantissa, digits);
  return even === undefined ? text : `${even}e${power}`;
}

/** Where what follows the wanted fraction digits is exactly a half and the digit before it even: the number cut off there. */
function evenOnHalf(exact: string, digits: number): string | undefined {
  const [whole = '', fraction = ''] = exact.split('.');
  if (!/^50*$/.test(fraction.slice(digits))) return undefined;
  const kept = digits === 0 ? whole : `${whole}.${fraction.slice(0, digits)}`;
  return Number(kept.at(-1)) % 2 === 0 ? kept : undefined;
}

function general(value: number, precision: number): string {
  const shortest = precision < 0;
  const significant = precision === 0 ? 1 : precision;
  const text = shortest ? value.toExponential() : roundedExponential(value, significant - 1);
  const [mantissa = '', power = '0'] = text.split('e');
  const exponent = Number(power);
  const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  // Go decides on exponents as if the precision were 6 where the shortest text is wanted.
  const limit = shortest ? SHORTEST_LIMIT : significant;
  if (exponent < -4 || exponent >= limit) return signed(value, twoDigitExponent(`${trimmed}e${power}`));
  return signed(value, plain(Number(`${trimmed}e${power}`)));
}

/** Decimal digits without an exponent, shortest. */
function plain(value: number): string {
  const text = String(Math.abs(value));
  if (!text.includes('e')) return value < 0 ? `-${text}` : text;
  const [mantissa = '', power = '0'] = text.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(power);
  let body: string;
  if (point <= 0) body = `0.${'0'.repeat(-point)}${digits}`;
  else if (point >= digits.length) body = digits + '0'.repeat(point - digits.length);
  else body = `${digits.slice(0, point)}.${digits.slice(point)}`;
  return value < 0 ? `-${body}` : body;
}

function fixed(value: number, precision: number): string {
  // toFixed switches to exponents from 1e21 on, where every float is an integer.
  if (Math.abs(value) < 1e21) {
    const digits = Math.min(precision, MOST_DIGITS);
    return signed(value, evenOnHalf(value.toFixed(MOST_DIGITS), digits) ?? value.toFixed(digits));
  }
  const whole = BigInt(value).toString();
  return precision > 0 ? `${whole}.${'0'.repeat(precision)}` : whole;
}

function twoDigitExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** JavaScript drops the sign of -0. */
function signed(value: number, text: string): string {
  return Object.is(value, -0) && !text.startsWith('-') ? `-${text}` : text;
}
