import { isoWeekday, localDay, type TimeOfDay, wallInstant } from '../time/wall-clock.ts';

/** When people are at work, on the wall clock of wherever each of them is. `from` is before `to`. */
export interface BusinessHours {
  /** 1 is Monday. */
  readonly weekdays: readonly number[];
  readonly from: TimeOfDay;
  /** Not included. */
  readonly to: TimeOfDay;
}

/** The first instant of business hours from `now` on: `now` itself where they are under way; `now` too where no day has any. */
export function businessHoursFrom(hours: BusinessHours, zone: string, now: number): number {
  if (isInBusinessHours(hours, zone, now)) return now;
  const today = localDay(now, zone);
  for (let day = today; day <= today + 7; day += 1) {
    const opens = wallInstant(day, hours.from, zone);
    if (opens > now && isInBusinessHours(hours, zone, opens)) return opens;
  }
  return now;
}

export function isInBusinessHours({ weekdays, from, to }: BusinessHours, zone: string, now: number): boolean {
  const day = localDay(now, zone);
  if (!weekdays.includes(isoWeekday(day))) return false;
  return now >= wallInstant(day, from, zone) && now < wallInstant(day, to, zone);
}
