import { Temporal } from 'temporal-polyfill';

/** What a clock on the wall in some zone shows. */
export interface WallClock {
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  /** 1–31. */
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Days of this calendar month, whatever its daylight-saving changes do to its hours. */
  readonly daysInMonth: number;
}

/** The zone of the machine, or `UTC` where it has none. */
export function localZone(): string {
  return Temporal.Now.timeZoneId();
}

/** Whether `zone` names a zone of the tz database (or `UTC`). Offsets such as `+05:30` are not zones. */
export function isZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** @throws RangeError where `zone` is not one: check with `isZone` where it is read. */
export function wallClockAt(at: number, zone: string): WallClock {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  return {
    year: local.year,
    month: local.month,
    day: local.day,
    weekday: local.dayOfWeek % 7,
    hour: local.hour,
    minute: local.minute,
    second: local.second,
    daysInMonth: local.daysInMonth,
  };
}
