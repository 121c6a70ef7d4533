import { z } from 'zod';
import type { Alert } from '../alert/alert.ts';
import { durationBetween } from '../document/schema.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';

/** `storm:` of watchroom.yml: more than `groups` new groups `within` this time are one message, until `end_after` without another. */
export const StormSchema = z.strictObject({
  groups: z.int({ error: 'expected a whole number' }).min(1).max(10_000).default(10),
  within: durationBetween(1000, 3_600_000).prefault('1m'),
  end_after: durationBetween(1000, 86_400_000).prefault('5m'),
});
export type StormSettings = z.output<typeof StormSchema>;

/** What is known when a new group would get its card. */
export interface StormFacts {
  /** Groups that got (or would have got) their first card in the last `within`, this one included. */
  readonly newGroups: number;
  readonly isStorming: boolean;
  /** The most urgent there is, and nothing that is known explains it. */
  readonly isUnexplainedP1: boolean;
}

/** `hold`: its card waits under the canopy. `begin`: so it does, and the storm begins with it. */
export type StormDecision =
  | { readonly kind: 'post'; readonly reason: 'calm' | 'unexplained_p1'; readonly begins: boolean }
  | { readonly kind: 'hold'; readonly begins: boolean };

/** Whether a new group's card is posted or held. A P1 that nothing explains is never held, but it may be what begins a storm. */
export function decideStorm(facts: StormFacts, settings: StormSettings): StormDecision {
  const begins = !facts.isStorming && facts.newGroups > settings.groups;
  if (!facts.isStorming && !begins) return { kind: 'post', reason: 'calm', begins };
  return facts.isUnexplainedP1 ? { kind: 'post', reason: 'unexplained_p1', begins } : { kind: 'hold', begins };
}

/** One problem of a storm, as far as finding the root needs it. */
export interface StormCandidate<Id> {
  readonly id: Id;
  readonly alerts: readonly Alert[];
}

export interface StormRoot<Id> {
  readonly id: Id;
  readonly alert: Alert;
  /** How many of the others are known to follow from it. */
  readonly explains: number;
  readonly others: number;
  /** It fired before all others. */
  readonly isFirst: boolean;
  /** `region=ap-south-1`: what it has in common with at least nine in ten of all alerts of the storm. */
  readonly shared: readonly string[];
}

/** Labels that nearly everything shares, or that say how something is measured rather than what it is. */
const TELLS_NOTHING = new Set([
  'alertname',
  'severity',
  'priority',
  'environment',
  'env',
  'job',
  'instance',
  'team',
  'le',
  'quantile',
]);
const SHARED_BY = 0.9;

/**
 * What a storm probably comes from: the problem from which most others are known to follow (`causeOf` names the alert that mutes or
 * explains an alert); else the first that fired.
 */
export function probableRoot<Id>(
  candidates: readonly StormCandidate<Id>[],
  causeOf: (alert: Alert) => Fingerprint | undefined,
): StormRoot<Id> | undefined {
  const owner = new Map<Fingerprint, Id>();
  for (const { id, alerts } of candidates) for (const { fingerprint } of alerts) owner.set(fingerprint, id);
  const explained = new Map<Id, Set<Id>>();
  for (const { id, alerts } of candidates) {
    for (const alert of alerts) {
      const cause = owner.get(causeOf(alert) ?? '');
      if (cause === undefined || cause === id) continue;
      explained.set(cause, (explained.get(cause) ?? new Set<Id>()).add(id));
    }
  }
  const ranked = candidates
    .flatMap(({ id, alerts }) => {
      const first = alerts.toSorted((a, b) => a.startsAt - b.startsAt)[0];
      return first ? [{ id, first, explains: explained.get(id)?.size ?? 0 }] : [];
    })
    .toSorted((a, b) => b.explains - a.explains || a.first.startsAt - b.first.startsAt);
  const [root] = ranked;
  if (!root) return undefined;
  return {
    id: root.id,
    alert: root.first,
    explains: root.explains,
    others: ranked.length - 1,
    isFirst: ranked.every(({ first }) => first.startsAt >= root.first.startsAt),
    shared: sharedWith(root.first, candidates),
  };
}

function sharedWith(root: Alert, candidates: readonly StormCandidate<unknown>[]): string[] {
  const alerts = candidates.flatMap((candidate) => candidate.alerts);
  if (alerts.length < 3) return [];
  return root.labels.pairs.flatMap(([name, value]) => {
    if (TELLS_NOTHING.has(name)) return [];
    const bearing = alerts.filter((alert) => alert.labels.get(name) === value).length;
    return bearing >= SHARED_BY * alerts.length ? [`${name}=${value}`] : [];
  });
}
