/**
 * Randomness as a function of (seed, stream, index), so that the fleet is the same whenever and however often it is asked: there
 * is no generator whose state a scrape could advance.
 */
export function uniform(seed: number, stream: number, index: number): number {
  // Two rounds of the murmur3 finaliser over the three words; good enough for telemetry, not for secrets.
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 0x7f4a7c15, 0xc2b2ae35);
  h = mix(h ^ (index | 0));
  h = mix(h ^ Math.imul(Math.floor(index / 4_294_967_296) + 1, 0x27d4eb2f) ^ stream);
  return ((h >>> 0) + 0.5) / 4_294_967_296;
}

function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

export function normal(seed: number, stream: number, index: number): number {
  return normalQuantile(uniform(seed, stream, index));
}

/** Noise of unit size that changes over `periodMs`: normal values at the knots, a cosine between them, never beyond ±2.5. */
export function drifting(seed: number, stream: number, t: number, periodMs: number): number {
  const knot = Math.floor(t / periodMs);
  const between = (1 - Math.cos(Math.PI * (t / periodMs - knot))) / 2;
  const value = normal(seed, stream, knot) * (1 - between) + normal(seed, stream, knot + 1) * between;
  return Math.max(-2.5, Math.min(2.5, value));
}

/** A Poisson count with the given mean, from one uniform number: exact for small means, normal beyond. */
export function poisson(mean: number, u: number): number {
  if (mean <= 0) return 0;
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normalQuantile(u)));
  let count = 0;
  let term = Math.exp(-mean);
  let sum = term;
  while (u > sum && count < 200) {
    count += 1;
    term *= mean / count;
    sum += term;
  }
  return count;
}

/** How many of `n` trials with probability `p` succeed. */
export function binomial(n: number, p: number, u: number): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(n, 1 - p, 1 - u);
  const mean = n * p;
  if (mean < 15) return Math.min(n, poisson(mean, u));
  return Math.max(0, Math.min(n, Math.round(mean + Math.sqrt(mean * (1 - p)) * normalQuantile(u))));
}

/** Φ, by Abramowitz and Stegun 7.1.26: absolute error below 1.5e-7. */
export function normalCdf(z: number): number {
  if (Math.abs(z) > 6) return z > 0 ? 1 : 0;
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const tail = 0.5 * poly * Math.exp(-x * x);
  return z >= 0 ? 1 - tail : tail;
}

/** Φ⁻¹ for 0 < p < 1, by Abramowitz and Stegun 26.2.23: absolute error below 4.5e-4. */
export function normalQuantile(p: number): number {
  const tail = Math.min(p, 1 - p);
  const t = Math.sqrt(-2 * Math.log(tail));
  const z =
    t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
  return p < 0.5 ? -z : z;
}
