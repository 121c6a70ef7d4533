import type { App } from '@slack/bolt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../../src/workspace/server.ts';
import { socketApp, workspaceForTest } from './fixture.ts';

let workspace: Workspace;
let app: App;

const card = {
  channel: 'C01ML',
  text: 'P1 fraud-detector',
  blocks: [
    { type: 'header', text: { type: 'plain_text', text: 'P1 fraud-detector' } },
    {
      type: 'actions',
      block_id: 'acts',
      elements: [
        { type: 'button', action_id: 'acknowledge', text: { type: 'plain_text', text: 'Acknowledge' }, value: 'inc_1' },
        {
          type: 'static_select',
          action_id: 'silence',
          placeholder: { type: 'plain_text', text: 'Silence' },
          options: [
            { text: { type: 'plain_text', text: '1 h' }, value: '1h' },
            { text: { type: 'plain_text', text: '2 h' }, value: '2h' },
          ],
        },
      ],
    },
  ],
};

const modal = {
  type: 'modal' as const,
  callback_id: 'note',
  notify_on_close: true,
  private_metadata: 'inc_1',
  title: { type: 'plain_text' as const, text: 'Add a note' },
  submit: { type: 'plain_text' as const, text: 'Save' },
  blocks: [
    {
      type: 'input' as const,
      block_id: 'note',
      label: { type: 'plain_text' as const, text: 'Note' },
      element: { type: 'plain_text_input' as const, action_id: 'text', multiline: true },
    },
  ],
};

beforeAll(async () => {
  workspace = await workspaceForTest({ ackTimeout: 400 });
  app = socketApp(workspace);
  app.command('/alert', async ({ command, ack, respond, client }) => {
    const [verb = ''] = command.text.split(' ');
    if (verb === 'quick') return ack('done at once');
    if (verb === 'never') return;
    await ack();
    if (verb === 'modal') await client.views.open({ trigger_id: command.trigger_id, view: modal });
    else if (verb === 'public') await respond({ response_type: 'in_channel', text: `heard ${command.text}` });
    else await respond(`heard ${command.text}`);
  });
  app.action('acknowledge', async ({ ack, body, client, respond }) => {
    await ack();
    if (body.type !== 'block_actions' || !body.message) throw new Error('not a message');
    const { ts } = body.message;
    await client.chat.update({
      channel: body.channel?.id ?? '',
      ts,
      text: 'acknowledged',
      blocks: card.blocks.slice(0, 1),
    });
    await client.chat.postMessage({
      channel: body.channel?.id ?? '',
      thread_ts: ts,
      text: `acknowledged by <@${body.user.id}>`,
    });
    await respond({ response_type: 'ephemeral', replace_original: false, text: 'thank you' });
  });
  app.action('silence', async ({ ack, action, respond }) => {
    await ack();
    if (action.type !== 'static_select') throw new Error('not a select');
    await respond({ replace_original: true, text: `silenced for ${action.selected_option.value}` });
  });
  app.view('note', async ({ ack, view, client, body }) => {
    const text = view.state.values['note']?.['text']?.value ?? '';
    if (text === 'bad') return ack({ response_action: 'errors', errors: { note: 'Say more than that' } });
    await ack();
    await client.chat.postMessage({ channel: body.user.id, text: `noted on ${view.private_metadata}: ${text}` });
  });
  app.view({ callback_id: 'note', type: 'view_closed' }, async ({ ack, body, client }) => {
    await ack();
    await client.chat.postMessage({ channel: body.user.id, text: 'closed without a note' });
  });
  app.options('model', async ({ ack, options }) => {
    const names = ['fraud-detector', 'eta-model'].filter((name) => name.includes(options.value));
    await ack({ options: names.map((name) => ({ text: { type: 'plain_text', text: name }, value: name })) });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    await client.views.publish({
      user_id: event.user,
      view: {
        type: 'home',
        blocks: [{ type: 'section', text: { type: 'mrkdwn', text: `*On call* <@${event.user}>` } }],
      },
    });
  });
  app.event('reaction_added', async ({ event, client }) => {
    if (event.item.type !== 'message') return;
    await client.chat.postMessage({
      channel: event.item.channel,
      thread_ts: event.item.ts,
      text: `saw :${event.reaction}:`,
    });
  });
  app.message('hello', async ({ say }) => {
    await say('hello to you');
  });
  app.event('app_mention', async ({ event, client }) => {
    await client.chat.postMessage({ channel: event.channel, thread_ts: event.ts, text: 'you called?' });
  });
  app.shortcut('page_somebody', async ({ ack, shortcut, client }) => {
    await ack();
    await client.views.open({ trigger_id: shortcut.trigger_id, view: modal });
  });
  app.shortcut('report_missed', async ({ ack, shortcut, respond }) => {
    await ack();
    if (shortcut.type !== 'message_action') throw new Error('not a message');
    await respond({ response_type: 'ephemeral', text: `missed: ${shortcut.message.text ?? ''}` });
  });
  await app.start();
  await workspace.until(() => workspace.connections() > 0);
});

afterAll(async () => {
  await workspace.close();
  await Promise.race([app.stop(), new Promise((resolve) => setTimeout(resolve, 300))]);
});

beforeEach(() => workspace.reset());

describe('an unmodified Bolt app over Socket Mode', () => {
  it('answers a slash command to its caller alone, with mentions escaped as the manifest says', async () => {
    const result = await workspace.act.command('U01ALICE', '#ml-alerts', '/alert show @bilal in #watchroom');
    expect(result.ok).toBe(true);
    const [message] = await workspace.until(
      (s) => s.ephemerals('U01ALICE', 'C01ML').length > 0 && s.ephemerals('U01ALICE', 'C01ML'),
    );
    expect(message?.text).toBe('heard show <@U02BOB|bilal> in <#C04WATCH|watchroom>');
    expect(workspace.state.ephemerals('U02BOB')).toEqual([]);
    expect(workspace.state.messages('C01ML')).toEqual([]);
  });

  it('shows an answer that stands in the acknowledgement itself', async () => {
    await workspace.act.command('U01ALICE', 'ml-alerts', '/alert quick');
    expect(workspace.state.ephemerals('U01ALICE').map((m) => m.text)).toEqual(['done at once']);
  });

  it('posts for everyone with response_type in_channel', async () => {
    await workspace.act.command('U01ALICE', 'ml-alerts', '/alert public');
    const [message] = await workspace.until((s) => s.messages('ml-alerts').length > 0 && s.messages('ml-alerts'));
    expect(message).toMatchObject({ text: 'heard public', fromBot: true });
  });

  it('tells the person when a command is not acknowledged in time, and marks it in the log', async () => {
    const result = await workspace.act.command('U01ALICE', 'ml-alerts', '/alert never');
    expect(result).toMatchObject({ ok: false, error: 'operation_timeout' });
    expect(workspace.state.ephemerals('U01ALICE').map((m) => m.text)).toEqual([
      '/alert failed with the error “operation_timeout”',
    ]);
    expect(workspace.state.refused().some((entry) => entry.errors[0]?.startsWith('operation_timeout'))).toBe(true);
  });

  it('refuses a command that the manifest does not have, and any command in a thread', async () => {
    expect(await workspace.act.command('U01ALICE', 'ml-alerts', '/nosuch')).toMatchObject({
      ok: false,
      error: 'unknown_command',
    });
    const ts = workspace.act.message('U01ALICE', 'ml-alerts', 'a thread');
    const inThread = await workspace.act.command('U01ALICE', 'ml-alerts', '/alert list', { threadTs: ts });
    expect(inThread).toMatchObject({ ok: false, error: 'not_supported_in_threads' });
  });

  it('carries a click: the card is edited, the thread has a reply, the clicker a private line', async () => {
    const { ts = '' } = await app.client.chat.postMessage(card);
    const result = await workspace.act.click('U02BOB', { channel: 'C01ML', ts, actionId: 'acknowledge' });
    expect(result.ok).toBe(true);
    await workspace.until((s) => s.ephemerals('U02BOB').length > 0);
    const [message] = workspace.state.messages('C01ML');
    expect(message).toMatchObject({ ts, text: 'acknowledged', replies: { count: 1 } });
    expect(message?.blocks).toHaveLength(1);
    expect(message?.edited).toBeUndefined();
    expect(workspace.state.thread('C01ML', ts).map((m) => m.text)).toEqual([
      'acknowledged',
      'acknowledged by <@U02BOB>',
    ]);
  });

  it('replaces the original through response_url when a menu is used', async () => {
    const { ts = '' } = await app.client.chat.postMessage(card);
    await workspace.act.click('U01ALICE', { channel: 'C01ML', ts, actionId: 'silence', selectedOption: '2h' });
    const message = await workspace.until((s) => s.messages('C01ML').find((m) => m.text === 'silenced for 2h'));
    expect(message.ts).toBe(ts);
    expect(message.blocks).toBeUndefined();
  });

  it('fails the test that clicks what is not there', async () => {
    const { ts = '' } = await app.client.chat.postMessage(card);
    await expect(workspace.act.click('U01ALICE', { channel: 'C01ML', ts, actionId: 'nosuch' })).rejects.toThrow(
      /acknowledge, silence/,
    );
  });

  it('opens a modal from a command, shows the app’s error, then accepts and closes', async () => {
    await workspace.act.command('U01ALICE', 'ml-alerts', '/alert modal');
    await workspace.until((s) => s.views('U01ALICE').length === 1);
    expect(await workspace.act.submitView('U01ALICE', { values: {} })).toMatchObject({
      ok: false,
      error: 'form_errors',
    });
    const refused = await workspace.act.submitView('U01ALICE', { values: { text: 'bad' } });
    expect(refused).toMatchObject({ ok: false, error: 'view_errors', errors: { note: 'Say more than that' } });
    expect(workspace.state.views('U01ALICE')).toHaveLength(1);
    expect((await workspace.act.submitView('U01ALICE', { values: { 'note/text': 'rolled back' } })).ok).toBe(true);
    expect(workspace.state.views('U01ALICE')).toEqual([]);
    const [dm] = await workspace.until((s) => s.dms('U01ALICE').length > 0 && s.dms('U01ALICE'));
    expect(dm?.text).toBe('noted on inc_1: rolled back');
  });

  it('tells the app when a modal is closed that asked to be told', async () => {
    await workspace.act.shortcut('U03CHITRA', 'page_somebody');
    await workspace.until((s) => s.views('U03CHITRA').length === 1);
    await workspace.act.closeView('U03CHITRA');
    const [dm] = await workspace.until((s) => s.dms('U03CHITRA').length > 0 && s.dms('U03CHITRA'));
    expect(dm?.text).toBe('closed without a note');
  });

  it('runs a message shortcut on a message', async () => {
    const ts = workspace.act.message('U04DEV', 'ml-alerts', 'recommendations look stale');
    await workspace.act.shortcut('U04DEV', 'report_missed', { channel: 'C01ML', ts });
    const [answer] = await workspace.until((s) => s.ephemerals('U04DEV').length > 0 && s.ephemerals('U04DEV'));
    expect(answer?.text).toBe('missed: recommendations look stale');
  });

  it('asks the app for the options of an external menu, and carries other choices as state', async () => {
    const blocks = [
      {
        type: 'actions',
        block_id: 'pick',
        elements: [
          { type: 'external_select', action_id: 'model', min_query_length: 0 },
          ...(card.blocks[1]?.elements ?? []),
        ],
      },
    ];
    const { ts = '' } = await app.client.chat.postMessage({ channel: 'C01ML', text: 'pick', blocks } as never);
    const place = { channel: 'C01ML', ts };
    const found = await workspace.act.suggest('U01ALICE', { ...place, actionId: 'model' }, 'fraud');
    expect(found).toMatchObject({ ok: true, response: { options: [{ value: 'fraud-detector' }] } });
    await workspace.act.click('U01ALICE', {
      ...place,
      actionId: 'acknowledge',
      values: { silence: '1h', model: 'eta-model' },
    });
    await workspace.until((state) => state.ephemerals('U01ALICE').length > 0);
    const payload = workspace.state.log.findLast(
      (entry) => entry.name === 'block_actions' && entry.kind === 'envelope',
    )?.request;
    expect(payload?.['state']).toMatchObject({
      values: {
        pick: { silence: { selected_option: { value: '1h' } }, model: { selected_option: { value: 'eta-model' } } },
      },
    });
  });

  it('delivers home, reaction, direct message and mention events', async () => {
    workspace.act.openHome('U01ALICE');
    const home = await workspace.until((s) => s.home('U01ALICE'));
    expect(home.blocks[0]).toMatchObject({ text: { text: '*On call* <@U01ALICE>' } });
    const ts = workspace.act.message('U01ALICE', '@app', 'hello there');
    await workspace.until((s) => s.dms('U01ALICE').some((m) => m.text === 'hello to you'));
    const mention = workspace.act.message('U02BOB', 'ml-alerts', '@watchroom are you there?');
    await workspace.until((s) => s.thread('ml-alerts', mention).length === 2);
    workspace.act.react('U02BOB', 'ml-alerts', mention, 'eyes');
    await workspace.until((s) => s.thread('ml-alerts', mention).some((m) => m.text === 'saw :eyes:'));
    expect(workspace.state.dms('U01ALICE')[0]?.ts).toBe(ts);
    await workspace.settled();
    expect(workspace.state.refused()).toEqual([]);
  });

  it('shows operation_timeout for a late acknowledgement although the app acted', async () => {
    const { ts = '' } = await app.client.chat.postMessage(card);
    workspace.faults.add({ kind: 'late_ack' });
    expect(await workspace.act.click('U01ALICE', { channel: 'C01ML', ts, actionId: 'acknowledge' })).toMatchObject({
      error: 'operation_timeout',
    });
    await workspace.until((s) => s.messages('C01ML')[0]?.text === 'acknowledged');
  });

  it('delivers an envelope twice on demand', async () => {
    const { ts = '' } = await app.client.chat.postMessage(card);
    workspace.faults.add({ kind: 'dup_envelope' });
    await workspace.act.click('U01ALICE', { channel: 'C01ML', ts, actionId: 'acknowledge' });
    await workspace.until((s) => s.thread('C01ML', ts).length === 3);
    await workspace.until((s) => s.ephemerals('U01ALICE').length === 2);
  });

  it('comes back after the connection is cut', async () => {
    workspace.faults.add({ kind: 'ws_drop' });
    await workspace.until(() => workspace.connections() === 0);
    await workspace.until(() => workspace.connections() === 1, 15_000);
    expect((await workspace.act.command('U01ALICE', 'ml-alerts', '/alert quick')).ok).toBe(true);
  });
});
