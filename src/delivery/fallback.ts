import type { OutboxDraft, OutboxEntry } from './outbox.ts';
import { type DeadReason, deadText } from './settle.ts';

/** Another way to say what could not be said: the receiver's fallback, the global one, PagerDuty, mail; in this order. */
export interface FallbackPath {
  readonly kind: string;
  readonly destination: string;
  /** The same content in this path's form, with why it comes this way; undefined where it cannot say it. */
  readonly content: (entry: OutboxEntry, why: string) => Pick<OutboxDraft, 'payload' | 'body'> | undefined;
}

/**
 * The row that stands in for one that died, or that is late: on the first path that has not been tried for it and is not known to
 * fail. undefined where none is left: then only metrics, logs and readiness can tell.
 * @param fails whether nothing of a kind gets through at the moment (its credentials do not work)
 */
export function fallbackDraft(
  entry: OutboxEntry,
  why: string,
  paths: readonly FallbackPath[],
  fails: (kind: string) => boolean,
): OutboxDraft | undefined {
  const tried = [...(entry.fallbackOf?.tried ?? []), entry.destination];
  for (const path of paths) {
    if (tried.includes(path.destination) || fails(path.kind)) continue;
    const content = path.content(entry, why);
    if (!content) continue;
    return {
      kind: path.kind,
      destination: path.destination,
      payload: content.payload,
      ...(content.body === undefined ? {} : { body: content.body }),
      priority: entry.priority,
      causedAt: entry.causedAt,
      fallbackOf: { id: entry.fallbackOf?.id ?? entry.id, tried },
    };
  }
  return undefined;
}

/** What a self-alert is about: one per destination and cause, so that a dead channel does not speak once per message. */
export function causeOf(entry: OutboxEntry, reason: DeadReason): string {
  switch (reason.kind) {
    case 'rejected':
      return `${entry.destination}: ${deadText(reason)}`;
    case 'expired':
    case 'quarantined':
    case 'no_notifier':
      return `${entry.destination}: ${reason.kind}`;
  }
}

const ONCE_PER_MS = 15 * 60_000;
const MOST_CAUSES = 1000;

/**
 * Lets a self-alert through once per cause and quarter of an hour. A failure that makes a message, whose failure makes a message,
 * once sent half a million of them (home-assistant/core#30665).
 */
export class CauseGate {
  readonly #toldAt = new Map<string, number>();

  /** Whether this cause may be told at `now`; the answer true counts as telling it. */
  allows(cause: string, now: number): boolean {
    const before = this.#toldAt.get(cause);
    if (before !== undefined && now >= before && now - before < ONCE_PER_MS) return false;
    for (const [other, at] of this.#toldAt) if (now - at >= ONCE_PER_MS || now < at) this.#toldAt.delete(other);
    // More distinct causes than this within a quarter of an hour tell nobody anything new.
    if (this.#toldAt.size >= MOST_CAUSES) return false;
    this.#toldAt.set(cause, now);
    return true;
  }
}
