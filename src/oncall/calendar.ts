import type { Directory } from '../people/directory.ts';
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

/** Time without anybody on call. */
export interface Hole {
  readonly schedule: string;
  readonly zone: string;
  readonly start: number;
  readonly end: number;
}

/** Somebody whose turn comes, but whom a page cannot reach in Slack. */
export interface Stranger {
  readonly schedule: string;
  readonly user: string;
  /** When it begins. */
  readonly start: number;
}

/** What comes: for people who plan. */
export interface OncallCalendar {
  names(): readonly string[];
  weeks(schedule: string, now: number, count: number): CalendarWeeks | undefined;
  /** In the 30 days after `now`. */
  holes(now: number): readonly Hole[];
  /** The same, each person once per schedule. */
  strangers(now: number): readonly Stranger[];
}

const DAY_MS = 86_400_000;
const AHEAD_MS = 30 * DAY_MS;

export function createOncallCalendar(roster: Roster, directory: Directory): OncallCalendar {
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
      const read = days.map((day) => dayOf(day, zone, all, written));
      const weeks = Array.from({ length: count }, (_, week) => read.slice(7 * week, 7 * week + 7));
      return { schedule: name, zone, today, weeks };
    },
    holes: (now) =>
      roster.names().flatMap((name) => {
        const zone = roster.schedule(name)?.zone ?? 'UTC';
        return roster.gaps(name, now, now + AHEAD_MS).map((gap) => ({ schedule: name, zone, ...gap }));
      }),
    strangers: (now) =>
      roster.names().flatMap((name) => {
        const first = new Map<string, Stranger>();
        for (const { user, start } of roster.shifts(name, now, now + AHEAD_MS)) {
          if (first.has(user) || directory.person(user)?.slackId !== undefined) continue;
          first.set(user, { schedule: name, user, start });
        }
        return [...first.values()];
      }),
  };
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
