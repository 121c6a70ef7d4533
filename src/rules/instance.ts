/**
 * Where one alert instance (one rule × one label set) stands.
 * - `pending`: true, but not yet for as long as `for` asks. `seenAt` is the last evaluation that saw it true.
 * - `firing`: `falseSince` is set while `keep_firing_for` holds it open although it was seen false.
 * - `no_data`: it fired, and what it measures cannot be seen now. Open.
 * - `resolved`: over; `reason` says why.
 */
export type InstanceState =
  | { readonly kind: 'inactive' }
  | { readonly kind: 'pending'; readonly activeAt: number; readonly seenAt: number }
  | { readonly kind: 'firing'; readonly activeAt: number; readonly firedAt: number; readonly falseSince?: number }
  | { readonly kind: 'no_data'; readonly activeAt: number; readonly firedAt: number; readonly since: number }
  | {
      readonly kind: 'resolved';
      readonly activeAt: number;
      readonly firedAt: number;
      readonly at: number;
      readonly reason: ResolveReason;
    };

/**
 * Why an instance is over. Only `seen_false` is good news: `no_data_expired` means that nothing was seen for so long that keeping
 * it open helps nobody, `rule_removed` that nobody asks any more.
 */
export type ResolveReason = 'seen_false' | 'no_data_expired' | 'rule_removed';

/**
 * What one evaluation saw of an instance.
 * - `true`: it is in the expression's result.
 * - `false`: it is not, and what the expression measures has data (or the expression measures nothing that could be missing).
 * - `missing`: it is not, and the measured side of the comparison has no data for these labels either.
 * - `error`: the query failed; nothing is known.
 */
export type Observation = 'true' | 'false' | 'missing' | 'error';

/** How long a rule holds its states. */
export interface Hold {
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** The group's interval: time beyond it in which nobody could look does not count towards `for`. */
  readonly intervalMs: number;
  /**
   * `resolve` treats missing data as false, as Prometheus does; `hold` keeps the alert open as `no_data`; `ignore` learns nothing from
   * it, for the first minutes after our own absence, when nothing has been scraped yet.
   */
  readonly missing: 'resolve' | 'hold' | 'ignore';
  /** A pending instance that was not seen for longer starts anew. Prometheus' for-outage-tolerance. */
  readonly outageToleranceMs: number;
  /** An instance without data for this long is over. */
  readonly noDataEndMs: number;
}

export const DEFAULT_OUTAGE_TOLERANCE_MS = 3_600_000;
export const DEFAULT_NO_DATA_END_MS = 24 * 3_600_000;

/**
 * The life of an alert instance, one evaluation at a time. Prometheus' semantics (pending at the first true, firing when it has been
 * active for `for`, `keep_firing_for` from the first miss, errors change nothing), except that missing data is not "false".
 */
export function transition(prev: InstanceState, observation: Observation, hold: Hold, now: number): InstanceState {
  switch (observation) {
    case 'error':
      return prev;
    case 'true':
      return seenTrue(prev, hold, now);
    case 'false':
      return seenFalse(prev, hold, now);
    case 'missing':
      switch (hold.missing) {
        case 'resolve':
          return seenFalse(prev, hold, now);
        case 'hold':
          return unseen(prev, hold, now);
        case 'ignore':
          return prev;
      }
  }
}

function seenTrue(prev: InstanceState, hold: Hold, now: number): InstanceState {
  switch (prev.kind) {
    case 'inactive':
    case 'resolved':
      return ripe(now, hold, now);
    case 'pending': {
      const gap = now - prev.seenAt;
      if (gap > hold.outageToleranceMs && gap > hold.intervalMs) return ripe(now, hold, now);
      return ripe(prev.activeAt + Math.max(0, gap - hold.intervalMs), hold, now);
    }
    case 'firing':
    case 'no_data':
      return { kind: 'firing', activeAt: prev.activeAt, firedAt: prev.firedAt };
  }
}

function ripe(activeAt: number, hold: Hold, now: number): InstanceState {
  if (now - activeAt >= hold.forMs) return { kind: 'firing', activeAt, firedAt: now };
  return { kind: 'pending', activeAt, seenAt: now };
}

function seenFalse(prev: InstanceState, hold: Hold, now: number): InstanceState {
  switch (prev.kind) {
    case 'inactive':
    case 'resolved':
      return prev;
    case 'pending':
      return { kind: 'inactive' };
    case 'firing':
    case 'no_data': {
      const { activeAt, firedAt } = prev;
      const falseSince = prev.kind === 'firing' ? (prev.falseSince ?? now) : now;
      if (now - falseSince < hold.keepFiringForMs) return { kind: 'firing', activeAt, firedAt, falseSince };
      return { kind: 'resolved', activeAt, firedAt, at: now, reason: 'seen_false' };
    }
  }
}

function unseen(prev: InstanceState, hold: Hold, now: number): InstanceState {
  switch (prev.kind) {
    case 'inactive':
    case 'resolved':
      return prev;
    case 'pending':
      return now - prev.seenAt > hold.outageToleranceMs ? { kind: 'inactive' } : prev;
    case 'firing':
      // It was seen false already and only keep_firing_for holds it: that clock runs on.
      if (prev.falseSince !== undefined) return seenFalse(prev, hold, now);
      return { kind: 'no_data', activeAt: prev.activeAt, firedAt: prev.firedAt, since: now };
    case 'no_data':
      if (now - prev.since < hold.noDataEndMs) return prev;
      return { kind: 'resolved', activeAt: prev.activeAt, firedAt: prev.firedAt, at: now, reason: 'no_data_expired' };
  }
}

/** The end of an instance whose rule is gone. One that never fired just vanishes. */
export function removeRule(prev: InstanceState, now: number): InstanceState {
  switch (prev.kind) {
    case 'inactive':
    case 'pending':
      return { kind: 'inactive' };
    case 'resolved':
      return prev;
    case 'firing':
    case 'no_data':
      return { kind: 'resolved', activeAt: prev.activeAt, firedAt: prev.firedAt, at: now, reason: 'rule_removed' };
  }
}

/** Whether people have been or must be told of it: it has fired and is not over. */
export function isOpenInstance(state: InstanceState): boolean {
  return state.kind === 'firing' || state.kind === 'no_data';
}
