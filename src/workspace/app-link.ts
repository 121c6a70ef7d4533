import { randomBytes } from 'node:crypto';
import type { Context } from './context.ts';
import { type SignedHttpOptions, sendSigned, verifyUrl } from './signed-http.ts';
import type { Delivery, Envelope, SocketHub } from './socket-mode.ts';
import { inWords, type JsonObject } from './strict/check.ts';

/** Slack retries an unanswered event at once, after a minute, and after five. */
const EVENT_RETRY_MS = [0, 60_000, 300_000];

export interface AppLinkOptions {
  readonly context: Context;
  readonly hub: SocketHub;
  readonly http?: SignedHttpOptions;
  readonly ackTimeout: number;
}

/** The way from the workspace to the app, over Socket Mode or signed HTTP, with everything written to the traffic log. */
export class AppLink {
  readonly #options: AppLinkOptions;
  readonly #retries = new Set<NodeJS.Timeout>();
  readonly #pending = new Set<Promise<unknown>>();

  constructor(options: AppLinkOptions) {
    this.#options = options;
  }

  /** Sends once and waits for the acknowledgement. */
  async send(envelope: Envelope): Promise<Delivery> {
    const { context, hub, http, ackTimeout } = this.#options;
    const name = envelopeName(envelope);
    context.traffic.add({ kind: 'envelope', name, request: envelope.payload });
    const started = Date.now();
    const twice = context.faults.takeDuplicate();
    const late = context.faults.takeLateAck();
    const sent = http ? this.#sendHttp(http, envelope, twice) : hub.send(envelope, ackTimeout, twice);
    const delivery = await sent;
    const seen: Delivery = late && delivery.outcome === 'acked' ? { outcome: 'timeout' } : delivery;
    context.traffic.add({
      kind: 'ack',
      name,
      response: seen.outcome === 'acked' ? seen.payload : undefined,
      milliseconds: Date.now() - started,
      errors: complaint(seen, ackTimeout),
    });
    return seen;
  }

  /** Delivers an event of the Events API with Slack's retries; does not wait. */
  emit(event: JsonObject): void {
    const { context } = this.#options;
    const { identity } = context.state;
    const payload = {
      token: 'local',
      team_id: identity.teamId,
      api_app_id: identity.appId,
      event,
      type: 'event_callback',
      event_id: `Ev${randomBytes(5).toString('hex').toUpperCase()}`,
      event_time: Math.floor(context.state.now() / 1000),
      authorizations: [
        {
          enterprise_id: null,
          team_id: identity.teamId,
          user_id: identity.botUserId,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: false,
      event_context: `4-${randomBytes(6).toString('hex')}`,
    };
    this.#attempt(payload, 0, '');
  }

  /** Resolves when no event is on its way any more (retries that wait for a minute are not waited for). */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  async verify(): Promise<boolean> {
    const { http } = this.#options;
    return http !== undefined && (await verifyUrl(http, randomBytes(12).toString('hex')));
  }

  close(): void {
    for (const timer of this.#retries) clearTimeout(timer);
  }

  #attempt(payload: JsonObject, attempt: number, reason: string): void {
    const envelope: Envelope = {
      type: 'events_api',
      payload,
      acceptsResponse: false,
      ...(attempt === 0 ? {} : { retry: { attempt, reason } }),
    };
    const run = this.send(envelope).then((delivery) => {
      const wait = EVENT_RETRY_MS[attempt];
      if (delivery.outcome === 'acked' || wait === undefined) return;
      const next = delivery.outcome === 'timeout' ? 'http_timeout' : 'http_error';
      const timer = setTimeout(() => {
        this.#retries.delete(timer);
        this.#attempt(payload, attempt + 1, next);
      }, wait);
      timer.unref();
      this.#retries.add(timer);
    });
    this.#pending.add(run);
    void run.finally(() => this.#pending.delete(run));
  }

  async #sendHttp(http: SignedHttpOptions, envelope: Envelope, twice: boolean): Promise<Delivery> {
    const first = sendSigned(http, envelope);
    if (twice) await sendSigned(http, envelope);
    return first;
  }
}

function complaint(delivery: Delivery, ackTimeout: number): string[] {
  switch (delivery.outcome) {
    case 'acked':
      return [];
    case 'timeout':
      return [`operation_timeout: not acknowledged within ${ackTimeout} ms`];
    case 'failed':
      return [`dispatch_failed: ${delivery.detail}`];
  }
}

function envelopeName({ payload }: Envelope): string {
  const event = payload['event'];
  if (typeof event === 'object' && event !== null) return `event ${inWords((event as JsonObject)['type'])}`;
  if (payload['command'] !== undefined) return `${inWords(payload['command'])} ${inWords(payload['text'])}`.trim();
  return inWords(payload['type']);
}
