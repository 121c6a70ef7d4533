import { localDay, type TimeOfDay, wallInstant } from './wall-clock.ts';

/** The first instant after `now` at which a wall clock in the zone shows this time. */
export function nextDaily(time: TimeOfDay, zone: string, now: number): number {
  const today = localDay(now, zone);
  const at = wallInstant(today, time, zone);
  return at > now ? at : wallInstant(today + 1, time, zone);
}
