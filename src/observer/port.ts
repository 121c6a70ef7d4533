import type { RuleHealth } from '../rules/health.ts';
import type { FeedRow } from '../rules/store.ts';

/** A query's answer in the words of Prometheus' HTTP API (`data` of a success, or its error). */
export type QueryAnswer =
  | {
      readonly status: 'success';
      readonly data: QueryData;
      readonly warnings: readonly string[];
      readonly infos: readonly string[];
    }
  | { readonly status: 'error'; readonly errorType: 'bad_data' | 'execution'; readonly error: string };

export type QueryData =
  | { readonly resultType: 'scalar' | 'string'; readonly result: readonly [number, string] }
  | {
      readonly resultType: 'vector';
      readonly result: readonly { metric: Record<string, string>; value: readonly [number, string] }[];
    }
  | {
      readonly resultType: 'matrix';
      readonly result: readonly { metric: Record<string, string>; values: readonly (readonly [number, string])[] }[];
    };

/** One scrape target as `/api/v1/targets` shows it. */
export interface TargetView {
  readonly job: string;
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
  readonly lastScrapeAt: number;
  readonly lastDurationMs: number;
}

/**
 * The observing half of the house behind one port: ingest, store, queries and rules. It lives in a worker thread under `serve` and in
 * this thread in tests; everything that crosses is plain data.
 */
export interface Observer {
  /** Called when there are feed rows that were not confirmed; may be called more often than needed. */
  onFeed(listener: () => void): void;
  /** The oldest unconfirmed rows. */
  feed(limit: number): Promise<readonly FeedRow[]>;
  /** Everything up to and including `seq` has been applied and committed by the main thread. */
  confirm(seq: number): Promise<void>;
  query(expr: string, at: number): Promise<QueryAnswer>;
  queryRange(expr: string, from: number, to: number, stepMs: number): Promise<QueryAnswer>;
  targets(): Promise<readonly TargetView[]>;
  rules(): Promise<readonly RuleHealth[]>;
  close(): Promise<void>;
}
