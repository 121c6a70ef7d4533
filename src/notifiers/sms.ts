import { z } from 'zod';
import type { Priority } from '../alert/priority.ts';
import { isPlaceholder, type SecretSource } from '../delivery/go-scalars.ts';
import { httpRequest } from '../delivery/http.ts';
import { resultOf } from '../delivery/http-result.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { OutboxDraft } from '../delivery/outbox.ts';
import { clean, truncate } from '../slack/view/mrkdwn.ts';
import type { Clock } from '../time/clock.ts';
import { basicAuth } from './http-way.ts';
import { ABOUT } from './notice.ts';

/** An account at Twilio, or at whoever speaks its Messages API. */
export interface TwilioConfig {
  readonly accountSid: string;
  readonly authToken: SecretSource;
  /** The sender: a number in E.164, or a messaging service (`MG…`). */
  readonly from: string;
  /** `https://api.twilio.com`. */
  readonly apiUrl: string;
}

export interface SmsOptions {
  /** undefined where none is configured (any more). */
  readonly config: () => TwilioConfig | undefined;
  /** Reads a secret; throws where its file cannot be read. */
  readonly secret: (source: SecretSource) => string;
  readonly wire: Clock;
}

const Payload = z.object({ to: z.string(), text: z.string(), about: ABOUT });

/** Two segments of a text message; what a lock screen says fits. */
export const LONGEST_SMS = 320;

/**
 * A text message as an outbox row.
 * @param message.person who it is for, by name or key: the row's destination, so that no number stands in notices and logs
 */
export function smsDraft(
  message: { readonly to: string; readonly person: string; readonly text: string; readonly incidentId: string },
  at: { readonly priority: Priority; readonly causedAt: number },
): OutboxDraft {
  const text = truncate(clean(message.text), LONGEST_SMS);
  return {
    kind: 'sms',
    destination: `sms:${message.person}`,
    payload: { to: message.to, text, about: { incidentId: message.incidentId, gist: text, open: true } },
    ...at,
  };
}

/** E.164: a plus sign, the country, up to fifteen digits. */
export function isPhoneNumber(text: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(text);
}

/**
 * Twilio's Messages API (https://www.twilio.com/docs/messaging/api/message-resource). It knows no idempotency key: an attempt after
 * one whose answer was lost may reach the phone twice, which beats not at all.
 */
export function createSms(options: SmsOptions): Notifier {
  return {
    kind: 'sms',
    budgets: () => [{ key: 'sms', perMinute: 60, burst: 5 }],
    async send(entry, signal) {
      const payload = Payload.safeParse(entry.payload);
      if (!payload.success) return { kind: 'rejected', scope: 'content', reason: 'not a text message' };
      const config = options.config();
      if (!config) return { kind: 'rejected', scope: 'destination', reason: 'Twilio is no longer configured' };
      if (!isPhoneNumber(payload.data.to)) {
        return { kind: 'rejected', scope: 'destination', reason: 'not a phone number' };
      }
      let token: string;
      try {
        token = options.secret(config.authToken).trim();
      } catch {
        return { kind: 'retry', reason: 'the auth token cannot be read' };
      }
      if (isPlaceholder({ kind: 'inline', value: token })) {
        return { kind: 'rejected', scope: 'destination', reason: 'the auth token is a placeholder' };
      }
      const { headers, secrets } = basicAuth(config.accountSid, token);
      const sender = config.from.startsWith('MG') ? { MessagingServiceSid: config.from } : { From: config.from };
      const unsaid = [...secrets, payload.data.to];
      const outcome = await httpRequest({
        method: 'POST',
        url: `${config.apiUrl.replace(/\/+$/, '')}/2010-04-01/Accounts/${encodeURIComponent(config.accountSid)}/Messages.json`,
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ To: payload.data.to, ...sender, Body: payload.data.text }).toString(),
        signal,
        secrets: unsaid,
      });
      return resultOf(outcome, { now: options.wire.now(), secrets: unsaid, scopeOf });
    },
  };
}

/** 400 is about the number or the sender: Twilio asks not to read more than that out of its error codes. */
function scopeOf(status: number): 'destination' | 'credentials' {
  return status === 401 || status === 403 ? 'credentials' : 'destination';
}
