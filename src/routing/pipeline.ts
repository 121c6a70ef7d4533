import { type Alert, endedAt } from '../alert/alert.ts';
import type { Notification } from '../delivery/notification.ts';
import type { Integration } from '../delivery/receiver.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import type { Mute } from './effects.ts';
import type { AlertGroup } from './group.ts';
import type { InhibitSources } from './inhibit.ts';
import { logged, type NotificationLogEntry, needsUpdate, type SkipReason } from './notification-log.ts';
import type { Route } from './route.ts';
import { type Silence, silenceEnd, silenceMatches, silenceState } from './silence.ts';
import { type TimeIntervals, timeMute } from './time-interval.ts';

/** What decides whether an alert is muted. */
export interface MuteContext {
  readonly sources: InhibitSources;
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
 * What one integration hears at a flush. A muted member is as if it were not there; but one that ended after this integration was
 * told that it fires is never muted for it, so that whoever heard the firing hears the end.
 *
 * @param tick what the flush counts as in the notification log. @param now the instant on the notification.
 */
export function decideFlush(input: FlushInput, tick: number, now: number): Flush {
  const { group, integration, entry } = input;
  const spoken = input.alerts.filter((alert) => {
    const owed = endedAt(alert) !== undefined && entry?.heard.has(alert.fingerprint) === true;
    if (input.onlyEnds || group.members.get(alert.fingerprint)?.retired) return owed;
    return owed || !input.mutes.has(alert.fingerprint);
  });
  const mutes = [...input.mutes.values()];
  if (spoken.length === 0) return { kind: 'skip', reason: 'muted', mutes };
  const firing = new Set<Fingerprint>();
  const resolved = new Set<Fingerprint>();
  for (const alert of spoken) (endedAt(alert) === undefined ? firing : resolved).add(alert.fingerprint);
  const { sendResolved } = integration;
  const dedup = { entry, firing, resolved, sendResolved, repeatIntervalMs: input.repeatIntervalMs };
  const decision = needsUpdate(dedup, tick);
  const ref = { receiver: input.receiver, kind: integration.kind, index: integration.index };
  const next = logged(dedup, { groupKey: group.key, integration: ref, groupId: group.id }, tick);
  if (decision.kind === 'skip') {
    const forget = decision.reason === 'resolved_unwanted';
    return { kind: 'skip', reason: decision.reason, mutes, ...(forget && { entry: next }) };
  }
  const wanted = sendResolved ? spoken : spoken.filter((alert) => firing.has(alert.fingerprint));
  const limit = integration.kind === 'webhook' ? integration.config.maxAlerts : 0;
  const alerts = limit > 0 ? wanted.slice(0, limit) : wanted;
  return {
    kind: 'notify',
    entry: next,
    notification: {
      integration: ref,
      groupKey: group.key,
      groupLabels: group.labels,
      reason: decision.reason,
      status: firing.size > 0 ? 'firing' : 'resolved',
      alerts,
      truncatedAlerts: wanted.length - alerts.length,
      at: now,
    },
  };
}
