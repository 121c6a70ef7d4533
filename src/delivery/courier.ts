import { failPoint } from '../fail-point.ts';
import type { Clock } from '../time/clock.ts';
import { DEADLINE, withDeadline } from '../time/deadline.ts';
import type { Job } from '../time/loop.ts';
import { about, Ledger, type LedgerOptions, SUSPECT_AFTER } from './ledger.ts';
import { Nap } from './nap.ts';
import type { Notifier } from './notifier.ts';
import type { OutboxEntry, SendResult } from './outbox.ts';
import { type DeadReason, type Settlement, settle } from './settle.ts';
import { type Choice, type Claim, Turns, type TurnsOptions, type UnderWay } from './turns.ts';

export interface DeliveryMetrics {
  /** One attempt came to an end. */
  attempted(kind: string, result: Settlement['kind'], durationMs: number): void;
  undeliverable(kind: string, reason: DeadReason['kind']): void;
}

export interface CourierOptions extends LedgerOptions, TurnsOptions {
  readonly wire: Clock;
  readonly metrics: DeliveryMetrics;
  /** Real time one attempt may take before it is given up as ambiguous. Notifiers end by themselves earlier. */
  readonly sendDeadlineMs?: number;
}

const SWEEP_EVERY_MS = 3_600_000;
const SAVE_AGAIN_MS = 1000;

export function createCourier(options: CourierOptions): Courier {
  return new Courier(options);
}

/**
 * Sends what is in the outbox, then marks it: a crash between the two sends once more, never loses. One attempt at a time per
 * destination, several destinations at once. Belongs on the wire clock's loop.
 */
export class Courier implements Job {
  readonly name = 'courier';
  readonly #o: CourierOptions;
  readonly #ledger: Ledger;
  readonly #turns: Turns;
  /** Row ids of the attempts under way. */
  readonly #inFlight = new Set<string>();
  readonly #busy = new Set<string>();
  #recovered = false;
  #stopped = false;
  /** A row that two crashed processes had under way is sent alone, so that only the guilty one is quarantined. */
  #alone = false;
  #dirty = true;
  #passedAt = Number.NEGATIVE_INFINITY;
  #wakeAt: number | undefined;
  #sweepAt = Number.NEGATIVE_INFINITY;
  readonly #nap: Nap;

  constructor(options: CourierOptions) {
    this.#o = options;
    this.#ledger = new Ledger(options);
    this.#turns = new Turns(options);
    this.#nap = new Nap(options.wire);
  }

  nextDue(): number | undefined {
    if (this.#stopped) return undefined;
    if (this.#dirty || this.#turns.isBehind()) return 0;
    // The clock was set back: the instant to wake at means nothing any more.
    if (this.#o.wire.now() < this.#passedAt) return 0;
    return this.#wakeAt;
  }

  /** Something was put into the outbox. Cheap; also ends the nap of a run that waits for slow destinations. */
  wake(): void {
    this.#dirty = true;
    this.#nap.wake();
  }

  /** Starts nothing more; the run under way ends when its attempts have. */
  stop(): void {
    this.#stopped = true;
    this.#nap.wake();
  }

  isCircuitOpen(kind: string): boolean {
    return this.#turns.isCircuitOpen(kind);
  }

  /** Ends when nothing can be sent at the moment and nothing is under way. */
  async run(): Promise<void> {
    const { wire } = this.#o;
    for (;;) {
      this.#wakeAt = this.#pass(wire.now());
      // A fallback that was put in meanwhile, or a row behind one that was found dead.
      if (this.#dirty && !this.#stopped) continue;
      if (this.#inFlight.size === 0) break;
      await this.#nap.until(this.#wakeAt ?? Number.POSITIVE_INFINITY);
    }
    this.#nap.over();
  }

  /** Writes what became of attempts, and starts everything that can go now; returns when something else may. */
  #pass(now: number): number {
    if (!this.#recovered) {
      this.#ledger.recover(now);
      failPoint('outbox.recovered');
    }
    this.#recovered = true;
    const attendAt = this.#ledger.attend(now);
    this.#sweep(now);
    this.#dirty = false;
    this.#passedAt = now;
    let choice: Choice | undefined;
    try {
      choice = this.#ledger.commit((freed) => this.#choose(freed, now));
    } finally {
      if (!choice) this.#turns.forget();
    }
    if (!choice) {
      this.#dirty = false;
      return now + SAVE_AGAIN_MS;
    }
    if (choice.isStale) this.#dirty = true;
    for (const claim of choice.claims) this.#start(claim, now);
    return Math.min(this.#sweepAt, attendAt, choice.next);
  }

  /** In the transaction that frees these destinations. */
  #choose(freed: ReadonlySet<string>, now: number): Choice {
    const underWay: UnderWay = {
      count: this.#inFlight.size,
      isBusy: (destination) => this.#busy.has(destination) && !freed.has(destination),
    };
    return this.#turns.choose(underWay, !this.#stopped && !this.#alone, now);
  }

  /** Begins an attempt whose claim stands in the database. */
  #start(claim: Claim, now: number): void {
    const { entry, lane, notifier } = claim;
    failPoint('outbox.claimed', lane.kind);
    if (!notifier) {
      this.#ledger.kill(entry, { kind: 'no_notifier' }, now);
      this.#dirty = true;
      return;
    }
    this.#alone = lane.crashes >= SUSPECT_AFTER;
    this.#turns.started(claim, now);
    this.#busy.add(entry.destination);
    this.#inFlight.add(entry.id);
    void this.#attempt(claim, notifier)
      .catch((error: unknown) => this.#o.log.error('an attempt did not end as it should', { ...about(entry), error }))
      .then(() => {
        this.#inFlight.delete(entry.id);
        this.#nap.wake();
      });
  }

  async #attempt(claim: Claim, notifier: Notifier): Promise<void> {
    const { entry } = claim;
    const { wire, metrics } = this.#o;
    const startedAt = wire.now();
    const result = await this.#send(entry, notifier);
    const now = wire.now();
    const settlement = settle(entry, result, () => this.#degraded(entry, notifier), { now, random: this.#o.random });
    metrics.attempted(entry.kind, settlement.kind, now - startedAt);
    this.#turns.learn(claim, result, settlement, now);
    // The destination stays busy until the outcome is written, so that its order holds.
    this.#ledger.save(entry, settlement, now, () => {
      failPoint('after.mark', entry.kind);
      this.#busy.delete(entry.destination);
      // Others may go again.
      if (this.#alone) this.#dirty = true;
      this.#alone = false;
    });
  }

  async #send(entry: OutboxEntry, notifier: Notifier): Promise<SendResult> {
    const deadlineMs = this.#o.sendDeadlineMs ?? 15_000;
    try {
      failPoint('before.send', entry.kind);
      const outcome = await withDeadline(deadlineMs, (signal) => notifier.send(entry, signal));
      failPoint('after.send', entry.kind);
      if (outcome !== DEADLINE) return outcome;
      return { kind: 'retry', reason: `the notifier did not end within ${deadlineMs} ms`, ambiguous: true };
    } catch (error) {
      this.#o.log.error('a notifier threw', { ...about(entry), error });
      return { kind: 'retry', reason: 'internal error', ambiguous: true };
    }
  }

  #degraded(entry: OutboxEntry, notifier: Notifier): unknown {
    try {
      return notifier.degrade?.(entry);
    } catch (error) {
      this.#o.log.error('a notifier threw', { ...about(entry), error });
      return undefined;
    }
  }

  #sweep(now: number): void {
    // A clock that was set back must not put the next sweep out of reach.
    if (now < this.#sweepAt && this.#sweepAt - now <= SWEEP_EVERY_MS) return;
    this.#ledger.prune(now);
    this.#turns.sweep(now);
    this.#sweepAt = now + SWEEP_EVERY_MS;
  }
}
