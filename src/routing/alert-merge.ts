import { type Alert, type AlertCondition, endedAt } from '../alert/alert.ts';

/**
 * What is known after another word about the same labels, by Alertmanager's rules: where the two time spans overlap they are one
 * alert with the earlier start; the newer word decides everything else, but for an end that the sender had announced for later.
 * Both must be as of now (`alertAt`).
 */
export function mergeAlerts(known: Alert, incoming: Alert): Alert {
  if (!overlap(known, incoming)) return incoming;
  const [older, newer] = incoming.updatedAt < known.updatedAt ? [incoming, known] : [known, incoming];
  return {
    ...newer,
    startsAt: Math.min(older.startsAt, newer.startsAt),
    condition: mergeConditions(older.condition, newer.condition),
  };
}

function overlap(known: Alert, incoming: Alert): boolean {
  const knownEnd = spanEnd(known);
  const incomingEnd = spanEnd(incoming);
  return (
    (incomingEnd > known.startsAt && incomingEnd < knownEnd) ||
    (incoming.startsAt > known.startsAt && incoming.startsAt < knownEnd)
  );
}

/** Where the alert's time span ends, as far as is known. */
function spanEnd(alert: Alert): number {
  const ended = endedAt(alert);
  if (ended !== undefined) return ended;
  return alert.condition.kind === 'firing'
    ? (alert.condition.until ?? Number.POSITIVE_INFINITY)
    : Number.POSITIVE_INFINITY;
}

function mergeConditions(older: AlertCondition, newer: AlertCondition): AlertCondition {
  const ended = (condition: AlertCondition): condition is Extract<AlertCondition, { at: number }> =>
    condition.kind === 'resolved' || condition.kind === 'sender_silent';
  if (ended(newer)) return ended(older) && older.at > newer.at ? { ...newer, at: older.at } : newer;
  if (newer.kind !== 'firing' || newer.until === undefined) return newer;
  if (older.kind !== 'firing' || older.timeout) return newer;
  if (older.until === undefined) return { kind: 'firing' };
  return older.until > newer.until ? { kind: 'firing', until: older.until } : newer;
}

/** Whether people would see a difference: anything but the time of the last word. */
export function looksDifferent(a: Alert, b: Alert): boolean {
  return (
    a.condition.kind !== b.condition.kind ||
    a.startsAt !== b.startsAt ||
    endedAt(a) !== endedAt(b) ||
    a.evidence?.value !== b.evidence?.value ||
    a.evidence?.peak !== b.evidence?.peak ||
    a.flapping?.changes !== b.flapping?.changes ||
    !a.annotations.equals(b.annotations)
  );
}
