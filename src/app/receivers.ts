import { readFileSync } from 'node:fs';
import type { Priority } from '../alert/priority.ts';
import type { Config } from '../config/load.ts';
import { isPlaceholder, type SecretSource } from '../delivery/go-scalars.ts';
import type { IntegrationRef, Notification } from '../delivery/notification.ts';
import type { OutboxDraft, OutboxEntry } from '../delivery/outbox.ts';
import { type Integration, integrationOf, type PagerdutyConfig, type WebhookConfig } from '../delivery/receiver.ts';
import { type DeadReason, deadText } from '../delivery/settle.ts';
import { pagerdutyDraft } from '../notifiers/pagerduty.ts';
import { dedupKey, factsOf, NO_TEXTS, pagerdutyEvent } from '../notifiers/pagerduty-event.ts';
import { webhookDraft } from '../notifiers/webhook.ts';
import { webhookMessage } from '../notifiers/webhook-message.ts';
import { esc } from '../slack/view/mrkdwn.ts';

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

/** @throws where the secret's file cannot be read; the courier tries again. */
export function readSecret(source: SecretSource): string {
  return source.kind === 'inline' ? source.value : readFileSync(source.path, 'utf8').trim();
}

/** The channel a Slack integration posts to; a receiver that names none posts to the fallback channel. */
export function slackChannelOf(config: Config, ref: IntegrationRef): string | undefined {
  if (!config.slack) return undefined;
  const integration = found(config, ref);
  const channel = integration?.kind === 'slack' ? integration.config.channel : '';
  return channel === '' ? config.slack.fallbackChannel : channel;
}

/**
 * What cannot be called (a placeholder instead of a key, a kind that this release does not deliver) becomes a card in the fallback
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
    case 'msteams':
      return false;
  }
}

/** A notification for something other than Slack, in that notifier's own form. */
export function outsideSlack(config: Config, notification: Notification, priority: Priority): OutboxDraft[] {
  const integration = found(config, notification.integration);
  const at = { integration: notification.integration, priority, causedAt: notification.at };
  switch (integration?.kind) {
    case 'webhook': {
      const { maxAlerts } = integration.config;
      return [webhookDraft(webhookMessage(notification, { externalUrl: config.externalUrl, maxAlerts }), at)];
    }
    case 'pagerduty': {
      const facts = factsOf(notification, config.severities);
      const key = dedupKey(facts.model, facts.alertName, facts.environment);
      if (notification.status === 'resolved') return [pagerdutyDraft({ action: 'resolve', dedupKey: key }, at)];
      return [pagerdutyDraft({ action: 'trigger', dedupKey: key, event: pagerdutyEvent(facts, NO_TEXTS) }, at)];
    }
    case 'slack':
    case 'email':
    case 'msteams':
    case undefined:
      return [];
  }
}

/**
 * What to say in Slack when a row will never be sent, so that silence is never mistaken for health. undefined where that would only
 * fail again: the fallback itself is what failed, or Slack is not configured.
 */
export function undeliverableNotice(config: Config, entry: OutboxEntry, reason: DeadReason): OutboxDraft | undefined {
  if (!config.slack) return undefined;
  const { fallbackChannel, operationsChannel } = config.slack;
  const channel = [fallbackChannel, operationsChannel].find((name) => entry.destination !== `slack:${name}`);
  const repeats = entry.coalesceKey?.startsWith('undeliverable:') === true;
  if (channel === undefined || repeats) return undefined;
  const text = `:warning: A notification for ${esc(entry.destination, 200)} could not be delivered: ${esc(deadText(reason), 400)}`;
  return {
    kind: 'slack.message',
    destination: `slack:${channel}`,
    payload: { destination: { kind: 'channel', channel }, text },
    priority: entry.priority,
    coalesceKey: `undeliverable:${entry.destination}`,
    causedAt: entry.causedAt,
  };
}
