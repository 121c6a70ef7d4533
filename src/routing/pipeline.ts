import { type Alert, endedAt } from '../alert/alert.ts';
import type { IntegrationRef, Notification, NotifyReason } from '../delivery/notification.ts';
import type { Integration } from '../delivery/receiver.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import type { Mute } from './effects.ts';
import type { AlertGroup } from './group.ts';
import type { Inhibitors } from './inhibitors.ts';
import {
  logged,
  type NotificationLogEntry,
  type NotifyDecision,
  needsUpdate,
  type SkipReason,
} from './notification-log.ts';
import type { Route } from './route.ts';
import { type Silence, silenceEnd, silenceMatches, silenceState } from './silence.ts';
import { type TimeIntervals, timeMute } from './time-interval.ts';

/** What decides whether an alert is muted. */
export interface MuteContext {
  readonly sources: Inhibitors;
  readonly silences: readonly Silence[];
  readonly timeIntervals: TimeIntervals;
}

type MuteStep = (alert: Alert, route: Route | undefined, context: MuteContext, now: number) => Mute | undefined;

function inhibited(alert: Alert, _route: Route | undefined, context: MuteContext): Mute | undefined {
  const inhibition = context.sources.inhibiting(alert.labels);
  return inhibition && { kind: 'inhibited', by: inhibition.source.fingerprint };
}

function outOfHours(_alert: Alert, route: Route | undefined, context: MuteContext, now: number): Mute | undefined {
  return route && timeMute(route, context.timeIntervals, now);
}

function silenced(alert: Alert, _route: Route | undefined, context: MuteContext, now: number): Mute | undefined {
  for (const silence of context.silences) {
    if (silenceState(silence, now) !== 'active' || !silenceMatches(silence, alert.labels)) continue;
    return { kind: 'silenced', by: silence.id, until: silenceEnd(silence) };
  }
  return undefined;
}

/** Alertmanager's order of stages. The first that mutes is the reason that is given. */
const MUTE_STEPS: readonly MuteStep[] = [inhibited, outOfHours, silenced];

/** What suppresses an alert on a route now, or undefined. Without a route, its time intervals are not asked. */
export function muteOf(alert: Alert, route: Route | undefined, context: MuteContext, now: number): Mute | undefined {
  for (const step of MUTE_STEPS) {
    const mute = step(alert, route, context, now);
    if (mute) return mute;
  }
  return undefined;
}

/** Everything that suppresses it, in the order of the stages. */
export function allMutesOf(alert: Alert, route: Route | undefined, context: MuteContext, now: number): Mute[] {
  return MUTE_STEPS.flatMap((step) => step(alert, route, context, now) ?? []);
}

export interface FlushInput {
  readonly group: AlertGroup;
  /** In Alertmanager's order, as of `now`. */
  readonly alerts: readonly Alert[];
  readonly mutes: ReadonlyMap<Fingerprint, Mute>;
  readonly integration: Integration;
  readonly receiver: string;
  readonly entry: NotificationLogEntry | undefined;
  readonly repeatIntervalMs: number;
  /** The integration belongs to a former receiver of the group: it hears only what it is owed. */
  readonly onlyEnds: boolean;
}

export type Flush =
  | {
      readonly kind: 'notify';
      readonly notification: Omit<Notification, 'id'>;
      readonly entry: NotificationLogEntry;
    }
  | {
      readonly kind: 'skip';
      readonly reason: SkipReason;
      readonly mutes: readonly Mute[];
      /** Written where the log changes although nothing is said. */
      readonly entry?: NotificationLogEntry;
    };

/**
 * What one integration hears at a flush. A muted member is as if it were not there, as in Alertmanager; but one that ended after this
 * integration was told that it fires is owed to it: its end is told whatever mutes it, without touching what the log knows of others.
 *
 * @param tick what the flush counts as in the notification log. @param now the instant on the notification.
 */
export function decideFlush(input: FlushInput, tick: number, now: number): Flush {
  const { group, integration, entry } = input;
  const heard = (alert: Alert): boolean => entry?.heard.has(alert.fingerprint) === true;
  const present = input.alerts.filter(
    ({ fingerprint }) => !input.onlyEnds && !group.members.get(fingerprint)?.retired && !input.mutes.has(fingerprint),
  );
  const isPresent = fingerprints(present);
  const owed = input.alerts.filter(
    (alert) => endedAt(alert) !== undefined && heard(alert) && !isPresent.has(alert.fingerprint),
  );
  const mutes = [...input.mutes.values()];
  if (present.length + owed.length === 0) return { kind: 'skip', reason: 'muted', mutes };
  const firing = fingerprints(present.filter((alert) => endedAt(alert) === undefined));
  const resolved = fingerprints(present.filter((alert) => endedAt(alert) !== undefined));
  const { sendResolved } = integration;
  const dedup = { entry, firing, resolved, sendResolved, repeatIntervalMs: input.repeatIntervalMs };
  const decision: NotifyDecision = present.length > 0 ? needsUpdate(dedup, tick) : { kind: 'skip', reason: 'muted' };
  const isOwed = fingerprints(owed);
  const spoken = input.alerts.filter(({ fingerprint }) => isPresent.has(fingerprint) || isOwed.has(fingerprint));
  if (decision.kind === 'notify' || decision.reason === 'resolved_unwanted') {
    const place = { groupKey: group.key, integration: refOf(input), groupId: group.id };
    const next = logged({ ...dedup, resolved: new Set([...resolved, ...isOwed]) }, place, tick);
    if (decision.kind === 'skip') return { kind: 'skip', reason: decision.reason, mutes, entry: next };
    const status = firing.size > 0 ? 'firing' : 'resolved';
    return {
      kind: 'notify',
      entry: next,
      notification: notificationOf(input, { spoken, status, reason: decision.reason, now }),
    };
  }
  if (!entry || owed.length === 0) return { kind: 'skip', reason: decision.reason, mutes };
  const next = withoutOwed(entry, isOwed);
  if (!sendResolved) return { kind: 'skip', reason: 'resolved_unwanted', mutes, entry: next };
  const open = input.alerts.some((alert) => endedAt(alert) === undefined && heard(alert));
  const [status, reason] = open ? (['firing', 'new_resolved'] as const) : (['resolved', 'all_resolved'] as const);
  return { kind: 'notify', entry: next, notification: notificationOf(input, { spoken, status, reason, now }) };
}

function fingerprints(alerts: readonly Alert[]): Set<Fingerprint> {
  return new Set(alerts.map((alert) => alert.fingerprint));
}

/** The entry after ends were told beside Alertmanager's course: the repeat interval runs on. */
function withoutOwed(entry: NotificationLogEntry, owed: ReadonlySet<Fingerprint>): NotificationLogEntry {
  const rest = (set: ReadonlySet<Fingerprint>): Set<Fingerprint> => new Set([...set].filter((item) => !owed.has(item)));
  return {
    ...entry,
    firing: rest(entry.firing),
    resolved: new Set([...entry.resolved, ...owed]),
    heard: rest(entry.heard),
  };
}

function refOf({ receiver, integration }: FlushInput): IntegrationRef {
  return { receiver, kind: integration.kind, index: integration.index };
}

function notificationOf(
  input: FlushInput,
  told: {
    readonly spoken: readonly Alert[];
    readonly status: Notification['status'];
    readonly reason: NotifyReason;
    readonly now: number;
  },
): Omit<Notification, 'id'> {
  const { integration, group } = input;
  const wanted = integration.sendResolved ? told.spoken : told.spoken.filter((alert) => endedAt(alert) === undefined);
  const limit = integration.kind === 'webhook' ? integration.config.maxAlerts : 0;
  const alerts = limit > 0 ? wanted.slice(0, limit) : wanted;
  return {
    integration: refOf(input),
    groupKey: group.key,
    groupLabels: group.labels,
    reason: told.reason,
    status: told.status,
    alerts,
    truncatedAlerts: wanted.length - alerts.length,
    at: told.now,
  };
}
