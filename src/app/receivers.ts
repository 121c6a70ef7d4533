import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Alert } from '../alert/alert.ts';
import type { Config } from '../config/load.ts';
import { isPlaceholder, type SecretSource } from '../delivery/go-scalars.ts';
import type { HttpConfig } from '../delivery/http-config.ts';
import type { IntegrationRef, Notification } from '../delivery/notification.ts';
import {
  type EmailConfig,
  type Integration,
  integrationOf,
  type MsteamsConfig,
  type PagerdutyConfig,
  type WebhookConfig,
} from '../delivery/receiver.ts';
import type { Incident } from '../incident/incident.ts';
import { matchRoutes, type Route } from '../routing/route.ts';

function found(config: Config, ref: IntegrationRef): Integration | undefined {
  return integrationOf(config.routing.config.receivers, ref);
}

export function pagerdutyConfig(config: Config, ref: IntegrationRef): PagerdutyConfig | undefined {
  const integration = found(config, ref);
  return integration?.kind === 'pagerduty' ? integration.config : undefined;
}

export function webhookConfig(config: Config, ref: IntegrationRef): WebhookConfig | undefined {
  const integration = found(config, ref);
  return integration?.kind === 'webhook' ? integration.config : undefined;
}

export function emailConfig(config: Config, ref: IntegrationRef): EmailConfig | undefined {
  const integration = found(config, ref);
  return integration?.kind === 'email' ? integration.config : undefined;
}

export function msteamsConfig(config: Config, ref: IntegrationRef): MsteamsConfig | undefined {
  const integration = found(config, ref);
  return integration?.kind === 'msteams' ? integration.config : undefined;
}

/** Whether a destination wants to hear that something has ended; one that is gone from the configuration does. */
export function sendsResolved(config: Config, ref: IntegrationRef): boolean {
  return found(config, ref)?.sendResolved ?? true;
}

/**
 * A relative file stands beside the configuration that names it, else where the bot was started.
 * @throws where the secret's file cannot be read; the courier tries again.
 */
export function readSecret(source: SecretSource, folder: string): string {
  if (source.kind === 'inline') return source.value;
  const beside = resolve(folder, source.path);
  return readFileSync(existsSync(beside) ? beside : source.path, 'utf8').trim();
}

/**
 * What cannot be called (a placeholder instead of a key) becomes a card in the fallback
 * channel: nobody loses an alert to an unfinished configuration.
 */
export function asDeliverable(config: Config, notification: Notification): Notification {
  if (!config.slack || isCallable(found(config, notification.integration))) return notification;
  return { ...notification, integration: { ...notification.integration, kind: 'slack' } };
}

function isCallable(integration: Integration | undefined): boolean {
  switch (integration?.kind) {
    case undefined:
      return false;
    case 'slack':
      return true;
    case 'pagerduty':
      return !isPlaceholder(integration.config.routingKey ?? integration.config.serviceKey);
    case 'webhook':
      return !isPlaceholder(integration.config.url);
    case 'email':
      return !isPlaceholder(integration.config.authPassword);
    case 'msteams':
      return !isPlaceholder(integration.config.webhookUrl);
  }
}

/** Every destination of a kind that can be called, in the order of the file. */
export function callable(config: Config, kind: 'pagerduty' | 'webhook' | 'email' | 'msteams'): IntegrationRef[] {
  return [...config.routing.config.receivers.values()].flatMap(({ name, integrations }) =>
    integrations
      .filter((integration) => integration.kind === kind && isCallable(integration))
      .map(({ index }) => ({ receiver: name, kind, index })),
  );
}

/** The incoming webhook of a Slack destination; undefined where it has none, or one that was never filled in. */
export function incomingWebhook(
  config: Config,
  ref: IntegrationRef,
): { readonly url: SecretSource; readonly http: HttpConfig } | undefined {
  const integration = found(config, ref);
  const slack = integration?.kind === 'slack' ? integration.config : undefined;
  const url = slack?.apiUrl;
  const isMethod = url?.kind === 'inline' && url.value.endsWith('/chat.postMessage');
  return slack === undefined || url === undefined || isMethod || isPlaceholder(url)
    ? undefined
    : { url, http: slack.http };
}

/** Every Slack destination with an incoming webhook, each webhook once. */
export function incomingWebhooks(config: Config): IntegrationRef[] {
  const refs = [...config.routing.config.receivers.values()].flatMap(({ name, integrations }) =>
    integrations.map(({ kind, index }): IntegrationRef => ({ receiver: name, kind, index })),
  );
  const known = new Set<string>();
  return refs.filter((ref) => {
    const url = JSON.stringify(incomingWebhook(config, ref)?.url);
    const isNew = url !== undefined && !known.has(url);
    if (isNew) known.add(url);
    return isNew;
  });
}

/** Where a P1 shows in Slack that no receiver on its way posts there. */
export function fallbackChannelOf(config: Config, incident: Incident, alerts: readonly Alert[]): string | undefined {
  if (!config.slack || incident.priority !== 'P1') return undefined;
  const { root, receivers } = config.routing.config;
  const posts = ({ receiver }: Route): boolean =>
    receivers.get(receiver)?.integrations.some((one) => one.kind === 'slack' || !isCallable(one)) === true;
  const isPosted = alerts.some(({ labels }) => matchRoutes(root, labels).some(posts));
  return isPosted ? undefined : config.slack.fallbackChannel;
}
