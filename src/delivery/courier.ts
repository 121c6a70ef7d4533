import { failPoint } from '../fail-point.ts';
import type { Clock } from '../time/clock.ts';
import { DEADLINE, withDeadline } from '../time/deadline.ts';
import type { Job } from '../time/loop.ts';
import { backoffMs } from './backoff.ts';
import { Budgets, type BudgetUse } from './budget.ts';
import { Circuits } from './circuit.ts';
import { Lanes } from './lanes.ts';
import { about, Ledger, type LedgerOptions, SUSPECT_AFTER } from './ledger.ts';
import { Nap } from './nap.ts';
import type { Notifier } from './notifier.ts';
import { agedTurn, compareLanes, isAged } from './order.ts';
import type { OutboxEntry, SendResult } from './outbox.ts';
import { type DeadReason, isDue, type Settlement, settle } from './settle.ts';
import type { Lane } from './store.ts';

export interface DeliveryMetrics {
  /** One attempt came to an end. */
  attempted(kind: string, result: Settlement['kind'], durationMs: number): void;
  undeliverable(kind: string, reason: DeadReason['kind']): void;
}

export interface CourierOptions extends LedgerOptions {
  readonly notifiers: readonly Notifier[];
  readonly wire: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Credentials (`Notifier.credentials`, else its kind) stopped or started again to work. Not in a transaction. */
  readonly onCircuit?: (credentials: string, state: 'open' | 'closed', reason: string) => void;
  readonly metrics: DeliveryMetrics;
  /** Real time one attempt may take before it is given up as ambiguous. Notifiers end by themselves earlier. */
  readonly sendDeadlineMs?: number;
}

const SWEEP_EVERY_MS = 3_600_000;
const LONGEST_DESTINATION_HOLD_MS = 30_000;
const MOST_AT_ONCE = 8;
/** P1 rows may use these beyond `MOST_AT_ONCE`, so that slow unimportant destinations never hold them up. */
const RESERVED_FOR_P1 = 4;
const SAVE_AGAIN_MS = 1000;
const USES_KEPT_MS = 5000;

/** A row that is marked as under way, and what it counts against. */
interface Claim {
  readonly entry: OutboxEntry;
  readonly lane: Lane;
  readonly notifier: Notifier | undefined;
  readonly uses: readonly BudgetUse[];
}

interface Choice {
  readonly claims: readonly Claim[];
  /** When something else may go. */
  readonly next: number;
}

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
  readonly #notifiers: ReadonlyMap<string, Notifier>;
  readonly #ledger: Ledger;
  readonly #lanes: Lanes;
  /** What rows count against, by their lane's state; asked again after a while, because a card that was posted is edited next. */
  #uses = new WeakMap<Lane, { readonly uses: readonly BudgetUse[]; readonly askedAt: number }>();
  readonly #budgets = new Budgets();
  readonly #circuits = new Circuits();
  /** Which credentials a destination's rows were last seen to need, where their kind has several: a lane does not say. */
  readonly #credentialsAt = new Map<string, string>();
  /** Row ids of the attempts under way. */
  readonly #inFlight = new Set<string>();
  readonly #busy = new Set<string>();
  /** Destinations that failed lately. */
  readonly #holds = new Map<string, { readonly failures: number; readonly until: number }>();
  readonly #passes = new Map<string, number>();
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
    this.#nap = new Nap(options.wire);
    this.#lanes = new Lanes(options.store);
    this.#notifiers = new Map(options.notifiers.map((notifier) => [notifier.kind, notifier]));
  }

  nextDue(): number | undefined {
    if (this.#stopped) return undefined;
    if (this.#dirty || this.#lanes.isBehind()) return 0;
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
    return this.#circuits.isOpen(this.#credentialsOf({ kind, destination: '' }));
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
      // What was read in a transaction that did not come about means nothing.
      if (!choice) this.#lanes.forget();
    }
    if (!choice) {
      this.#dirty = false;
      return now + SAVE_AGAIN_MS;
    }
    for (const claim of choice.claims) this.#start(claim, now);
    return Math.min(this.#sweepAt, attendAt, choice.next);
  }

  /** Claims what goes next. In the transaction that frees these destinations. */
  #choose(freed: ReadonlySet<string>, now: number): Choice {
    this.#lanes.update();
    const claims: Claim[] = [];
    if (this.#stopped || this.#alone) return { claims, next: Number.POSITIVE_INFINITY };
    const suspect = this.#lanes.suspects(SUSPECT_AFTER).find((lane) => this.#startableAt(lane, now) <= now);
    if (!suspect) return { claims, next: this.#claimAll(claims, freed, now) };
    if (this.#inFlight.size === 0) claims.push(...this.#claim(suspect, now));
    return { claims, next: Number.POSITIVE_INFINITY };
  }

  /** Destinations in the order of their best rows; returns when one that waits may have its turn. */
  #claimAll(claims: Claim[], freed: ReadonlySet<string>, now: number): number {
    let next = Number.POSITIVE_INFINITY;
    const ready: Lane[] = [];
    const offer = (destination: string): void => {
      const found = this.#firstStartable(destination, now);
      if (typeof found === 'number') next = Math.min(next, found);
      else ready.push(found);
    };
    for (const destination of this.#lanes.destinations())
      if (!this.#busy.has(destination) || freed.has(destination)) offer(destination);
    ready.sort(compareLanes);
    for (let lane = ready.shift(); lane; lane = ready.shift()) {
      const underWay = this.#inFlight.size + claims.length;
      if (underWay >= MOST_AT_ONCE + (lane.priority === 'P1' ? RESERVED_FOR_P1 : 0)) continue;
      if (this.#startableAt(lane, now) <= now) claims.push(...this.#claim(lane, now));
      // A more urgent row elsewhere took the last of a shared limit; something else here may still go.
      else offer(lane.destination);
    }
    return next;
  }

  /** The row of a destination that goes next, or when it is worth looking again. */
  #firstStartable(destination: string, now: number): Lane | number {
    const lanes = this.#lanes.of(destination);
    const aged = agedTurn(lanes, now, this.#passes.get(destination) ?? 0);
    if (aged && this.#startableAt(aged, now) <= now) return aged;
    let next = Number.POSITIVE_INFINITY;
    for (const lane of lanes) {
      const at = this.#startableAt(lane, now);
      if (at <= now) return lane;
      next = Math.min(next, at);
    }
    return next;
  }

  /** `now` where the lane's first row can go, else when it is worth looking again. */
  #startableAt(lane: Lane, now: number): number {
    const hold = this.#holds.get(lane.destination)?.until ?? now;
    const at = Math.max(
      isDue(lane.notBefore, now) ? now : lane.notBefore,
      isDue(hold, now) ? now : hold,
      this.#circuits.opensAt(this.#credentialsOf(lane), now),
    );
    if (at > now) return at;
    const notifier = this.#notifiers.get(lane.kind);
    if (!notifier?.budgets) return now;
    let known = this.#uses.get(lane);
    if (!known || now - known.askedAt > USES_KEPT_MS || now < known.askedAt) {
      const entry = this.#o.store.entry(lane.id);
      known = { uses: entry ? this.#usesOf(entry, notifier) : [], askedAt: now };
      this.#uses.set(lane, known);
    }
    return this.#budgets.fitsAt(known.uses, now);
  }

  /** Nothing where the lane was out of date: the next pass reads it anew. */
  #claim(lane: Lane, now: number): Claim[] {
    const entry = this.#o.store.claim(lane.id);
    this.#lanes.refresh(lane);
    if (!entry) {
      this.#dirty = true;
      return [];
    }
    const notifier = this.#notifiers.get(entry.kind);
    const uses = notifier ? this.#usesOf(entry, notifier) : [];
    this.#budgets.take(uses, now);
    this.#circuits.started(this.#credentialsOf(entry), now);
    return [{ entry, lane, notifier, uses }];
  }

  /** Begins an attempt whose claim stands in the database. */
  #start({ entry, lane, notifier, uses }: Claim, now: number): void {
    failPoint('outbox.claimed', lane.kind);
    if (!notifier) {
      this.#ledger.kill(entry, { kind: 'no_notifier' }, now);
      this.#dirty = true;
      return;
    }
    this.#alone = lane.crashes >= SUSPECT_AFTER;
    if (typeof notifier.credentials === 'function')
      this.#credentialsAt.set(entry.destination, notifier.credentials(entry));
    this.#circuits.started(this.#credentialsOf(entry), now);
    this.#passes.set(lane.destination, isAged(lane, now) ? 0 : (this.#passes.get(lane.destination) ?? 0) + 1);
    this.#busy.add(entry.destination);
    this.#inFlight.add(entry.id);
    void this.#attempt(entry, notifier, uses)
      .catch((error: unknown) => this.#o.log.error('an attempt did not end as it should', { ...about(entry), error }))
      .then(() => {
        this.#inFlight.delete(entry.id);
        this.#nap.wake();
      });
  }

  async #attempt(entry: OutboxEntry, notifier: Notifier, uses: readonly BudgetUse[]): Promise<void> {
    const { wire, log, metrics } = this.#o;
    const startedAt = wire.now();
    const deadlineMs = this.#o.sendDeadlineMs ?? 15_000;
    let result: SendResult;
    try {
      failPoint('before.send', entry.kind);
      const outcome = await withDeadline(deadlineMs, (signal) => notifier.send(entry, signal));
      failPoint('after.send', entry.kind);
      result =
        outcome === DEADLINE
          ? { kind: 'retry', reason: `the notifier did not end within ${deadlineMs} ms`, ambiguous: true }
          : outcome;
    } catch (error) {
      log.error('a notifier threw', { ...about(entry), error });
      result = { kind: 'retry', reason: 'internal error', ambiguous: true };
    }
    const now = wire.now();
    const degraded = (): unknown => {
      try {
        return notifier.degrade?.(entry);
      } catch (error) {
        log.error('a notifier threw', { ...about(entry), error });
        return undefined;
      }
    };
    const settlement = settle(entry, result, degraded, { now, random: this.#o.random });
    metrics.attempted(entry.kind, settlement.kind, now - startedAt);
    this.#learn(entry, uses, result, settlement, now);
    // The destination stays busy until the outcome is written, so that its order holds.
    this.#ledger.save(entry, settlement, now, () => {
      failPoint('after.mark', entry.kind);
      this.#busy.delete(entry.destination);
      // Others may go again.
      if (this.#alone) this.#dirty = true;
      this.#alone = false;
    });
  }

  #usesOf(entry: OutboxEntry, notifier: Notifier): readonly BudgetUse[] {
    try {
      return notifier.budgets?.(entry) ?? [];
    } catch (error) {
      this.#o.log.error('a notifier threw', { ...about(entry), error });
      return [];
    }
  }

  /** What an attempt teaches about its limits, its destination and its kind's credentials. */
  #learn(
    entry: OutboxEntry,
    uses: readonly BudgetUse[],
    result: SendResult,
    settlement: Settlement,
    now: number,
  ): void {
    const { destination } = entry;
    const credentials = this.#credentialsOf(entry);
    if (settlement.kind === 'retry') {
      const afterMs = result.kind === 'retry' ? result.afterMs : undefined;
      if (afterMs !== undefined && uses.length > 0) {
        this.#budgets.close(uses, settlement.notBefore, now);
        return;
      }
      const failures = (this.#holds.get(destination)?.failures ?? 0) + 1;
      const holdMs = Math.min(LONGEST_DESTINATION_HOLD_MS, backoffMs(failures, this.#o.random));
      this.#holds.set(destination, { failures, until: afterMs === undefined ? now + holdMs : settlement.notBefore });
      return;
    }
    if (settlement.kind === 'credentials') {
      if (this.#circuits.open(credentials, now)) this.#circuitChanged(credentials, 'open', settlement.reason);
      return;
    }
    this.#holds.delete(destination);
    if (this.#circuits.close(credentials)) this.#circuitChanged(credentials, 'closed', '');
  }

  #credentialsOf({ kind, destination }: Pick<Lane, 'kind' | 'destination'>): string {
    const named = this.#notifiers.get(kind)?.credentials ?? kind;
    return typeof named === 'string' ? named : (this.#credentialsAt.get(destination) ?? kind);
  }

  #circuitChanged(credentials: string, state: 'open' | 'closed', reason: string): void {
    this.#o.log.warn('credentials circuit changed', { credentials, state, reason });
    try {
      this.#o.onCircuit?.(credentials, state, reason);
    } catch (error) {
      this.#o.log.error('a circuit hook threw', { credentials, state, error });
    }
  }

  #sweep(now: number): void {
    // A clock that was set back must not put the next sweep out of reach.
    if (now < this.#sweepAt && this.#sweepAt - now <= SWEEP_EVERY_MS) return;
    this.#ledger.prune(now);
    this.#budgets.sweep(now);
    for (const [destination, hold] of this.#holds) if (isDue(hold.until, now)) this.#holds.delete(destination);
    this.#passes.clear();
    this.#credentialsAt.clear();
    this.#sweepAt = now + SWEEP_EVERY_MS;
  }
}
