import { Labels } from '../labels/labels.ts';
import { formatDuration, parseDuration } from '../time/duration.ts';
import { relabel } from './relabel.ts';
import type { DiscoveredGroup, ScrapeConfig } from './schema.ts';

/** One endpoint to scrape. */
export interface Target {
  readonly config: ScrapeConfig;
  readonly url: string;
  /** What every series of the target gets: without the labels that start with `__`, with `job` and `instance`. */
  readonly labels: Labels;
  /** Before relabelling, for people who ask where a target came from. */
  readonly discoveredLabels: Labels;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Equal for the same endpoint under the same labels in the same job, across reloads. */
  readonly id: string;
}

export interface DroppedTarget {
  readonly job: string;
  readonly discoveredLabels: Labels;
}

export interface Discovery {
  readonly targets: readonly Target[];
  readonly dropped: readonly DroppedTarget[];
  /** One line for each target that cannot be scraped as it is labelled. */
  readonly problems: readonly string[];
}

/**
 * From groups of addresses to endpoints, through `relabel_configs`, as Prometheus does it: `__address__`, `__scheme__`,
 * `__metrics_path__`, `__param_*`, `__scrape_interval__` and `__scrape_timeout__` may be rewritten; `instance` defaults to the address.
 * Targets that come out equal are one.
 */
export function discoverTargets(config: ScrapeConfig, groups: readonly DiscoveredGroup[]): Discovery {
  const targets = new Map<string, Target>();
  const dropped: DroppedTarget[] = [];
  const problems: string[] = [];
  for (const group of groups) {
    for (const address of group.targets) {
      const discoveredLabels = initialLabels(config, group.labels, address);
      const labels = relabel(discoveredLabels, config.relabel);
      if (!labels) {
        dropped.push({ job: config.jobName, discoveredLabels });
        continue;
      }
      const target = targetOf(config, labels, discoveredLabels);
      if (typeof target === 'string') problems.push(`job ${config.jobName}, target ${address}: ${target}`);
      else targets.set(target.id, target);
    }
  }
  if (config.limits.targets > 0 && targets.size > config.limits.targets) {
    problems.push(
      `job ${config.jobName}: ${targets.size} targets exceed the target_limit of ${config.limits.targets}; none is scraped`,
    );
    return { targets: [], dropped, problems };
  }
  return { targets: [...targets.values()], dropped, problems };
}

function initialLabels(config: ScrapeConfig, group: Labels, address: string): Labels {
  const params = [...config.params].map(([name, values]): [string, string] => [`__param_${name}`, values[0] ?? '']);
  return Labels.of([
    ['job', config.jobName],
    ['__scrape_interval__', formatDuration(config.intervalMs)],
    ['__scrape_timeout__', formatDuration(config.timeoutMs)],
    ['__metrics_path__', config.metricsPath],
    ['__scheme__', config.scheme],
    ...group.pairs,
    ['__address__', address],
    ...params,
  ]);
}

function targetOf(config: ScrapeConfig, labels: Labels, discoveredLabels: Labels): Target | string {
  const address = labels.get('__address__');
  if (address === '') return 'relabelling left it without an __address__';
  const url = targetUrl(config, labels, address);
  if (url === undefined)
    return `${JSON.stringify(`${labels.get('__scheme__')}://${address}`)} is not the address of an HTTP server`;
  const intervalMs = parseDuration(labels.get('__scrape_interval__'));
  const timeoutMs = parseDuration(labels.get('__scrape_timeout__'));
  if (!intervalMs) return '__scrape_interval__ is not a duration above 0';
  if (!timeoutMs || timeoutMs > intervalMs) return '__scrape_timeout__ is not a duration up to the interval';
  const visible = labels.filter((name) => !name.startsWith('__'));
  const withInstance = visible.has('instance') ? visible : visible.with({ instance: address });
  const id = `${config.jobName}\u{0}${withInstance.key}\u{0}${url}`;
  return { config, url, labels: withInstance, discoveredLabels, intervalMs, timeoutMs, id };
}

function targetUrl(config: ScrapeConfig, labels: Labels, address: string): string | undefined {
  const scheme = labels.get('__scheme__');
  if ((scheme !== 'http' && scheme !== 'https') || /[/?#@\\\s]/.test(address)) return undefined;
  const base = `${scheme}://${address}`;
  if (!URL.canParse(base)) return undefined;
  const url = new URL(base);
  const path = labels.get('__metrics_path__');
  url.pathname = path.startsWith('/') ? path : `/${path}`;
  const params = new Map([...config.params].map(([name, values]) => [name, [...values]]));
  for (const [name, value] of labels) {
    if (!name.startsWith('__param_')) continue;
    const key = name.slice('__param_'.length);
    params.set(key, [value, ...(params.get(key) ?? []).slice(1)]);
  }
  for (const [name, values] of params) for (const value of values) url.searchParams.append(name, value);
  url.searchParams.sort();
  return url.href;
}
