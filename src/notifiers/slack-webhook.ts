import { z } from 'zod';
import type { SecretSource } from '../delivery/go-scalars.ts';
import { httpRequest, resultOf } from '../delivery/http.ts';
import type { IntegrationRef } from '../delivery/notification.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { Clock } from '../time/clock.ts';

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
  readonly urlOf: (ref: IntegrationRef) => SecretSource | undefined;
  /** @throws where a secret's file cannot be read */
  readonly secret: (source: SecretSource) => string;
  readonly wire: Clock;
}): Notifier {
  return {
    kind: SLACK_WEBHOOK,
    async send(entry, signal) {
      const payload = Payload.safeParse(entry.payload);
      if (!payload.success) return { kind: 'rejected', scope: 'content', reason: 'not a text for a webhook' };
      const source = options.urlOf(payload.data.integration);
      if (!source) return { kind: 'rejected', scope: 'destination', reason: 'the webhook is no longer configured' };
      let url: string;
      try {
        url = options.secret(source).trim();
      } catch {
        return { kind: 'retry', reason: 'the address of the webhook cannot be read' };
      }
      const secrets = [url, ...(URL.canParse(url) ? [new URL(url).pathname] : [])];
      const outcome = await httpRequest({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: payload.data.text }),
        signal,
        secrets,
      });
      const scopeOf = (status: number) => (status === 400 ? 'content' : 'destination');
      return resultOf(outcome, { now: options.wire.now(), secrets, scopeOf });
    },
  };
}
