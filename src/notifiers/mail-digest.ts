import type { Priority } from '../alert/priority.ts';
import type { IntegrationRef } from '../delivery/notification.ts';
import type { OutboxDraft } from '../delivery/outbox.ts';
import { nextDaily } from '../time/daily.ts';
import type { Job } from '../time/loop.ts';
import type { TimeOfDay } from '../time/wall-clock.ts';

/** Whose mail is gathered, and when it goes out. */
export interface MailDigestSettings {
  /** Names of receivers. */
  readonly receivers: readonly string[];
  readonly time: TimeOfDay;
  readonly zone: string;
}

/** An incident that a mail destination was told of; told once however often it is added. */
export interface DigestItem {
  readonly receiver: string;
  readonly position: number;
  readonly incidentId: string;
  /** Domain instants. */
  readonly at: number;
  readonly dueAt: number;
}

/** What one destination is to be told, in the order in which it came. */
export interface DueDigest {
  readonly receiver: string;
  readonly position: number;
  readonly since: number;
  readonly incidentIds: readonly string[];
}

/** What waits for the next digest. Every method joins the caller's transaction. */
export interface MailDigestStore {
  add(item: DigestItem): void;
  nextDue(): number | undefined;
  /** Whatever waits at destinations of which something is due; it waits no longer. */
  takeDue(now: number): DueDigest[];
}

export interface MailDigestPorts {
  readonly store: MailDigestStore;
  readonly transact: <T>(fn: () => T) => T;
  /** As configured now; undefined: every mail goes at once. */
  readonly settings: () => MailDigestSettings | undefined;
  /** The mails that tell it; none where the destination is gone from the configuration. */
  readonly drafts: (digest: DueDigest, integration: IntegrationRef, now: number) => readonly OutboxDraft[];
  readonly enqueue: (draft: OutboxDraft) => void;
}

/**
 * Gathers what some receivers are told into one mail a day. What waits and until when are rows: a restart loses nothing, and a
 * deadline that passed meanwhile is met at once. On the domain clock.
 */
export class MailDigest implements Job {
  readonly name = 'mail-digest';
  readonly #o: MailDigestPorts;

  constructor(ports: MailDigestPorts) {
    this.#o = ports;
  }

  /** Whether the mail waits for the digest; then it is noted. A P1 never waits. In the notification's transaction. */
  holds(integration: IntegrationRef, incidentId: string, priority: Priority, now: number): boolean {
    const settings = this.#o.settings();
    if (priority === 'P1' || settings?.receivers.includes(integration.receiver) !== true) return false;
    const { receiver, index: position } = integration;
    const dueAt = nextDaily(settings.time, settings.zone, now);
    this.#o.store.add({ receiver, position, incidentId, at: now, dueAt });
    return true;
  }

  nextDue(): number | undefined {
    return this.#o.store.nextDue();
  }

  async run(now: number): Promise<void> {
    const { store, transact, drafts, enqueue } = this.#o;
    transact(() => {
      for (const digest of store.takeDue(now)) {
        const { receiver, position: index } = digest;
        for (const draft of drafts(digest, { receiver, kind: 'email', index }, now)) enqueue(draft);
      }
    });
  }
}
