import { z } from 'zod';
import type { SecretSource } from '../delivery/go-scalars.ts';
import { httpRequest } from '../delivery/http.ts';
import type { HttpConfig } from '../delivery/http-config.ts';
import { resultOf } from '../delivery/http-result.ts';
import type { IntegrationRef } from '../delivery/notification.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { Clock } from '../time/clock.ts';
import { type HttpWay, httpWay, secretsOfUrl } from './http-way.ts';

/** The outbox kind of texts that go through an incoming webhook of Slack: no card, no buttons, but also no bot token. */
export const SLACK_WEBHOOK = 'slack.webhook';

const Payload = z.object({
  integration: z.object({ receiver: z.string(), kind: z.literal('slack'), index: z.number() }),
  /** Mrkdwn, escaped by whoever put it in. */
  text: z.string(),
});

/** Only a way out for what the bot's own token cannot deliver: a webhook's messages can neither be edited nor acted on. */
export function createSlackWebhook(options: {
  /** undefined after a reload that removed it. */
  readonly urlOf: (ref: IntegrationRef) => { readonly url: SecretSource; readonly http: HttpConfig } | undefined;
  /** @throws where a secret's file cannot be read */
  readonly secret: (source: SecretSource) => string;
  readonly wire: Clock;
}): Notifier {
  return {
    kind: SLACK_WEBHOOK,
    async send(entry, signal) {
      const payload = Payload.safeParse(entry.payload);
      if (!payload.success) return { kind: 'rejected', scope: 'content', reason: 'not a text for a webhook' };
      const place = options.urlOf(payload.data.integration);
      if (!place) return { kind: 'rejected', scope: 'destination', reason: 'the webhook is no longer configured' };
      let url: string;
      let way: HttpWay;
      try {
        url = options.secret(place.url).trim();
        way = httpWay(place.http, options.secret);
      } catch {
        return { kind: 'retry', reason: 'the address of the webhook, or a secret, cannot be read' };
      }
      const secrets = [...secretsOfUrl(url), ...way.secrets];
      const outcome = await httpRequest({
        method: 'POST',
        url,
        ...way,
        body: JSON.stringify({ text: payload.data.text }),
        signal,
        secrets,
      });
      const scopeOf = (status: number) => (status === 400 ? 'content' : 'destination');
      return resultOf(outcome, { now: options.wire.now(), secrets, scopeOf });
    },
  };
}
