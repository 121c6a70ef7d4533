import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, LogLevel } from '@slack/bolt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../../src/workspace/server.ts';
import { BOT_TOKEN, SIGNING_SECRET, workspaceForTest } from './fixture.ts';

let workspace: Workspace;
let app: App;
let requestUrl: string;
let eventCount = 0;

/** A port that is free now; Bolt needs to know it before the workspace knows the app. */
async function freePort(): Promise<number> {
  const { createServer } = await import('node:http');
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

beforeAll(async () => {
  const port = await freePort();
  requestUrl = `http://127.0.0.1:${port}/slack/events`;
  workspace = await workspaceForTest({ requestUrl });
  app = new App({
    token: BOT_TOKEN,
    signingSecret: SIGNING_SECRET,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 } },
  });
  app.command('/oncall', async ({ command, ack, client }) => {
    if (command.text === 'modal') {
      await ack();
      await client.views.open({
        trigger_id: command.trigger_id,
        view: {
          type: 'modal',
          callback_id: 'swap',
          title: { type: 'plain_text', text: 'Swap' },
          submit: { type: 'plain_text', text: 'Ask' },
          blocks: [
            {
              type: 'input',
              block_id: 'who',
              label: { type: 'plain_text', text: 'With' },
              element: { type: 'users_select', action_id: 'user' },
            },
          ],
        },
      });
      return;
    }
    await ack({ response_type: 'in_channel', text: `${command.text}: <@${command.user_id}>` });
  });
  app.action('go', async ({ ack, respond }) => {
    await ack();
    await respond({ delete_original: true });
  });
  app.view('swap', async ({ ack, view }) => {
    const user = view.state.values['who']?.['user']?.selected_user;
    if (user === 'U01ALICE') await ack({ response_action: 'errors', errors: { who: 'That is you' } });
    else
      await ack({
        response_action: 'update',
        view: { type: 'modal', title: { type: 'plain_text', text: 'Asked' }, blocks: [{ type: 'divider' }] },
      });
  });
  app.event('app_home_opened', async () => {
    eventCount += 1;
    await Promise.resolve();
  });
  await app.start({ port, host: '127.0.0.1' });
});

afterAll(async () => {
  await workspace.close();
  const stopped = app.stop() as Promise<void | Server>;
  await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, 500))]);
});

beforeEach(() => workspace.reset());

describe('an unmodified Bolt app over signed HTTP', () => {
  it('passes Slack’s handshake', async () => {
    expect(await workspace.verifyUrl()).toBe(true);
  });

  it('answers a command in the HTTP response', async () => {
    expect((await workspace.act.command('U01ALICE', 'ml-alerts', '/oncall who')).ok).toBe(true);
    expect(workspace.state.messages('ml-alerts').map((m) => m.text)).toEqual(['who: <@U01ALICE>']);
  });

  it('carries a click on an ephemeral message, which the app deletes', async () => {
    const blocks = [
      { type: 'actions', elements: [{ type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' } }] },
    ];
    await app.client.chat.postEphemeral({
      token: BOT_TOKEN,
      channel: 'C01ML',
      user: 'U02BOB',
      text: 'x',
      blocks,
    } as never);
    const ts = workspace.state.ephemerals('U02BOB')[0]?.ts ?? '';
    await expect(workspace.act.click('U01ALICE', { channel: 'C01ML', ts, actionId: 'go' })).rejects.toThrow(
      /cannot see/,
    );
    await workspace.act.click('U02BOB', { channel: 'C01ML', ts, actionId: 'go' });
    await workspace.until((s) => s.ephemerals('U02BOB').length === 0);
  });

  it('shows errors of a submission, then the updated view', async () => {
    await workspace.act.command('U01ALICE', 'ml-alerts', '/oncall modal');
    await workspace.until((s) => s.views('U01ALICE').length === 1);
    expect(await workspace.act.submitView('U01ALICE', { values: { user: 'U01ALICE' } })).toMatchObject({
      errors: { who: 'That is you' },
    });
    expect((await workspace.act.submitView('U01ALICE', { values: { user: 'U02BOB' } })).ok).toBe(true);
    expect(workspace.state.views('U01ALICE')[0]?.title).toMatchObject({ text: 'Asked' });
  });

  it('delivers events once, signed', async () => {
    const before = eventCount;
    workspace.act.openHome('U01ALICE');
    await workspace.settled();
    expect(eventCount).toBe(before + 1);
    expect(workspace.state.refused()).toEqual([]);
  });

  it('sees a wrong signing secret refused by the app', async () => {
    const stranger = await workspaceForTest({ requestUrl, signingSecret: 'wrong' });
    const result = await stranger.act.command('U01ALICE', 'ml-alerts', '/oncall who');
    expect(result).toMatchObject({ ok: false, error: 'dispatch_failed', detail: 'http 401' });
    await stranger.close();
  });
});
