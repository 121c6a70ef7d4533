import { z } from 'zod';
import type { Priority } from '../alert/priority.ts';
import { pagerdutyBudget } from '../delivery/budget.ts';
import { isPlaceholder, type SecretSource } from '../delivery/go-scalars.ts';
import { httpRequest, resultOf } from '../delivery/http.ts';
import type { IntegrationRef } from '../delivery/notification.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { OutboxDraft, SendResult } from '../delivery/outbox.ts';
import type { PagerdutyConfig } from '../delivery/receiver.ts';
import { failPoint } from '../fail-point.ts';
import type { Clock } from '../time/clock.ts';
import { essential, MOST_LINKS, type PagerdutyEvent } from './pagerduty-event.ts';

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

const DEFAULT_URL = 'https://events.pagerduty.com/v2/enqueue';
/** PagerDuty gives no Retry-After and asks for "a backoff of a few minutes". */
const PAUSE_AFTER_429_MS = 60_000;

/** PagerDuty's Events API v2. Repeats carry the same dedup key, so a repeated send is harmless there. */
export function createPagerduty(options: PagerdutyOptions): Notifier {
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
      if (!payload.success) return { kind: 'rejected', scope: 'content', reason: 'not a PagerDuty call' };
      const place = placeFor(payload.data, options);
      return 'result' in place ? place.result : call(payload.data, place, { ...options, signal });
    },
  };
}

/** The remembered place of an open trigger, else the configured one. */
function placeFor(
  payload: PagerdutyPayload,
  { configOf, secret, book }: PagerdutyOptions,
): (TriggerPlace & { readonly timeoutMs?: number }) | { readonly result: SendResult } {
  const refuse = (reason: string) => ({ result: { kind: 'rejected', scope: 'destination', reason } as const });
  const open = book.place(destinationOf(payload.integration), payload.dedupKey);
  if (open) return open;
  const config = configOf(payload.integration);
  if (!config) return refuse('the integration is no longer configured');
  // A service key (Events v1) given together with the v2 address is read as a routing key, as PagerDuty does.
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
  return { routingKey, url: config.url || DEFAULT_URL, ...(config.timeoutMs ? { timeoutMs: config.timeoutMs } : {}) };
}

async function call(
  payload: PagerdutyPayload,
  place: TriggerPlace & { readonly timeoutMs?: number },
  options: PagerdutyOptions & { readonly signal: AbortSignal },
): Promise<SendResult> {
  const { book, wire } = options;
  const { action, dedupKey } = payload;
  const destination = destinationOf(payload.integration);
  const secrets = [place.routingKey];
  const outcome = await httpRequest({
    method: 'POST',
    url: place.url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      routing_key: place.routingKey,
      event_action: action,
      dedup_key: dedupKey,
      ...(action === 'trigger' ? withCardLink(payload, options) : {}),
    }),
    signal: options.signal,
    secrets,
    ...(place.timeoutMs ? { deadlineMs: place.timeoutMs } : {}),
  });
  const body = outcome.kind === 'response' ? outcome.body : '';
  const result = resultOf(outcome, {
    now: wire.now(),
    secrets,
    // 400 is about the event, unless it is about its key.
    scopeOf: (status) => (status === 400 && !/routing[ _]key/i.test(body) ? 'content' : 'destination'),
  });
  if (result.kind === 'sent') {
    failPoint('pagerduty.accepted');
    const { routingKey, url } = place;
    if (action === 'trigger') book.remember(destination, dedupKey, { routingKey, url }, wire.now());
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
  const isThrottled = outcome.kind === 'response' && outcome.status === 429;
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
