import type { OutboxEntry, SendResult } from './outbox.ts';

/** A way to tell somebody. One file per notifier, one line in the registry. */
export interface Notifier {
  /** The outbox `kind` it serves. */
  readonly kind: string;
  /**
   * One attempt. Never throws for what the other side did: that is a `SendResult`. A throw is a defect and counts as a failed
   * attempt of this row alone. Must end within its own deadline (10 s by default) or when the signal aborts.
   */
  send(entry: OutboxEntry, signal: AbortSignal): Promise<SendResult>;
}
