import { z } from 'zod';
import type { Priority } from '../alert/priority.ts';
import type { BudgetUse } from '../delivery/budget.ts';
import { isPlaceholder, type SecretSource } from '../delivery/go-scalars.ts';
import { type HttpOutcome, httpRequest } from '../delivery/http.ts';
import { resultOf } from '../delivery/http-result.ts';
import type { IntegrationRef, Notification } from '../delivery/notification.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { OutboxDraft, SendResult } from '../delivery/outbox.ts';
import type { MsteamsConfig } from '../delivery/receiver.ts';
import type { Clock } from '../time/clock.ts';
import { type HttpWay, httpWay, secretsOfUrl } from './http-way.ts';
import { adaptiveCard, connectorCard, plainCard, type TeamsMessage, type TeamsTexts } from './msteams-card.ts';
import { ABOUT, aboutOf, type Notice } from './notice.ts';

export interface MsteamsOptions {
  /** The configuration as it is now; undefined after a reload that removed the integration. */
  readonly configOf: (ref: IntegrationRef) => MsteamsConfig | undefined;
  /** Reads a secret; throws where its file cannot be read. */
  readonly secret: (source: SecretSource) => string;
  readonly wire: Clock;
}

export interface MsteamsFacts {
  readonly config: MsteamsConfig;
  readonly notification: Notification;
  readonly notice: Notice;
  readonly priority: Priority;
  /** Expands a receiver's template; throws where it is broken or not defined. */
  readonly expand: (template: string) => string;
}

const Payload = z.object({
  integration: z.object({ receiver: z.string(), kind: z.literal('msteams'), index: z.number() }),
  about: ABOUT,
  message: z.custom<TeamsMessage>((value) => typeof value === 'object' && value !== null),
});

/** A message to a Teams channel as an outbox row. Teams has no edit: a resolve is a message of its own. */
export function msteamsDraft(facts: MsteamsFacts): OutboxDraft {
  const { config, notification, notice, priority } = facts;
  const own: TeamsTexts = { title: ownText(facts, config.title), text: ownText(facts, config.text) };
  const { integration } = notification;
  return {
    kind: 'msteams',
    destination: `msteams:${integration.receiver}/${integration.index}`,
    payload: {
      integration,
      about: aboutOf(notice),
      message: config.version === 1 ? connectorCard(notice, own) : adaptiveCard(notice, own),
    },
    priority,
    orderKey: notification.groupKey,
    causedAt: notification.at,
  };
}

/** Alertmanager's own defaults give way to our card; a receiver's text that fails is left out rather than the message. */
function ownText({ expand }: MsteamsFacts, template: string): string {
  if (/^\{\{ template "msteams(?:v2)?\.default\.\w+" \. \}\}$/.test(template)) return '';
  try {
    return expand(template);
  } catch {
    return '';
  }
}

/** Four a second and webhook are allowed; one every two seconds and short bursts stay far below. */
function budget(destination: string): BudgetUse {
  return { key: destination, perMinute: 30, burst: 4 };
}

/** Posts to the workflow's (or connector's) address, which is the secret. */
export function createMsteams(options: MsteamsOptions): Notifier {
  return {
    kind: 'msteams',
    budgets: (entry) => [budget(entry.destination)],
    degrade(entry) {
      const payload = Payload.safeParse(entry.payload);
      if (!payload.success) return undefined;
      const { about, message } = payload.data;
      return { ...payload.data, message: plainCard(message, about.gist) };
    },
    async send(entry, signal) {
      const payload = Payload.safeParse(entry.payload);
      if (!payload.success) return { kind: 'rejected', scope: 'content', reason: 'not a Teams message' };
      const config = options.configOf(payload.data.integration);
      if (!config) return refused('the integration is no longer configured');
      let url: string;
      let way: HttpWay;
      try {
        url = options.secret(config.webhookUrl).trim();
        way = httpWay(config.http, options.secret);
      } catch {
        return { kind: 'retry', reason: 'a secret cannot be read' };
      }
      if (isPlaceholder({ kind: 'inline', value: url })) return refused('the address is a placeholder');
      const secrets = [...secretsOfUrl(url), ...way.secrets];
      const body = JSON.stringify(payload.data.message);
      const outcome = await httpRequest({ method: 'POST', url, ...way, body, signal, secrets });
      if (config.version === 1) {
        const hidden = hiddenFailure(outcome);
        if (hidden) return hidden;
      }
      return resultOf(outcome, { now: options.wire.now(), secrets, scopeOf });
    },
  };
}

function refused(reason: string): SendResult {
  return { kind: 'rejected', scope: 'destination', reason };
}

function scopeOf(status: number): 'content' | 'destination' {
  return status === 400 || status === 413 || status === 422 ? 'content' : 'destination';
}

/** Connectors answer 200 to what Teams behind them refused, and say so in the body alone. */
function hiddenFailure(outcome: HttpOutcome): SendResult | undefined {
  if (outcome.kind !== 'response' || outcome.status !== 200) return undefined;
  const status = Number(/HTTP error (\d{3})/i.exec(outcome.body)?.[1] ?? 0);
  if (status === 0) return undefined;
  const reason = `HTTP 200, but Teams answered ${status}`;
  if (status === 429 || status >= 500) return { kind: 'retry', reason };
  return { kind: 'rejected', scope: scopeOf(status), reason };
}
