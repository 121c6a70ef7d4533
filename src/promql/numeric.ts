/** A sum with its compensation (Kahan's method in Neumaier's form), as Prometheus adds. */
export interface Sum {
  sum: number;
  c: number;
}

/** Adds `value` to `to` in place. An infinite sum keeps no compensation, which would turn it into NaN. */
export function addTo(to: Sum, value: number): void {
  const t = to.sum + value;
  if (t === Number.POSITIVE_INFINITY || t === Number.NEGATIVE_INFINITY) to.c = 0;
  else if (Math.abs(to.sum) >= Math.abs(value)) to.c += to.sum - t + value;
  else to.c += value - t + to.sum;
  to.sum = t;
}

function isInfinite(v: number): boolean {
  return v === Number.POSITIVE_INFINITY || v === Number.NEGATIVE_INFINITY;
}

/**
 * The mean: the compensated sum divided by the count, and from where that sum would overflow on, the incremental mean.
 * Source: Prometheus' avg and avg_over_time since 3.5.
 */
export class Mean {
  readonly #total: Sum = { sum: 0, c: 0 };
  #count = 0;
  #incremental = false;

  add(value: number): void {
    this.#count += 1;
    if (this.#count === 1) {
      this.#total.sum = value;
      return;
    }
    if (!this.#incremental) {
      const { sum, c } = this.#total;
      addTo(this.#total, value);
      if (!isInfinite(this.#total.sum)) return;
      this.#incremental = true;
      this.#total.sum = sum / (this.#count - 1);
      this.#total.c = c / (this.#count - 1);
    }
    const share = (this.#count - 1) / this.#count;
    this.#total.sum *= share;
    this.#total.c *= share;
    addTo(this.#total, value / this.#count);
  }

  get value(): number {
    const { sum, c } = this.#total;
    return this.#incremental ? sum + c : sum / this.#count + c / this.#count;
  }
}

/** Ascending, NaN first. */
export function byValue(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a - b || (a < b ? -1 : a > b ? 1 : 0);
}

/**
 * The φ-quantile, interpolated between neighbours; NaN counts as the smallest value.
 * @returns -Inf for q < 0, +Inf for q > 1, NaN for no values or q NaN. Sorts `values` in place.
 */
export function quantileOf(q: number, values: number[]): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  values.sort(byValue);
  const rank = q * (values.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(values.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return (values[lower] ?? Number.NaN) * (1 - weight) + (values[upper] ?? Number.NaN) * weight;
}

/** Columns of samples and the part of them that is meant. */
interface Points {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly lo: number;
  readonly hi: number;
}

/** Least squares over at least one point: slope per second, and the value at `originT` (epoch ms). Source: Prometheus' deriv. */
export function linearRegression(points: Points, originT: number): { slope: number; intercept: number } {
  const { times, values, lo, hi } = points;
  const x: Sum = { sum: 0, c: 0 };
  const y: Sum = { sum: 0, c: 0 };
  const xy: Sum = { sum: 0, c: 0 };
  const xx: Sum = { sum: 0, c: 0 };
  const first = values[lo] ?? Number.NaN;
  let constant = true;
  for (let i = lo; i < hi; i++) {
    const v = values[i] ?? Number.NaN;
    if (v !== first) constant = false;
    const seconds = ((times[i] ?? 0) - originT) / 1000;
    addTo(x, seconds);
    addTo(y, v);
    addTo(xy, seconds * v);
    addTo(xx, seconds * seconds);
  }
  if (constant)
    return isInfinite(first) ? { slope: Number.NaN, intercept: Number.NaN } : { slope: 0, intercept: first };
  const n = hi - lo;
  const sumX = x.sum + x.c;
  const sumY = y.sum + y.c;
  const covariance = xy.sum + xy.c - (sumX * sumY) / n;
  const variance = xx.sum + xx.c - (sumX * sumX) / n;
  const slope = covariance / variance;
  return { slope, intercept: sumY / n - (slope * sumX) / n };
}

/** Population variance by Welford's method with compensated sums. Source: Prometheus' stdvar_over_time. */
export function varianceOf(values: Float64Array, lo: number, hi: number): number {
  const mean: Sum = { sum: 0, c: 0 };
  const squares: Sum = { sum: 0, c: 0 };
  for (let i = lo; i < hi; i++) {
    const v = values[i] ?? Number.NaN;
    const delta = v - (mean.sum + mean.c);
    addTo(mean, delta / (i - lo + 1));
    addTo(squares, delta * (v - (mean.sum + mean.c)));
  }
  return (squares.sum + squares.c) / (hi - lo);
}

/** A value as Prometheus prints it: shortest decimal without exponent, `+Inf`, `-Inf`, `NaN`. */
export function formatValue(v: number): string {
  if (Number.isNaN(v)) return 'NaN';
  if (v === Number.POSITIVE_INFINITY) return '+Inf';
  if (v === Number.NEGATIVE_INFINITY) return '-Inf';
  if (Object.is(v, -0)) return '-0';
  const text = String(v);
  const parts = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!parts) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const shift = Number(exponent);
  const digits = whole + fraction;
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - whole.length)}${digits}`;
  return `${sign}${digits.padEnd(whole.length + shift, '0')}`;
}

/** Reads a number as Go's ParseFloat does (bucket bounds, values in scripts); undefined where it is none. */
export function parseFloatText(text: string): number | undefined {
  if (/^[+-]?inf(?:inity)?$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^[+-]?0x[0-9a-f]+$/i.test(text))
    return text.startsWith('-') ? -Number(text.slice(1)) : Number(text.replace('+', ''));
  return undefined;
}
