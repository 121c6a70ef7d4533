/**
 * A rolling z-score. The tested point is compared with the points before it and only then joins them: a point that helps to make
 * the mean and the deviation hides itself, the more so the shorter the window.
 */
export class RollingZScore {
  readonly #size: number;
  readonly #points: number[] = [];
  #next = 0;
  #sum = 0;
  #squares = 0;
  #latest = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** The latest point's |z|, or 0 while there are too few points or no spread to compare with. */
  get value(): number {
    return this.#latest;
  }

  observe(point: number): void {
    this.#latest = this.#score(point);
    const oldest = this.#points[this.#next];
    this.#points[this.#next] = point;
    this.#next = (this.#next + 1) % this.#size;
    if (this.#next === 0) this.#recount();
    else {
      this.#sum += point - (oldest ?? 0);
      this.#squares += point ** 2 - (oldest ?? 0) ** 2;
    }
  }

  #score(point: number): number {
    const count = this.#points.length;
    if (count < Math.min(100, this.#size)) return 0;
    const mean = this.#sum / count;
    const deviation = Math.sqrt(Math.max(0, this.#squares / count - mean ** 2));
    return deviation < 1e-6 * Math.abs(mean) ? 0 : Math.abs(point - mean) / deviation;
  }

  /** Adding and taking away leaves rounding errors behind; once per turn of the window the sums are made anew. */
  #recount(): void {
    this.#sum = this.#points.reduce((sum, p) => sum + p, 0);
    this.#squares = this.#points.reduce((sum, p) => sum + p ** 2, 0);
  }
}

/** The smallest share that a bin counts as having, so that an empty bin does not make the index infinite. */
const FLOOR = 1e-4;

/**
 * The population stability index of counts in bins that each hold an equal share of the reference. The bins are the reference's
 * quantiles and stay fixed: bins over the joint range of both samples move with every outlier, and the index with them.
 */
export function stabilityIndex(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 0;
  const expected = 1 / counts.length;
  let index = 0;
  for (const count of counts) {
    const actual = Math.max(FLOOR, count / total);
    index += (actual - expected) * Math.log(actual / expected);
  }
  return index;
}

/** Counts over the newest predictions: whole steps leave at the old end as soon as the rest still holds `size`. */
export class SlidingCounts {
  readonly #size: number;
  readonly #totals: number[];
  #steps: (readonly number[])[] = [];
  #weights: number[] = [];
  #weight = 0;
  #head = 0;

  constructor(bins: number, size: number) {
    this.#totals = Array.from({ length: bins }, () => 0);
    this.#size = size;
  }

  /** How much weight the window holds. */
  get weight(): number {
    return this.#weight;
  }

  get totals(): readonly number[] {
    return this.#totals;
  }

  /** Adds a step of this weight: its number of predictions, or its length in time. */
  add(counts: readonly number[], weight: number): void {
    this.#steps.push(counts);
    this.#weights.push(weight);
    this.#weight += weight;
    for (const [bin, count] of counts.entries()) this.#totals[bin] = (this.#totals[bin] ?? 0) + count;
    for (;;) {
      const oldest = this.#weights[this.#head] ?? 0;
      if (this.#head >= this.#steps.length - 1 || this.#weight - oldest < this.#size) break;
      for (const [bin, count] of (this.#steps[this.#head] ?? []).entries())
        this.#totals[bin] = (this.#totals[bin] ?? 0) - count;
      this.#weight -= oldest;
      this.#head += 1;
    }
    if (this.#head > 1000) {
      this.#steps = this.#steps.slice(this.#head);
      this.#weights = this.#weights.slice(this.#head);
      this.#head = 0;
    }
  }
}
