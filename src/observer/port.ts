import type { AlertJson } from '../alert/json.ts';

/** One row of the alert feed: the alerts that one evaluation changed. Rows are applied in order, each exactly once. */
export interface FeedRow {
  readonly seq: number;
  readonly alerts: readonly AlertJson[];
}

/** A query's answer in the words of Prometheus' HTTP API (`data` of a success, or its error). */
export type QueryAnswer =
  | { readonly status: 'success'; readonly data: QueryData; readonly warnings: readonly string[]; readonly infos: readonly string[] }
  | { readonly status: 'error'; readonly errorType: 'bad_data' | 'execution'; readonly error: string };

export type QueryData =
  | { readonly resultType: 'scalar' | 'string'; readonly result: readonly [number, string] }
  | { readonly resultType: 'vector'; readonly result: readonly { metric: Record<string, string>; value: readonly [number, string] }[] }
  | { readonly resultType: 'matrix'; readonly result: readonly { metric: Record<string, string>; values: readonly (readonly [number, string])[] }[] };

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

/** One alerting or recording rule as `/api/v1/rules` shows it. */
export interface RuleView {
  readonly group: string;
  readonly file: string;
  readonly name: string;
  readonly kind: 'alerting' | 'recording';
  readonly query: string;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError: string;
  readonly lastEvaluationAt: number;
  readonly evaluationMs: number;
  readonly state: 'inactive' | 'pending' | 'firing' | 'no_data';
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
  rules(): Promise<readonly RuleView[]>;
  close(): Promise<void>;
}
