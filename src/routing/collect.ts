import { endedAt } from '../alert/alert.ts';
import type { RoutingContext } from './context.ts';
import type { AlertGroup } from './group.ts';

/** Ended alerts are remembered this long, so that a late word about them joins them; as Alertmanager's collection interval. */
export const ENDED_ALERT_RETENTION_MS = 30 * 60_000;
/** Alertmanager's data retention: what the log knows of groups that no longer exist. */
const LOG_RETENTION_MS = 120 * 3_600_000;

/** Forgets an empty group. Its log entries go with it where they say the same as none: no firing members. */
export function removeGroup({ state }: RoutingContext, group: AlertGroup): void {
  state.deleteGroup(group.id);
  for (const entry of state.logEntries(group.key)) {
    if (entry.groupId === group.id && entry.firing.size === 0 && entry.heard.size === 0) state.deleteLogEntry(entry);
  }
}

/** Forgets what has been over for long enough. @returns when to look again; undefined while nothing is remembered. */
export function collect({ state }: RoutingContext, now: number): number | undefined {
  for (const alert of [...state.alerts.values()]) {
    const ended = endedAt(alert);
    if (ended === undefined || state.groupsOf(alert.fingerprint).length > 0) continue;
    // Counted from the last word, because an end may lie far in the past.
    if (Math.max(ended, alert.updatedAt) + ENDED_ALERT_RETENTION_MS <= now) state.deleteAlert(alert.fingerprint);
  }
  const keys = new Set([...state.groups.values()].map((group) => group.key));
  for (const entry of state.allLogEntries()) {
    if (!keys.has(entry.groupKey) && entry.at + LOG_RETENTION_MS <= now) state.deleteLogEntry(entry);
  }
  const remembers = state.alerts.size > 0 || state.allLogEntries().length > 0;
  return remembers ? now + ENDED_ALERT_RETENTION_MS : undefined;
}
