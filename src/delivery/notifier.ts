import type { BudgetUse } from './budget.ts';
import type { OutboxEntry, SendResult } from './outbox.ts';

/** A way to tell somebody. One file per notifier, one line in the registry. */
export interface Notifier {
  /** The outbox `kind` it serves. */
  readonly kind: string;
  /**
   * Kinds with the same name here share their credentials: when these stop to work, all of them wait for one probe. A function names
   * the credentials of a row, where each receiver of the kind has its own. The kind itself where absent.
   */
  readonly credentials?: string | ((entry: OutboxEntry) => string);
  /**
   * One attempt. Never throws for what the other side did: that is a `SendResult`. A throw is a defect and counts as a failed
   * attempt of this row alone. Must end within its own deadline (10 s by default) or when the signal aborts.
   */
  send(entry: OutboxEntry, signal: AbortSignal): Promise<SendResult>;
  /**
   * The rate limits one attempt at this row counts against; none where absent. A `retry` with `afterMs` closes exactly these
   * until then, so the keys should be as narrow as the other side's limit: `slack:chat.update`, `slack:chat.postMessage:#ops`.
   */
  budgets?(entry: OutboxEntry): readonly BudgetUse[];
  /**
   * Asked once per content after `rejected` with scope `content`: a simpler payload to try at once (plain text instead of
   * blocks), or undefined where there is none. The next entry then has `degraded: true`.
   */
  degrade?(entry: OutboxEntry): unknown;
}
