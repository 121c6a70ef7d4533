import { createHmac } from 'node:crypto';
import type { Delivery, Envelope } from './socket-mode.ts';
import type { JsonObject } from './strict/check.ts';

export interface SignedHttpOptions {
  readonly requestUrl: string;
  readonly signingSecret: string;
  readonly timeoutMs: number;
}

/** Slack's signature of a request: `v0=` and the HMAC-SHA256 of `v0:TIMESTAMP:BODY`. */
export function signature(secret: string, timestamp: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

/** Posts one envelope as Slack does without Socket Mode: form fields, `payload=` or an event's JSON, signed. */
export async function sendSigned(options: SignedHttpOptions, envelope: Envelope): Promise<Delivery> {
  const { body, contentType } = encode(envelope);
  const timestamp = Math.floor(Date.now() / 1000);
  const headers: Record<string, string> = {
    'content-type': contentType,
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    'x-slack-request-timestamp': String(timestamp),
    'x-slack-signature': signature(options.signingSecret, timestamp, body),
  };
  if (envelope.retry) {
    headers['x-slack-retry-num'] = String(envelope.retry.attempt);
    headers['x-slack-retry-reason'] = envelope.retry.reason;
  }
  try {
    const signal = AbortSignal.timeout(options.timeoutMs);
    const response = await fetch(options.requestUrl, { method: 'POST', headers, body, signal, redirect: 'manual' });
    const text = await response.text();
    if (response.status !== 200) return { outcome: 'failed', detail: `http ${response.status}` };
    return { outcome: 'acked', payload: parsed(text, response.headers.get('content-type') ?? '') };
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return { outcome: 'timeout' };
    return { outcome: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Slack's handshake when a request URL is saved: the app must echo the challenge. */
export async function verifyUrl(options: SignedHttpOptions, challenge: string): Promise<boolean> {
  const payload = { token: 'local', type: 'url_verification', challenge };
  const delivery = await sendSigned(options, { type: 'events_api', payload, acceptsResponse: true });
  if (delivery.outcome !== 'acked') return false;
  const { payload: answer } = delivery;
  return answer === challenge || (answer as { challenge?: unknown } | undefined)?.challenge === challenge;
}

function encode(envelope: Envelope): { readonly body: string; readonly contentType: string } {
  switch (envelope.type) {
    case 'slash_commands':
      return { body: String(formOf(envelope.payload)), contentType: 'application/x-www-form-urlencoded' };
    case 'interactive':
      return {
        body: String(new URLSearchParams({ payload: JSON.stringify(envelope.payload) })),
        contentType: 'application/x-www-form-urlencoded',
      };
    case 'events_api':
      return { body: JSON.stringify(envelope.payload), contentType: 'application/json' };
  }
}

function formOf(payload: JsonObject): URLSearchParams {
  return new URLSearchParams(Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)]));
}

function parsed(text: string, contentType: string): unknown {
  if (text === '') return undefined;
  if (!contentType.includes('json')) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
