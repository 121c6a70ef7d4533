import { Labels } from '../../labels/labels.ts';
import type { FunctionSpec } from './spec.ts';

const DAY = 86_400;

interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

/** The Gregorian date of a day counted from 1970-01-01. Source: H. Hinnant, "chrono-compatible low-level date algorithms". */
function civilDate(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365] as const;

function daysBefore({ year, month }: Pick<CivilDate, 'year' | 'month'>): number {
  return (DAYS_BEFORE[month - 1] ?? 0) + (month > 2 && isLeap(year) ? 1 : 0);
}

function daysInMonth({ year, month }: CivilDate): number {
  return (DAYS_BEFORE[month] ?? 0) - (DAYS_BEFORE[month - 1] ?? 0) + (month === 2 && isLeap(year) ? 1 : 0);
}

/** A date function in UTC: of each value (epoch seconds), or without an argument of the evaluation time. */
function dateSpec(f: (seconds: number, date: CivilDate) => number): FunctionSpec {
  const of = (v: number): number => {
    if (!Number.isFinite(v)) return Number.NaN;
    const seconds = Math.trunc(v);
    return f(seconds, civilDate(Math.floor(seconds / DAY)));
  };
  return {
    kind: 'vector',
    args: ['vector'],
    variadic: 1,
    returns: 'vector',
    evaluate: (call) => {
      if (call.args.length === 0) return [{ labels: Labels.empty, t: call.t, v: of(call.t / 1000), dropName: false }];
      return call.vector(0).map((item) => ({ ...item, t: call.t, v: of(item.v), dropName: true }));
    },
  };
}

function within(seconds: number, unit: number, size: number): number {
  const part = Math.floor(seconds / unit) % size;
  return part < 0 ? part + size : part;
}

export const dateFunctions: Readonly<Record<string, FunctionSpec>> = {
  minute: dateSpec((seconds) => within(seconds, 60, 60)),
  hour: dateSpec((seconds) => within(seconds, 3600, 24)),
  // 1970-01-01 was a Thursday; Sunday is 0.
  day_of_week: dateSpec((seconds) => within(seconds + 4 * DAY, DAY, 7)),
  day_of_month: dateSpec((_, date) => date.day),
  day_of_year: dateSpec((_, date) => daysBefore(date) + date.day),
  days_in_month: dateSpec((_, date) => daysInMonth(date)),
  month: dateSpec((_, date) => date.month),
  year: dateSpec((_, date) => date.year),
};
