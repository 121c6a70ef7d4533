import type { Alert } from '../alert/alert.ts';
import { DEFAULT_SEVERITIES, type Priority, priorityOf } from '../alert/priority.ts';
import type { Labels } from '../labels/labels.ts';
import { DependencyGraph, DependencySources, type RootCause } from './dependency.ts';
import { type Inhibition, type InhibitRule, InhibitSources } from './inhibit.ts';

/** What alerts can mute other alerts by. */
export interface InhibitionConfig {
  /** Alertmanager's, in order of the file. */
  readonly inhibitRules: readonly InhibitRule[];
  /** What depends on what, beyond Alertmanager. Absent: nothing. */
  readonly dependencies?: DependencyGraph;
  /** For dependencies, which never mute what is more urgent. Default: the built-in severities. */
  readonly severities?: ReadonlyMap<string, Priority>;
}

const NO_DEPENDENCIES = new DependencyGraph([]);

/** The open alerts that mute others, by rule or by dependency. Rules are asked first. */
export class Inhibitors {
  readonly #rules: InhibitSources;
  readonly #dependencies: DependencySources;

  constructor(config: InhibitionConfig) {
    const severities = config.severities ?? DEFAULT_SEVERITIES;
    this.#rules = new InhibitSources(config.inhibitRules);
    this.#dependencies = new DependencySources(
      config.dependencies ?? NO_DEPENDENCIES,
      (labels) => priorityOf((name) => labels.get(name), severities).priority,
    );
  }

  /** Takes note of an alert as it is now. @returns whether what it mutes has changed. */
  set(alert: Alert): boolean {
    const byRule = this.#rules.set(alert);
    return this.#dependencies.set(alert) || byRule;
  }

  inhibiting(labels: Labels): Inhibition | undefined {
    const byRule = this.#rules.inhibiting(labels);
    if (byRule) return byRule;
    const root = this.#dependencies.muting(labels);
    return root && { rule: { name: `dependency ${root.path.join(' → ')}` }, source: root.source };
  }

  /** The open alert about something that the part with these labels needs, whether or not it mutes. */
  rootCause(labels: Labels): RootCause | undefined {
    return this.#dependencies.rootCause(labels);
  }

  /** Tells which label sets any of these sources could mute. */
  reachOf(sources: readonly Labels[]): (target: Labels) => boolean {
    const byRule = this.#rules.reachOf(sources);
    const byDependency = this.#dependencies.reachOf(sources);
    return (target) => byRule(target) || byDependency(target);
  }
}
