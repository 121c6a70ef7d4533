import type { OutboxEntry } from './outbox.ts';
import { type DeadReason, deadText, type Settlement } from './settle.ts';
import type { OutboxStore, Requeue } from './store.ts';

/** What delivery writes to a log: constant messages, facts as fields. */
export interface DeliveryLog {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface LedgerOptions {
  readonly store: OutboxStore;
  /** A row will never be sent; called in the transaction that says so: the place to put a fallback into the outbox. */
  readonly onDead: (entry: OutboxEntry, reason: DeadReason) => void;
  /** A P1 row is still not sent two minutes after it was put in; once per row, in a transaction: time for another path as well. */
  readonly onLate?: (entry: OutboxEntry) => void;
  /** An attempt may have taken effect although nobody said so; once per row, in the transaction that says so. */
  readonly onAmbiguous?: (entry: OutboxEntry, reason: string) => void;
  readonly log: DeliveryLog;
  readonly metrics: { undeliverable(kind: string, reason: DeadReason['kind']): void };
}

export const LATE_AFTER_MS = 120_000;
/** A row that this many processes died with goes out alone, so that only the guilty one is taken for the cause. */
export const SUSPECT_AFTER = 2;
/** It is one that this many died with: to die alone with it once may be chance, twice is not. */
const MOST_CRASHES = 4;
const SENT_KEPT_MS = 86_400_000;
const DEAD_KEPT_MS = 14 * 86_400_000;
const EXPIRED_AT_ONCE = 500;

interface Unsaved {
  readonly entry: OutboxEntry;
  readonly write: () => void;
  readonly saved: () => void;
  /** People have read in the log that it cannot be written. */
  told?: boolean;
}

/** Writes what becomes of outbox rows, and tells the house about those that will not arrive. */
export class Ledger {
  readonly #o: LedgerOptions;
  /** What became of attempts and is not written yet, by row id. */
  readonly #unsaved = new Map<string, Unsaved>();

  constructor(options: LedgerOptions) {
    this.#o = options;
  }

  /**
   * Keeps an attempt's outcome. That something was sent is written by the next `commit`; anything else at once, and where that fails
   * (disk full, database busy) by a later `commit` too. `saved` is called once it stands.
   */
  save(entry: OutboxEntry, settlement: Settlement, now: number, saved: () => void): void {
    const unsaved = { entry, write: () => this.#write(entry, settlement, now), saved };
    this.#unsaved.set(entry.id, unsaved);
    if (settlement.kind !== 'sent') this.#settle(unsaved);
  }

  /**
   * Writes what became of earlier attempts and makes claims for the next in one transaction: a commit costs more than what is in it.
   * @param claim hears which destinations the outcomes free; where it throws, the outcomes are written without it
   * @returns what `claim` gave; undefined where outcomes cannot be written now. @throws what `claim` threw
   */
  commit<T>(claim: (freed: ReadonlySet<string>) => T): T | undefined {
    const waiting = [...this.#unsaved.values()];
    let claimed: T;
    try {
      claimed = this.#o.store.tx(() => {
        for (const { write } of waiting) write();
        return claim(new Set(waiting.map(({ entry }) => entry.destination)));
      });
    } catch (error) {
      for (const unsaved of waiting) this.#settle(unsaved);
      if (this.#unsaved.size > 0) return undefined;
      throw error;
    }
    for (const unsaved of waiting) this.#stands(unsaved);
    return claimed;
  }

  #settle(unsaved: Unsaved): void {
    const { entry } = unsaved;
    try {
      unsaved.write();
    } catch (error) {
      if (!unsaved.told) this.#o.log.error('an outbox result could not be saved', { ...about(entry), error });
      unsaved.told = true;
      return;
    }
    this.#stands(unsaved);
  }

  #stands({ entry, saved }: Unsaved): void {
    this.#unsaved.delete(entry.id);
    saved();
  }

  /** Marks the row dead and tells the hook, in one transaction; a hook that throws must not bring the row back. */
  kill(entry: OutboxEntry, reason: DeadReason, now: number): void {
    const { store, log, metrics, onDead } = this.#o;
    const text = deadText(reason);
    log.warn('a notification is undeliverable', { ...about(entry), reason: text });
    try {
      store.tx(() => {
        store.markDead(entry.id, now, text);
        onDead(entry, reason);
      });
    } catch (error) {
      log.error('an undeliverable hook threw', { ...about(entry), error });
      store.markDead(entry.id, now, text);
    }
    metrics.undeliverable(entry.kind, reason.kind);
  }

  /** Rows an earlier process had under way may have been sent: they go again, unless they seem to be what ended it. */
  recover(now: number): void {
    const { store, log } = this.#o;
    const reason = 'the process ended during an attempt';
    store.tx(() => {
      for (const { entry, crashes } of store.interrupted()) {
        log.warn('a send was interrupted by the end of the process', { ...about(entry), crashes });
        if (crashes >= MOST_CRASHES) this.kill(entry, { kind: 'quarantined' }, now);
        else this.#again(entry, { notBefore: now, reason, attempts: entry.attempts, ambiguous: true, crashes });
      }
    });
  }

  /** Buries and tells what is due; returns when something will be, Infinity for never. */
  attend(now: number): number {
    const due = this.#nextDue();
    if (due > now) return due;
    this.#bury(now);
    this.#tellLate(now);
    return this.#nextDue();
  }

  /** Ends queued rows whose time to live has passed, some hundred at a time. */
  #bury(now: number): void {
    for (const entry of this.#o.store.expired(now, EXPIRED_AT_ONCE))
      this.kill(entry, { kind: 'expired', lastReason: entry.lastReason ?? '' }, now);
  }

  #tellLate(now: number): void {
    const { store, onLate, log } = this.#o;
    if (!onLate) return;
    for (const entry of store.late(now - LATE_AFTER_MS)) {
      log.warn('a P1 notification is late', about(entry));
      try {
        store.tx(() => {
          store.markLate(entry.id);
          onLate(entry);
        });
      } catch (error) {
        log.error('a late hook threw', { ...about(entry), error });
        store.markLate(entry.id);
      }
    }
  }

  prune(now: number): void {
    this.#o.store.prune(now - SENT_KEPT_MS, now - DEAD_KEPT_MS);
  }

  #nextDue(): number {
    const { store, onLate } = this.#o;
    const untold = onLate ? store.oldestUntold() : undefined;
    return Math.min(
      store.nextExpiry() ?? Number.POSITIVE_INFINITY,
      untold === undefined ? Number.POSITIVE_INFINITY : untold + LATE_AFTER_MS,
    );
  }

  /** Back into the queue; whoever keeps records hears of the first attempt that is in doubt. */
  #again(entry: OutboxEntry, change: Requeue): void {
    const { store, onAmbiguous } = this.#o;
    store.tx(() => {
      store.requeue(entry.id, change);
      if (change.ambiguous && !entry.ambiguous) onAmbiguous?.(entry, change.reason);
    });
  }

  #write(entry: OutboxEntry, settlement: Settlement, now: number): void {
    const { store, log } = this.#o;
    const { attempts } = entry;
    switch (settlement.kind) {
      case 'sent':
        store.markSent(entry.id, now, settlement.detail);
        return;
      case 'retry': {
        const { notBefore, reason, ambiguous } = settlement;
        log.info('a send will be retried', { ...about(entry), reason, waitMs: notBefore - now, ambiguous });
        this.#again(entry, { notBefore, reason, attempts, ambiguous });
        return;
      }
      case 'degrade': {
        const { payload, reason } = settlement;
        log.warn('content was rejected; a simpler form goes out', { ...about(entry), reason });
        store.requeue(entry.id, { notBefore: now, reason, attempts, ambiguous: false, degradedPayload: payload });
        return;
      }
      case 'credentials': {
        const { reason } = settlement;
        store.requeue(entry.id, { notBefore: now, reason, attempts: attempts - 1, ambiguous: false });
        return;
      }
      case 'dead':
        this.kill(entry, settlement.reason, now);
        return;
    }
  }
}

/** The fields every line about a row bears. */
export function about(entry: OutboxEntry): Record<string, unknown> {
  const { id, kind, destination, priority, attempts } = entry;
  return { id, kind, destination, priority, attempts };
}
