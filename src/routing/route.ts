import type { Path } from '../document/yaml.ts';
import type { Labels } from '../labels/labels.ts';
import { type Matcher, matchesAll } from '../labels/matcher.ts';
import { printLabels } from './group-key.ts';

/** Which labels tell one group of a route from another: these, or every label (`...`). */
export type GroupBy = 'all' | readonly string[];

/** A node of the routing tree with everything it inherits filled in. */
export interface Route {
  /**
   * Unique in its tree, and the same after a reload that leaves the matchers on the way to it alone: the key, with `#2`, `#3` … for
   * further routes of equal key, in order of the file.
   */
  readonly id: string;
  /** Alertmanager's route key: the matchers of this route and of those above it. Not unique. */
  readonly key: string;
  readonly receiver: string;
  readonly matchers: readonly Matcher[];
  readonly groupBy: GroupBy;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** Only this route's own: a child does not inherit them. */
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly continue: boolean;
  readonly routes: readonly Route[];
  /** Where it stands in the document. */
  readonly path: Path;
}

/**
 * The routes an alert goes to, in the order of the file: depth first; among siblings the first match ends the search unless it says
 * `continue`; a node itself only where none of its children matched.
 */
export function matchRoutes(route: Route, labels: Labels): Route[] {
  if (!matchesAll(route.matchers, labels)) return [];
  const found: Route[] = [];
  for (const child of route.routes) {
    const matches = matchRoutes(child, labels);
    found.push(...matches);
    if (matches.length > 0 && !child.continue) break;
  }
  return found.length > 0 ? found : [route];
}

/** The labels of the group an alert falls into; labels it lacks are left out. */
export function groupLabelsOf(route: Route, labels: Labels): Labels {
  const { groupBy } = route;
  return groupBy === 'all' ? labels : labels.filter((name) => groupBy.includes(name));
}

/** Alertmanager's group key, as receivers see it: `{}/{severity="critical"}:{alertname="X"}`. */
export function groupKeyOf(route: Route, groupLabels: Labels): string {
  return `${route.key}:${printLabels(groupLabels)}`;
}

/** Names a group for good. Equal to its group key but where several routes have equal keys. */
export function groupIdOf(route: Route, groupLabels: Labels): string {
  return `${route.id}:${printLabels(groupLabels)}`;
}

/** Every route, parents before their children. */
export function* walkRoutes(root: Route): Generator<Route> {
  yield root;
  for (const child of root.routes) yield* walkRoutes(child);
}
