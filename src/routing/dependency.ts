import { type Alert, isOpen } from '../alert/alert.ts';
import { comparePriority, type Priority } from '../alert/priority.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import type { Labels } from '../labels/labels.ts';
import { type Matcher, matchesAll } from '../labels/matcher.ts';

/** A part of the system that others need: a database, a feature store, a model. */
export interface DependencyNode {
  readonly name: string;
  /** Alerts that fit these are about it too. None: only those that name it. */
  readonly matchers: readonly Matcher[];
  /** Names of the parts that it needs. */
  readonly dependsOn: readonly string[];
}

/** An alert names the part it is about by one of these labels. */
const NAMING_LABELS = [
  'model_name',
  'model',
  'service',
  'component',
  'feature_store',
  'database',
  'pipeline',
  'dataset',
  'dependency',
] as const;

/** From a part to one that it needs, both ends included. */
type Path = readonly string[];

/** What depends on what. Without cycles; `buildDependencies` refuses them. */
export class DependencyGraph {
  readonly #matching: readonly DependencyNode[];
  /** For each part, everything it needs, near or far, with the shortest way there. */
  readonly #needs = new Map<string, ReadonlyMap<string, Path>>();
  readonly #needed = new Set<string>();

  constructor(nodes: readonly DependencyNode[]) {
    this.#matching = nodes.filter((node) => node.matchers.length > 0);
    const edges = new Map<string, readonly string[]>();
    for (const { name, dependsOn } of nodes) {
      edges.set(name, [...(edges.get(name) ?? []), ...dependsOn]);
      for (const needed of dependsOn) if (!edges.has(needed)) edges.set(needed, []);
    }
    for (const name of edges.keys()) {
      const needs = waysFrom(name, edges);
      this.#needs.set(name, needs);
      for (const needed of needs.keys()) this.#needed.add(needed);
    }
  }

  get isEmpty(): boolean {
    return this.#needed.size === 0;
  }

  /** Whether any part needs this one. */
  isNeeded(name: string): boolean {
    return this.#needed.has(name);
  }

  needsOf(name: string): ReadonlyMap<string, Path> {
    return this.#needs.get(name) ?? NOTHING;
  }

  /**
   * The parts that an alert is about. One that names several is about those that depend on the others: a model's alert may say
   * which feature store the model reads.
   */
  about(labels: Labels): readonly string[] {
    const named = new Set<string>();
    for (const label of NAMING_LABELS) {
      const value = labels.get(label);
      if (value !== '' && this.#needs.has(value)) named.add(value);
    }
    for (const node of this.#matching) if (matchesAll(node.matchers, labels)) named.add(node.name);
    if (named.size < 2) return [...named];
    return [...named].filter((name) => ![...named].some((other) => this.needsOf(other).has(name)));
  }

  /** Whether a part of the first list needs one of the second. */
  reaches(from: readonly string[], to: readonly string[]): boolean {
    return from.some((name) => to.some((other) => this.needsOf(name).has(other)));
  }
}

const NOTHING: ReadonlyMap<string, Path> = new Map();

/** Breadth first, so that each way is a shortest one. */
function waysFrom(name: string, edges: ReadonlyMap<string, readonly string[]>): Map<string, Path> {
  const ways = new Map<string, Path>();
  let edge: readonly Path[] = [[name]];
  while (edge.length > 0) {
    const next: Path[] = [];
    for (const way of edge) {
      for (const needed of edges.get(way.at(-1) ?? '') ?? []) {
        if (needed === name || ways.has(needed)) continue;
        const longer = [...way, needed];
        ways.set(needed, longer);
        next.push(longer);
      }
    }
    edge = next;
  }
  return ways;
}

/** The open alert that an alert follows from, and how. */
export interface RootCause {
  readonly source: Alert;
  /** From the part the alert is about to the part the source is about. */
  readonly path: Path;
}

/** The most urgent open alert about one part in one environment, with those that could take its place. */
interface Bucket {
  readonly alerts: Map<Fingerprint, Alert>;
  first: Alert | undefined;
}

/**
 * The open alerts about parts that others need. An index over alerts, with no time of its own.
 *
 * An open alert about a part mutes the open alerts about every part that needs it, near or far, while it is at least as urgent as
 * they are and does not name another environment.
 */
export class DependencySources {
  readonly #graph: DependencyGraph;
  readonly #priorityOf: (labels: Labels) => Priority;
  /** By part, then by environment ('' where the alert names none). */
  readonly #open = new Map<string, Map<string, Bucket>>();

  constructor(graph: DependencyGraph, priorityOf: (labels: Labels) => Priority) {
    this.#graph = graph;
    this.#priorityOf = priorityOf;
  }

  /** Takes note of an alert as it is now. @returns whether what it could mute has changed. */
  set(alert: Alert): boolean {
    if (this.#graph.isEmpty) return false;
    const parts = this.#graph.about(alert.labels).filter((name) => this.#graph.isNeeded(name));
    let changed = false;
    for (const part of parts) {
      if (this.#setIn(part, environmentOf(alert.labels), alert)) changed = true;
    }
    return changed;
  }

  #setIn(part: string, environment: string, alert: Alert): boolean {
    const environments = this.#open.get(part) ?? new Map<string, Bucket>();
    const bucket = environments.get(environment) ?? { alerts: new Map<Fingerprint, Alert>(), first: undefined };
    const known = bucket.alerts.has(alert.fingerprint);
    if (!isOpen(alert) && !known) return false;
    if (isOpen(alert)) bucket.alerts.set(alert.fingerprint, alert);
    else bucket.alerts.delete(alert.fingerprint);
    bucket.first = undefined;
    if (bucket.alerts.size > 0) environments.set(environment, bucket);
    else environments.delete(environment);
    if (environments.size > 0) this.#open.set(part, environments);
    else this.#open.delete(part);
    return known !== isOpen(alert);
  }

  /** What mutes an alert with these labels. */
  muting(labels: Labels): RootCause | undefined {
    if (this.#open.size === 0) return undefined;
    const priority = this.#priorityOf(labels);
    return this.#root(labels, (source) => comparePriority(this.#priorityOf(source.labels), priority) <= 0);
  }

  /** What an alert with these labels follows from, also where that is less urgent and so does not mute it. */
  rootCause(labels: Labels): RootCause | undefined {
    return this.#open.size === 0 ? undefined : this.#root(labels, () => true);
  }

  /** Tells which label sets any of these sources could mute. */
  reachOf(sources: readonly Labels[]): (target: Labels) => boolean {
    const parts = [...new Set(sources.flatMap((labels) => this.#graph.about(labels)))];
    if (!parts.some((part) => this.#graph.isNeeded(part))) return () => false;
    return (target) => this.#graph.reaches(this.#graph.about(target), parts);
  }

  /** The source that is furthest from the symptoms: one that follows from no other; of several the earliest. */
  #root(labels: Labels, fits: (source: Alert) => boolean): RootCause | undefined {
    const about = this.#graph.about(labels);
    const environment = environmentOf(labels);
    const found = about.flatMap((part) =>
      [...this.#graph.needsOf(part)].flatMap(([needed, path]): RootCause[] =>
        this.#sourcesIn(needed, environment).map((source) => ({ source, path })),
      ),
    );
    const fitting = found.filter(
      ({ source }) => fits(source) && !this.#graph.reaches(this.#graph.about(source.labels), about),
    );
    const furthest = fitting.filter(({ source }) => {
      const own = this.#graph.about(source.labels);
      return !fitting.some((other) => this.#graph.reaches(own, this.#graph.about(other.source.labels)));
    });
    return furthest.toSorted((a, b) => byAge(a.source, b.source))[0];
  }

  /** At most one per environment: the most urgent, of these the earliest. */
  #sourcesIn(part: string, environment: string): Alert[] {
    const environments = this.#open.get(part);
    if (!environments) return [];
    const sources: Alert[] = [];
    for (const [name, bucket] of environments) {
      if (name !== '' && environment !== '' && name !== environment) continue;
      bucket.first ??= [...bucket.alerts.values()].reduce((a, b) => (this.#isBefore(b, a) ? b : a));
      sources.push(bucket.first);
    }
    return sources;
  }

  #isBefore(a: Alert, b: Alert): boolean {
    const urgency = comparePriority(this.#priorityOf(a.labels), this.#priorityOf(b.labels));
    return urgency === 0 ? byAge(a, b) < 0 : urgency < 0;
  }
}

function byAge(a: Alert, b: Alert): number {
  return a.startsAt - b.startsAt || (a.fingerprint < b.fingerprint ? -1 : 1);
}

/** An alert that names no environment may concern any. */
function environmentOf(labels: Labels): string {
  return labels.get('environment') || labels.get('env');
}

/** `FeatureStoreDown service=feature-store environment=production`: how payloads name a root cause. */
export function rootCauseText({ source }: Pick<RootCause, 'source'>): string {
  const labels = [...NAMING_LABELS, 'environment', 'env'].flatMap((name) => {
    const value = source.labels.get(name);
    return value === '' ? [] : [`${name}=${value}`];
  });
  return [source.labels.get('alertname'), ...labels].join(' ');
}
