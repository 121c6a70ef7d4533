import type { DroppedTargetView, TargetView } from '../../observer/port.ts';
import { formatDuration } from '../../time/duration.ts';
import { isoInstant } from '../../time/instant.ts';
import type { Parameters } from './parameters.ts';

const NEVER = '0001-01-01T00:00:00Z';

export function targetsView(
  active: readonly TargetView[],
  dropped: readonly DroppedTargetView[],
  parameters: Parameters,
): unknown {
  const state = (parameters.get('state') ?? '').toLowerCase();
  const pool = parameters.get('scrapePool') ?? '';
  const all = state !== 'active' && state !== 'dropped';
  const shown = all || state === 'active' ? active.filter(({ job }) => pool === '' || job === pool) : [];
  return { activeTargets: shown.map(targetBody), droppedTargets: all || state === 'dropped' ? dropped : [] };
}

function targetBody(target: TargetView): unknown {
  return {
    discoveredLabels: target.discoveredLabels,
    labels: target.labels,
    scrapePool: target.job,
    scrapeUrl: target.url,
    globalUrl: target.url,
    lastError: target.lastError,
    // Not of Prometheus, which fails the whole scrape or says it in its log alone.
    ...(target.lastWarning !== '' && { lastWarning: target.lastWarning }),
    lastScrape: target.lastScrapeAt === 0 ? NEVER : isoInstant(target.lastScrapeAt),
    lastScrapeDuration: target.lastDurationMs / 1000,
    health: target.health,
    scrapeInterval: formatDuration(target.intervalMs),
    scrapeTimeout: formatDuration(target.timeoutMs),
  };
}
