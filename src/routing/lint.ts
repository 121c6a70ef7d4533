import { isPlaceholder, type SecretSource } from '../delivery/go-scalars.ts';
import type { Integration } from '../delivery/receiver.ts';
import type { Problem } from '../document/position.ts';
import type { Located } from '../document/schema.ts';
import type { Path } from '../document/yaml.ts';
import type { Matcher } from '../labels/matcher.ts';
import { type Route, walkRoutes } from './route.ts';
import type { RoutingConfig, RoutingFile } from './schema.ts';

export interface RoutingLintOptions {
  /** The alert names that loaded rules can produce; without it nothing is said about inhibit rules' names. */
  readonly definedAlertNames?: ReadonlySet<string>;
}

type Warn = (path: Path, message: string, part?: 'key') => void;

/** What loads but is probably not what was meant. Warnings only, in order of the file. */
export function lintRouting(
  config: RoutingConfig,
  located: Located<RoutingFile>,
  options: RoutingLintOptions = {},
): Problem[] {
  const problems: Problem[] = [];
  const warn: Warn = (path, message, part) => {
    problems.push({ severity: 'warning', at: located.at(path, part), message });
  };
  lintDeprecated(located.value, warn);
  for (const route of walkRoutes(config.root)) lintRoute(route, located.value, warn);
  lintUnused(config, located.value, warn);
  lintReceivers(config, located.value, warn);
  if (options.definedAlertNames) lintInhibitNames(config, options.definedAlertNames, warn);
  // What several receivers inherit is said once.
  const said = new Map(problems.map((problem) => [`${problem.at.line}:${problem.at.col}:${problem.message}`, problem]));
  return [...said.values()].toSorted((a, b) => a.at.line - b.at.line || a.at.col - b.at.col);
}

const OLD_ROUTE_KEYS = ['match', 'match_re'] as const;
const OLD_INHIBIT_KEYS = ['source_match', 'source_match_re', 'target_match', 'target_match_re'] as const;

function lintDeprecated(file: RoutingFile, warn: Warn): void {
  const routes = (route: RoutingFile['route'], path: Path): void => {
    if (!route) return;
    for (const key of OLD_ROUTE_KEYS) {
      if (route[key]) warn([...path, key], `${key} is deprecated; use matchers: [${asMatchers(route[key])}]`, 'key');
    }
    for (const [index, child] of route.routes.entries()) routes(child, [...path, 'routes', index]);
  };
  routes(file.route, ['route']);
  for (const [index, rule] of file.inhibit_rules.entries()) {
    for (const key of OLD_INHIBIT_KEYS) {
      const replacement = key.startsWith('source') ? 'source_matchers' : 'target_matchers';
      const old = rule[key];
      if (old)
        warn(['inhibit_rules', index, key], `${key} is deprecated; use ${replacement}: [${asMatchers(old)}]`, 'key');
    }
  }
  if (file.mute_time_intervals.length > 0) {
    warn(['mute_time_intervals'], 'mute_time_intervals is deprecated; name them under time_intervals', 'key');
  }
}

function asMatchers(matchers: readonly Matcher[]): string {
  return matchers.map((m) => `'${m.name}${m.operator}${JSON.stringify(m.value)}'`).join(', ');
}

function lintRoute(route: Route, file: RoutingFile, warn: Warn): void {
  for (const [index, child] of route.routes.entries()) {
    const later = route.routes.slice(index + 1);
    if (child.continue && later.every((sibling) => areDisjoint(child.matchers, sibling.matchers))) {
      warn(
        [...child.path, 'continue'],
        `continue: true has no effect: no later route can match what this one matches, so these alerts reach ${JSON.stringify(child.receiver)} only`,
        'key',
      );
    }
    const shadow = route.routes.slice(0, index).find((earlier) => !earlier.continue && covers(earlier, child));
    if (shadow) warn(child.path, 'this route is never reached: an earlier one takes everything it matches');
  }
  const raw = rawRoute(file, route.path);
  if (route.groupBy === 'all' || (route.path.length > 1 && (raw?.group_by ?? []).length === 0)) return;
  if (!route.groupBy.includes('environment') && !route.key.includes('environment=')) {
    const where: Path = raw?.group_by ? [...route.path, 'group_by'] : route.path;
    warn(where, 'group_by lacks environment: staging and production alerts share a group and its notifications');
  }
}

function rawRoute(file: RoutingFile, path: Path): RoutingFile['route'] {
  let route = file.route;
  for (const step of path) if (typeof step === 'number') route = route?.routes[step];
  return route;
}

/** Whether no label set can satisfy both: some label must have two different values. Errs on the side of false. */
function areDisjoint(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  return a.some((left) => b.some((right) => left.name === right.name && contradicts(left, right)));
}

function contradicts(a: Matcher, b: Matcher): boolean {
  if (a.operator === '=') return !b.matches(a.value);
  if (b.operator === '=') return !a.matches(b.value);
  return false;
}

/** Whether the earlier route takes everything the later one matches, as far as can be told from equal matchers. */
function covers(earlier: Route, later: Route): boolean {
  return earlier.matchers.every((m) =>
    later.matchers.some(
      (other) =>
        other.name === m.name &&
        (other.operator === '=' ? m.matches(other.value) : other.operator === m.operator && other.value === m.value),
    ),
  );
}

function lintUnused(config: RoutingConfig, file: RoutingFile, warn: Warn): void {
  const routes = [...walkRoutes(config.root)];
  const receivers = new Set(routes.map((route) => route.receiver));
  for (const [index, receiver] of file.receivers.entries()) {
    if (!receivers.has(receiver.name))
      warn(['receivers', index], `receiver ${JSON.stringify(receiver.name)} is used by no route`);
  }
  const intervals = new Set(routes.flatMap((route) => [...route.muteTimeIntervals, ...route.activeTimeIntervals]));
  for (const key of ['mute_time_intervals', 'time_intervals'] as const) {
    for (const [index, { name }] of file[key].entries()) {
      if (!intervals.has(name)) warn([key, index], `time interval ${JSON.stringify(name)} is used by no route`);
    }
  }
  for (const route of routes) {
    if (route.repeatIntervalMs >= route.groupIntervalMs) continue;
    const own = rawRoute(file, route.path);
    if (own?.repeat_interval === undefined) continue;
    warn(
      [...route.path, 'repeat_interval'],
      'repeat_interval is shorter than group_interval, which bounds it from below',
    );
  }
}

function lintReceivers(config: RoutingConfig, file: RoutingFile, warn: Warn): void {
  for (const [index, { name }] of file.receivers.entries()) {
    const receiver = config.receivers.get(name);
    for (const kind of receiver?.unsupported ?? []) {
      warn(['receivers', index, kind], `${kind} is read but not delivered by Watchroom`, 'key');
    }
    for (const integration of receiver?.integrations ?? [])
      lintIntegration(['receivers', index], integration, file, warn);
  }
}

function lintIntegration(path: Path, integration: Integration, file: RoutingFile, warn: Warn): void {
  const placeholder = (key: string, secret: SecretSource | undefined): void => {
    if (!isPlaceholder(secret)) return;
    const own =
      integration.kind === 'msteams' ? path : [...path, `${integration.kind}_configs`, integration.index, key];
    const inherited = integration.kind === 'slack' && isInherited(file, own);
    const at = inherited ? ['global', `slack_${key}`] : own;
    warn(at, `${key} is a placeholder: it is never called, and what it alone would carry goes to the fallback channel`);
  };
  if (integration.kind !== 'email') {
    for (const key of integration.config.http.unsupported) {
      const own = [...path, `${integration.kind}_configs`, integration.index];
      const at = integration.kind === 'msteams' ? path : own;
      warn(at, `http_config: ${key} is read but not used by Watchroom: calls go out without it`);
    }
  }
  switch (integration.kind) {
    case 'slack':
      placeholder('api_url', integration.config.apiUrl);
      placeholder('app_token', integration.config.appToken);
      return;
    case 'pagerduty': {
      const { routingKey, serviceKey, url } = integration.config;
      placeholder('routing_key', routingKey);
      placeholder('service_key', serviceKey);
      if (serviceKey && !routingKey) {
        const note = url.includes('/v2/') ? ', but its URL names v2, which is asked first' : '';
        const at = [...path, 'pagerduty_configs', integration.index];
        warn(at, `service_key means PagerDuty's Events API v1${note}; routing_key (v2) is preferred`);
      }
      return;
    }
    case 'webhook':
      placeholder('url', integration.config.url);
      return;
    case 'msteams':
      placeholder('webhook_url', integration.config.webhookUrl);
      return;
    case 'email':
      placeholder('auth_password', integration.config.authPassword);
      return;
  }
}

/** Whether a Slack secret at `receivers[i].slack_configs[j].KEY` is not written there but taken over from `global`. */
function isInherited(file: RoutingFile, [, receiver, , index, key]: Path): boolean {
  const config = file.receivers[Number(receiver)]?.slack_configs[Number(index)];
  return key === 'app_token' ? config?.app_token === undefined : config?.api_url === undefined;
}

/** Inhibit rules whose source (or target) no rule defines: they never do anything. */
function lintInhibitNames(config: RoutingConfig, defined: ReadonlySet<string>, warn: Warn): void {
  for (const [index, rule] of config.inhibitRules.entries()) {
    for (const [side, matchers] of [
      ['source', rule.sourceMatchers],
      ['target', rule.targetMatchers],
    ] as const) {
      for (const m of matchers) {
        if (m.name !== 'alertname' || m.operator === '!=' || m.operator === '!~') continue;
        if ([...defined].some((name) => m.matches(name))) continue;
        warn(['inhibit_rules', index], `no rule defines the ${side} alertname${m.operator}${JSON.stringify(m.value)}`);
      }
    }
  }
}
