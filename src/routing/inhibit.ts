import { type Alert, endedAt } from '../alert/alert.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import type { Labels } from '../labels/labels.ts';
import { type Matcher, matchesAll } from '../labels/matcher.ts';

/** Alerts that match the target side are muted while an alert that matches the source side fires with the same `equal` labels. */
export interface InhibitRule {
  readonly name: string;
  readonly sourceMatchers: readonly Matcher[];
  readonly targetMatchers: readonly Matcher[];
  /** A label that both lack is equal. */
  readonly equal: readonly string[];
}

export interface Inhibition {
  readonly rule: Pick<InhibitRule, 'name'>;
  readonly source: Alert;
}

/** The open alerts that can inhibit, by rule and by the values of its `equal` labels. An index over alerts, with no time of its own. */
export class InhibitSources {
  readonly #rules: readonly { readonly rule: InhibitRule; readonly sources: Map<string, Map<Fingerprint, Alert>> }[];

  constructor(rules: readonly InhibitRule[]) {
    this.#rules = rules.map((rule) => ({ rule, sources: new Map<string, Map<Fingerprint, Alert>>() }));
  }

  /**
   * Takes note of an alert as it is now: an ended one stops inhibiting, one without data does not (it is not resolved).
   * @returns whether what it inhibits has changed.
   */
  set(alert: Alert): boolean {
    let changed = false;
    const open = endedAt(alert) === undefined;
    for (const { rule, sources } of this.#rules) {
      if (!matchesAll(rule.sourceMatchers, alert.labels)) continue;
      const key = equalKey(rule, alert.labels);
      const bucket = sources.get(key);
      if (open) {
        changed ||= bucket?.has(alert.fingerprint) !== true;
        if (bucket) bucket.set(alert.fingerprint, alert);
        else sources.set(key, new Map([[alert.fingerprint, alert]]));
      } else if (bucket?.delete(alert.fingerprint)) {
        if (bucket.size === 0) sources.delete(key);
        changed = true;
      }
    }
    return changed;
  }

  /** The first rule and source that mute an alert with these labels. */
  inhibiting(labels: Labels): Inhibition | undefined {
    for (const { rule, sources } of this.#rules) {
      if (sources.size === 0 || !matchesAll(rule.targetMatchers, labels)) continue;
      const bucket = sources.get(equalKey(rule, labels));
      if (!bucket) continue;
      // An alert on both sides cannot be inhibited by another that is on both sides, itself included.
      const bothSides = matchesAll(rule.sourceMatchers, labels);
      for (const source of bucket.values()) {
        if (!bothSides || !matchesAll(rule.targetMatchers, source.labels)) return { rule, source };
      }
    }
    return undefined;
  }

  /** Tells which label sets any of these sources could mute, by whatever rule. */
  reachOf(sources: readonly Labels[]): (target: Labels) => boolean {
    const reach = this.#rules.flatMap(({ rule }) => {
      const matching = sources.filter((source) => matchesAll(rule.sourceMatchers, source));
      return matching.length > 0 ? [{ rule, keys: new Set(matching.map((source) => equalKey(rule, source))) }] : [];
    });
    return (target) =>
      reach.some(({ rule, keys }) => keys.has(equalKey(rule, target)) && matchesAll(rule.targetMatchers, target));
  }
}

function equalKey(rule: InhibitRule, labels: Labels): string {
  return rule.equal.map((name) => labels.get(name)).join('\u{ff}');
}
