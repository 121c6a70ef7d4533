import type { Directory } from '../people/directory.ts';
import type { Person } from '../people/person.ts';
import { isoWeekday, localDay, startOfLocalDay } from '../time/wall-clock.ts';
import type { Roster } from './roster.ts';
import type { Shift } from './schedule.ts';

/** One local day of a schedule: who holds most of it. */
export interface CalendarDay {
  /** As in `localDay`. */
  readonly day: number;
  /** Slack user id or name; undefined where nobody holds any of it. */
  readonly who: string | undefined;
  /** Hands change within it by an override or a swap. */
  readonly arranged: boolean;
  /** Some of it has nobody. */
  readonly gap: boolean;
}

/** Weeks from Monday on, in the schedule's zone. */
export interface CalendarWeeks {
  readonly schedule: string;
  readonly zone: string;
  readonly today: number;
  readonly weeks: readonly (readonly CalendarDay[])[];
}

/** Who holds a schedule over some weeks, hour by hour. */
export interface CalendarPieces {
  readonly schedule: string;
  readonly zone: string;
  /** As in `localDay`. */
  readonly monday: number;
  readonly count: number;
  /** In order, without overlap; `who` is a Slack user id or name, undefined where nobody is on call. */
  readonly pieces: readonly {
    readonly who: string | undefined;
    readonly start: number;
    readonly end: number;
    readonly arranged: boolean;
  }[];
}

/** Time without anybody on call. */
export interface Hole {
  readonly schedule: string;
  readonly zone: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Why a page does not reach somebody in Slack. `unknown`: the name means nobody, or several people. `guest`: the account cannot act on
 * alerts. `do_not_disturb`: notifications are off in some of the shift, and there is no other way.
 */
export type Unreachability = 'unknown' | 'no_account' | 'deactivated' | 'guest' | 'do_not_disturb';

/** Somebody whose turn comes, but whom a page does not reach. */
export interface Stranger {
  /** Or the escalation policy that names the person. */
  readonly schedule: string;
  readonly user: string;
  /** When it begins; absent for a level of a policy, which may come at any time. */
  readonly start?: number;
  readonly why: Unreachability;
}

/** What is known of people beside their names. */
export interface ReachPorts {
  /** When Slack holds messages to an account back, [from, until), each day anew; undefined where it does not tell. */
  readonly quietTime: (slackId: string) => { readonly from: number; readonly until: number } | undefined;
  /** Whether a page reaches the person on another way than Slack's. */
  readonly hasOtherWay: (person: Person) => boolean;
  /** People whom escalation policies name themselves. */
  readonly onLadders: () => readonly { readonly policy: string; readonly user: string }[];
}

/** What comes: for people who plan. */
export interface OncallCalendar {
  names(): readonly string[];
  weeks(schedule: string, now: number, count: number): CalendarWeeks | undefined;
  /** The same to the minute: whole weeks from Monday on, gaps included. */
  pieces(schedule: string, now: number, count: number): CalendarPieces | undefined;
  /** In the 30 days after `now`. */
  holes(now: number): readonly Hole[];
  /** The same, each person once per schedule. */
  strangers(now: number): readonly Stranger[];
  /** Slack ids of everybody on call in that time. */
  accounts(now: number): readonly string[];
}

const DAY_MS = 86_400_000;
const AHEAD_MS = 30 * DAY_MS;

/** @param reach absent where Slack is not asked: then only names are looked at */
export function createOncallCalendar(roster: Roster, directory: Directory, reach?: ReachPorts): OncallCalendar {
  const why = ({ user, start, end }: Pick<Shift, 'user' | 'start' | 'end'>): Unreachability | undefined => {
    const person = directory.person(user);
    const standing = directory.account(user)?.standing;
    if (standing === 'gone') return 'deactivated';
    if (!person) return 'unknown';
    if (person.slackId === undefined) return 'no_account';
    if (standing !== undefined && standing !== 'member') return 'guest';
    const quiet = reach?.quietTime(person.slackId);
    if (!reach || !quiet || reach.hasOtherWay(person)) return undefined;
    return comesWithin(quiet, start, end) ? 'do_not_disturb' : undefined;
  };
  const written = (user: string): string => {
    const person = directory.person(user);
    return person?.slackId ?? person?.name ?? user;
  };
  return {
    names: () => roster.names(),
    weeks(name, now, count) {
      const schedule = roster.schedule(name);
      if (!schedule) return undefined;
      const { zone } = schedule;
      const today = localDay(now, zone);
      const monday = today - isoWeekday(today) + 1;
      const days = Array.from({ length: 7 * count }, (_, index) => monday + index);
      const all = roster.shifts(name, startOfLocalDay(monday, zone), startOfLocalDay(monday + 7 * count, zone));
      const added = roster.beside(name, startOfLocalDay(monday, zone), startOfLocalDay(monday + 7 * count, zone));
      const read = days.map((day) => {
        const isMore = added.some(
          ({ start, end }) => start < startOfLocalDay(day + 1, zone) && end > startOfLocalDay(day, zone),
        );
        const one = dayOf(day, zone, all, written);
        return isMore ? { ...one, arranged: true } : one;
      });
      const weeks = Array.from({ length: count }, (_, week) => read.slice(7 * week, 7 * week + 7));
      return { schedule: name, zone, today, weeks };
    },
    pieces(name, now, count) {
      const schedule = roster.schedule(name);
      if (!schedule) return undefined;
      const { zone } = schedule;
      const today = localDay(now, zone);
      const monday = today - isoWeekday(today) + 1;
      const [from, to] = [startOfLocalDay(monday, zone), startOfLocalDay(monday + 7 * count, zone)];
      const held = roster
        .shifts(name, from, to)
        .map(({ user, start, end, source }) => ({ who: written(user), start, end, arranged: source !== 'rotation' }));
      const free = roster.gaps(name, from, to).map((gap) => ({ who: undefined, ...gap, arranged: false }));
      return { schedule: name, zone, monday, count, pieces: [...held, ...free].toSorted((a, b) => a.start - b.start) };
    },
    holes: (now) =>
      roster.names().flatMap((name) => {
        const zone = roster.schedule(name)?.zone ?? 'UTC';
        return roster.gaps(name, now, now + AHEAD_MS).map((gap) => ({ schedule: name, zone, ...gap }));
      }),
    strangers: (now) => [
      ...roster.names().flatMap((name) => {
        const first = new Map<string, Stranger>();
        for (const shift of roster.shifts(name, now, now + AHEAD_MS)) {
          const { user, start } = shift;
          const reason = first.has(user) ? undefined : why(shift);
          if (reason) first.set(user, { schedule: name, user, start, why: reason });
        }
        return [...first.values()];
      }),
      ...(reach?.onLadders() ?? []).flatMap(({ policy, user }) => {
        const reason = why({ user, start: now, end: now + AHEAD_MS });
        return reason ? [{ schedule: policy, user, why: reason }] : [];
      }),
    ],
    accounts: (now) => {
      const users = [
        ...roster.names().flatMap((name) => roster.shifts(name, now, now + AHEAD_MS).map(({ user }) => user)),
        ...(reach?.onLadders() ?? []).map(({ user }) => user),
      ];
      return [...new Set(users.flatMap((user) => directory.person(user)?.slackId ?? []))];
    },
  };
}

/** Whether a time that comes each day falls into [start, end). */
function comesWithin(
  { from, until }: { readonly from: number; readonly until: number },
  start: number,
  end: number,
): boolean {
  const days = Math.floor((start - until) / DAY_MS) + 1;
  return from + days * DAY_MS < end;
}

function dayOf(day: number, zone: string, all: readonly Shift[], written: (user: string) => string): CalendarDay {
  const start = startOfLocalDay(day, zone);
  const end = startOfLocalDay(day + 1, zone);
  const held = new Map<string, number>();
  let covered = 0;
  let arranged = false;
  for (const shift of all) {
    const ms = Math.min(shift.end, end) - Math.max(shift.start, start);
    if (ms <= 0) continue;
    covered += ms;
    arranged ||= shift.source !== 'rotation';
    held.set(shift.user, (held.get(shift.user) ?? 0) + ms);
  }
  const [most] = [...held].toSorted(([, a], [, b]) => b - a);
  return { day, who: most && written(most[0]), arranged, gap: covered < end - start };
}
