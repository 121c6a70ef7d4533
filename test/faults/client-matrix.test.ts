import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSlackClient, type SlackClient, type SlackResult } from '../../src/slack/client.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { T0 } from '../incident/incident-world.ts';
import { BOT_TOKEN } from '../slack/slack-world.ts';
import { openTown, type Town } from './slack-desk.ts';
import { BARE_OK, CHATTY, type FaultRow, SLACK_FAULTS } from './slack-faults.ts';

let town: Town;
/** Nothing here depends on what is done after it gave up. */
let impatient: SlackClient;
beforeAll(async () => {
  town = await openTown();
  impatient = createSlackClient({ token: BOT_TOKEN, apiUrl: town.gate.apiUrl, timeoutMs: 60 });
});
afterAll(() => town.close());
beforeEach(() => {
  town.gate.clear();
});

const MESSAGE = { text: 'a word', blocks: [] } as never;
const VIEW = { type: 'modal', title: { type: 'plain_text', text: 'A window' }, blocks: [] } as never;

interface Asked {
  readonly call: (client: SlackClient) => Promise<SlackResult<unknown>>;
  /** Whether `ok: true` and nothing else is enough, because nothing is read from the answer. */
  readonly bare: boolean;
  /** Works here and now, so that a chatty answer can be told from a refusal. */
  readonly works: boolean;
}

const asked = (call: Asked['call'], more: Partial<Asked> = {}): Asked => ({ call, bare: false, works: true, ...more });

/**
 * What the bot asks beside the rows of its outbox. It looks channels up in the list and groups in the list with their members, so
 * conversations.info and usergroups.users.list are never called.
 */
const METHODS: Readonly<Record<string, Asked>> = {
  'auth.test': asked((client) => client.authTest()),
  'chat.getPermalink': asked((client) => client.permalink({ channel: 'C01ML', ts: '1.1' }), { works: false }),
  'chat.postEphemeral': asked((client) => client.postEphemeral('C01ML', 'U01ASHA', MESSAGE), { bare: true }),
  'conversations.history': asked((client) => client.marked('C01ML', 0)),
  'conversations.list': asked((client) => client.findChannel('#ml-alerts')),
  'conversations.open': asked((client) => client.openDm('U01ASHA')),
  'conversations.replies': asked((client) => client.marked('C01ML', 0, '1.1'), { works: false }),
  'dnd.info': asked((client) => client.dndInfo('U01ASHA'), { bare: true }),
  'usergroups.list': asked((client) => client.userGroups()),
  'users.info': asked((client) => client.usersInfo('U01ASHA')),
  'users.list': asked((client) => client.usersList()),
  'views.open': asked((client) => client.viewsOpen('1.1', VIEW), { bare: true, works: false }),
  'views.publish': asked((client) => client.viewsPublish('U01ASHA', VIEW), { bare: true, works: false }),
  'views.push': asked((client) => client.viewsPush('1.1', VIEW), { bare: true, works: false }),
  'views.update': asked((client) => client.viewsUpdate('V01', VIEW), { bare: true, works: false }),
};

/** One call that meets a fault. */
async function meet({ call }: Asked, method: string, { fault }: FaultRow): Promise<SlackResult<unknown>> {
  switch (fault.kind) {
    case 'refused':
      await town.gate.shut();
      try {
        return await call(town.client);
      } finally {
        await town.gate.open();
      }
    case 'unreachable':
      return await call(town.unreachable[fault.how]);
    default:
      town.gate.strike({ method, fault, times: 1 });
      return await call(fault.kind === 'hang' ? impatient : town.client);
  }
}

describe.each(Object.entries(METHODS))('a call of %s', (method, own) => {
  it.each(SLACK_FAULTS)('takes “$name” for $class, and calls no second time', async (row) => {
    const result = await meet(own, method, row);
    expect(result.kind).toBe('failed');
    if (result.kind !== 'failed') return;
    expect(result.class).toBe(row.class);
    expect(result.retryAfterMs).toBe(row.retryAfterMs);
    if (row.fault.kind === 'error') expect(result.code).toBe(row.fault.code);
    const got = town.gate.calls.filter((call) => call.method === method).length;
    expect(got).toBe(row.fault.kind === 'refused' || row.fault.kind === 'unreachable' ? 0 : 1);
  });

  it('takes a yes that lacks what was asked for for none', async () => {
    const result = await meet(own, method, BARE_OK);
    expect(result.kind === 'ok' ? 'ok' : result.class).toBe(own.bare ? 'ok' : 'ambiguous');
  });
});

const WORKING = Object.entries(METHODS).filter(([, { works }]) => works);

it.each(WORKING)('a call of %s takes warnings and fields that nobody knows as they come', async (method, own) => {
  expect(await meet(own, method, CHATTY)).toMatchObject({ kind: 'ok' });
});

describe('failures', () => {
  it('are counted by method and code, and strange codes cannot fill the memory', async () => {
    const metrics = createMetrics({ registry: new Registry(), version: 'test', sources: {}, ofProcess: false });
    const onFailure = (method: string, code: string): void => metrics.slackFailed(method, code);
    const client = createSlackClient({ token: BOT_TOKEN, apiUrl: town.gate.apiUrl, onFailure });
    for (let i = 0; i < 150; i += 1) {
      town.gate.strike({ method: 'users.info', fault: { kind: 'error', code: `never_heard_of_${i}` }, times: 1 });
      await client.usersInfo('U01ASHA');
    }
    town.gate.strike({ method: 'users.info', fault: { kind: 'bare', effect: 'after' }, times: 1 });
    await client.usersInfo('U01ASHA');
    await client.usersInfo('U01ASHA');
    const lines = (await metrics.text())
      .split('\n')
      .filter((line) => line.startsWith('watchroom_slack_failures_total{'));
    expect(lines).toContain('watchroom_slack_failures_total{method="users.info",code="never_heard_of_7"} 1');
    expect(lines).toContain('watchroom_slack_failures_total{method="users.info",code="other"} 51');
    expect(lines).toHaveLength(101);
  });
});

describe('a 429', () => {
  it('is obeyed by whoever would call the method next, and by nobody else', async () => {
    const wire = new ManualClock(T0);
    const client = createSlackClient({ token: BOT_TOKEN, apiUrl: town.gate.apiUrl, wire });
    const fault = { kind: 'answer', status: 429, headers: { 'retry-after': '30' } } as const;
    town.gate.strike({ method: 'users.list', fault, times: 1 });
    expect(await client.usersList()).toMatchObject({ code: 'ratelimited', retryAfterMs: 30_000 });
    wire.set(T0 + 29_999);
    expect(await client.usersList()).toMatchObject({ code: 'ratelimited', retryAfterMs: 1 });
    expect(await client.usersInfo('U01ASHA')).toMatchObject({ kind: 'ok' });
    wire.set(T0 + 30_000);
    expect(await client.usersList()).toMatchObject({ kind: 'ok' });
    expect(town.gate.calls.map(({ method }) => method)).toEqual(['users.list', 'users.info', 'users.list']);
  });

  it('for a post holds for its channel alone, and a second where it names no time', async () => {
    const wire = new ManualClock(T0);
    const client = createSlackClient({ token: BOT_TOKEN, apiUrl: town.gate.apiUrl, wire });
    const fault = { kind: 'answer', status: 429 } as const;
    town.gate.strike({ method: 'chat.postMessage', channel: 'C01ML', fault, times: 1 });
    const post = (channel: string) => client.postMessage(channel, MESSAGE);
    expect(await post('C01ML')).toMatchObject({ code: 'ratelimited' });
    expect(await post('C01ML')).toMatchObject({ code: 'ratelimited', retryAfterMs: 1000 });
    expect(await post('#watchroom')).toMatchObject({ kind: 'ok' });
    wire.set(T0 - 7_200_000);
    // The clock was set back: nobody waits for two hours.
    expect(await post('C01ML')).toMatchObject({ kind: 'ok' });
  });
});
