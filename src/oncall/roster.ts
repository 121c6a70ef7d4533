import type { Leavers } from '../people/departure.ts';
import type { Arrangements, Schedule, Shift } from './schedule.ts';
import { beside, gaps, onCallAt, shifts } from './schedule.ts';
import type { OncallStore } from './store.ts';
import { legsOf } from './swap.ts';

/** How far ahead the next change of hand is looked for. */
const HORIZON_MS = 400 * 86_400_000;
const STEP_MS = 7 * 86_400_000;

/** Who holds a schedule at an instant, until when, and who comes next. Users are as files and people wrote them. */
export interface Holder {
  readonly schedule: string;
  readonly zone: string;
  /** undefined in a gap. */
  readonly current?: Shift;
  /** When hands change (or the gap ends); undefined where that is further away than a year. */
  readonly until?: number;
  readonly next?: Shift;
}

/** Every schedule with what was arranged at run time: the one answer to "who", for Slack, the ladder, the CLI and calendars. */
export interface Roster {
  names(): readonly string[];
  schedule(name: string): Schedule | undefined;
  /** undefined where there is no such schedule; empty in a gap. */
  onCall(schedule: string, now: number): readonly string[] | undefined;
  /** Final shifts in [from, to), in order. Empty for an unknown schedule. */
  shifts(schedule: string, from: number, to: number): readonly Shift[];
  /** Whoever is on call beside them, because somebody was added. */
  beside(schedule: string, from: number, to: number): readonly Shift[];
  gaps(schedule: string, from: number, to: number): readonly { readonly start: number; readonly end: number }[];
  holder(schedule: string, now: number): Holder | undefined;
  /** Who would hold it, had they not been deactivated; undefined where somebody does, or nobody would. */
  missing(schedule: string, now: number): string | undefined;
}

/**
 * @param schedules read anew at each question
 * @param store absent where there is no database (`check`, `oncall` from files)
 * @param leavers who was deactivated, read anew at each question
 */
export function createRoster(
  schedules: () => readonly Schedule[],
  store?: OncallStore,
  leavers: () => Leavers | undefined = () => undefined,
): Roster {
  const find = (name: string): Schedule | undefined => schedules().find((schedule) => schedule.name === name);
  // A schedule that includes itself over others is refused when files are read; here it has nobody rather than no end.
  const arranged = (
    name: string,
    since: number,
    goneFrom: Leavers | undefined = leavers(),
    within: readonly string[] = [name],
  ): Arrangements => ({
    overrides: store?.overrides(name, since) ?? [],
    swaps: store ? legsIn(store, name, since) : [],
    included: (other, from, to) => {
      const schedule = within.includes(other) ? undefined : find(other);
      return schedule ? shifts(schedule, from, to, arranged(other, from, goneFrom, [...within, other])) : [];
    },
    ...(goneFrom && { goneFrom }),
  });
  const between = (schedule: Schedule, from: number, to: number): Shift[] =>
    shifts(schedule, from, to, arranged(schedule.name, from));
  return {
    names: () => schedules().map(({ name }) => name),
    schedule: find,
    onCall(name, now) {
      const schedule = find(name);
      if (!schedule) return undefined;
      const arrangements = arranged(name, now);
      const shift = onCallAt(schedule, now, arrangements);
      const added = beside(schedule, now, now + 1, arrangements).map(({ user }) => user);
      return [...new Set([...(shift ? [shift.user] : []), ...added])];
    },
    beside(name, from, to) {
      const schedule = find(name);
      return schedule ? beside(schedule, from, to, arranged(name, from)) : [];
    },
    missing(name, now) {
      const schedule = find(name);
      const isGap = schedule && leavers() !== undefined && !onCallAt(schedule, now, arranged(name, now));
      return isGap ? onCallAt(schedule, now, arranged(name, now, STAYING))?.user : undefined;
    },
    shifts(name, from, to) {
      const schedule = find(name);
      return schedule ? between(schedule, from, to) : [];
    },
    gaps(name, from, to) {
      const schedule = find(name);
      return schedule ? gaps(schedule, from, to, arranged(name, from)) : [];
    },
    holder(name, now) {
      const schedule = find(name);
      return schedule && holderOf(schedule, now, between);
    },
  };
}

const STAYING: Leavers = () => undefined;

function legsIn(store: OncallStore, schedule: string, since: number): Arrangements['swaps'] {
  // A leg in return may lie in this schedule while its swap was made about another one, so all agreed swaps count.
  return legsOf(store.agreedSwaps(since)).filter((leg) => leg.schedule === schedule);
}

function holderOf(
  schedule: Schedule,
  now: number,
  between: (schedule: Schedule, from: number, to: number) => Shift[],
): Holder {
  const base = { schedule: schedule.name, zone: schedule.zone };
  const current = between(schedule, now, now + 1)[0];
  let until = now;
  for (let from = now; from < now + HORIZON_MS; from += STEP_MS) {
    for (const shift of between(schedule, from, from + STEP_MS)) {
      const same = current !== undefined && shift.user === current.user && shift.start <= until;
      if (!same) {
        const changeAt = current ? until : shift.start;
        return { ...base, ...(current && { current }), until: changeAt, next: shift };
      }
      until = shift.end;
    }
    if (current && until < from + STEP_MS) return { ...base, current, until, ...nextAfter(schedule, until, between) };
  }
  return { ...base, ...(current && { current }) };
}

/** Whoever comes after a gap. */
function nextAfter(
  schedule: Schedule,
  at: number,
  between: (schedule: Schedule, from: number, to: number) => Shift[],
): Pick<Holder, 'next'> {
  for (let from = at; from < at + HORIZON_MS; from += STEP_MS) {
    const [next] = between(schedule, from, from + STEP_MS);
    if (next) return { next };
  }
  return {};
}
