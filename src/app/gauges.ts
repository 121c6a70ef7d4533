import type { PartHealth } from '../api/operations.ts';
import type { Incident } from '../incident/incident.ts';
import type { TargetView } from '../observer/port.ts';
import type { SqliteOutboxStore } from '../sqlite/outbox-store.ts';

/** Whether what is to be said can be said. */
export function deliveryHealth(slackRefuses: boolean, unheard: number, waiting: number): PartHealth {
  const part = 'delivery';
  if (slackRefuses) return { part, ok: false, detail: 'Slack refuses our token' };
  if (unheard > 0)
    return { part, ok: false, detail: `nobody could be told of ${unheard} undelivered or late; ${waiting} waiting` };
  return { part, ok: true, detail: `${waiting} waiting` };
}

/** Rows of the outbox that still have to go. */
export function queued(store: SqliteOutboxStore): number {
  return store
    .depth()
    .filter(({ state }) => state === 'queued' || state === 'attempting')
    .reduce((sum, { count }) => sum + count, 0);
}

/** Open incidents by priority and state, as the metrics want them. */
export function countIncidents(
  open: readonly Incident[],
): { readonly priority: string; readonly state: string; readonly count: number }[] {
  const counts = new Map<string, { priority: string; state: string; count: number }>();
  for (const { priority, state } of open) {
    const key = `${priority} ${state.kind}`;
    const entry = counts.get(key) ?? { priority, state: state.kind, count: 0 };
    entry.count += 1;
    counts.set(key, entry);
  }
  return [...counts.values()];
}

/** What targets exposed and was not taken, summed over the targets of a job. */
export function refusedSamples(
  targets: readonly Pick<TargetView, 'job' | 'refused'>[],
): { readonly job: string; readonly reason: string; readonly count: number }[] {
  const sums = new Map<string, { job: string; reason: string; count: number }>();
  for (const { job, refused } of targets) {
    for (const [reason, count] of Object.entries(refused)) {
      const key = `${reason} ${job}`;
      sums.set(key, { job, reason, count: (sums.get(key)?.count ?? 0) + count });
    }
  }
  return [...sums.values()];
}
