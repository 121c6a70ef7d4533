import {
  dateOfDay,
  dayNumber,
  isoWeekday,
  localDay,
  parseTimeOfDay,
  type TimeOfDay,
  wallInstant,
} from './wall-clock.ts';

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** A time that comes every week on a wall clock. */
export interface Weekly {
  /** 1 is Monday. */
  readonly weekday: number;
  readonly time: TimeOfDay;
}

/** `Monday`, in any case → 1; undefined where the text is no weekday. */
export function parseWeekday(text: string): number | undefined {
  const index = (WEEKDAYS as readonly string[]).indexOf(text.trim().toLowerCase());
  return index < 0 ? undefined : index + 1;
}

/** `monday`, or `monday:friday` with both ends included, as numbers; undefined where the text is something else. */
export function parseWeekdays(text: string): readonly number[] | undefined {
  const [from, to, more] = text.split(':').map(parseWeekday);
  const last = text.includes(':') ? to : from;
  if (from === undefined || last === undefined || more !== undefined || from > last || text.split(':').length > 2) {
    return undefined;
  }
  return Array.from({ length: last - from + 1 }, (_, index) => from + index);
}

/** `monday 09:00`, case-insensitive; undefined where the text is something else. */
export function parseWeekly(text: string): Weekly | undefined {
  const [day = '', clock = '', ...rest] = text.trim().toLowerCase().split(/\s+/);
  const weekday = WEEKDAYS.findIndex((name) => name === day) + 1;
  const time = parseTimeOfDay(clock);
  return weekday === 0 || time === undefined || rest.length > 0 ? undefined : { weekday, time };
}

/** The first occurrence after `now` in the zone. */
export function nextWeekly(weekly: Weekly, zone: string, now: number): number {
  const today = localDay(now, zone);
  const ahead = (weekly.weekday - isoWeekday(today) + 7) % 7;
  const at = wallInstant(today + ahead, weekly.time, zone);
  return at > now ? at : wallInstant(today + ahead + 7, weekly.time, zone);
}

/** The last occurrence at or before `now`. */
export function lastWeekly(weekly: Weekly, zone: string, now: number): number {
  const today = localDay(now, zone);
  const back = (isoWeekday(today) - weekly.weekday + 7) % 7;
  const at = wallInstant(today - back, weekly.time, zone);
  return at <= now ? at : wallInstant(today - back - 7, weekly.time, zone);
}

/** The ISO 8601 week of the calendar day in the zone: the week belongs to the year that holds its Thursday. */
export function isoWeek(at: number, zone: string): number {
  const day = localDay(at, zone);
  const thursday = day - isoWeekday(day) + 4;
  const newYear = dayNumber({ year: dateOfDay(thursday).year, month: 1, day: 1 });
  return Math.floor((thursday - newYear) / 7) + 1;
}
