import { isoWeekday, localDay, type TimeOfDay, wallInstant } from '../time/wall-clock.ts';

/** When people are at work, on the wall clock of wherever each of them is. `from` is before `to`. */
export interface BusinessHours {
  /** 1 is Monday. */
  readonly weekdays: readonly number[];
  readonly from: TimeOfDay;
  /** Not included. */
  readonly to: TimeOfDay;
}

export function isInBusinessHours({ weekdays, from, to }: BusinessHours, zone: string, now: number): boolean {
  const day = localDay(now, zone);
  if (!weekdays.includes(isoWeekday(day))) return false;
  return now >= wallInstant(day, from, zone) && now < wallInstant(day, to, zone);
}
