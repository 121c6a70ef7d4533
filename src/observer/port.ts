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

/** A list of something, or why there is none, in the words of Prometheus' HTTP API. */
export type ListAnswer<T> =
  | { readonly status: 'success'; readonly data: readonly T[] }
  | Extract<QueryAnswer, { readonly status: 'error' }>;

/** Which series are meant: those that any of the selectors fits (all, where there is none), with samples in the time range. */
export interface SeriesFilter {
  /** `up`, `{job="x"}`; no ranges, no modifiers. */
  readonly selectors: readonly string[];
  /** Epoch ms, both inclusive. */
  readonly from: number;
  readonly to: number;
}

/** What targets say about a metric. */
export interface MetricDescription {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** A group of rules with its instances, as `/api/v1/rules` shows it. Instants are epoch ms. */
export interface RuleGroupView {
  readonly name: string;
  readonly file: string;
  readonly intervalMs: number;
  readonly limit: number;
  readonly rules: readonly RuleView[];
}

export interface RuleView extends RuleHealth {
  readonly labels: Readonly<Record<string, string>>;
  /** Templates as written. Empty for recording rules, like `instances`, `forMs` and `keepFiringForMs`. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly instances: readonly InstanceView[];
}

export interface InstanceView {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing' | 'no_data';
  readonly activeAt: number;
  readonly value: number;
}

/** One scrape target as `/api/v1/targets` shows it. */
export interface TargetView {
  readonly job: string;
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
  /** What the last scrape could not store; '' where it stored all. */
  readonly lastWarning: string;
  /** How many samples were not taken since the start, by why. */
  readonly refused: Readonly<Record<string, number>>;
  /** 0 where it was not scraped yet. */
  readonly lastScrapeAt: number;
  readonly lastDurationMs: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** A target that relabelling dropped. */
export interface DroppedTargetView {
  readonly discoveredLabels: Readonly<Record<string, string>>;
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
  droppedTargets(): Promise<readonly DroppedTargetView[]>;
  rules(): Promise<readonly RuleHealth[]>;
  ruleGroups(): Promise<readonly RuleGroupView[]>;
  /** Label sets, ordered. */
  series(filter: SeriesFilter): Promise<ListAnswer<Readonly<Record<string, string>>>>;
  labelNames(filter: SeriesFilter): Promise<ListAnswer<string>>;
  labelValues(name: string, filter: SeriesFilter): Promise<ListAnswer<string>>;
  /** By family name, in order of the names; differing descriptions stand beside each other. */
  metadata(): Promise<readonly (readonly [string, readonly MetricDescription[]])[]>;
  close(): Promise<void>;
}
