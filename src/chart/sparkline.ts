const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const HALF = LEVELS.length / 2;

export interface SparklineOptions {
  /** Most characters; more points are merged, keeping of each bucket the one furthest beyond the limit (or the highest). */
  readonly width?: number;
  /** Where the value becomes bad: levels above the middle are beyond it, levels below it are not. */
  readonly limit?: number;
  /** `below`: smaller is worse (accuracy < 0.8), so merging keeps the lowest point. */
  readonly bad?: 'above' | 'below';
}

/**
 * A line of block characters, one per point, a space where there is no data. With a limit the lower four levels stand for values
 * up to it and the upper four for values above, each half on its own scale, so that a crossing is always visible.
 * @returns '' where no point is finite.
 */
export function sparkline(points: readonly (number | null)[], options: SparklineOptions = {}): string {
  const { width = 24, limit, bad = 'above' } = options;
  const values = merge(points.map(finite), Math.max(1, width), bad);
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return '';
  const low = Math.min(...known);
  const high = Math.max(...known);
  return values.map((value) => (value === null ? ' ' : LEVELS[level(value, { low, high, limit })])).join('');
}

function finite(point: number | null): number | null {
  return point !== null && Number.isFinite(point) ? point : null;
}

function merge(points: readonly (number | null)[], width: number, bad: 'above' | 'below'): (number | null)[] {
  if (points.length <= width) return [...points];
  const merged: (number | null)[] = [];
  for (let i = 0; i < width; i += 1) {
    const bucket = points.slice(Math.floor((i * points.length) / width), Math.floor(((i + 1) * points.length) / width));
    const known = bucket.filter((point) => point !== null);
    if (known.length === 0) merged.push(null);
    else merged.push(bad === 'above' ? Math.max(...known) : Math.min(...known));
  }
  return merged;
}

interface Scale {
  readonly low: number;
  readonly high: number;
  readonly limit: number | undefined;
}

function level(value: number, { low, high, limit }: Scale): number {
  if (limit === undefined || !Number.isFinite(limit)) {
    return high === low ? HALF - 1 : step((value - low) / (high - low), LEVELS.length);
  }
  if (value > limit) return HALF + step((value - limit) / (high - limit), HALF);
  // The lower half spans down to the smallest value, but at least a fifth of the limit: noise far below it stays flat.
  const floor = Math.min(low, limit - Math.abs(limit) / 5);
  return floor === limit ? HALF - 1 : step((value - floor) / (limit - floor), HALF);
}

function step(fraction: number, count: number): number {
  // Spans beyond the largest number divide to NaN: the lowest level then.
  return Math.min(count - 1, Math.max(0, Math.floor(fraction * count))) || 0;
}
