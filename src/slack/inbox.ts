/**
 * Remembers which interactions were taken in, so that a redelivery changes nothing. Slack delivers at least once: events up to
 * three more times, Socket Mode envelopes again after a reconnect.
 */
export interface SlackInbox {
  /**
   * Runs `act` once per key, in one transaction with the record of the key: a crash before the commit leaves neither.
   * @param now wire-clock instant
   */
  once<T>(key: string, now: number, act: () => T): Once<T>;
}

export type Once<T> = { readonly kind: 'first'; readonly value: T } | { readonly kind: 'duplicate' };

/** Longer than Slack redelivers (an hour), short enough to stay small. */
export const INBOX_MEMORY_MS = 24 * 3_600_000;
