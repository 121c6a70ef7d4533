import type { Labels } from '../labels/labels.ts';
import type { Matcher } from '../labels/matcher.ts';

/** One point: epoch milliseconds and a value. */
export interface Sample {
  readonly t: number;
  readonly v: number;
}

/**
 * One labelled stream. `times` ascend strictly. A stale marker is a sample whose value is `STALE` (tsdb/staleness): it says the
 * series ended there. `__name__` is among the labels.
 */
export interface Series {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** What queries read. Synchronous: the store is in this thread. */
export interface Queryable {
  /** Series that match all, each cut to `from <= t <= to`; series without a sample there are left out. Order is by labels. */
  select(matchers: readonly Matcher[], from: number, to: number): Series[];
  labelNames(matchers: readonly Matcher[], from: number, to: number): string[];
  labelValues(name: string, matchers: readonly Matcher[], from: number, to: number): string[];
}

/** Why a sample was not taken. */
export type AppendResult =
  | 'appended'
  | 'out_of_order'
  | 'duplicate_timestamp'
  | 'too_old'
  | 'too_far_ahead'
  | 'series_limit';

/** What scrapes, pushes and recording rules write. */
export interface Appender {
  append(labels: Labels, t: number, v: number): AppendResult;
}
