import {
  dateOfDay,
  dayNumber,
  isoWeekday,
  localDay,
  parseTimeOfDay,
  type TimeOfDay,
  wallInstant,
} from './wall-clock.ts';
import { parseWeekday } from './weekly.ts';

const WHICH = ['first', 'second', 'third', 'fourth', 'last'] as const;

/** A time that comes once a month on a wall clock: the n-th of one weekday. */
export interface Monthly {
  /** 1–4, or `last`. */
  readonly which: number | 'last';
  /** 1 is Monday. */
  readonly weekday: number;
  readonly time: TimeOfDay;
}

/** `first tuesday 11:00`, `last friday 15:30`, in any case; undefined where the text is something else. */
export function parseMonthly(text: string): Monthly | undefined {
  const [nth = '', day = '', clock = '', ...rest] = text.trim().toLowerCase().split(/\s+/);
  const which = WHICH.findIndex((word) => word === nth) + 1;
  const weekday = parseWeekday(day);
  const time = parseTimeOfDay(clock);
  if (which === 0 || weekday === undefined || time === undefined || rest.length > 0) return undefined;
  return { which: which === WHICH.length ? 'last' : which, weekday, time };
}

/** The first occurrence after `now` in the zone. */
export function nextMonthly(monthly: Monthly, zone: string, now: number): number {
  const { year, month } = dateOfDay(localDay(now, zone));
  const at = inMonth(monthly, zone, year, month);
  return at > now ? at : inMonth(monthly, zone, month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1);
}

function inMonth({ which, weekday, time }: Monthly, zone: string, year: number, month: number): number {
  const first = dayNumber({ year, month, day: 1 });
  if (which !== 'last') {
    const ahead = (weekday - isoWeekday(first) + 7) % 7;
    return wallInstant(first + ahead + 7 * (which - 1), time, zone);
  }
  const last =
    (month === 12 ? dayNumber({ year: year + 1, month: 1, day: 1 }) : dayNumber({ year, month: month + 1, day: 1 })) -
    1;
  return wallInstant(last - ((isoWeekday(last) - weekday + 7) % 7), time, zone);
}
