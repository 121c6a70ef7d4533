import { backoffMs } from './backoff.ts';
import { LONGEST_HOLD_MS } from './budget.ts';
import type { OutboxEntry, SendResult } from './outbox.ts';

/** Why a row will never be sent. */
export type DeadReason =
  | { readonly kind: 'expired'; readonly lastReason: string }
  /** The process ended four times while this row was under way, the last two with nothing beside it. */
  | { readonly kind: 'quarantined' }
  /** No notifier serves the row's kind (a newer release's row, or one whose configuration is gone). */
  | { readonly kind: 'no_notifier' }
  | { readonly kind: 'rejected'; readonly scope: 'content' | 'destination'; readonly reason: string };

export function deadText(reason: DeadReason): string {
  switch (reason.kind) {
    case 'expired':
      return reason.lastReason === '' ? 'expired before an attempt' : `expired; last: ${reason.lastReason}`;
    case 'quarantined':
      return 'quarantined: the process ended four times while sending it';
    case 'no_notifier':
      return 'no notifier serves this kind';
    case 'rejected':
      return `rejected (${reason.scope}): ${reason.reason}`;
  }
}

/** What becomes of a row after an attempt. */
export type Settlement =
  | { readonly kind: 'sent'; readonly detail: string }
  | { readonly kind: 'retry'; readonly notBefore: number; readonly reason: string; readonly ambiguous: boolean }
  /** Once more, at once, with simpler content. */
  | { readonly kind: 'degrade'; readonly payload: unknown; readonly reason: string }
  /** Nothing of this kind can be sent until the credentials work; the row waits and the attempt does not count. */
  | { readonly kind: 'credentials'; readonly reason: string }
  | { readonly kind: 'dead'; readonly reason: DeadReason };

const LONGEST_REASON = 500;

/**
 * Decides from one attempt's result.
 * @param degraded what the notifier's `degrade` offers, undefined for nothing
 */
export function settle(
  entry: OutboxEntry,
  result: SendResult,
  degraded: () => unknown,
  at: { readonly now: number; readonly random: () => number },
): Settlement {
  switch (result.kind) {
    case 'sent':
      return { kind: 'sent', detail: cut(result.detail ?? '') };
    case 'retry':
      return {
        kind: 'retry',
        notBefore: at.now + backoffMs(entry.attempts, at.random, result.afterMs),
        reason: cut(result.reason),
        ambiguous: result.ambiguous ?? false,
      };
    case 'rejected': {
      const reason = cut(result.reason);
      switch (result.scope) {
        case 'credentials':
          return { kind: 'credentials', reason };
        case 'destination':
          return { kind: 'dead', reason: { kind: 'rejected', scope: 'destination', reason } };
        case 'content': {
          const payload = entry.degraded ? undefined : degraded();
          if (payload !== undefined) return { kind: 'degrade', payload, reason };
          return { kind: 'dead', reason: { kind: 'rejected', scope: 'content', reason } };
        }
      }
    }
  }
}

/** Whether a waiting time has passed; one longer than any that is ever set means the clock was set back. */
export function isDue(notBefore: number, now: number): boolean {
  return notBefore <= now || notBefore > now + LONGEST_HOLD_MS;
}

/** Reasons hold what other servers answered: bounded before they reach rows, logs and messages. */
function cut(reason: string): string {
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason;
}
