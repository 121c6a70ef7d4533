import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOT_TOKEN, linePayload, type SlackWorld, slackWorld } from '../slack/slack-world.ts';

let slack: SlackWorld;
let cardId = '';
let ts = '';
const CHANNEL = 'C01ML';

beforeEach(async () => {
  slack = await slackWorld();
});

afterEach(() => slack.close());

async function standing(): Promise<void> {
  const fired = await slack.fire();
  ts = fired.ts;
  cardId = slack.incidents.store.cards.ofIncident(fired.incidentId).find(({ view }) => view === 'card')?.id ?? '';
}

const cards = () =>
  slack.workspace.state.messages(CHANNEL).filter((message) => message.text.includes('fraud-detector'));
const update = () => slack.workspace.state.calls('chat.update').length;

/** A P1 whose card has not been posted yet. */
async function unposted(): Promise<string> {
  await standing();
  slack.incidents.incidents.cards.lost(cardId, 'test');
  return cardId;
}

describe('a card', () => {
  it('is posted once and edited afterwards', async () => {
    await standing();
    expect(cards()).toHaveLength(1);
    slack.incidents.clock.set(slack.incidents.clock.now() + 120_000);
    expect(await slack.send('slack.card', { cardId })).toEqual({ kind: 'sent', detail: 'edited' });
    expect(cards()).toHaveLength(1);
  });

  it('is not edited when nothing about it changed', async () => {
    await standing();
    const before = update();
    expect(await slack.send('slack.card', { cardId })).toEqual({ kind: 'sent', detail: 'unchanged' });
    expect(update()).toBe(before);
  });

  it('is edited again after an edit whose outcome nobody knows, even back to what stood before', async () => {
    await standing();
    const now = slack.incidents.clock.now();
    slack.incidents.clock.set(now + 120_000);
    slack.workspace.faults.add({ method: 'chat.update', kind: 'accepted_then_dropped' });
    expect(await slack.send('slack.card', { cardId })).toMatchObject({ kind: 'retry', ambiguous: true });
    slack.incidents.clock.set(now);
    expect(await slack.send('slack.card', { cardId })).toEqual({ kind: 'sent', detail: 'edited' });
  });

  it('that was accepted before the connection broke is found by its mark and adopted, not doubled', async () => {
    const id = await unposted();
    const before = cards().length;
    slack.workspace.faults.add({ method: 'chat.postMessage', kind: 'accepted_then_dropped' });
    expect(await slack.send('slack.card', { cardId: id })).toMatchObject({ kind: 'retry', ambiguous: true });
    expect(cards()).toHaveLength(before + 1);
    expect(await slack.send('slack.card', { cardId: id }, 2)).toEqual({ kind: 'sent', detail: 'adopted' });
    expect(cards()).toHaveLength(before + 1);
    expect(slack.incidents.incidents.cards.card(id)?.ref?.ts).toBe(cards().at(-1)?.ts);
  });

  it('whose first post took effect only after its successor had looked is closed with a link to the living one', async () => {
    const id = await unposted();
    expect(await slack.send('slack.card', { cardId: id }, 2)).toEqual({ kind: 'sent', detail: 'posted' });
    const living = cards().at(-1);
    const late = await fetch(`${slack.workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${BOT_TOKEN}` },
      body: JSON.stringify({
        channel: CHANNEL,
        text: living?.text,
        blocks: living?.blocks,
        metadata: living?.metadata,
      }),
    });
    const twin = ((await late.json()) as { ts: string }).ts;
    const look = slack.incidents.outbox.find(({ kind }) => kind === 'slack.twin');
    slack.incidents.clock.set(Date.now());
    expect(await slack.send('slack.twin', look?.payload)).toMatchObject({ kind: 'retry', reason: 'too early to look' });
    slack.incidents.clock.set(Date.now() + 11_000);
    expect(await slack.send('slack.twin', look?.payload)).toEqual({ kind: 'sent', detail: '1 closed' });
    const closed = slack.workspace.state.messages(CHANNEL).find((message) => message.ts === twin);
    expect(closed?.text).toContain('Posted twice');
    expect(closed?.text).toContain(living?.ts.replace('.', ''));
    expect(cards().map((message) => message.ts)).toContain(living?.ts);
    expect(slack.workspace.state.refused()).toEqual([]);
    slack.workspace.faults.add({ method: 'conversations.history', kind: 'ok_false', error: 'missing_scope' });
    expect(await slack.send('slack.twin', look?.payload)).toMatchObject({ kind: 'rejected', scope: 'content' });
  });

  it('is posted once more where the history may not be read: a duplicate is better than silence', async () => {
    const id = await unposted();
    slack.workspace.faults.add({ method: 'chat.postMessage', kind: 'accepted_then_dropped' });
    await slack.send('slack.card', { cardId: id });
    slack.workspace.faults.add({ method: 'conversations.history', kind: 'ok_false', error: 'missing_scope' });
    expect(await slack.send('slack.card', { cardId: id }, 2)).toEqual({ kind: 'sent', detail: 'posted' });
  });

  it.each([
    ['message_not_found', false],
    ['cant_update_message', true],
    ['edit_window_closed', true],
  ])('that Slack cannot edit (%s) goes on in a new message', async (error, linked) => {
    await standing();
    slack.incidents.clock.set(slack.incidents.clock.now() + 120_000);
    slack.workspace.faults.add({ method: 'chat.update', kind: 'ok_false', error });
    expect(await slack.send('slack.card', { cardId })).toEqual({ kind: 'sent', detail: 'posted' });
    expect(cards()).toHaveLength(2);
    const fresh = cards().at(-1);
    expect(slack.incidents.incidents.cards.card(cardId)?.ref?.ts).toBe(fresh?.ts);
    expect(JSON.stringify(fresh?.blocks).includes('continues')).toBe(linked);
  });

  it('refused for its blocks is sent with fewer, then as plain text', async () => {
    const id = await unposted();
    slack.workspace.faults.add({ method: 'chat.postMessage', kind: 'ok_false', error: 'invalid_blocks', times: 2 });
    const first = await slack.send('slack.card', { cardId: id });
    expect(first).toMatchObject({ kind: 'rejected', scope: 'content' });
    expect(await slack.send('slack.card', { cardId: id }, 2, true)).toEqual({ kind: 'sent', detail: 'posted' });
    const fresh = cards().at(-1);
    expect(fresh?.blocks ?? []).toEqual([]);
    expect(fresh?.text).toContain('412 ms');
  });

  it.each([
    ['channel_not_found', 'destination'],
    ['is_archived', 'destination'],
    ['invalid_auth', 'credentials'],
  ])('that cannot be posted (%s) says what is broken: the %s', async (error, scope) => {
    const id = await unposted();
    slack.workspace.faults.add({ method: 'chat.postMessage', kind: 'ok_false', error });
    expect(await slack.send('slack.card', { cardId: id })).toEqual({ kind: 'rejected', reason: error, scope });
  });

  it('waits as long as Slack says, and tries nothing meanwhile', async () => {
    const id = await unposted();
    slack.workspace.faults.add({ method: 'chat.postMessage', kind: '429', retryAfter: 30 });
    const before = slack.workspace.state.calls('chat.postMessage').length;
    expect(await slack.send('slack.card', { cardId: id })).toEqual({
      kind: 'retry',
      reason: 'ratelimited',
      afterMs: 30_000,
    });
    expect(slack.workspace.state.calls('chat.postMessage').length).toBe(before + 1);
  });

  it.each([
    ['http503', false],
    ['truncated', true],
    ['html', true],
  ] as const)('answers a %s by trying again (ambiguous: %s)', async (kind, ambiguous) => {
    const id = await unposted();
    slack.workspace.faults.add({ method: 'chat.postMessage', kind });
    const result = await slack.send('slack.card', { cardId: id });
    expect(result).toMatchObject({ kind: 'retry', ...(ambiguous ? { ambiguous: true } : {}) });
  });

  it('that nobody knows any more is not retried for ever', async () => {
    expect(await slack.send('slack.card', { cardId: 'gone' })).toMatchObject({ kind: 'rejected', scope: 'content' });
    expect(await slack.send('slack.card', { nonsense: 1 })).toMatchObject({ kind: 'rejected', scope: 'content' });
  });
});

describe('a line', () => {
  it('stands in the card’s thread, and in the channel too where it is a broadcast', async () => {
    await standing();
    await slack.send('slack.line', linePayload(cardId));
    expect(slack.workspace.state.thread(CHANNEL, ts)).toHaveLength(2);
    const before = slack.workspace.state.messages(CHANNEL).length;
    await slack.send('slack.line', linePayload(cardId, true));
    expect(slack.workspace.state.messages(CHANNEL).length).toBe(before + 1);
  });

  it('is not doubled after an attempt whose outcome nobody knows', async () => {
    await standing();
    slack.workspace.faults.add({ method: 'chat.postMessage', kind: 'accepted_then_dropped' });
    expect(await slack.resend('slack.line', linePayload(cardId))).toEqual([
      expect.objectContaining({ kind: 'retry', ambiguous: true }),
      { kind: 'sent', detail: 'adopted' },
    ]);
    expect(slack.workspace.state.thread(CHANNEL, ts)).toHaveLength(2);
  });

  it('waits for its card where that does not stand yet', async () => {
    const id = await unposted();
    expect(await slack.send('slack.line', linePayload(id))).toMatchObject({ kind: 'retry' });
  });

  it('is said in the channel where its thread is gone', async () => {
    await standing();
    slack.workspace.faults.add({ method: 'chat.postMessage', kind: 'ok_false', error: 'thread_not_found' });
    const before = slack.workspace.state.messages(CHANNEL).length;
    expect(await slack.send('slack.line', linePayload(cardId))).toMatchObject({ kind: 'sent' });
    expect(slack.workspace.state.messages(CHANNEL).length).toBe(before + 1);
  });

  it('for a person goes to their direct messages', async () => {
    await standing();
    const payload = { ...linePayload(cardId), to: { kind: 'user', user: 'U02BILAL' } };
    expect(await slack.send('slack.line', payload)).toMatchObject({ kind: 'sent' });
    expect(slack.workspace.state.dms('U02BILAL')).toHaveLength(1);
  });
});

describe('a notice', () => {
  it('goes where it is sent, as it was written', async () => {
    const destination = { kind: 'channel', channel: '#watchroom' };
    await slack.send('slack.message', { destination, text: '*disk* &lt; 5 % left' });
    expect(slack.workspace.state.messages('C04WATCH').at(-1)?.text).toBe('*disk* &lt; 5 % left');
  });
});

describe('a page', () => {
  it('reaches the person on call as a direct message with the likely button, and ends as one line', async () => {
    await standing();
    await slack.incidents.at('30m');
    await slack.pump();
    const [page] = slack.workspace.state.dms('U01ASHA');
    expect(JSON.stringify(page?.blocks)).toContain('"action_id":"acknowledge"');
    const [incident] = slack.incidents.store.openIncidents();
    slack.deps.actions.acknowledge(
      incident?.id ?? '',
      { id: 'U01ASHA', name: 'Asha', via: 'slack' },
      slack.incidents.clock.now(),
    );
    await slack.pump();
    const [edited] = slack.workspace.state.dms('U01ASHA');
    expect(JSON.stringify(edited?.blocks)).toContain('Acknowledged by <@U01ASHA>');
    expect(JSON.stringify(edited?.blocks)).not.toContain('"action_id":"acknowledge"');
  });
});
