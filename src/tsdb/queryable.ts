import type { Labels } from '../labels/labels.ts';
import type { Matcher } from '../labels/matcher.ts';

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

/**
 * What scrapes, pushes and recording rules write. An appended sample is visible to queries at once and durable from the next
 * `commit` on: append everything of one scrape, push or rule group, then commit once. Append and commit belong to one
 * synchronous stretch: an `await` between them would let another writer's commit take along half of a batch.
 */
export interface Appender {
  /**
   * @param t epoch ms, an integer. @param v any double; a NaN is an ordinary NaN, never a stale marker (for that there is `appendStale`).
   * A sample equal to the newest one of its series counts as appended and changes nothing, so retries are harmless.
   */
  append(labels: Labels, t: number, v: number): AppendResult;
  /** Marks the series as ended at `t` (a staleness marker). A series that does not exist is not created: `appended`, no effect. */
  appendStale(labels: Labels, t: number): AppendResult;
  /** Makes everything appended since the last commit durable, in one row; joins an open transaction of the same database. */
  commit(): void;
}
