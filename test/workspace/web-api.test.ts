import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../../src/workspace/server.ts';
import { APP_TOKEN, api, BOT_TOKEN, manifest, workspaceForTest } from './fixture.ts';

let workspace: Workspace;
let clock: number;

beforeEach(async () => {
  clock = Date.UTC(2026, 10, 20, 5, 0, 0);
  workspace = await workspaceForTest({
    now: () => clock,
    channels: [
      { id: 'C01ML', name: 'ml-alerts' },
      { id: 'C09AWAY', name: 'elsewhere', botIsMember: false },
      { id: 'C08SECRET', name: 'secret', private: true, botIsMember: false },
      { id: 'C07OLD', name: 'old', archived: true },
    ],
    usergroups: [{ id: 'S01ML', handle: 'ml-oncall', name: 'ML on call', users: ['U01ALICE'] }],
  });
});

afterEach(() => workspace.close());

const button = (action_id: string, text = 'Go') => ({ type: 'button', action_id, text: { type: 'plain_text', text } });
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
const post = (args: Record<string, unknown>) =>
  api(workspace, 'chat.postMessage', { channel: 'C01ML', text: 'x', ...args });

describe('who may call what', () => {
  it('knows missing, wrong and misplaced tokens apart', async () => {
    const bare = await fetch(`${workspace.apiUrl}auth.test`, { method: 'POST' });
    expect(await bare.json()).toEqual({ ok: false, error: 'not_authed' });
    expect(await api(workspace, 'auth.test', {}, 'xoxb-other')).toMatchObject({ error: 'invalid_auth' });
    expect(await api(workspace, 'apps.connections.open', {}, BOT_TOKEN)).toMatchObject({
      error: 'not_allowed_token_type',
    });
    expect(await api(workspace, 'chat.postMessage', { channel: 'C01ML', text: 'x' }, APP_TOKEN)).toMatchObject({
      error: 'not_allowed_token_type',
    });
    expect(await api(workspace, 'auth.test')).toMatchObject({
      ok: true,
      user_id: 'U00WATCHROOM',
      bot_id: 'B01WATCHROOM',
    });
  });

  it('refuses a method whose scope the manifest lacks, naming it', async () => {
    expect(await api(workspace, 'conversations.join', { channel: 'C09AWAY' })).toMatchObject({
      error: 'missing_scope',
      needed: 'channels:join',
    });
  });

  it('hides e-mail addresses from an app without users:read.email', async () => {
    const scopes = { bot: ['users:read'] };
    const shy = await workspaceForTest({ manifest: { ...manifest, oauth_config: { scopes } } });
    const answer = (await api(shy, 'users.info', { user: 'U01ALICE' })) as { user: { profile: { email?: string } } };
    expect(answer.user.profile.email).toBeUndefined();
    await shy.close();
  });

  it('answers unknown_method and puts it red into the log', async () => {
    expect(await api(workspace, 'pins.add')).toMatchObject({ ok: false, error: 'unknown_method' });
    expect(workspace.state.refused()[0]).toMatchObject({ name: 'pins.add', verdict: 'refused' });
  });

  it('keeps other sites away', async () => {
    const foreign = await fetch(`${workspace.url}/_reset`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
  });
});

describe('where the bot may write', () => {
  it('needs membership unless it may write to public channels', async () => {
    expect(await post({ channel: 'C09AWAY' })).toMatchObject({ error: 'not_in_channel' });
    expect(await post({ channel: 'C08SECRET' })).toMatchObject({ error: 'channel_not_found' });
    expect(await post({ channel: 'C07OLD' })).toMatchObject({ error: 'is_archived' });
    expect(await post({ channel: '#nosuch' })).toMatchObject({ error: 'channel_not_found' });
    expect(await post({ channel: '#ml-alerts' })).toMatchObject({ ok: true, channel: 'C01ML' });
    const bot = [...manifest.oauth_config.scopes.bot, 'chat:write.public'];
    const open = await workspaceForTest({
      manifest: { ...manifest, oauth_config: { scopes: { bot } } },
      channels: [{ id: 'C09AWAY', name: 'elsewhere', botIsMember: false }],
    });
    expect(await api(open, 'chat.postMessage', { channel: 'C09AWAY', text: 'x' })).toMatchObject({ ok: true });
    await open.close();
  });

  it('opens direct messages by user id, and edits there need the D id', async () => {
    const sent = await post({ channel: 'U01ALICE', text: 'page' });
    expect(sent).toMatchObject({ ok: true, channel: 'D001ALICE' });
    expect(workspace.state.dms('U01ALICE').map((m) => m.text)).toEqual(['page']);
    expect(await api(workspace, 'chat.update', { channel: 'U01ALICE', ts: sent['ts'], text: 'y' })).toMatchObject({
      error: 'channel_not_found',
    });
    expect(await api(workspace, 'chat.update', { channel: 'D001ALICE', ts: sent['ts'], text: 'y' })).toMatchObject({
      ok: true,
    });
  });

  it('refuses empty messages and missing arguments', async () => {
    expect(await post({ text: '' })).toMatchObject({ error: 'no_text' });
    expect(await api(workspace, 'chat.postMessage', { text: 'x' })).toMatchObject({ error: 'invalid_arguments' });
  });

  it('shows ephemerals to members only, and they cannot be updated', async () => {
    const sent = await api(workspace, 'chat.postEphemeral', { channel: 'C01ML', user: 'U02BOB', text: 'psst' });
    expect(workspace.state.ephemerals('U02BOB').map((m) => m.text)).toEqual(['psst']);
    expect(workspace.state.messages('C01ML')).toEqual([]);
    const update = await api(workspace, 'chat.update', { channel: 'C01ML', ts: sent['message_ts'], text: 'louder' });
    expect(update).toMatchObject({ error: 'message_not_found' });
  });
});

describe('editing a message', () => {
  it('removes blocks when only text is given, and marks text edits', async () => {
    const { ts } = await post({ blocks: [section('card')] });
    await api(workspace, 'chat.update', { channel: 'C01ML', ts, text: 'y', blocks: [section('card 2')] });
    expect(workspace.state.messages('C01ML')[0]?.text).toBe('y');
    expect(workspace.state.messages('C01ML')[0]?.edited).toBeUndefined();
    await api(workspace, 'chat.update', { channel: 'C01ML', ts, text: 'bare' });
    const [message] = workspace.state.messages('C01ML');
    expect(message?.blocks).toBeUndefined();
    expect(message?.edited).toBeDefined();
    expect(workspace.state.calls('chat.update').at(-1)?.warnings[0]).toMatch(/blocks are removed/);
  });

  it('keeps metadata unless an empty object takes it away, and shows it only when asked', async () => {
    const metadata = { event_type: 'card', event_payload: { outbox: 'o1' } };
    const { ts } = await post({ metadata });
    await api(workspace, 'chat.update', { channel: 'C01ML', ts, text: 'y' });
    const read = async (all: boolean) => {
      const { messages } = (await api(workspace, 'conversations.history', {
        channel: 'C01ML',
        include_all_metadata: all,
      })) as { messages: Record<string, unknown>[] };
      return messages[0]?.['metadata'];
    };
    expect(await read(true)).toEqual(metadata);
    expect(await read(false)).toBeUndefined();
    await api(workspace, 'chat.update', { channel: 'C01ML', ts, text: 'z', metadata: {} });
    expect(await read(true)).toBeUndefined();
  });

  it('cuts long text when posting but refuses it when updating', async () => {
    const { ts } = await post({ text: 'a'.repeat(41_000) });
    expect(workspace.state.messages('C01ML')[0]?.text).toHaveLength(40_000);
    expect(await api(workspace, 'chat.update', { channel: 'C01ML', ts, text: 'a'.repeat(4_001) })).toMatchObject({
      error: 'msg_too_long',
    });
  });

  it('lets the bot edit only its own messages', async () => {
    const ts = workspace.act.message('U01ALICE', 'C01ML', 'mine');
    expect(await api(workspace, 'chat.update', { channel: 'C01ML', ts, text: 'y' })).toMatchObject({
      error: 'cant_update_message',
    });
    expect(await api(workspace, 'chat.update', { channel: 'C01ML', ts: '1.000000', text: 'y' })).toMatchObject({
      error: 'message_not_found',
    });
  });
});

describe('threads and history', () => {
  it('keeps replies out of the channel unless they are broadcast', async () => {
    const { ts } = await post({ text: 'card' });
    await post({ text: 'note', thread_ts: ts });
    await post({ text: 'escalated', thread_ts: ts, reply_broadcast: true });
    expect(workspace.state.messages('C01ML').map((m) => m.text)).toEqual(['card', 'escalated']);
    const { messages } = (await api(workspace, 'conversations.replies', { channel: 'C01ML', ts })) as {
      messages: Record<string, unknown>[];
    };
    expect(messages.map((m) => m['text'])).toEqual(['card', 'note', 'escalated']);
    expect(messages[0]).toMatchObject({ reply_count: 2, thread_ts: ts });
    expect(messages[2]).toMatchObject({ subtype: 'thread_broadcast' });
  });

  it('pages through history, newest first, with exclusive borders', async () => {
    const stamps: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      clock += 1000;
      stamps.push(String((await post({ text: String(index) }))['ts']));
    }
    const first = (await api(workspace, 'conversations.history', { channel: 'C01ML', limit: 2 })) as {
      messages: { text: string }[];
      has_more: boolean;
      response_metadata: { next_cursor: string };
    };
    expect(first.messages.map((m) => m.text)).toEqual(['4', '3']);
    expect(first.has_more).toBe(true);
    const next = (await api(workspace, 'conversations.history', {
      channel: 'C01ML',
      limit: 3,
      cursor: first.response_metadata.next_cursor,
    })) as typeof first;
    expect(next.messages.map((m) => m.text)).toEqual(['2', '1', '0']);
    const since = (await api(workspace, 'conversations.history', {
      channel: 'C01ML',
      oldest: stamps[2],
    })) as typeof first;
    expect(since.messages.map((m) => m.text)).toEqual(['4', '3']);
    const upTo = { channel: 'C01ML', oldest: stamps[2], inclusive: true };
    expect(((await api(workspace, 'conversations.history', upTo)) as typeof first).messages).toHaveLength(3);
    expect(await api(workspace, 'conversations.history', { channel: 'C01ML', cursor: 'nonsense' })).toMatchObject({
      error: 'invalid_cursor',
    });
  });

  it('gives every message its own ts even when the clock stands still', async () => {
    const stamps = await Promise.all(Array.from({ length: 20 }, async () => (await post({}))['ts']));
    expect(new Set(stamps).size).toBe(20);
  });
});

describe('people', () => {
  it('tells zones with their offset at the time', async () => {
    const dev = (await api(workspace, 'users.info', { user: 'U04DEV' })) as { user: { tz_offset: number; tz: string } };
    expect(dev.user).toMatchObject({ tz: 'America/Los_Angeles', tz_offset: -28_800 });
    expect(await api(workspace, 'users.info', { user: 'U99' })).toMatchObject({ error: 'user_not_found' });
    expect(await api(workspace, 'users.lookupByEmail', { email: 'BILAL@example.com' })).toMatchObject({
      user: { id: 'U02BOB' },
    });
    expect(await api(workspace, 'users.lookupByEmail', { email: 'no@example.com' })).toMatchObject({
      error: 'users_not_found',
    });
  });

  it('replaces a user group as a whole and refuses to empty it', async () => {
    expect(await api(workspace, 'usergroups.users.update', { usergroup: 'S01ML', users: '' })).toMatchObject({
      error: 'no_users_provided',
    });
    await api(workspace, 'usergroups.users.update', { usergroup: 'S01ML', users: 'U02BOB,U03CHITRA' });
    expect(await api(workspace, 'usergroups.users.list', { usergroup: 'S01ML' })).toMatchObject({
      users: ['U02BOB', 'U03CHITRA'],
    });
  });

  it('says who is in Do Not Disturb', async () => {
    const quiet = await workspaceForTest({
      now: () => clock,
      users: [{ id: 'U02BOB', name: 'Bilal', dnd: { from: clock - 1000, to: clock + 3_600_000 } }],
    });
    expect(await api(quiet, 'dnd.info', { user: 'U02BOB' })).toMatchObject({
      dnd_enabled: true,
      next_dnd_end_ts: Math.floor(clock / 1000) + 3600,
    });
    await quiet.close();
  });
});

describe('views', () => {
  const view = { type: 'modal', title: { type: 'plain_text', text: 'Title' }, blocks: [section('hello')] };

  it('takes a trigger once and for three seconds', async () => {
    expect(await api(workspace, 'views.open', { trigger_id: 'nonsense', view })).toMatchObject({
      error: 'invalid_trigger_id',
    });
    void workspace.act.command('U01ALICE', 'C01ML', '/alert x');
    const trigger = String(workspace.state.log.find((entry) => entry.kind === 'envelope')?.request['trigger_id']);
    clock += 3_001;
    expect(await api(workspace, 'views.open', { trigger_id: trigger, view })).toMatchObject({
      error: 'expired_trigger_id',
    });
    void workspace.act.command('U01ALICE', 'C01ML', '/alert y');
    const fresh = String(workspace.state.log.findLast((entry) => entry.kind === 'envelope')?.request['trigger_id']);
    const opened = (await api(workspace, 'views.open', { trigger_id: fresh, view })) as {
      view: { id: string; hash: string };
    };
    expect(workspace.state.views('U01ALICE')).toHaveLength(1);
    expect(await api(workspace, 'views.open', { trigger_id: fresh, view })).toMatchObject({
      error: 'exchanged_trigger_id',
    });
    const stale = { view_id: opened.view.id, hash: 'old', view };
    expect(await api(workspace, 'views.update', stale)).toMatchObject({ error: 'hash_conflict' });
    expect(await api(workspace, 'views.update', { view_id: opened.view.id, view })).toMatchObject({ ok: true });
  });

  it('names each fault of a view by its place', async () => {
    const answer = await api(workspace, 'views.publish', {
      user_id: 'U01ALICE',
      view: { type: 'home', title: 'no', blocks: [{ type: 'table', rows: [] }] },
    });
    expect(answer).toMatchObject({ ok: false, error: 'invalid_arguments' });
    expect(answer['response_metadata']).toEqual({
      messages: [
        '[ERROR] unsupported type: table [json-pointer:/view/blocks/0/type]',
        '[ERROR] invalid additional property: title [json-pointer:/view]',
      ],
    });
  });
});

describe('scheduling, reactions, files', () => {
  it('posts a scheduled message when its time has come', async () => {
    const at = Math.floor(clock / 1000) + 60;
    expect(
      await api(workspace, 'chat.scheduleMessage', { channel: 'C01ML', post_at: at - 120, text: 'x' }),
    ).toMatchObject({ error: 'time_in_past' });
    expect(
      await api(workspace, 'chat.scheduleMessage', { channel: 'C01ML', post_at: at + 121 * 86_400, text: 'x' }),
    ).toMatchObject({ error: 'time_too_far' });
    await api(workspace, 'chat.scheduleMessage', { channel: 'C01ML', post_at: at, text: 'digest' });
    expect(workspace.state.messages('C01ML')).toEqual([]);
    clock += 61_000;
    await workspace.until((s) => s.messages('C01ML')[0]?.text === 'digest');
  });

  it('counts a reaction once per person', async () => {
    const { ts } = await post({});
    const reaction = { channel: 'C01ML', timestamp: ts, name: 'eyes' };
    expect(await api(workspace, 'reactions.add', reaction)).toMatchObject({ ok: true });
    expect(await api(workspace, 'reactions.add', reaction)).toMatchObject({ error: 'already_reacted' });
    workspace.act.react('U01ALICE', 'C01ML', String(ts), 'eyes');
    expect(workspace.state.messages('C01ML')[0]?.reactions).toEqual([
      { name: 'eyes', users: ['U00WATCHROOM', 'U01ALICE'] },
    ]);
  });

  it('takes an upload of the official client and shows it in an image block', async () => {
    const client = new WebClient(BOT_TOKEN, { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 } });
    const uploaded = await client.filesUploadV2({
      channel_id: 'C01ML',
      filename: 'auc.png',
      file: Buffer.from('not really a png'),
    });
    expect(uploaded.ok).toBe(true);
    const id = workspace.state.messages('C01ML')[0]?.files?.[0] ?? '';
    const { file } = (await api(workspace, 'files.info', { file: id })) as {
      file: { url_private: string; mimetype: string };
    };
    expect(file.mimetype).toBe('image/png');
    expect(await (await fetch(file.url_private)).text()).toBe('not really a png');
    const image = (slack: string) => ({ blocks: [{ type: 'image', slack_file: { id: slack }, alt_text: 'AUC' }] });
    expect(await post(image(id))).toMatchObject({ ok: true });
    expect(await post(image('F0MISSING'))).toMatchObject({
      error: 'invalid_blocks',
      errors: ['invalid slack file [json-pointer:/blocks/0/slack_file]'],
    });
  });
});

describe('faults and limits', () => {
  it('plays each fault as often as asked, for its channel only', async () => {
    workspace.faults.add({ kind: '429', method: 'chat.postMessage', channel: 'C01ML', retryAfter: 7 });
    expect(await post({ channel: 'U01ALICE' })).toMatchObject({ ok: true });
    const response = await fetch(`${workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${BOT_TOKEN}` },
      body: new URLSearchParams({ channel: 'C01ML', text: 'x' }),
    });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await post({})).toMatchObject({ ok: true });
    workspace.faults.add({ kind: 'ok_false', method: '*', error: 'fatal_error', times: 2 });
    expect(await post({})).toMatchObject({ error: 'fatal_error' });
    expect(await post({})).toMatchObject({ error: 'fatal_error' });
    expect(await post({})).toMatchObject({ ok: true });
  });

  it('keeps the message when the answer is lost', async () => {
    workspace.faults.add({ kind: 'accepted_then_dropped', method: 'chat.postMessage' });
    await expect(post({ text: 'did it arrive?' })).rejects.toThrow();
    expect(workspace.state.messages('C01ML').map((m) => m.text)).toEqual(['did it arrive?']);
    workspace.faults.add({ kind: 'truncated', method: 'chat.postMessage' });
    await expect(post({})).rejects.toThrow();
    expect(workspace.state.messages('C01ML')).toHaveLength(2);
  });

  it('takes faults over HTTP and complains about nonsense', async () => {
    const send = (fault: unknown) => fetch(`${workspace.url}/_fault`, { method: 'POST', body: JSON.stringify(fault) });
    expect((await send({ kind: 'http503', method: 'chat.postMessage' })).status).toBe(200);
    expect((await fetch(`${workspace.apiUrl}chat.postMessage`, { method: 'POST' })).status).toBe(503);
    const nonsense = await send({ kind: 'earthquake', method: '*' });
    expect(nonsense.status).toBe(400);
    expect(await nonsense.json()).toMatchObject({ error: expect.stringContaining('unknown fault kind') as string });
  });

  it('limits posting to one channel after a short burst, and forgets with time', async () => {
    const limited = await workspaceForTest({ now: () => clock, limits: { postBurst: 2 } });
    const say = async (channel: string) => (await api(limited, 'chat.postMessage', { channel, text: 'x' }))['error'];
    expect([await say('C01ML'), await say('C01ML'), await say('C01ML'), await say('C02WARN')]).toEqual([
      undefined,
      undefined,
      'ratelimited',
      undefined,
    ]);
    clock += 1000;
    expect(await say('C01ML')).toBeUndefined();
    await limited.close();
  });
});

describe('the request as it is written', () => {
  it('reads forms with JSON in them, queries and multipart alike', async () => {
    const blocks = JSON.stringify([section('form'), { type: 'actions', elements: [button('a')] }]);
    const form = {
      method: 'POST',
      headers: { authorization: `Bearer ${BOT_TOKEN}` },
      body: new URLSearchParams({ channel: 'C01ML', text: 'x', blocks }),
    };
    expect(await (await fetch(`${workspace.apiUrl}chat.postMessage`, form)).json()).toMatchObject({ ok: true });
    const query = await fetch(`${workspace.apiUrl}users.info?user=U01ALICE&token=${BOT_TOKEN}`);
    expect(await query.json()).toMatchObject({ user: { name: 'asha' } });
    const multipart = new FormData();
    multipart.set('token', BOT_TOKEN);
    multipart.set('channel', 'C01ML');
    multipart.set('text', 'multi');
    expect(
      await (await fetch(`${workspace.apiUrl}chat.postMessage`, { method: 'POST', body: multipart })).json(),
    ).toMatchObject({ ok: true });
    expect(workspace.state.messages('C01ML').map((m) => m.text)).toEqual(['x', 'multi']);
  });

  it('never writes a token into its log', async () => {
    await fetch(`${workspace.apiUrl}users.info?user=U01ALICE&token=${BOT_TOKEN}`);
    expect(await (await fetch(`${workspace.url}/_state`)).text()).not.toContain(BOT_TOKEN);
  });
});
