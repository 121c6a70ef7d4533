import { type WallClock, wallClockAt } from '../time/zone.ts';
import type { Mute } from './effects.ts';

/** Minutes of the day, `end` exclusive and up to 1440. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** Both ends inclusive. */
export interface InclusiveRange {
  readonly begin: number;
  readonly end: number;
}

/**
 * Alertmanager's time interval: every part that is present must hold. An absent part does not restrict; an empty list never holds.
 * Days of month below zero count from the month's end (-1 is the last day).
 */
export interface TimeInterval {
  readonly times?: readonly TimeRange[];
  readonly weekdays?: readonly InclusiveRange[];
  readonly daysOfMonth?: readonly InclusiveRange[];
  readonly months?: readonly InclusiveRange[];
  readonly years?: readonly InclusiveRange[];
  /** IANA zone; UTC where absent. */
  readonly location?: string;
}

/** Named intervals, as routes refer to them. */
export type TimeIntervals = ReadonlyMap<string, readonly TimeInterval[]>;

export function containsInstant(interval: TimeInterval, at: number): boolean {
  const clock = wallClockAt(at, interval.location ?? 'UTC');
  const minute = clock.hour * 60 + clock.minute;
  const within = (ranges: readonly InclusiveRange[] | undefined, value: number): boolean =>
    ranges === undefined || ranges.some((range) => value >= range.begin && value <= range.end);
  return (
    (interval.times === undefined || interval.times.some((range) => minute >= range.start && minute < range.end)) &&
    (interval.daysOfMonth === undefined || interval.daysOfMonth.some((range) => holdsDay(range, clock))) &&
    within(interval.months, clock.month) &&
    within(interval.weekdays, clock.weekday) &&
    within(interval.years, clock.year)
  );
}

function holdsDay(range: InclusiveRange, clock: WallClock): boolean {
  const days = clock.daysInMonth;
  const begin = range.begin < 0 ? days + range.begin + 1 : range.begin;
  const end = range.end < 0 ? days + range.end + 1 : range.end;
  // A range that begins after the month's end does not spill into the next month.
  if (begin > days) return false;
  return clock.day >= begin && clock.day <= Math.min(end, days);
}

/** The first of the named intervals that holds at `at`. */
function intervalAt(names: readonly string[], intervals: TimeIntervals, at: number): string | undefined {
  return names.find((name) => intervals.get(name)?.some((interval) => containsInstant(interval, at)));
}

/** What a route's own intervals say at `at`: outside every active interval, or inside a mute interval. Not inherited by children. */
export function timeMute(
  route: { readonly muteTimeIntervals: readonly string[]; readonly activeTimeIntervals: readonly string[] },
  intervals: TimeIntervals,
  at: number,
): Mute | undefined {
  const { activeTimeIntervals, muteTimeIntervals } = route;
  if (activeTimeIntervals.length > 0 && intervalAt(activeTimeIntervals, intervals, at) === undefined) {
    return { kind: 'inactive_time', by: activeTimeIntervals.join(', ') };
  }
  const muted = intervalAt(muteTimeIntervals, intervals, at);
  return muted === undefined ? undefined : { kind: 'mute_time', by: muted };
}
