import { type Alert, alertAt, alertIdentity, endedAt } from '../alert/alert.ts';
import type { IntegrationRef, NotifyReason } from '../delivery/notification.ts';
import type { Labels } from '../labels/labels.ts';
import { muteContext, type RoutingContext } from './context.ts';
import type { Mute } from './effects.ts';
import { firstFlushAt } from './group.ts';
import { type NotificationLogEntry, needsUpdate, type SkipReason } from './notification-log.ts';
import { groupIdOf, groupKeyOf, groupLabelsOf, matchRoutes, type Route } from './route.ts';
import { type Silence, silenceMatches, silenceState } from './silence.ts';
import { timeMute } from './time-interval.ts';

/** Why an alert with these labels is heard or not, as things stand. */
export interface Explanation {
  readonly labels: Labels;
  /** Absent where no such alert is known: then this says what would happen. */
  readonly alert?: Alert;
  readonly inhibitedBy?: { readonly rule: string; readonly source: Alert };
  readonly silencedBy: readonly Silence[];
  readonly routes: readonly RouteExplanation[];
}

export interface RouteExplanation {
  readonly routeId: string;
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  /** The route's time intervals mute it now. */
  readonly timeMute?: Mute;
  /** The group exists; otherwise the times are what a firing alert arriving now would get. */
  readonly exists: boolean;
  readonly nextFlushAt?: number;
  readonly flushedAt?: number;
  readonly repeatIntervalMs: number;
  readonly integrations: readonly IntegrationExplanation[];
}

interface IntegrationExplanation {
  readonly integration: IntegrationRef;
  readonly lastToldAt?: number;
  /** It was told that this alert fires and not yet that it ended. */
  readonly heard: boolean;
  /** What the next flush would decide if nothing changed until then. */
  readonly next: NotifyReason | SkipReason;
}

export function explainLabels(context: RoutingContext, labels: Labels, now: number): Explanation {
  const { state, config } = context;
  const stored = state.alerts.get(alertIdentity(labels));
  const inhibition = state.sources.inhibiting(labels);
  const silencedBy = [...state.silences.values()].filter(
    (silence) => silenceState(silence, now) === 'active' && silenceMatches(silence, labels),
  );
  const muted = inhibition !== undefined || silencedBy.length > 0;
  return {
    labels,
    ...(stored && { alert: alertAt(stored, now) }),
    ...(inhibition && { inhibitedBy: { rule: inhibition.rule.name, source: inhibition.source } }),
    silencedBy,
    routes: matchRoutes(config.root, labels).map((route) => explainRoute(context, { route, labels, muted }, now)),
  };
}

function explainRoute(
  context: RoutingContext,
  asked: { readonly route: Route; readonly labels: Labels; readonly muted: boolean },
  now: number,
): RouteExplanation {
  const { route } = asked;
  const groupLabels = groupLabelsOf(route, asked.labels);
  const group = context.state.groups.get(groupIdOf(route, groupLabels));
  const outOfHours = timeMute(route, context.config.timeIntervals, now);
  const nextFlushAt = group ? group.nextFlushAt : firstFlushAt(now, route);
  return {
    routeId: route.id,
    receiver: route.receiver,
    groupKey: groupKeyOf(route, groupLabels),
    groupLabels,
    ...(outOfHours && { timeMute: outOfHours }),
    exists: group !== undefined,
    ...(nextFlushAt !== undefined && { nextFlushAt }),
    ...(group?.flushedAt !== undefined && { flushedAt: group.flushedAt }),
    repeatIntervalMs: route.repeatIntervalMs,
    integrations: explainIntegrations(
      context,
      { ...asked, muted: asked.muted || outOfHours !== undefined },
      nextFlushAt ?? now,
    ),
  };
}

function explainIntegrations(
  context: RoutingContext,
  asked: { readonly route: Route; readonly labels: Labels; readonly muted: boolean },
  flushAt: number,
): IntegrationExplanation[] {
  const { route, labels } = asked;
  const fingerprint = alertIdentity(labels);
  const key = groupKeyOf(route, groupLabelsOf(route, labels));
  const stored = context.state.alerts.get(fingerprint);
  const ended = stored !== undefined && endedAt(alertAt(stored, flushAt)) !== undefined;
  const integrations = context.config.receivers.get(route.receiver)?.integrations ?? [];
  return integrations.map(({ kind, index, sendResolved }) => {
    const integration = { receiver: route.receiver, kind, index };
    const entry = context.state.logEntry(key, integration);
    const heard = entry?.heard.has(fingerprint) ?? false;
    const next = (): NotifyReason | SkipReason => {
      if (asked.muted && !(ended && heard)) return 'muted';
      const others = otherFiring(context, route, labels, flushAt);
      const firing = new Set(ended ? others : [...others, fingerprint]);
      const resolved = new Set(ended ? [fingerprint] : []);
      return needsUpdate({ entry, firing, resolved, sendResolved, repeatIntervalMs: route.repeatIntervalMs }, flushAt)
        .reason;
    };
    return { integration, ...lastTold(entry), heard, next: next() };
  });
}

function lastTold(entry: NotificationLogEntry | undefined): { readonly lastToldAt?: number } {
  return entry ? { lastToldAt: entry.at } : {};
}

/** The unmuted open siblings in the same group. */
function otherFiring(context: RoutingContext, route: Route, labels: Labels, at: number): string[] {
  const group = context.state.groups.get(groupIdOf(route, groupLabelsOf(route, labels)));
  const own = alertIdentity(labels);
  const muting = muteContext(context, at);
  return [...(group?.members.values() ?? [])].flatMap((member) => {
    const alert = context.state.alerts.get(member.fingerprint);
    if (!alert || member.fingerprint === own || member.mute || endedAt(alertAt(alert, at)) !== undefined) return [];
    return muting.sources.inhibiting(alert.labels) ? [] : [member.fingerprint];
  });
}
