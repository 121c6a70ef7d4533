import { createHmac } from 'node:crypto';
import type { Priority } from '../alert/priority.ts';
import { isPlaceholder, type SecretSource } from '../delivery/go-scalars.ts';
import { httpRequest } from '../delivery/http.ts';
import { resultOf } from '../delivery/http-result.ts';
import type { IntegrationRef, Notification } from '../delivery/notification.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { OutboxDraft, OutboxEntry, SendResult } from '../delivery/outbox.ts';
import type { WebhookConfig } from '../delivery/receiver.ts';
import type { Clock } from '../time/clock.ts';
import { httpWay, secretsOfUrl } from './http-way.ts';
import { type WebhookMessage, type WebhookMessageOptions, webhookText } from './webhook-message.ts';

export interface WebhookOptions {
  /** The configuration as it is now; undefined after a reload that removed the integration. */
  readonly configOf: (ref: IntegrationRef) => WebhookConfig | undefined;
  /** Reads a secret; throws where its file cannot be read. */
  readonly secret: (source: SecretSource) => string;
  /** Signs every body where present: see `signatureOf`. */
  readonly signingSecret?: SecretSource;
  readonly wire: Clock;
}

interface Payload {
  readonly integration: IntegrationRef;
}

/** A notification to a webhook as an outbox row. Messages about one alert group keep their order. */
export function webhookDraft(
  notification: Notification,
  options: WebhookMessageOptions & { readonly priority: Priority },
): OutboxDraft {
  const { integration, groupKey, at } = notification;
  return {
    kind: 'webhook',
    destination: `webhook:${integration.receiver}/${integration.index}`,
    payload: { integration },
    body: webhookText(notification, options),
    priority: options.priority,
    orderKey: groupKey,
    causedAt: at,
  };
}

/** What a row of `webhookDraft` says; undefined where it is none. */
export function webhookMessageOf(entry: OutboxEntry): WebhookMessage | undefined {
  return entry.body === undefined ? undefined : (JSON.parse(entry.body) as WebhookMessage);
}

/** `t=<epoch seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`: the time is signed too, so that old bodies can be refused. */
export function signatureOf(secret: string, body: string, now: number): string {
  const t = Math.floor(now / 1000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}

/**
 * Alertmanager's webhook. 2xx is taken as accepted; 429 and 5xx are tried again; 401, 403, 404, 410 and redirects speak of the
 * place, other refusals of the message. `Idempotency-Key` is the same for every attempt of one row.
 */
export function createWebhook(options: WebhookOptions): Notifier {
  return {
    kind: 'webhook',
    async send(entry, signal) {
      // Our own words, and five hundred in a burst: a look at what is used is enough.
      const { integration } = Object(entry.payload) as Partial<Payload>;
      const { body } = entry;
      if (integration?.kind !== 'webhook' || body === undefined)
        return { kind: 'rejected', scope: 'content', reason: 'not a webhook message' };
      const config = options.configOf(integration);
      if (!config) return refused('the integration is no longer configured');
      let call: ReturnType<typeof prepare>;
      try {
        call = prepare(config, body, options);
      } catch {
        return { kind: 'retry', reason: 'a secret cannot be read' };
      }
      if (isPlaceholder({ kind: 'inline', value: call.url })) return refused('the address is a placeholder');
      const outcome = await httpRequest({
        method: 'POST',
        url: call.url,
        ...call.way,
        headers: { ...call.way.headers, 'idempotency-key': entry.id },
        body,
        signal,
        secrets: call.secrets,
        ...(config.timeoutMs ? { deadlineMs: config.timeoutMs } : {}),
      });
      return resultOf(outcome, { now: options.wire.now(), secrets: call.secrets, scopeOf });
    },
  };
}

function refused(reason: string): SendResult {
  return { kind: 'rejected', scope: 'destination', reason };
}

function scopeOf(status: number): 'content' | 'destination' {
  return status === 401 || status === 403 || status === 404 || status === 405 || status === 410 || status < 400
    ? 'destination'
    : 'content';
}

/** @throws where a secret's file cannot be read */
function prepare(config: WebhookConfig, body: string, options: WebhookOptions) {
  const url = options.secret(config.url).trim();
  const way = httpWay(config.http, options.secret);
  const headers: Record<string, string> = { ...way.headers };
  const secrets = [...secretsOfUrl(url), ...way.secrets];
  if (options.signingSecret) {
    const key = options.secret(options.signingSecret).trim();
    headers['x-watchroom-signature'] = signatureOf(key, body, options.wire.now());
    secrets.push(key);
  }
  return { url, secrets, way: { ...way, headers } };
}
