import { type Alert, endedAt } from '../alert/alert.ts';
import { commonOf, type Notification } from '../delivery/notification.ts';
import { isoInstant } from '../time/instant.ts';

/** Alertmanager's webhook body, version 4 (prometheus.io/docs/alerting/latest/configuration/#webhook_config). */
export interface WebhookMessage {
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly generatorURL: string;
    readonly fingerprint: string;
  }[];
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly commonLabels: Readonly<Record<string, string>>;
  readonly commonAnnotations: Readonly<Record<string, string>>;
  readonly externalURL: string;
  readonly version: '4';
  readonly groupKey: string;
  readonly truncatedAlerts: number;
}

/** Go's zero time: an alert that has not ended. */
const NOT_ENDED = '0001-01-01T00:00:00Z';
const LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024;

/**
 * @param maxAlerts 0 for no limit; what is left out is counted in `truncatedAlerts`. Messages beyond 4 MiB lose alerts too, so
 * that one huge group cannot block its destination.
 */
export function webhookMessage(
  notification: Notification,
  options: { readonly externalUrl: string; readonly maxAlerts: number },
): WebhookMessage {
  const { maxAlerts } = options;
  const limit = maxAlerts === 0 ? notification.alerts.length : Math.min(maxAlerts, notification.alerts.length);
  const alerts = withinBytes(notification.alerts.slice(0, limit));
  return {
    receiver: notification.integration.receiver,
    status: notification.status,
    alerts: alerts.map(alertOf),
    groupLabels: notification.groupLabels.toJSON(),
    commonLabels: alerts.length === 0 ? {} : commonOf(alerts.map((alert) => alert.labels)).toJSON(),
    commonAnnotations: alerts.length === 0 ? {} : commonOf(alerts.map((alert) => alert.annotations)).toJSON(),
    externalURL: options.externalUrl,
    version: '4',
    groupKey: notification.groupKey,
    truncatedAlerts: notification.truncatedAlerts + notification.alerts.length - alerts.length,
  };
}

function alertOf(alert: Alert): WebhookMessage['alerts'][number] {
  const ended = endedAt(alert);
  return {
    status: ended === undefined ? 'firing' : 'resolved',
    labels: alert.labels.toJSON(),
    annotations: alert.annotations.toJSON(),
    startsAt: isoInstant(alert.startsAt),
    endsAt: ended === undefined ? NOT_ENDED : isoInstant(ended),
    generatorURL: alert.generatorUrl,
    fingerprint: alert.fingerprint,
  };
}

function withinBytes(alerts: readonly Alert[]): readonly Alert[] {
  if (alerts.reduce((sum, alert) => sum + mostBytes(alert), 0) <= LARGEST_MESSAGE_BYTES) return alerts;
  let bytes = 0;
  const end = alerts.findIndex((alert) => {
    bytes += Buffer.byteLength(JSON.stringify(alertOf(alert)));
    return bytes > LARGEST_MESSAGE_BYTES;
  });
  return end === -1 ? alerts : alerts.slice(0, Math.max(1, end));
}

/** More than the alert can take: no character needs more than six bytes of JSON. */
function mostBytes({ labels, annotations, generatorUrl }: Alert): number {
  let characters = generatorUrl.length;
  for (const set of [labels, annotations]) {
    for (let index = 0; index < set.size; index += 1)
      characters += set.nameAt(index).length + set.valueAt(index).length + 6;
  }
  return 6 * characters + 300;
}
