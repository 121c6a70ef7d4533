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

export interface WebhookMessageOptions {
  readonly externalUrl: string;
  /** 0 for no limit; what is left out is counted in `truncatedAlerts`. */
  readonly maxAlerts: number;
}

/** The message as JSON. Beyond 4 MiB it loses alerts, as by `maxAlerts`, so that one huge group cannot block its destination. */
export function webhookText(notification: Notification, options: WebhookMessageOptions): string {
  let message = webhookMessage(notification, options);
  for (;;) {
    const text = JSON.stringify(message);
    const bytes = Buffer.byteLength(text);
    const { length } = message.alerts;
    if (bytes <= LARGEST_MESSAGE_BYTES || length <= 1) return text;
    const maxAlerts = Math.max(1, Math.min(length - 1, Math.floor((length * LARGEST_MESSAGE_BYTES) / bytes)));
    message = webhookMessage(notification, { ...options, maxAlerts });
  }
}

export function webhookMessage(notification: Notification, options: WebhookMessageOptions): WebhookMessage {
  const { maxAlerts } = options;
  const alerts = maxAlerts === 0 ? notification.alerts : notification.alerts.slice(0, maxAlerts);
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
