import type { Alert } from '../alert/alert.ts';
import type { Labels } from '../labels/labels.ts';

/** Why routing speaks: Alertmanager's NotifyReason. */
export type NotifyReason = 'first_notification' | 'new_alerts' | 'new_resolved' | 'all_resolved' | 'repeat_interval';

/** One of a receiver's destinations: `slack_configs[0]` is `{kind: 'slack', index: 0}`. */
export interface IntegrationRef {
  readonly receiver: string;
  readonly kind: IntegrationKind;
  readonly index: number;
}

export type IntegrationKind = 'slack' | 'pagerduty' | 'webhook' | 'email' | 'msteams' | 'sms';

/**
 * What the routing pipeline decided to say to one integration of one receiver about one alert group. Logged, and compared with
 * what Alertmanager would have sent. A card's refresh is not a Notification.
 */
export interface Notification {
  readonly id: string;
  readonly integration: IntegrationRef;
  /** Alertmanager's group key: `{}/{severity="critical"}:{alertname="X"}`. */
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly reason: NotifyReason;
  /** Firing while any member is open. */
  readonly status: 'firing' | 'resolved';
  /** The members to speak of, as they were at the flush; resolved ones only where the integration wants them. */
  readonly alerts: readonly Alert[];
  /** Members left out of `alerts` by `max_alerts` limits. */
  readonly truncatedAlerts: number;
  readonly at: number;
}

/** Labels (or annotations) that every member carries with the same value. */
export function commonOf(sets: readonly Labels[]): Labels {
  const [first, ...rest] = sets;
  if (!first) throw new Error('commonOf needs at least one set');
  return first.filter((name, value) => rest.every((labels) => labels.get(name) === value));
}
