import type { Job } from '../time/loop.ts';
import { lastWeekly, nextWeekly, type Weekly } from '../time/weekly.ts';
import { type DigestReport, digestReport } from './digest.ts';
import { STALE_AFTER_MS, staleRules } from './quality.ts';
import type { FeedbackStore } from './store.ts';

export interface DigestSchedule {
  readonly weekly: Weekly;
  readonly zone: string;
}

export interface ReporterOptions {
  readonly store: FeedbackStore;
  readonly transact: <T>(fn: () => T) => T;
  /** As configured now; undefined: no digest. */
  readonly schedule: () => DigestSchedule | undefined;
  /** Puts the report into the outbox; called in the transaction that moves the deadline. */
  readonly publish: (report: DigestReport, now: number) => void;
  /** The rules that exist, with when each was first seen. */
  readonly rules?: () => readonly { readonly name: string; readonly since: number }[];
  /** Rules that fire, or stay silent, on purpose. */
  readonly exempt?: () => ReadonlySet<string>;
  /** Incidents that no alert had caught, reported in from <= t < to. */
  readonly missed?: (from: number, to: number) => number;
  readonly pagesByHand?: (from: number, to: number) => number;
  readonly notes?: (from: number, to: number) => readonly string[];
  readonly models?: (from: number, to: number) => DigestReport['models'];
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** As long as the audit trail promises. */
const KEPT_MS = 400 * DAY_MS;

export function createReporter(options: ReporterOptions): Reporter {
  return new Reporter(options);
}

/** Publishes the weekly report. Its deadline is stored: a restart loses none, and a long downtime is followed by one, not by many. */
export class Reporter implements Job {
  readonly name = 'reporter';
  readonly #o: ReporterOptions;

  constructor(options: ReporterOptions) {
    this.#o = options;
  }

  nextDue(): number | undefined {
    const schedule = this.#o.schedule();
    if (!schedule) return undefined;
    const deadline = this.#o.store.digestDeadline();
    return deadline?.schedule === nameOf(schedule) ? deadline.at : 0;
  }

  async run(now: number): Promise<void> {
    const schedule = this.#o.schedule();
    if (schedule) this.#o.transact(() => this.#publish(schedule, now));
  }

  /** The seven days up to `now`, for whoever asks between two digests. */
  report(now: number): DigestReport {
    return this.#compose(now - WEEK_MS, now, this.#o.schedule()?.zone ?? 'UTC');
  }

  #publish(schedule: DigestSchedule, now: number): void {
    const { store, publish } = this.#o;
    const { weekly, zone } = schedule;
    const deadline = store.digestDeadline();
    // A first start and a changed configuration only set the deadline.
    const isDue = deadline?.schedule === nameOf(schedule) && deadline.at <= now;
    if (deadline?.schedule === nameOf(schedule) && !isDue) return;
    if (isDue) {
      const to = lastWeekly(weekly, zone, now);
      publish(this.#compose(lastWeekly(weekly, zone, to - 1), to, zone), now);
      store.prune(now - KEPT_MS);
    }
    store.setDigestDeadline({ at: nextWeekly(weekly, zone, now), schedule: nameOf(schedule) });
  }

  #compose(from: number, to: number, zone: string): DigestReport {
    const { store, rules, exempt, missed, pagesByHand, notes, models } = this.#o;
    return digestReport({
      from,
      to,
      zone,
      outcomes: store.outcomes(from, to),
      outcomesBefore: store.outcomes(from - WEEK_MS, from),
      stale: staleRules({
        outcomes: store.outcomes(to - STALE_AFTER_MS, to),
        firstFired: store.firstFired(),
        rules: rules?.() ?? [],
        exempt: exempt?.() ?? new Set(),
        now: to,
      }),
      missed: missed?.(from, to) ?? 0,
      pagesByHand: pagesByHand?.(from, to) ?? 0,
      models: models?.(from, to) ?? [],
      notes: notes?.(from, to) ?? [],
    });
  }
}

function nameOf({ weekly, zone }: DigestSchedule): string {
  return `${weekly.weekday} ${weekly.time} ${zone}`;
}
