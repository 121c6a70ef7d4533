import type { Path } from '../document/yaml.ts';
import { printMatchers, sortMatchers } from './group-key.ts';
import type { GroupBy, Route } from './route.ts';
import type { RawRoute } from './schema.ts';

type Inherited = Pick<Route, 'key' | 'receiver' | 'groupBy' | 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs'>;

/** Alertmanager's defaults for what the root route leaves out. */
const DEFAULTS: Omit<Inherited, 'key'> = {
  receiver: '',
  groupBy: [],
  groupWaitMs: 30_000,
  groupIntervalMs: 5 * 60_000,
  repeatIntervalMs: 4 * 3_600_000,
};

/** Fills in what each route inherits, and names the routes. */
export function buildRoutes(root: RawRoute): Route {
  const seen = new Map<string, number>();
  const build = (raw: RawRoute, parent: Inherited | undefined, path: Path): Route => {
    const matchers = sortMatchers([...(raw.match ?? []), ...(raw.match_re ?? []), ...(raw.matchers ?? [])]);
    const printed = printMatchers(matchers);
    const key = parent ? `${parent.key}/${printed}` : printed;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    const above = parent ?? DEFAULTS;
    const own: Inherited = {
      key,
      receiver: raw.receiver || above.receiver,
      groupBy: groupByOf(raw.group_by) ?? above.groupBy,
      groupWaitMs: raw.group_wait ?? above.groupWaitMs,
      groupIntervalMs: raw.group_interval ?? above.groupIntervalMs,
      repeatIntervalMs: raw.repeat_interval ?? above.repeatIntervalMs,
    };
    return {
      ...own,
      id: count === 1 ? key : `${key}#${count}`,
      matchers,
      muteTimeIntervals: raw.mute_time_intervals,
      activeTimeIntervals: raw.active_time_intervals,
      continue: raw.continue,
      routes: raw.routes.map((child, index) => build(child, own, [...path, 'routes', index])),
      path,
    };
  };
  return build(root, undefined, ['route']);
}

/** An empty list says nothing, as in Alertmanager: the parent's grouping stays. */
function groupByOf(names: readonly string[] | undefined): GroupBy | undefined {
  if (names === undefined || names.length === 0) return undefined;
  return names.includes('...') ? 'all' : names;
}
