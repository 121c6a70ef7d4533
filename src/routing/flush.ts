import { endedAt } from '../alert/alert.ts';
import { type Integration, integrationOf } from '../delivery/receiver.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import { membersAt, muteContext, type RoutingContext, sameMute } from './context.ts';
import type { GroupView, Mute } from './effects.ts';
import { type AlertGroup, nextSweep, tickOf } from './group.ts';
import type { NotificationLogEntry } from './notification-log.ts';
import { decideFlush, muteOf } from './pipeline.ts';
import { withRootCause } from './root-cause.ts';

interface Hearer {
  readonly integration: Integration;
  readonly receiver: string;
  readonly entry: NotificationLogEntry | undefined;
  readonly onlyEnds: boolean;
}

/** Runs one group's due tick: decides for each integration, tells, logs, forgets members that ended. In the caller's transaction. */
export function flushGroup(context: RoutingContext, group: AlertGroup, now: number): void {
  const { state, effects, config } = context;
  const route = context.routes.get(group.routeId);
  const timing = route ?? config.root;
  const tick = tickOf(group.nextFlushAt ?? now, now, timing);
  const alerts = membersAt(context, group, now);
  const muting = muteContext(context, now);
  const mutes = new Map<Fingerprint, Mute>();
  for (const alert of alerts) {
    const mute = muteOf(alert, route, muting, now);
    if (mute) mutes.set(alert.fingerprint, mute);
  }
  const mutesChanged = recordMutes(context, group, mutes);
  const view: GroupView = { key: group.id, receiver: group.receiver, labels: group.labels, alerts, mutes };
  let notified = false;
  for (const hearer of hearersOf(context, group)) {
    const flush = decideFlush(
      { ...hearer, group, alerts, mutes, repeatIntervalMs: timing.repeatIntervalMs },
      tick,
      now,
    );
    context.decided(group, flush, now);
    if (flush.entry) state.putLogEntry(flush.entry);
    if (flush.kind !== 'notify') continue;
    notified = true;
    const told = flush.notification.alerts.map((alert) => withRootCause(alert, state.sources));
    effects.notify({ ...flush.notification, alerts: told, id: context.newId() }, view);
  }
  const ended = alerts.filter((alert) => endedAt(alert) !== undefined);
  const over = group.open && ended.length === alerts.length;
  if (over) effects.ended(view);
  else if (!notified && group.open && (mutesChanged || ended.length > 0)) effects.changed(view);
  for (const alert of ended) state.deleteMember(group.id, alert.fingerprint);
  settle(context, group.id, { tick, now, intervalMs: timing.groupIntervalMs });
}

/** Writes the deadlines after a flush: the next tick, or for an empty group its removal. */
function settle(
  context: RoutingContext,
  id: string,
  at: { readonly tick: number; readonly now: number; readonly intervalMs: number },
): void {
  const group = context.state.groups.get(id);
  if (!group) return;
  const { nextFlushAt: _, removeAt: __, ...rest } = group;
  const flushed = { ...rest, flushedAt: at.tick };
  if (group.members.size === 0) {
    context.state.putGroup({ ...flushed, open: false, removeAt: nextSweep(context.startedAt, at.now) });
  } else {
    context.state.putGroup({ ...flushed, nextFlushAt: at.tick + at.intervalMs });
  }
}

function recordMutes(context: RoutingContext, group: AlertGroup, mutes: ReadonlyMap<Fingerprint, Mute>): boolean {
  let changed = false;
  for (const member of [...group.members.values()]) {
    const mute = mutes.get(member.fingerprint);
    if (sameMute(member.mute, mute)) continue;
    changed = true;
    const { fingerprint, retired } = member;
    context.state.putMember(group.id, { fingerprint, retired, ...(mute && { mute }) });
  }
  return changed;
}

/** The receiver's integrations, and those of a former receiver of this group that are still owed an end. */
function hearersOf(context: RoutingContext, group: AlertGroup): Hearer[] {
  const { state, config } = context;
  const { receiver } = group;
  const present = (config.receivers.get(receiver)?.integrations ?? []).map((integration): Hearer => {
    const entry = state.logEntry(group.key, { receiver, kind: integration.kind, index: integration.index });
    return { integration, receiver, entry, onlyEnds: false };
  });
  const former = state.logEntries(group.key).flatMap((entry): Hearer[] => {
    if (entry.groupId !== group.id || entry.integration.receiver === receiver || entry.heard.size === 0) return [];
    const integration = integrationOf(config.receivers, entry.integration);
    return integration ? [{ integration, receiver: entry.integration.receiver, entry, onlyEnds: true }] : [];
  });
  return [...present, ...former];
}
