import type { Priority } from '../alert/priority.ts';
import type { OutboxDraft, OutboxEntry, OutboxState } from './outbox.ts';

/** A draft with everything that is decided when it is put in. Wire-clock instants. */
export interface NewRow {
  readonly id: string;
  readonly draft: OutboxDraft;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Names a lane: rows with an order key form one of their own, the others one per priority. */
export interface LaneKey {
  readonly destination: string;
  readonly lane: string;
}

/**
 * Rows of one destination that keep their order among themselves; only the first can go. `priority` is the most urgent one of the
 * lane's rows, the rest describes the first.
 */
export interface Lane extends LaneKey {
  readonly id: string;
  readonly seq: number;
  readonly kind: string;
  readonly priority: Priority;
  readonly createdAt: number;
  readonly notBefore: number;
  /** How often the process ended while this row was under way, since an attempt of it last came to an end. */
  readonly crashes: number;
}

export interface Requeue {
  readonly notBefore: number;
  readonly reason: string;
  readonly attempts: number;
  readonly ambiguous: boolean;
  /** Kept only by a row whose attempt the process did not survive; any attempt that came to an end clears them. */
  readonly crashes?: number;
  /** Replaces the payload by a degraded one. */
  readonly degradedPayload?: unknown;
}

/**
 * The outbox as kept. States: queued → attempting → sent | queued | dead, and queued → dead. All methods join the caller's
 * transaction. Where a row returns to `queued` and a newer one with the same coalesce key waits, the older keeps its id and place
 * and takes over the newer one's payload.
 */
export interface OutboxStore {
  readonly tx: <T>(fn: () => T) => T;
  /** Inserts, or replaces the payload of the queued row with the same kind, destination and coalesce key. The id of the row. */
  put(row: NewRow): string;
  entry(id: string): OutboxEntry | undefined;
  /** The lanes of all destinations. */
  lanes(): Lane[];
  lane(key: LaneKey): Lane | undefined;
  /** Whether `takeChanges` would give anything. */
  hasChanges(): boolean;
  /** The lanes into which rows came, or whose rows changed, since it was last asked; also some that did not, after a rollback. */
  takeChanges(): LaneKey[];
  /** The greatest id ever given, '' where there is none. */
  lastId(): string;
  /** queued → attempting, one attempt more; undefined where it is not queued any more. */
  claim(id: string): OutboxEntry | undefined;
  markSent(id: string, at: number, detail: string): void;
  requeue(id: string, change: Requeue): void;
  markDead(id: string, at: number, reason: string): void;
  /** Queued rows whose time to live has passed, oldest first. */
  expired(now: number, limit: number): OutboxEntry[];
  /** When the next queued row expires; earlier where one that would have is gone, until `expired` was asked. */
  nextExpiry(): number | undefined;
  /** Rows left `attempting` by a process that ended, each with one crash more; they stay `attempting`. */
  interrupted(): { readonly entry: OutboxEntry; readonly crashes: number }[];
  /** P1 rows put in at or before `createdBy` that are neither sent nor dead and have not been marked late. */
  late(createdBy: number): OutboxEntry[];
  /** When the oldest row that `late` would ever give was put in; earlier where that one is gone, until `late` was asked. */
  oldestUntold(): number | undefined;
  markLate(id: string): void;
  /** Removes sent rows that ended before the first instant and dead ones before the second. */
  prune(sentBefore: number, deadBefore: number): number;
  /** Rows by kind and state, for metrics. */
  depth(): { readonly kind: string; readonly state: OutboxState; readonly count: number }[];
}
