import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutboxDraft } from '../../src/delivery/outbox.ts';
import { msteamsDraft } from '../../src/notifiers/msteams.ts';
import { type Notice, plainNotice } from '../../src/notifiers/notice.ts';
import { pagerdutyDraft } from '../../src/notifiers/pagerduty.ts';
import { NO_TEXTS, pagerdutyEvent } from '../../src/notifiers/pagerduty-event.ts';
import { smsDraft } from '../../src/notifiers/sms.ts';
import { ticketDraft } from '../../src/notifiers/ticket.ts';
import { webhookDraft } from '../../src/notifiers/webhook.ts';
import { group, latency, notification, T0 } from '../incident/incident-world.ts';
import { FALLBACK, type MoreConfig, OPERATIONS, openDesk, openTown, type Town } from './slack-desk.ts';

const HOUR = 3_600_000;

let town: Town;
beforeAll(async () => {
  town = await openTown();
});
afterAll(() => town.close());

type Answer = ReturnType<Town['answer']>;
const status = (code: number, headers: Record<string, string> = {}): Answer => ({ status: code, headers });

const KINDS = ['pagerduty', 'webhook', 'msteams', 'sms', 'ticket'] as const;
type Kind = (typeof KINDS)[number];

/**
 * What a fault means: `sent` at once; `later` again after so long; `dead` at once; `simpler` once more without what may be wrong with
 * it, at once; `probe`: the credentials are in question, and one row a minute asks.
 */
type Meaning = 'sent' | 'dead' | 'simpler' | 'probe' | { readonly later: number };

const SOON: Meaning = { later: 500 };
const MINUTE: Meaning = { later: 60_000 };

interface FaultCase {
  readonly name: string;
  readonly answer: Answer;
  readonly usual: Meaning;
  /** Where a kind takes it differently. */
  readonly but?: Partial<Record<Kind, Meaning>>;
}

const FAULTS: readonly FaultCase[] = [
  { name: '200', answer: status(200), usual: 'sent' },
  { name: '201', answer: status(201), usual: 'sent' },
  { name: '202', answer: status(202), usual: 'sent' },
  { name: '301', answer: status(301, { location: '/elsewhere' }), usual: 'dead' },
  { name: '400', answer: status(400), usual: 'dead', but: { pagerduty: 'simpler', msteams: 'simpler' } },
  { name: '401', answer: status(401), usual: 'dead', but: { sms: 'probe', ticket: 'probe' } },
  { name: '403', answer: status(403), usual: 'dead', but: { sms: 'probe' } },
  {
    name: '403 that counts requests',
    answer: status(403, { 'x-ratelimit-remaining': '0' }),
    usual: 'dead',
    but: { sms: 'probe', ticket: MINUTE },
  },
  { name: '404', answer: status(404), usual: 'dead' },
  { name: '410', answer: status(410), usual: 'dead' },
  { name: '413', answer: status(413), usual: 'dead', but: { msteams: 'simpler' } },
  { name: '422', answer: status(422), usual: 'dead', but: { msteams: 'simpler' } },
  { name: '408', answer: status(408), usual: SOON },
  { name: '429 for half a minute', answer: status(429, { 'retry-after': '30' }), usual: { later: 30_000 } },
  { name: '429 for an hour', answer: status(429, { 'retry-after': '3600' }), usual: { later: HOUR } },
  { name: '429 that names no time', answer: status(429), usual: SOON, but: { pagerduty: MINUTE } },
  {
    name: '429 that names nonsense',
    answer: status(429, { 'retry-after': 'soon' }),
    usual: SOON,
    but: { pagerduty: MINUTE },
  },
  { name: '500', answer: status(500), usual: SOON },
  { name: '502', answer: status(502), usual: SOON },
  { name: '503', answer: status(503), usual: SOON },
  { name: '504', answer: status(504), usual: SOON },
  { name: 'a connection cut after it was written', answer: 'cut', usual: SOON },
];

/** After these the other side may have it although it did not say so. */
const IN_DOUBT = /^(?:502|504|a connection cut)/;

const facts = {
  alertName: 'ModelLatencyP99High',
  model: 'fraud-detector',
  version: '',
  environment: 'production',
  region: '',
  priority: 'P1',
  severity: 'critical',
  metric: '',
  description: '',
  runbookUrl: '',
  dashboardUrl: '',
  startedAt: T0,
} as const;

const AT = { priority: 'P1', causedAt: T0 } as const;
const notice = (): Notice => ({ ...plainNotice('p99 latency', 'Slow.', T0, 'Asia/Kolkata'), incidentId: 'inc_1' });

function draftOf(kind: Kind): OutboxDraft {
  switch (kind) {
    case 'pagerduty': {
      const event = pagerdutyEvent(facts, NO_TEXTS);
      const integration = { receiver: 'page', kind, index: 0 } as const;
      return pagerdutyDraft({ action: 'trigger', dedupKey: 'key-1', event }, { integration, ...AT });
    }
    case 'webhook': {
      const integration = { receiver: 'hook', kind, index: 0 } as const;
      const said = { ...notification(group([latency()]), T0), integration };
      return webhookDraft(said, { externalUrl: 'http://127.0.0.1', maxAlerts: 0, priority: 'P1' });
    }
    case 'msteams': {
      const integration = { receiver: 'teams', kind, index: 0 } as const;
      const said = { ...notification(group([latency()]), T0), integration };
      const config = { version: 2, title: '', summary: '', text: '' } as never;
      return msteamsDraft({ config, notification: said, notice: notice(), priority: 'P1', expand: (text) => text });
    }
    case 'sms':
      return smsDraft({ to: '+919812345678', person: 'Asha', text: 'P1 fraud-detector', incidentId: 'inc_1' }, AT);
    case 'ticket':
      return ticketDraft('open', notice(), AT);
  }
}

const PATHS: Readonly<Record<Kind, string>> = {
  pagerduty: '/v2/enqueue',
  webhook: '/hook',
  msteams: '/teams',
  sms: '/2010-04-01/Accounts/AC1/Messages.json',
  ticket: '/repos/acme/ml/issues',
};

/** Only what the kind under test needs: every other way would be one to fall back to. */
function configFor(kind: Kind): MoreConfig {
  const { pagerdutyUrl: url } = town;
  switch (kind) {
    case 'pagerduty':
    case 'webhook':
      return {};
    case 'msteams':
      return { receivers: [{ name: 'teams', msteamsv2_configs: [{ webhook_url: `${url}/teams` }] } as never] };
    case 'sms':
      return {
        notifiers: { twilio: { account_sid: 'AC1', auth_token: 't-secret', from: '+15005550006', api_url: url } },
      };
    case 'ticket':
      return { notifiers: { ticket: { kind: 'github', url, project: 'acme/ml', token: 'ghp-secret' } } };
  }
}

const said = (words: string): number =>
  [FALLBACK, OPERATIONS]
    .flatMap((channel) => town.workspace.state.messages(channel.slice(1)))
    .filter((message) => JSON.stringify(message).includes(words)).length;
const selfAlerts = (): number => said('was not reached');

async function meet(kind: Kind, answer: Answer, times: number) {
  const desk = openDesk(town, town.client, configFor(kind));
  const path = PATHS[kind];
  let left = times;
  town.answer = (asked) => {
    if (asked !== path || left <= 0) return { status: 202 };
    left -= 1;
    return answer;
  };
  const id = desk.put(draftOf(kind));
  await desk.until(1.5 * HOUR);
  const own = town.requests.filter((request) => request.method === 'POST' && request.path === path);
  const waiting = desk.store.depth().filter(({ state }) => state === 'queued' || state === 'attempting');
  const entry = desk.store.entry(id);
  const trail = desk.trail().map(({ action }) => action.replace('delivery.', ''));
  const metrics = await desk.metrics.text();
  desk.close();
  const undeliverable = Number(/watchroom_undeliverable_total\{kind="(?!slack)[^}]*\} (\d+)/.exec(metrics)?.[1] ?? 0);
  const at = own.map((request) => request.at - T0);
  return { state: entry?.state, reason: entry?.lastReason ?? '', at, own, waiting, trail, undeliverable };
}

const meaningFor = (kind: Kind, { usual, but }: FaultCase): Meaning => but?.[kind] ?? usual;

function callsAfter(meaning: Meaning): readonly number[] {
  if (meaning === 'simpler') return [0, 0];
  if (meaning === 'probe') return [0, 60_000];
  return typeof meaning === 'object' ? [0, meaning.later] : [0];
}

describe.each(KINDS)('a row for %s', (kind) => {
  it.each(FAULTS)('survives $name once', async (fault) => {
    const meaning = meaningFor(kind, fault);
    const met = await meet(kind, fault.answer, 1);
    const isDead = meaning === 'dead';
    expect(met.state).toBe(isDead ? 'dead' : 'sent');
    expect(met.at).toEqual(callsAfter(meaning));
    expect(met.waiting).toEqual([]);
    const isLate = fault.name === '429 for an hour';
    // A ticket is a record: that it comes late is no news.
    expect(selfAlerts()).toBe(isDead || (isLate && kind !== 'ticket') ? 1 : 0);
    expect(said('refuses our credentials')).toBe(meaning === 'probe' ? 1 : 0);
    expect(met.undeliverable).toBe(isDead ? 1 : 0);
    expect(met.trail).toEqual([
      ...(isDead ? ['undeliverable'] : []),
      ...(isLate ? ['late'] : []),
      ...(IN_DOUBT.test(fault.name) ? ['ambiguous'] : []),
      ...(meaning === 'probe' ? ['credentials_refused', 'credentials_work'] : []),
    ]);
    // However often it is called, PagerDuty opens one incident.
    if (kind === 'pagerduty') expect(new Set(met.own.map(({ body }) => body['dedup_key']))).toEqual(new Set(['key-1']));
  });

  it.each(FAULTS.filter((fault) => meaningFor(kind, fault) !== 'sent'))(
    'ends and is told when $name never ends',
    async (fault) => {
      const meaning = meaningFor(kind, fault);
      const { state, at, reason, waiting, trail, undeliverable } = await meet(
        kind,
        fault.answer,
        Number.POSITIVE_INFINITY,
      );
      expect(state).toBe('dead');
      if (fault.answer !== 'cut') expect(reason).toContain(`HTTP ${fault.answer.status}`);
      expect(waiting).toEqual([]);
      expect(at.length).toBeLessThanOrEqual(62);
      const gaps = at.slice(1).map((instant, index) => instant - (at[index] ?? 0));
      if (typeof meaning === 'object') expect(gaps.every((gap) => gap >= meaning.later)).toBe(true);
      if (meaning === 'probe') expect(gaps.every((gap) => gap === 60_000)).toBe(true);
      // Late, and dead: each is said once.
      expect(selfAlerts()).toBeGreaterThanOrEqual(1);
      expect(selfAlerts()).toBeLessThanOrEqual(2);
      expect(undeliverable).toBe(1);
      expect(trail.filter((action) => action === 'undeliverable')).toHaveLength(1);
      expect(trail.filter((action) => action === 'ambiguous').length).toBe(IN_DOUBT.test(fault.name) ? 1 : 0);
    },
  );
});
