import { backoffMs } from './backoff.ts';
import { Budgets, type BudgetUse } from './budget.ts';
import { Circuits } from './circuit.ts';
import { Lanes } from './lanes.ts';
import { about, type DeliveryLog, SUSPECT_AFTER } from './ledger.ts';
import type { Notifier } from './notifier.ts';
import { agedTurn, compareLanes, isAged } from './order.ts';
import type { OutboxEntry, SendResult } from './outbox.ts';
import { isDue, type Settlement } from './settle.ts';
import type { Lane, OutboxStore } from './store.ts';

export interface TurnsOptions {
  readonly store: OutboxStore;
  readonly notifiers: readonly Notifier[];
  /** In [0, 1). */
  readonly random: () => number;
  /** Credentials (`Notifier.credentials`, else its kind) stopped or started again to work. Not in a transaction. */
  readonly onCircuit?: (credentials: string, state: 'open' | 'closed', reason: string) => void;
  readonly log: DeliveryLog;
}

const LONGEST_DESTINATION_HOLD_MS = 30_000;
const MOST_AT_ONCE = 8;
/** P1 rows may use these beyond `MOST_AT_ONCE`, so that slow unimportant destinations never hold them up. */
const RESERVED_FOR_P1 = 4;
const USES_KEPT_MS = 5000;

/** A row that is marked as under way, and what it counts against. */
export interface Claim {
  readonly entry: OutboxEntry;
  readonly lane: Lane;
  readonly notifier: Notifier | undefined;
  readonly uses: readonly BudgetUse[];
}

export interface Choice {
  readonly claims: readonly Claim[];
  /** When something else may go. */
  readonly next: number;
  /** A lane was out of date: the next choice reads it anew. */
  readonly isStale: boolean;
}

/** Attempts that have not come to an end. */
export interface UnderWay {
  readonly count: number;
  isBusy(destination: string): boolean;
}

/**
 * Whose turn it is: the outbox's lanes in their order, against what holds them back. That is the limits of the other side, destinations
 * that failed lately, and credentials that do not work.
 */
export class Turns {
  readonly #o: TurnsOptions;
  readonly #notifiers: ReadonlyMap<string, Notifier>;
  readonly #lanes: Lanes;
  /** What rows count against, by their lane's state; asked again after a while, because a card that was posted is edited next. */
  #uses = new WeakMap<Lane, { readonly uses: readonly BudgetUse[]; readonly askedAt: number }>();
  readonly #budgets = new Budgets();
  readonly #circuits = new Circuits();
  /** Which credentials a destination's rows were last seen to need, where their kind has several: a lane does not say. */
  readonly #credentialsAt = new Map<string, string>();
  /** Destinations that failed lately. */
  readonly #holds = new Map<string, { readonly failures: number; readonly until: number }>();
  readonly #passes = new Map<string, number>();

  constructor(options: TurnsOptions) {
    this.#o = options;
    this.#lanes = new Lanes(options.store);
    this.#notifiers = new Map(options.notifiers.map((notifier) => [notifier.kind, notifier]));
  }

  /** Whether the outbox has changes that no choice has seen. */
  isBehind(): boolean {
    return this.#lanes.isBehind();
  }

  /** What was read in a transaction that did not come about means nothing. */
  forget(): void {
    this.#lanes.forget();
  }

  isCircuitOpen(kind: string): boolean {
    return this.#circuits.isOpen(this.#credentialsOf({ kind, destination: '' }));
  }

  /** Takes note of what changed in the outbox, and claims what goes next unless nothing `mayStart`. In a transaction. */
  choose(underWay: UnderWay, mayStart: boolean, now: number): Choice {
    this.#lanes.update();
    if (!mayStart) return { claims: [], next: Number.POSITIVE_INFINITY, isStale: false };
    const suspect = this.#lanes.suspects(SUSPECT_AFTER).find((lane) => this.#startableAt(lane, now) <= now);
    if (!suspect) return this.#claimAll(underWay, now);
    // It may be what ended earlier processes: nothing else is to be under way with it.
    const claim = underWay.count === 0 ? this.#claim(suspect, now) : undefined;
    return {
      claims: claim ? [claim] : [],
      next: Number.POSITIVE_INFINITY,
      isStale: underWay.count === 0 && !claim,
    };
  }

  /** An attempt begins. */
  started({ entry, lane, notifier }: Claim, now: number): void {
    if (typeof notifier?.credentials === 'function')
      this.#credentialsAt.set(entry.destination, notifier.credentials(entry));
    this.#circuits.started(this.#credentialsOf(entry), now);
    this.#passes.set(lane.destination, isAged(lane, now) ? 0 : (this.#passes.get(lane.destination) ?? 0) + 1);
  }

  /** What an attempt teaches about its limits, its destination and its kind's credentials. */
  learn({ entry, uses }: Claim, result: SendResult, settlement: Settlement, now: number): void {
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

  /** Forgets what no longer holds anything back. */
  sweep(now: number): void {
    this.#budgets.sweep(now);
    for (const [destination, hold] of this.#holds) if (isDue(hold.until, now)) this.#holds.delete(destination);
    this.#passes.clear();
    this.#credentialsAt.clear();
  }

  /** Destinations in the order of their best rows. */
  #claimAll(underWay: UnderWay, now: number): Choice {
    let next = Number.POSITIVE_INFINITY;
    let isStale = false;
    const claims: Claim[] = [];
    const ready: Lane[] = [];
    const offer = (destination: string): void => {
      const found = this.#firstStartable(destination, now);
      if (typeof found === 'number') next = Math.min(next, found);
      else ready.push(found);
    };
    for (const destination of this.#lanes.destinations()) if (!underWay.isBusy(destination)) offer(destination);
    ready.sort(compareLanes);
    for (let lane = ready.shift(); lane; lane = ready.shift()) {
      const most = MOST_AT_ONCE + (lane.priority === 'P1' ? RESERVED_FOR_P1 : 0);
      if (underWay.count + claims.length >= most) continue;
      if (this.#startableAt(lane, now) > now) {
        // A more urgent row elsewhere took the last of a shared limit; something else here may still go.
        offer(lane.destination);
        continue;
      }
      const claim = this.#claim(lane, now);
      if (claim) claims.push(claim);
      else isStale = true;
    }
    return { claims, next, isStale };
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

  /** undefined where the lane was out of date. */
  #claim(lane: Lane, now: number): Claim | undefined {
    const entry = this.#o.store.claim(lane.id);
    this.#lanes.refresh(lane);
    if (!entry) return undefined;
    const notifier = this.#notifiers.get(entry.kind);
    const uses = notifier ? this.#usesOf(entry, notifier) : [];
    this.#budgets.take(uses, now);
    this.#circuits.started(this.#credentialsOf(entry), now);
    return { entry, lane, notifier, uses };
  }

  #usesOf(entry: OutboxEntry, notifier: Notifier): readonly BudgetUse[] {
    try {
      return notifier.budgets?.(entry) ?? [];
    } catch (error) {
      this.#o.log.error('a notifier threw', { ...about(entry), error });
      return [];
    }
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
}
