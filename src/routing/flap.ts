import { type Alert, type AlertCondition, endedAt, type Flapping } from '../alert/alert.ts';

/** An alert that came back this often within the hold is held open at its next end. */
const FLAPS_BEFORE_HOLD = 3;
/** Changes further apart than this many holds are not one bout of flapping. */
const FORGET_AFTER_HOLDS = 6;
/** A sender's next word decides how long that one is good for. */
const HELD: AlertCondition = { kind: 'firing', timeout: true };

/**
 * Holds an alert open that keeps coming back. An ordinary end is never delayed: only after three returns within the hold time is the
 * next end put off until the alert has been quiet for that long. Each word about an alert goes through here, in order.
 * @param before what was known, as of now; undefined for a new alert
 * @param after what is known with the new word
 * @param holdMs 0: never
 */
export function holdFlapping(before: Alert | undefined, after: Alert, holdMs: number, now: number): Alert {
  const known = holdMs > 0 && before?.flapping ? remembered(before.flapping, holdMs, now) : undefined;
  if (holdMs === 0 || !before) return withFlapping(after, undefined);
  const ended = endedAt(after);
  if (known?.held) {
    if (ended === undefined) return withFlapping(after, { ...changed(known, now), held: undefined });
    // Said again that it has ended: it is still held, and the wait does not begin anew.
    return withFlapping({ ...after, condition: HELD }, known);
  }
  const endedBefore = endedAt(before);
  if (ended === undefined) {
    const isReturn = endedBefore !== undefined && now - endedBefore <= holdMs;
    if (!isReturn) return withFlapping(after, endedBefore === undefined ? known : undefined);
    const bout = known ?? { changes: 0, since: endedBefore, changedAt: endedBefore };
    return withFlapping(after, { ...bout, changes: bout.changes + 2, changedAt: now });
  }
  const holds = known !== undefined && endedBefore === undefined && known.changes >= 2 * FLAPS_BEFORE_HOLD;
  if (!holds || after.condition.kind !== 'resolved') return withFlapping(after, known);
  const held = { endedAt: ended, until: now + holdMs };
  return withFlapping({ ...after, condition: HELD }, { ...changed(known, now), held });
}

/** When a held alert is let go; undefined where nothing is held. */
export function heldUntil(alert: Alert): number | undefined {
  return alert.flapping?.held?.until;
}

/** The alert once it has been quiet for long enough: it ended when it was last seen to. */
export function releaseHeld(alert: Alert, now: number): Alert {
  const held = alert.flapping?.held;
  if (!held || held.until > now) return alert;
  return withFlapping({ ...alert, condition: { kind: 'resolved', at: held.endedAt } }, undefined);
}

function changed(flapping: Flapping, now: number): Flapping {
  return { ...flapping, changes: flapping.changes + 1, changedAt: now };
}

function remembered(flapping: Flapping, holdMs: number, now: number): Flapping | undefined {
  if (flapping.held) return flapping;
  return now - flapping.changedAt > FORGET_AFTER_HOLDS * holdMs ? undefined : flapping;
}

function withFlapping(
  alert: Alert,
  flapping: (Omit<Flapping, 'held'> & { held?: Flapping['held'] | undefined }) | undefined,
): Alert {
  if (!flapping && alert.flapping === undefined) return alert;
  const { flapping: _, ...rest } = alert;
  if (!flapping) return rest;
  const { held, ...bout } = flapping;
  return { ...rest, flapping: { ...bout, ...(held && { held }) } };
}
