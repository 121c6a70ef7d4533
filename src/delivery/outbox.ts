import type { Priority } from '../alert/priority.ts';
import type { Clock } from '../time/clock.ts';
import { LONGEST_HOLD_MS } from './budget.ts';
import { createRowIds } from './row-id.ts';
import type { OutboxStore } from './store.ts';

/**
 * A thing to say, as stored. `kind` names the notifier (its registry key); `payload` is that notifier's own JSON.
 * The row is written in the transaction of the change that caused it, so nothing is said about a change that did not happen.
 */
export interface OutboxDraft {
  readonly kind: string;
  /** Where it goes, for order and budgets: `slack:#ml-alerts`, `pagerduty:<integration>`. One destination is served in order. */
  readonly destination: string;
  readonly payload: unknown;
  /** What goes out as it is, where it stands already: it is kept beside the payload, so that nobody reads it again. */
  readonly body?: string;
  readonly priority: Priority;
  /** At most one queued row per key: a later draft replaces the payload of an earlier one that is not yet under way. */
  readonly coalesceKey?: string;
  /**
   * Rows of one destination with the same order key are sent in the order they were put in, whatever their priorities (the first
   * borrows the highest of those behind it): a resolve never overtakes its trigger. Without a key, rows of one destination and
   * one priority keep their order, and more urgent ones pass.
   */
  readonly orderKey?: string;
  /** Set on a row that stands in for one that could not be delivered, so that fallbacks end. */
  readonly fallbackOf?: { readonly id: string; readonly tried: readonly string[] };
  /** Domain instant the row was caused; for people and metrics. */
  readonly causedAt: number;
  /** Wire-clock duration after which it is no longer worth sending. Default: P1 an hour, others a day. */
  readonly timeToLiveMs?: number;
}

/** Puts a draft into the outbox; must be called inside the transaction of the change it speaks of. Returns the row id. */
export type Enqueue = (draft: OutboxDraft) => string;

/**
 * What became of one attempt.
 * - `sent`: the other side has it.
 * - `retry`: not now; `afterMs` where the other side named a delay. `ambiguous` where it may have taken effect.
 * - `rejected`: never, as it stands; `scope` says what is broken (only this content, the whole destination, or the credentials).
 */
export type SendResult =
  | { readonly kind: 'sent'; readonly detail?: string }
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number; readonly ambiguous?: boolean }
  | { readonly kind: 'rejected'; readonly reason: string; readonly scope: 'content' | 'destination' | 'credentials' };

/** One stored row. */
export interface OutboxEntry extends OutboxDraft {
  readonly id: string;
  /** Attempts begun; in `send` the current one is included. */
  readonly attempts: number;
  /** Wire-clock instants. */
  readonly createdAt: number;
  readonly notBefore: number;
  readonly expiresAt: number;
  readonly state: OutboxState;
  readonly lastReason?: string;
  /** The payload is what the notifier's `degrade` gave after its content was rejected. */
  readonly degraded: boolean;
  /** An earlier attempt may have taken effect (a timeout after the body was written, a crash before the result was kept). */
  readonly ambiguous: boolean;
}

export type OutboxState = 'queued' | 'attempting' | 'sent' | 'dead';

const DAY_MS = 86_400_000;
/** An hour, and one attempt more after the longest wait that another side may ask for. */
const P1_LIFE_MS = LONGEST_HOLD_MS + 60_000;

export interface OutboxOptions {
  readonly store: OutboxStore;
  readonly wire: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** After a draft was put in, still inside its transaction: the moment to wake the courier. */
  readonly onEnqueue?: () => void;
}

/** The way into the outbox. Its `enqueue` is the only one. */
export function createOutbox(options: OutboxOptions): { readonly enqueue: Enqueue } {
  const { store, wire } = options;
  const nextId = createRowIds(options.random, store.lastId());
  return {
    enqueue(draft) {
      const now = wire.now();
      const timeToLiveMs = draft.timeToLiveMs ?? (draft.priority === 'P1' ? P1_LIFE_MS : DAY_MS);
      const id = store.put({ id: nextId(now), draft, createdAt: now, expiresAt: now + timeToLiveMs });
      options.onEnqueue?.();
      return id;
    },
  };
}
