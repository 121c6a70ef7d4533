import type { Incident } from '../incident/incident.ts';
import type { SqliteOutboxStore } from '../sqlite/outbox-store.ts';

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
