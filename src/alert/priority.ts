/** How urgently people must hear: P1 wakes somebody, P4 reaches only the digest. */
export type Priority = 'P1' | 'P2' | 'P3' | 'P4';

export const PRIORITIES = ['P1', 'P2', 'P3', 'P4'] as const satisfies readonly Priority[];

/** Negative where `a` is more urgent than `b`. */
export function comparePriority(a: Priority, b: Priority): number {
  return PRIORITIES.indexOf(a) - PRIORITIES.indexOf(b);
}

export function isPriority(text: string): text is Priority {
  return (PRIORITIES as readonly string[]).includes(text);
}

/** Label `severity` → Priority where the configuration says nothing else. */
export const DEFAULT_SEVERITIES: ReadonlyMap<string, Priority> = new Map([
  ['critical', 'P1'],
  ['error', 'P2'],
  ['warning', 'P2'],
  ['info', 'P4'],
]);

/** Why an alert has its priority; `fallback` deserves a warning, because somebody mistyped a severity or gave none. */
export type PriorityReason = 'priority_label' | 'severity_label' | 'fallback';

/** Label `priority` wins, else `severity` by the table, else P3. */
export function priorityOf(
  label: (name: string) => string,
  severities: ReadonlyMap<string, Priority>,
): { readonly priority: Priority; readonly reason: PriorityReason } {
  const explicit = label('priority');
  if (isPriority(explicit)) return { priority: explicit, reason: 'priority_label' };
  const mapped = severities.get(label('severity'));
  if (mapped) return { priority: mapped, reason: 'severity_label' };
  return { priority: 'P3', reason: 'fallback' };
}
