import type { Alert } from '../alert/alert.ts';

/** Senders repeat what still fires at least this often: twice the resend delay of Prometheus, which is a minute. */
export const GRACE_MS = 2 * 60_000;

/**
 * While we were away no sender could say that its alert still fires, so that it ran out meanwhile, or will before the next word can
 * come, is our own doing. Gives such alerts until the end of a grace period; to be taken in once, at the start.
 * @param stored as stored: not as of now
 * @returns the alerts that get longer
 */
export function afterAbsence(stored: readonly Alert[], now: number): Alert[] {
  const until = now + GRACE_MS;
  return stored.flatMap((alert): Alert[] => {
    const { condition } = alert;
    if (condition.kind !== 'firing' || condition.until === undefined || condition.until >= until) return [];
    return [{ ...alert, condition: { ...condition, until } }];
  });
}
