import type { IntegrationRef, NotifyReason } from '../delivery/notification.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';

/** What one integration of a receiver was last told about a group. */
export interface NotificationLogEntry {
  /** Alertmanager's group key; with the integration it names the entry. */
  readonly groupKey: string;
  readonly integration: IntegrationRef;
  /** The group that wrote it last: two routes of equal key share an entry, as in Alertmanager. */
  readonly groupId: string;
  /** What fired and what was resolved in the last notification. */
  readonly firing: ReadonlySet<Fingerprint>;
  readonly resolved: ReadonlySet<Fingerprint>;
  /** Told as firing and not told as ended since: these are owed their end, whatever mutes them. */
  readonly heard: ReadonlySet<Fingerprint>;
  readonly at: number;
}

/** Why nothing is said. */
export type SkipReason =
  /** Every member is muted. */
  | 'muted'
  /** All ended before anybody was told. */
  | 'ended_unheard'
  /** All ended, and this integration does not want to hear of it; the log forgets them. */
  | 'resolved_unwanted'
  /** Said before, and the repeat interval is not over. */
  | 'nothing_changed';

export type NotifyDecision =
  | { readonly kind: 'notify'; readonly reason: NotifyReason }
  | { readonly kind: 'skip'; readonly reason: SkipReason };

export interface DedupInput {
  readonly entry: NotificationLogEntry | undefined;
  readonly firing: ReadonlySet<Fingerprint>;
  readonly resolved: ReadonlySet<Fingerprint>;
  readonly sendResolved: boolean;
  readonly repeatIntervalMs: number;
}

/**
 * Alertmanager's DedupStage.needsUpdate, with its reason. One thing is added: members that ended and that are still owed their end
 * count as a change even where the last notification no longer held them (they were muted then).
 */
export function needsUpdate(input: DedupInput, now: number): NotifyDecision {
  const { entry, firing, resolved, sendResolved } = input;
  if (!entry) return firing.size > 0 ? notify('first_notification') : skip('ended_unheard');
  if (!isSubset(firing, entry.firing)) return notify(entry.firing.size === 0 ? 'first_notification' : 'new_alerts');
  const owed = !isDisjoint(resolved, entry.heard);
  if (firing.size === 0) {
    if (entry.firing.size === 0 && !owed) return skip('ended_unheard');
    return sendResolved ? notify('all_resolved') : skip('resolved_unwanted');
  }
  if (sendResolved && !isSubset(resolved, entry.resolved)) return notify('new_resolved');
  // Strictly: a repeat that falls exactly on a tick waits for the next, as it does in Alertmanager, which logs after sending.
  return now - entry.at > input.repeatIntervalMs ? notify('repeat_interval') : skip('nothing_changed');
}

/** The entry after a notification, or after `resolved_unwanted`. */
export function logged(
  input: DedupInput,
  place: Pick<NotificationLogEntry, 'groupKey' | 'integration' | 'groupId'>,
  now: number,
): NotificationLogEntry {
  const heard = new Set([...(input.entry?.heard ?? []), ...input.firing]);
  for (const fingerprint of input.resolved) heard.delete(fingerprint);
  return { ...place, firing: input.firing, resolved: input.resolved, heard, at: now };
}

function notify(reason: NotifyReason): NotifyDecision {
  return { kind: 'notify', reason };
}

function skip(reason: SkipReason): NotifyDecision {
  return { kind: 'skip', reason };
}

function isSubset(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  for (const item of part) if (!whole.has(item)) return false;
  return true;
}

function isDisjoint(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const item of a) if (b.has(item)) return false;
  return true;
}
