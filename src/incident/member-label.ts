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

/** `feature_name=amount, region=eu`: what tells an alert from its siblings; '' where it has none or none differ. */
export function distinguishing(alert: Alert, siblings: readonly Alert[]): string {
  const own = differing(alert.labels, siblings);
  return own.map(([name, value]) => `${name}=${value}`).join(', ');
}

function differing(labels: Labels, siblings: readonly Alert[]): (readonly [string, string])[] {
  return labels.pairs.filter(([name, value]) => siblings.some((sibling) => sibling.labels.get(name) !== value));
}
