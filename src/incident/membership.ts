import { type Alert, alertAt, endedAt, isOpen } from '../alert/alert.ts';
import type { Mute } from '../routing/effects.ts';
import { excess, furtherPeak } from './measure.ts';
import type { IncidentsPorts } from './ports.ts';
import type { EpisodeMember, Member } from './store.ts';

/** A member as it stands at an instant. */
export interface MemberLook {
  readonly member: Member;
  readonly alert: Alert;
  /** What mutes it in every group it is in. */
  readonly mute?: Mute;
}

/** An incident's members at an instant. */
export interface IncidentLook {
  readonly members: readonly MemberLook[];
  readonly open: readonly MemberLook[];
  readonly conditionHolds: boolean;
  readonly noData: boolean;
  /** Set where there are open members and every one of them is muted: one of the mutes, the one that ends first. */
  readonly allMuted?: Mute;
  /** The instant at which the last member ended; absent while one is open. */
  readonly endedAt?: number;
}

/** Reads the members of an incident as they stand at `now`. */
export function lookAt(ports: Pick<IncidentsPorts, 'store' | 'muteOf'>, incidentId: string, now: number): IncidentLook {
  const links = ports.store.episodes.openLinks(incidentId);
  const members = ports.store.members(incidentId).map((member): MemberLook => {
    const alert = alertAt(member.alert, now);
    const mute = isOpen(alert) ? memberMute(ports, alert, links, now) : undefined;
    return { member, alert, ...(mute && { mute }) };
  });
  const open = members.filter(({ alert }) => isOpen(alert));
  const mutes = open.flatMap(({ mute }) => (mute ? [mute] : []));
  const allMuted = mutes.length === open.length ? mutes.toSorted(byEnd)[0] : undefined;
  const ends = members.map(({ alert }) => endedAt(alert) ?? 0);
  return {
    members,
    open,
    conditionHolds: open.some(({ alert }) => alert.condition.kind === 'firing'),
    noData: open.length > 0 && open.every(({ alert }) => alert.condition.kind === 'no_data'),
    ...(allMuted && { allMuted }),
    ...(open.length === 0 && { endedAt: Math.max(0, ...ends) }),
  };
}

/** The member furthest beyond its limit; of equals the one that joined first. */
export function worstOf(members: readonly MemberLook[]): MemberLook | undefined {
  return members.toSorted((a, b) => {
    const [x, y] = [excess(a.alert.evidence), excess(b.alert.evidence)];
    return x === y ? a.member.joinedAt - b.member.joinedAt : y - x;
  })[0];
}

function byEnd(a: Mute, b: Mute): number {
  return (a.until ?? Number.POSITIVE_INFINITY) - (b.until ?? Number.POSITIVE_INFINITY);
}

/**
 * A route's mute time mutes an alert only in that route's group, so an alert is muted when every one of its groups says so. What
 * `muteOf` knows of silences and inhibition is newer than what a group last said of them.
 */
function memberMute(
  ports: Pick<IncidentsPorts, 'muteOf'>,
  alert: Alert,
  links: readonly EpisodeMember[],
  now: number,
): Mute | undefined {
  // A silence hides alerts; who calls for somebody by hand is heard.
  if (alert.source.kind === 'page') return undefined;
  const fresh = ports.muteOf?.(alert, now);
  if (fresh && isGlobal(fresh)) return fresh;
  const superseded = ports.muteOf !== undefined && fresh === undefined;
  const standing = links
    .filter((link) => link.fingerprint === alert.fingerprint)
    .map(({ mute }): Mute | undefined => {
      if (!mute || (mute.until !== undefined && mute.until <= now)) return undefined;
      return superseded && isGlobal(mute) ? undefined : mute;
    });
  return standing.every((mute) => mute !== undefined) ? standing[0] : undefined;
}

/** Silences and inhibition mute an alert wherever it goes; hours belong to one route. */
function isGlobal(mute: Mute): boolean {
  return mute.kind === 'silenced' || mute.kind === 'inhibited';
}

/**
 * What has changed between two looks at one alert: `state` is worth an edit at once, `value` can wait a minute, `quiet` (it was
 * merely seen again) is kept but worth none.
 */
export type SnapshotChange = 'none' | 'quiet' | 'value' | 'state';

/** Joins what is stored of an alert with what came now: the first-fire value stays for good, the peak only rises. */
export function mergeSnapshot(before: Alert, after: Alert): { readonly alert: Alert; readonly change: SnapshotChange } {
  const alert: Alert = { ...after, ...evidenceOf(before, after) };
  if (before.condition.kind !== alert.condition.kind) return { alert, change: 'state' };
  const { evidence: a } = before;
  const { evidence: b } = alert;
  const moved = !Object.is(a?.value, b?.value) || !Object.is(a?.peak, b?.peak);
  if (moved || !before.annotations.equals(alert.annotations)) return { alert, change: 'value' };
  const seen = before.updatedAt !== alert.updatedAt || a?.trendAt !== b?.trendAt;
  return { alert, change: seen || !sameCondition(before, alert) ? 'quiet' : 'none' };
}

/** API alerts carry an end that moves with each word of the sender. */
function sameCondition(a: Alert, b: Alert): boolean {
  if (a.condition.kind !== 'firing' || b.condition.kind !== 'firing') return a.condition.kind === b.condition.kind;
  return a.condition.until === b.condition.until;
}

function evidenceOf(before: Alert, after: Alert): Pick<Alert, 'evidence'> {
  const { evidence: old } = before;
  const { evidence: fresh } = after;
  if (!fresh) return old ? { evidence: old } : {};
  if (!old) return { evidence: fresh };
  return { evidence: { ...fresh, firstValue: old.firstValue, peak: furtherPeak(old, fresh) } };
}
