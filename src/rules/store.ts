import type { Alert } from '../alert/alert.ts';
import type { AlertJson } from '../alert/json.ts';
import type { Transact } from '../sqlite/db.ts';
import type { AlertInstance } from './alert-instance.ts';

/** One row of the alert feed: the alerts that one evaluation changed, in order. Numbers are never used twice. */
export interface FeedRow {
  readonly seq: number;
  readonly alerts: readonly AlertJson[];
}

/** Where instances and the feed live. One database with the samples, so that one transaction holds all three. */
export interface RulesStore {
  readonly tx: Transact;
  instances(): AlertInstance[];
  save(instance: AlertInstance): void;
  /** Saves the state alone, of an instance that was saved before: what a pending one needs at each evaluation. */
  touch(instance: AlertInstance): void;
  remove(instance: AlertInstance): void;
  /** Adds one row; returns its number. */
  addFeed(alerts: readonly Alert[]): number;
  /** The oldest rows after `seq`, at most `limit`. */
  feedAfter(seq: number, limit: number): FeedRow[];
  /** Deletes everything up to and including `seq`: the reader has committed it. */
  confirm(seq: number): void;
}
