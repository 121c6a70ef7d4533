import { type Alert, alertAt, isOpen } from '../alert/alert.ts';
import type { RoutingContext } from './context.ts';
import { insert } from './intake.ts';
import { groupIdOf, groupLabelsOf, matchRoutes } from './route.ts';

/**
 * Puts every alert where a new configuration wants it. A group whose id stays keeps its state and takes over the new receiver and
 * timing. Members that now belong elsewhere join their new group at once; in the old one, whoever heard of them still hears their
 * end, and then they leave.
 * @returns the groups that changed.
 */
export function reroute(context: RoutingContext, now: number): Set<string> {
  const { state } = context;
  const changed = new Set<string>();
  const wanted = wantedGroups(context, now);
  for (const group of [...state.groups.values()]) {
    const route = context.routes.get(group.routeId);
    if (route && route.receiver !== group.receiver) {
      state.putGroup({ ...group, receiver: route.receiver });
      changed.add(group.id);
    }
    for (const member of [...group.members.values()]) {
      if (wanted.get(member.fingerprint)?.has(group.id)) {
        if (member.retired) state.putMember(group.id, { ...member, retired: false });
        continue;
      }
      if (group.flushedAt === undefined) state.deleteMember(group.id, member.fingerprint);
      else if (!member.retired) state.putMember(group.id, { ...member, retired: true });
      changed.add(group.id);
    }
    const left = state.groups.get(group.id);
    if (left && left.members.size === 0 && left.flushedAt === undefined) {
      state.deleteGroup(group.id);
      changed.delete(group.id);
    }
  }
  for (const alert of [...state.alerts.values()]) placeNew(context, alert, now);
  return changed;
}

function wantedGroups(context: RoutingContext, now: number): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const stored of context.state.alerts.values()) {
    const alert = alertAt(stored, now);
    const routes = matchRoutes(context.config.root, alert.labels);
    const ids = routes.map((route) => groupIdOf(route, groupLabelsOf(route, alert.labels)));
    wanted.set(alert.fingerprint, new Set(ids));
  }
  return wanted;
}

function placeNew(context: RoutingContext, stored: Alert, now: number): void {
  const alert = alertAt(stored, now);
  if (!isOpen(alert)) return;
  const present = new Set(context.state.groupsOf(alert.fingerprint));
  for (const route of matchRoutes(context.config.root, alert.labels)) {
    if (!present.has(groupIdOf(route, groupLabelsOf(route, alert.labels)))) insert(context, route, alert, now);
  }
}
