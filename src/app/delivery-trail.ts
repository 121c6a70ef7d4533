import type { AuditEntry } from '../audit/entry.ts';
import type { OutboxEntry } from '../delivery/outbox.ts';
import { type DeadReason, deadText } from '../delivery/settle.ts';
import { HEARTBEAT } from '../notifiers/heartbeat.ts';

export interface DeliveryTrailPorts {
  readonly record: (entry: AuditEntry) => void;
  /** Domain time. */
  readonly now: () => number;
}

const DELIVERY = { id: 'system', name: 'Watchroom', via: 'delivery' } as const;

/**
 * What delivery did that somebody may ask about later, as rows of the audit trail: what never arrived, what came late, what may have
 * arrived twice, and whose credentials were refused. What simply arrived is in the outbox and on the card. Each method must be called
 * in the transaction of what it speaks of.
 */
export class DeliveryTrail {
  readonly #o: DeliveryTrailPorts;

  constructor(ports: DeliveryTrailPorts) {
    this.#o = ports;
  }

  undeliverable(entry: OutboxEntry, reason: DeadReason): void {
    this.#row('delivery.undeliverable', entry, deadText(reason));
  }

  late(entry: OutboxEntry): void {
    this.#row('delivery.late', entry, entry.lastReason ?? '');
  }

  /** An attempt of this row may have taken effect without an answer: people may see it twice. */
  ambiguous(entry: OutboxEntry, reason: string): void {
    this.#row('delivery.ambiguous', entry, reason);
  }

  circuit(credentials: string, state: 'open' | 'closed', reason: string): void {
    const action = state === 'open' ? 'delivery.credentials_refused' : 'delivery.credentials_work';
    this.#o.record({ at: this.#o.now(), actor: DELIVERY, action, target: credentials, after: { reason } });
  }

  #row(action: string, entry: OutboxEntry, reason: string): void {
    // Nobody is told anything by a heartbeat; its silence is heard elsewhere.
    if (entry.kind === HEARTBEAT) return;
    const { id: target, kind, destination, priority, attempts } = entry;
    const after = { kind, destination, priority, attempts, reason };
    this.#o.record({ at: this.#o.now(), actor: DELIVERY, action, target, after });
  }
}
