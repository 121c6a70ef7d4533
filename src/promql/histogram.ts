import type { Labels } from '../labels/labels.ts';
import { parseFloatText } from './numeric.ts';
import type { Item } from './value.ts';

/** A cumulative bucket of a classic histogram: `count` observations up to `bound`. */
export interface Bucket {
  readonly bound: number;
  count: number;
}

const BUCKET_LABEL = 'le';
const withoutBound = new WeakMap<Labels, Labels>();

/** Groups samples that differ only in `le`. `malformed` is told of samples whose `le` is no number; they are left out. */
export function groupBuckets(
  items: readonly Item[],
  malformed: (item: Item) => void,
): { readonly labels: Labels; readonly buckets: Bucket[] }[] {
  const groups = new Map<string, { labels: Labels; buckets: Bucket[] }>();
  for (const item of items) {
    const bound = parseFloatText(item.labels.get(BUCKET_LABEL));
    if (bound === undefined) {
      malformed(item);
      continue;
    }
    let labels = withoutBound.get(item.labels);
    if (!labels) {
      labels = item.labels.without(BUCKET_LABEL);
      withoutBound.set(item.labels, labels);
    }
    const group = groups.get(labels.key);
    if (group) group.buckets.push({ bound, count: item.v });
    else groups.set(labels.key, { labels, buckets: [{ bound, count: item.v }] });
  }
  return [...groups.values()];
}

/** Ascending by bound, equal bounds added up; undefined where the `+Inf` bucket is missing. */
function prepared(buckets: readonly Bucket[]): Bucket[] | undefined {
  const sorted: Bucket[] = [];
  for (const bucket of [...buckets].sort((a, b) => (a.bound < b.bound ? -1 : a.bound > b.bound ? 1 : 0))) {
    const last = sorted.at(-1);
    if (last && last.bound === bucket.bound) last.count += bucket.count;
    else sorted.push({ ...bucket });
  }
  return sorted.at(-1)?.bound === Number.POSITIVE_INFINITY ? sorted : undefined;
}

/** Relative difference up to which neighbouring counts are taken as equal: rounding, not observations. */
const ROUNDING = 1e-12;

/** Smooths differences that are rounding; they say nothing about the data, so nobody is told. */
function smoothRounding(buckets: Bucket[]): void {
  let before = buckets[0]?.count ?? 0;
  for (const bucket of buckets.slice(1)) {
    const difference = Math.abs(bucket.count - before);
    if (difference === 0) continue;
    if (difference / bucket.count <= ROUNDING) bucket.count = before;
    else before = bucket.count;
  }
}

/** Raises counts that fall below the one before. @returns whether there were any. */
function makeMonotonic(buckets: Bucket[]): boolean {
  let forced = false;
  let most = buckets[0]?.count ?? 0;
  for (const bucket of buckets.slice(1)) {
    if (bucket.count > most) most = bucket.count;
    else if (bucket.count < most) {
      bucket.count = most;
      forced = true;
    }
  }
  return forced;
}

/**
 * The φ-quantile by linear interpolation within its bucket; the lowest bucket starts at 0 where its bound is positive, and the
 * highest yields its lower bound. NaN without observations, without a `+Inf` bucket or with that alone.
 * Source: Prometheus' histogram_quantile for classic histograms.
 */
export function bucketQuantile(q: number, buckets: readonly Bucket[]): { value: number; forced: boolean } {
  if (Number.isNaN(q)) return { value: Number.NaN, forced: false };
  if (q < 0) return { value: Number.NEGATIVE_INFINITY, forced: false };
  if (q > 1) return { value: Number.POSITIVE_INFINITY, forced: false };
  const sorted = prepared(buckets);
  if (!sorted) return { value: Number.NaN, forced: false };
  smoothRounding(sorted);
  const forced = makeMonotonic(sorted);
  const top = sorted.length - 1;
  const observations = sorted[top]?.count ?? 0;
  if (sorted.length < 2 || observations === 0) return { value: Number.NaN, forced: false };
  const rank = q * observations;
  let at = sorted.findIndex((bucket, i) => i === top || bucket.count >= rank);
  if (at < 0) at = top;
  const bucket = sorted[at];
  const below = sorted[at - 1];
  if (!bucket || at === top) return { value: sorted[top - 1]?.bound ?? Number.NaN, forced };
  if (!below && bucket.bound <= 0) return { value: bucket.bound, forced };
  const start = below?.bound ?? 0;
  const before = below?.count ?? 0;
  return { value: start + (bucket.bound - start) * ((rank - before) / (bucket.count - before)), forced };
}

/**
 * The share of observations between two bounds, interpolated linearly within buckets. NaN without observations or for a NaN bound,
 * 0 where `lower >= upper`. Source: Prometheus' histogram_fraction for classic histograms.
 */
export function bucketFraction(lower: number, upper: number, buckets: readonly Bucket[]): number {
  const sorted = prepared(buckets);
  const count = sorted?.at(-1)?.count ?? 0;
  if (!sorted || count === 0 || Number.isNaN(count) || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, sorted, count) - rankOf(lower, sorted, count)) / count;
}

/** How many observations lie below `v`, by interpolation; an unbounded bucket is not divided. */
function rankOf(v: number, sorted: readonly Bucket[], count: number): number {
  let rank = 0;
  let start = (sorted[0]?.bound ?? 0) > 0 ? 0 : Number.NEGATIVE_INFINITY;
  for (const bucket of sorted) {
    if (start >= v) return Math.min(rank, count);
    if (bucket.bound > v) {
      if (start === Number.NEGATIVE_INFINITY) return Math.min(bucket.count, count);
      return Math.min(count, rank + ((bucket.count - rank) * (v - start)) / (bucket.bound - start));
    }
    rank = bucket.count;
    start = bucket.bound;
  }
  return count;
}
