import { z } from 'zod';
import type { Priority } from '../alert/priority.ts';
import { pagerdutyBudget } from '../delivery/budget.ts';
import { isPlaceholder, type SecretSource } from '../delivery/go-scalars.ts';
import { httpRequest } from '../delivery/http.ts';
import { PLAIN_HTTP } from '../delivery/http-config.ts';
import { resultOf } from '../delivery/http-result.ts';
import type { IntegrationRef } from '../delivery/notification.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { OutboxDraft, SendResult } from '../delivery/outbox.ts';
import type { PagerdutyConfig } from '../delivery/receiver.ts';
import { failPoint } from '../fail-point.ts';
import type { Clock } from '../time/clock.ts';
import { type HttpWay, httpWay } from './http-way.ts';
import { essential, MOST_LINKS, type PagerdutyEvent } from './pagerduty-event.ts';
import { apiAt, bodyFor, siblingOf } from './pagerduty-wire.ts';

/** Where a trigger was accepted. A resolve sent anywhere else is dropped by PagerDuty without a word. */
export interface TriggerPlace {
  readonly routingKey: string;
  readonly url: string;
}

/**
 * Remembers open triggers by outbox destination and dedup key, so that a reload that changes or removes a key does not leave
 * incidents open for ever.
 */
export interface TriggerBook {
  place(destination: string, dedupKey: string): TriggerPlace | undefined;
  remember(destination: string, dedupKey: string, place: TriggerPlace, at: number): void;
  forget(destination: string, dedupKey: string): void;
}

export interface PagerdutyOptions {
  /** The configuration as it is now; undefined after a reload that removed the integration. */
  readonly configOf: (ref: IntegrationRef) => PagerdutyConfig | undefined;
  /** Reads a secret; throws where its file cannot be read. */
  readonly secret: (source: SecretSource) => string;
  readonly book: TriggerBook;
  /** Where the incident's card stands, for people in PagerDuty; undefined while it stands nowhere. */
  readonly cardLink?: (incidentId: string) => string | undefined;
  readonly wire: Clock;
}

const Payload = z.object({
  integration: z.object({ receiver: z.string(), kind: z.literal('pagerduty'), index: z.number() }),
  action: z.enum(['trigger', 'acknowledge', 'resolve']),
  dedupKey: z.string(),
  event: z.custom<PagerdutyEvent>().optional(),
  incidentId: z.string().optional(),
});
type PagerdutyPayload = z.output<typeof Payload>;

/** What to tell PagerDuty. Only a trigger has an event; `incidentId` is ours, where it is about one. */
export type PagerdutyAct = { readonly dedupKey: string; readonly incidentId?: string } & (
  | { readonly action: 'trigger'; readonly event: PagerdutyEvent }
  | { readonly action: 'acknowledge' | 'resolve' }
);

/** One call of the Events API as an outbox row. Calls about one dedup key keep their order whatever their priorities. */
export function pagerdutyDraft(
  act: PagerdutyAct,
  at: { readonly integration: IntegrationRef; readonly priority: Priority; readonly causedAt: number },
): OutboxDraft {
  return {
    kind: 'pagerduty',
    destination: destinationOf(at.integration),
    payload: { integration: at.integration, ...act },
    priority: at.priority,
    orderKey: act.dedupKey,
    causedAt: at.causedAt,
  };
}

export function destinationOf(ref: IntegrationRef): string {
  return `pagerduty:${ref.receiver}/${ref.index}`;
}

/** PagerDuty gives no Retry-After and asks for "a backoff of a few minutes". */
const PAUSE_AFTER_429_MS = 60_000;

/**
 * PagerDuty's Events API, v2 or v1 as the address says. Repeats carry the same dedup key, so a repeated send is harmless there.
 */
export function createPagerduty(options: PagerdutyOptions): Notifier {
  /** Where a service key was taken that the configured address refused. */
  const moved = new Map<string, string>();
  return {
    kind: 'pagerduty',
    budgets: (entry) => [pagerdutyBudget(entry.destination)],
    degrade(entry) {
      const payload = Payload.safeParse(entry.payload);
      if (!payload.success || !payload.data.event) return undefined;
      return { ...payload.data, event: essential(payload.data.event) };
    },
    async send(entry, signal) {
      const payload = Payload.safeParse(entry.payload);
      const act = payload.success ? actOf(payload.data, options) : undefined;
      if (!payload.success || !act) return { kind: 'rejected', scope: 'content', reason: 'not a PagerDuty call' };
      const place = placeFor(payload.data, options);
      if ('result' in place) return place.result;
      const { integration } = payload.data;
      const name = `${place.routingKey} ${place.url}`;
      const first = moved.get(name) ?? place.url;
      const call = { integration, act, signal, ...options };
      const result = await callAt({ ...place, url: first }, call);
      const other =
        place.ofService && isRefusedKey(result)
          ? [place.url, siblingOf(place.url)].find((url) => url !== first)
          : undefined;
      if (other === undefined) return result;
      const second = await callAt({ ...place, url: other }, call);
      if (second.kind !== 'sent') return second.kind === 'retry' ? second : result;
      moved.set(name, other);
      return second;
    },
  };
}

/** Keys are refused as a fault of the place: this API does not know it, or this host does not have this API. */
function isRefusedKey(result: SendResult): boolean {
  return result.kind === 'rejected' && result.scope === 'destination' && /^HTTP 4/.test(result.reason);
}

/** A trigger needs its event. */
function actOf(payload: PagerdutyPayload, options: PagerdutyOptions): PagerdutyAct | undefined {
  const { action, dedupKey } = payload;
  if (action !== 'trigger') return { action, dedupKey };
  const event = withCardLink(payload, options);
  return event && { action, dedupKey, event };
}

interface Place extends TriggerPlace {
  /** The key may be one of v1 or of v2: nobody can see that from a service key. */
  readonly ofService: boolean;
  readonly timeoutMs?: number;
  readonly way: HttpWay;
}

/** The remembered place of an open trigger, else the configured one. */
function placeFor(
  payload: PagerdutyPayload,
  { configOf, secret, book }: PagerdutyOptions,
): Place | { readonly result: SendResult } {
  const refuse = (reason: string) => ({ result: { kind: 'rejected', scope: 'destination', reason } as const });
  const open = book.place(destinationOf(payload.integration), payload.dedupKey);
  const config = configOf(payload.integration);
  let way: HttpWay;
  try {
    way = httpWay(config?.http ?? PLAIN_HTTP, secret);
  } catch {
    return { result: { kind: 'retry', reason: 'a secret or certificate cannot be read' } };
  }
  if (open) return { ...open, ofService: false, way };
  if (!config) return refuse('the integration is no longer configured');
  const source = config.routingKey ?? config.serviceKey;
  if (!source) return refuse('no routing key');
  let routingKey: string;
  try {
    routingKey = secret(source).trim();
  } catch {
    return { result: { kind: 'retry', reason: 'the routing key cannot be read' } };
  }
  if (routingKey === '') return refuse('the routing key is empty');
  if (isPlaceholder({ kind: 'inline', value: routingKey })) return refuse('the routing key is a placeholder');
  const { url, timeoutMs } = config;
  return { routingKey, url, way, ofService: config.routingKey === undefined, ...(timeoutMs ? { timeoutMs } : {}) };
}

interface Call extends PagerdutyOptions {
  readonly integration: IntegrationRef;
  readonly act: PagerdutyAct;
  readonly signal: AbortSignal;
}

async function callAt(place: Place, { integration, act, signal, book, wire }: Call): Promise<SendResult> {
  const { action, dedupKey } = act;
  const destination = destinationOf(integration);
  const secrets = [place.routingKey, ...place.way.secrets];
  const outcome = await httpRequest({
    method: 'POST',
    url: place.url,
    ...place.way,
    body: bodyFor(place.url, place.routingKey, act),
    signal,
    secrets,
    ...(place.timeoutMs ? { deadlineMs: place.timeoutMs } : {}),
  });
  const body = outcome.kind === 'response' ? outcome.body : '';
  // v1 answers 403 to callers that are too fast (Alertmanager reads it so as well).
  const isThrottled =
    outcome.kind === 'response' && (outcome.status === 429 || (outcome.status === 403 && apiAt(place.url) === 'v1'));
  const now = wire.now();
  const result = resultOf(outcome.kind === 'response' && isThrottled ? { ...outcome, status: 429 } : outcome, {
    now,
    secrets,
    // 400 is about the event, unless it is about its key.
    scopeOf: (status) => (status === 400 && !/(?:routing|service)[ _]key/i.test(body) ? 'content' : 'destination'),
  });
  if (result.kind === 'sent') {
    failPoint('pagerduty.accepted');
    const { routingKey, url } = place;
    if (action === 'trigger') book.remember(destination, dedupKey, { routingKey, url }, now);
    if (action === 'resolve') book.forget(destination, dedupKey);
    return result;
  }
  const isStale =
    result.kind === 'rejected' && result.scope === 'destination' && book.place(destination, dedupKey) !== undefined;
  if (isStale && action === 'trigger') {
    // The key was changed because it does not work any more: the current one gets the next attempt.
    book.forget(destination, dedupKey);
    return { kind: 'retry', reason: `${result.reason} (with the key of an earlier configuration)` };
  }
  return isThrottled && result.kind === 'retry' ? { afterMs: PAUSE_AFTER_429_MS, ...result } : result;
}

/** The card is posted at the same time, so its address is asked for as late as can be. */
function withCardLink(
  { event, incidentId }: PagerdutyPayload,
  { cardLink }: PagerdutyOptions,
): PagerdutyEvent | undefined {
  const href = incidentId === undefined ? undefined : cardLink?.(incidentId);
  if (!event || href === undefined) return event;
  return { ...event, links: [{ href, text: 'Card in Slack' }, ...(event.links ?? [])].slice(0, MOST_LINKS) };
}
