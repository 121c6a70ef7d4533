import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SlackClient } from '../../src/slack/client.ts';
import { T0 } from '../incident/incident-world.ts';
import { linePayload } from '../slack/slack-world.ts';
import { CHANNEL, type Desk, FALLBACK, OPERATIONS, openDesk, openTown, type Town } from './slack-desk.ts';
import {
  BARE_OK,
  type Calls,
  CHATTY,
  expected,
  type Fault,
  type FaultRow,
  LONGEST_WAIT_MS,
  OPERATIONS_OF_ROWS,
  type Operation,
  SLACK_FAULTS,
} from './slack-faults.ts';

const HOUR = 3_600_000;
const ASHA = 'U01ASHA';

let town: Town;
beforeAll(async () => {
  town = await openTown();
});
afterAll(() => town.close());

/** A client whose way to Slack can be changed under way. */
interface Way {
  readonly client: SlackClient;
  use(client: SlackClient): void;
}

function switchable(usual: SlackClient): Way {
  let used = usual;
  const client = new Proxy(usual, { get: (_, name) => used[name as keyof SlackClient] });
  return { client, use: (other) => void (used = other) };
}

interface Attempted {
  readonly desk: Desk;
  readonly way: Way;
  readonly id: string;
  readonly method: string;
  /** What the strike and the count look at. */
  readonly channel: string;
  /** From the beginning to the instant at which the row was put in. */
  readonly base: number;
}

/** Brings a desk to the instant before the call, its row in the outbox. */
async function prepare(operation: Operation, row: FaultRow): Promise<Attempted> {
  const way = switchable(row.fault.kind === 'hang' ? town.impatient : town.client);
  const desk = openDesk(town, way.client);
  desk.fire();
  const [first] = desk.incidents.db.all<{ id: string }>('SELECT id FROM outbox ORDER BY seq LIMIT 1');
  const id = first?.id ?? '';
  if (operation === 'post') return { desk, way, id, method: 'chat.postMessage', channel: CHANNEL, base: 0 };
  const base = 120_000;
  await desk.until(base);
  const cardId = desk.cardId();
  const card = desk.incidents.store.cards.card(cardId);
  const standing = card?.ref?.channel ?? '';
  const asCard = (id: string) => ({ kind: 'slack.card', payload: { cardId: id }, orderKey: id, coalesceKey: id });
  switch (operation) {
    case 'edit':
      return { desk, way, id: desk.put(asCard(cardId)), method: 'chat.update', channel: standing, base };
    case 'line': {
      const line = desk.put({ kind: 'slack.line', payload: linePayload(cardId), orderKey: cardId });
      return { desk, way, id: line, method: 'chat.postMessage', channel: standing, base };
    }
    case 'notice': {
      const payload = { destination: { kind: 'channel', channel: CHANNEL }, text: 'The database is back.' };
      const notice = desk.put({ kind: 'slack.message', payload });
      return { desk, way, id: notice, method: 'chat.postMessage', channel: CHANNEL, base };
    }
    case 'page': {
      const page = desk.incidents.store.cards.add({
        incidentId: card?.incidentId ?? '',
        episodeId: card?.episodeId ?? '',
        destination: { kind: 'user', user: ASHA },
        view: 'page',
        createdAt: base,
        refreshedAt: base,
      });
      const paged = desk.put({ ...asCard(page.id), destination: `slack:${ASHA}` });
      return { desk, way, id: paged, method: 'chat.postMessage', channel: ASHA, base };
    }
  }
}

async function meet(operation: Operation, row: FaultRow, often: 'once' | 'ever'): Promise<Attempted> {
  const attempted = await prepare(operation, row);
  const { desk, way, method, channel, base } = attempted;
  town.gate.calls.splice(0);
  if (row.fault.kind === 'refused' || row.fault.kind === 'unreachable') {
    if (row.fault.kind === 'unreachable') way.use(town.unreachable[row.fault.how]);
    else await town.gate.shut();
    await desk.until(base + (often === 'once' ? 0 : 1.5 * HOUR));
    if (row.fault.kind === 'unreachable') way.use(town.client);
    else await town.gate.open();
  } else {
    town.gate.strike({ method, channel, fault: row.fault, times: often === 'once' ? 1 : Number.POSITIVE_INFINITY });
  }
  await desk.until(base + 1.5 * HOUR);
  return attempted;
}

/** Instants of the calls, from the first, as the gate saw them. */
function callsAt({ method, channel, base }: Attempted): number[] {
  return town.gate.calls
    .filter((call) => call.method === method && [channel, CHANNEL].includes(String(call.args['channel'])))
    .filter((call) => call.struck || call.args['channel'] === channel)
    .map(({ at }) => at - T0 - base);
}

function expectCalls(at: readonly number[], calls: Calls, row: FaultRow): void {
  const wait = Math.max(500, row.retryAfterMs ?? 0);
  const gaps = at.slice(1).map((instant, index) => instant - (at[index] ?? 0));
  switch (calls) {
    case 'once':
      return expect(at).toEqual([0]);
    case 'at_once':
      return expect(at).toEqual([0, 0]);
    case 'twice_at_once':
      return expect(at).toEqual([0, 0, 0]);
    case 'later':
      return expect(at).toEqual([0, wait]);
    case 'probe':
      return expect(at).toEqual([0, 60_000]);
    case 'probes':
      expect(gaps.every((gap) => gap === 60_000)).toBe(true);
      return expect(at.length).toBeLessThanOrEqual(61);
    case 'retries':
      expect(gaps.every((gap) => gap >= wait)).toBe(true);
      expect(at.length).toBeGreaterThan(20);
      return expect(at.length).toBeLessThan(40);
    case 'ten_minutes':
      expect(at.at(-1)).toBeGreaterThan(8 * 60_000);
      expect(at.at(-1)).toBeLessThan(15 * 60_000);
      // Each try from the fifth on is made as text as well.
      return expect(at.length).toBeLessThanOrEqual(21);
  }
}

const written = (channel: string): string[] =>
  town.workspace.state.messages(channel.replace('#', '')).map((message) => JSON.stringify(message));

/** Messages of our own about ourselves, by way. */
function selfAlerts(): { readonly slack: number; readonly slackRefused: number; readonly incident: number } {
  const slack = [FALLBACK, OPERATIONS].flatMap(written).filter((text) => text.includes('was not reached')).length;
  const triggers = town.pages.filter(({ action }) => action === 'trigger').map(({ dedupKey }) => dedupKey);
  const slackRefused = triggers.filter((key) => key === 'watchroom-slack-credentials').length;
  return { slack, slackRefused, incident: triggers.length - slackRefused };
}

async function expectEnd(attempted: Attempted, row: FaultRow, state: 'sent' | 'dead'): Promise<void> {
  const { desk, id } = attempted;
  const entry = desk.store.entry(id);
  expect(entry?.state).toBe(state);
  // Nothing waits or hangs, the row's own stand-ins included.
  const waiting = desk.store.depth().filter((row_) => row_.state === 'queued' || row_.state === 'attempting');
  // But for the look for a second card, which is owed ten seconds after an ambiguous post.
  expect(waiting.filter(({ kind }) => kind !== 'slack.twin')).toEqual([]);
  expectTrail(attempted, row, state);
  if (row.fault.kind === 'error' && state === 'dead') expect(entry?.lastReason).toContain(row.fault.code);
  const undeliverable = /watchroom_undeliverable_total\{kind="slack[^}]*\} (\d+)/.exec(await desk.metrics.text())?.[1];
  expect(Number(undeliverable ?? 0)).toBe(state === 'dead' ? 1 : 0);
  const told = selfAlerts();
  expect(Math.max(told.slack, told.slackRefused, told.incident)).toBeLessThanOrEqual(1);
  expect(told.slackRefused).toBe(row.class === 'credentials' ? 1 : 0);
  // Whatever died is seen on another way.
  if (state === 'dead') expect(told.slack + told.slackRefused + told.incident).toBeGreaterThanOrEqual(1);
  const isLate = row.retryAfterMs === LONGEST_WAIT_MS;
  if (state === 'sent' && row.class !== 'credentials' && !isLate)
    expect(told).toEqual({ slack: 0, slackRefused: 0, incident: 0 });
}

/** What was said to PagerDuty or the webhook two minutes after the row was put in. */
function toldElsewhere({ base }: Attempted): number {
  return town.requests.filter(({ at }) => at - T0 - base === 120_000).length;
}

/** An edit and a quiet line are no news: they wait. */
const isNews = (operation: Operation): boolean => operation !== 'edit' && operation !== 'line';

/** Whatever did not simply arrive is in the audit trail, once. */
function expectTrail({ desk, id }: Attempted, row: FaultRow, state: 'sent' | 'dead'): void {
  const trail = desk.trail();
  const own = trail.filter(({ target }) => target === id).map(({ action }) => action);
  const count = (action: string): number => own.filter((one) => one === `delivery.${action}`).length;
  expect(count('undeliverable')).toBe(state === 'dead' ? 1 : 0);
  expect(count('ambiguous')).toBe(row.class === 'ambiguous' ? 1 : 0);
  expect(count('late')).toBeLessThanOrEqual(1);
  const refused = trail.filter(({ action }) => action === 'delivery.credentials_refused');
  expect(refused.map(({ target }) => target)).toEqual(row.class === 'credentials' ? ['slack'] : []);
}

/** How many messages people see of what was to be said. */
function copies({ channel, desk }: Attempted, operation: Operation): number {
  const { state } = town.workspace;
  const card = desk.incidents.store.cards.card(desk.cardId());
  switch (operation) {
    case 'post':
    case 'edit':
      return state.messages('ml-alerts').filter(({ text }) => text.includes('fraud-detector')).length;
    case 'line':
      return card?.ref ? state.thread('ml-alerts', card.ref.ts).length - 1 : 0;
    case 'notice':
      return written(CHANNEL).filter((text) => text.includes('The database is back')).length;
    case 'page':
      return state.dms(channel).length;
  }
}

// A fault that hangs costs real time: for ever it would cost minutes, and the cut connection takes the same way.
const lasting = SLACK_FAULTS.filter(({ fault }) => fault.kind !== 'hang');

const neverGetsThere = ({ fault }: FaultRow): boolean => fault.kind === 'refused' || fault.kind === 'unreachable';

describe.each(OPERATIONS_OF_ROWS)('a row that makes Slack’s %s call', (operation) => {
  it.each([...SLACK_FAULTS, BARE_OK])('survives $class “$name” once', async (row) => {
    const attempted = await meet(operation, row, 'once');
    const { state, calls } = expected(operation, row, 'once');
    const at = callsAt(attempted);
    if (neverGetsThere(row)) expect(at).toEqual([500]);
    else expectCalls(at, calls, row);
    await expectEnd(attempted, row, state);
    if (state === 'sent' && row.class !== 'edit') expect(copies(attempted, operation)).toBe(1);
    if (row.retryAfterMs === LONGEST_WAIT_MS) expect(toldElsewhere(attempted)).toBe(isNews(operation) ? 1 : 0);
    attempted.desk.close();
  });

  it('takes a yes with warnings and fields that nobody knows for a yes', async () => {
    const attempted = await meet(operation, CHATTY, 'once');
    expect(callsAt(attempted)).toEqual([0]);
    expect(attempted.desk.store.entry(attempted.id)?.state).toBe('sent');
    expect(attempted.desk.trail()).toEqual([]);
    attempted.desk.close();
  });

  it.each([...lasting, BARE_OK])('ends and is told when $class “$name” never ends', async (row) => {
    const attempted = await meet(operation, row, 'ever');
    const { state, calls } = expected(operation, row, 'ever');
    if (!neverGetsThere(row)) {
      expectCalls(callsAt(attempted), calls, row);
      await expectEnd(attempted, row, state);
    } else {
      // No way through Slack at all: what was put in to stand for it waits in its turn.
      expect(attempted.desk.store.entry(attempted.id)?.state).toBe('dead');
      expectTrail(attempted, row, 'dead');
      // A P1 that nobody has heard of was told elsewhere after two minutes.
      expect(toldElsewhere(attempted)).toBe(isNews(operation) ? 1 : 0);
    }
    attempted.desk.close();
  });
});

describe('a card whose first post is in doubt', () => {
  const looks = SLACK_FAULTS.filter(({ fault }) => !['hang', 'refused', 'unreachable'].includes(fault.kind));
  const doubt = async (row: FaultRow, times: number): Promise<Attempted> => {
    const attempted = await prepare('post', row);
    town.gate.calls.splice(0);
    const cut: Fault = { kind: 'cut', effect: 'after' };
    town.gate.strike({ method: 'chat.postMessage', channel: CHANNEL, fault: cut, times: 1 });
    town.gate.strike({ method: 'conversations.history', fault: row.fault, times });
    await attempted.desk.until(1.5 * HOUR);
    return attempted;
  };

  it.each(looks)(
    'stands once more where the look for it meets $class “$name”, and the older one leads to it',
    async (row) => {
      const attempted = await doubt(row, 1);
      expect(callsAt(attempted)).toEqual([0, 500]);
      await expectEnd(attempted, { ...row, class: 'ambiguous' }, 'sent');
      const cards = written(CHANNEL).filter((text) => text.includes('"action_id":"acknowledge"'));
      expect(cards).toHaveLength(1);
      expect(copies(attempted, 'post')).toBeLessThanOrEqual(2);
      attempted.desk.close();
    },
  );

  it.each(looks)('is never held back where looking meets $class “$name” for ever', async (row) => {
    const attempted = await doubt(row, Number.POSITIVE_INFINITY);
    expect(callsAt(attempted)).toEqual([0, 500]);
    expect(attempted.desk.store.entry(attempted.id)?.state).toBe('sent');
    expect(selfAlerts()).toEqual({ slack: 0, slackRefused: 0, incident: 0 });
    expect(attempted.desk.courier.isCircuitOpen('slack.card')).toBe(false);
    attempted.desk.close();
  });
});
