import type { Alert } from '../alert/alert.ts';
import type { Labels } from '../labels/labels.ts';

/** The value that all alerts carry under the first of these names that any of them has; '' where they differ. */
export function sharedLabel(alerts: readonly Alert[], ...names: readonly string[]): string {
  for (const name of names) {
    const values = new Set(alerts.map(({ labels }) => labels.get(name)));
    if (values.size === 1) {
      const [value] = values;
      if (value) return value;
    }
  }
  return '';
}

/** What a card says elsewhere, or what says nothing to the reader of a single alert. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  ...['alertname', 'model_name', 'model', 'model_version', 'version', 'environment', 'env', 'region', 'team'],
  ...['severity', 'priority', 'job', 'instance'],
]);

/**
 * `feature_name=amount, region=eu`: what tells an alert from its siblings, and of a single alert which slice it speaks of; '' where
 * there is nothing to tell.
 */
export function distinguishing(alert: Alert, siblings: readonly Alert[]): string {
  const own =
    siblings.length > 1
      ? differing(alert.labels, siblings)
      : alert.labels.pairs.filter(([name]) => !TOLD_ELSEWHERE.has(name));
  return own.map(([name, value]) => `${name}=${value}`).join(', ');
}

function differing(labels: Labels, siblings: readonly Alert[]): (readonly [string, string])[] {
  return labels.pairs.filter(([name, value]) => siblings.some((sibling) => sibling.labels.get(name) !== value));
}
