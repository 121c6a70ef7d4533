import { type Alert, alertAt, endedAt } from '../alert/alert.ts';
import type { Labels } from '../labels/labels.ts';
import { looksDifferent, mergeAlerts } from './alert-merge.ts';
import type { RoutingContext } from './context.ts';
import { holdFlapping, releaseHeld } from './flap.ts';
import { type AlertGroup, firstFlushAt, flushAfterInsert } from './group.ts';
import { groupIdOf, groupKeyOf, groupLabelsOf, matchRoutes, type Route } from './route.ts';

/** What an operation changed, to be told at its end. */
export interface Touched {
  /** Groups of which people would see a difference. */
  readonly groups: Set<string>;
  /** Labels of alerts that began or ceased to inhibit. */
  readonly sources: Labels[];
}

/** Takes in what was heard of alerts: merges it with what is known, and puts each alert into the groups of its routes. */
export function takeIn(context: RoutingContext, alerts: readonly Alert[], now: number): Touched {
  const touched: Touched = { groups: new Set(), sources: [] };
  for (const heard of alerts) {
    const incoming = alertAt(heard, now);
    const stored = context.state.alerts.get(incoming.fingerprint);
    const known = stored && alertAt(stored, now);
    const merged = known ? mergeAlerts(known, incoming) : incoming;
    const alert = holdFlapping(known, merged, context.config.flapHoldMs ?? 0, now);
    if (context.state.putAlert(alert)) touched.sources.push(alert.labels);
    const visible = !stored || looksDifferent(stored, alert);
    const before = context.state.groupsOf(alert.fingerprint);
    for (const route of matchRoutes(context.config.root, alert.labels)) insert(context, route, alert, now);
    for (const id of context.state.groupsOf(alert.fingerprint)) {
      if (visible || !before.includes(id)) touched.groups.add(id);
    }
  }
  return touched;
}

/** Puts an alert into its group on a route; makes the group where there is none, also for an alert that has ended (as Alertmanager). */
export function insert(context: RoutingContext, route: Route, alert: Alert, now: number): void {
  const { state } = context;
  const labels = groupLabelsOf(route, alert.labels);
  const id = groupIdOf(route, labels);
  const known = state.groups.get(id);
  const group: AlertGroup = known ?? {
    id,
    key: groupKeyOf(route, labels),
    routeId: route.id,
    receiver: route.receiver,
    labels,
    createdAt: now,
    nextFlushAt: firstFlushAt(now, route),
    open: false,
    members: new Map(),
  };
  const nextFlushAt = flushAfterInsert(group, alert.startsAt, route, now);
  const open = group.open || endedAt(alert) === undefined;
  if (!known || nextFlushAt !== known.nextFlushAt || open !== known.open || known.removeAt !== undefined) {
    const { removeAt: _, ...rest } = group;
    state.putGroup({ ...rest, nextFlushAt, open });
  }
  const member = group.members.get(alert.fingerprint);
  if (!member || member.retired) {
    state.putMember(id, { fingerprint: alert.fingerprint, ...(member?.mute && { mute: member.mute }), retired: false });
  }
}

/** Ends API alerts whose sender has been silent until their `until`, and flapping ones that have been quiet for long enough. */
export function expireAlerts(context: RoutingContext, now: number): Touched {
  const touched: Touched = { groups: new Set(), sources: [] };
  for (const fingerprint of context.state.alertDeadlines.due(now)) {
    const stored = context.state.alerts.get(fingerprint);
    if (!stored) continue;
    const alert = alertAt(releaseHeld(stored, now), now);
    if (context.state.putAlert(alert)) touched.sources.push(alert.labels);
    for (const id of context.state.groupsOf(fingerprint)) touched.groups.add(id);
  }
  return touched;
}
