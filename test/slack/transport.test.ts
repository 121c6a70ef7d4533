import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createSlackApp } from '../../src/slack/bolt.ts';
import { createSlackClient } from '../../src/slack/client.ts';
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts';
import { BOT_TOKEN, manifest, SIGNING_SECRET, type SlackWorld, slackWorld } from './slack-world.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function connected(): Promise<SlackWorld> {
  const slack = await slackWorld();
  cleanups.push(() => slack.close());
  slack.app.start();
  await slack.workspace.until(() => slack.workspace.connections() > 0);
  return slack;
}

describe('Socket Mode', () => {
  it('tells whether people can reach us, and since when', async () => {
    const slack = await slackWorld();
    cleanups.push(() => slack.close());
    expect(slack.app.liveness().connected).toBe(false);
    slack.app.start();
    await expect.poll(() => slack.app.liveness().connected).toBe(true);
    expect(slack.app.liveness()).toMatchObject({ connected: true, failure: undefined });
    await slack.workspace.act.command('U01ASHA', 'C01ML', '/alert help');
    expect(slack.app.liveness().lastInteractionAt).toBeGreaterThan(0);
  });

  it('comes back after the socket was cut', async () => {
    const slack = await connected();
    slack.workspace.faults.add({ kind: 'ws_drop' });
    await slack.workspace.until(() => slack.workspace.connections() === 0);
    await slack.workspace.until(() => slack.workspace.connections() > 0, 15_000);
    expect(await slack.workspace.act.command('U01ASHA', 'C01ML', '/alert help')).toMatchObject({ ok: true });
  });

  it('stops in bounded time', async () => {
    const slack = await connected();
    const before = performance.now();
    await slack.app.stop();
    expect(performance.now() - before).toBeLessThan(6000);
  });

  it('starts although Slack cannot be reached, and says so', async () => {
    const slack = await slackWorld();
    cleanups.push(() => slack.close());
    const app = createSlackApp(slack.deps, {
      transport: { kind: 'socket', appToken: 'xapp-nobody' },
      botToken: BOT_TOKEN,
      apiUrl: 'http://127.0.0.1:9/api/',
    });
    app.start();
    expect(app.liveness().connected).toBe(false);
    await app.stop();
  });

  it('says that the token was refused instead of dying of it', async () => {
    const slack = await slackWorld();
    cleanups.push(() => slack.close());
    const app = createSlackApp(slack.deps, {
      transport: { kind: 'socket', appToken: 'xapp-revoked' },
      botToken: BOT_TOKEN,
      apiUrl: slack.workspace.apiUrl,
    });
    cleanups.push(() => app.stop());
    app.start();
    await expect.poll(() => app.liveness().failure).toContain('invalid_auth');
    expect(app.liveness().connected).toBe(false);
  });
});

describe('HTTP mode', () => {
  async function httpApp(): Promise<{ slack: SlackWorld; workspace: Workspace; url: string }> {
    const slack = await slackWorld({ kind: 'http', signingSecret: SIGNING_SECRET });
    cleanups.push(() => slack.close());
    const server: Server = createServer((request, response) => slack.app.requestListener?.(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
    const workspace = await startWorkspace({
      manifest,
      botToken: BOT_TOKEN,
      appToken: 'xapp-local-test',
      signingSecret: SIGNING_SECRET,
      requestUrl: url,
    });
    cleanups.push(
      () => workspace.close(),
      () => new Promise((resolve) => server.close(resolve)),
    );
    return { slack, workspace, url };
  }

  it('answers a signed command and the address check', async () => {
    const { workspace } = await httpApp();
    expect(await workspace.verifyUrl()).toBe(true);
    expect(await workspace.act.command('U01ALICE', 'C01ML', '/alert help')).toMatchObject({ ok: true });
    await workspace.until((state) => JSON.stringify(state.ephemerals('U01ALICE')).includes('/alert silence'));
  });

  it('refuses a request that nobody signed', async () => {
    const { slack, url } = await httpApp();
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'command=%2Falert&text=silence+ModelLatencyP99High+2h&user_id=U01ASHA&trigger_id=1&channel_id=C01ML',
    });
    expect(response.status).toBe(401);
    expect(slack.incidents.silences.size).toBe(0);
  });
});

describe('the client', () => {
  it('never sends a retried post of its own: one call, one request', async () => {
    const slack = await slackWorld();
    cleanups.push(() => slack.close());
    slack.workspace.faults.add({ method: 'chat.postMessage', kind: 'http500', times: 5 });
    const message = { text: 'x', blocks: [] } as never;
    expect(await slack.client.postMessage('C01ML', message)).toMatchObject({ kind: 'failed', class: 'transient' });
    expect(slack.workspace.state.calls('chat.postMessage')).toHaveLength(1);
  });

  it('calls a hung request ambiguous within its own time', async () => {
    const slack = await slackWorld();
    cleanups.push(() => slack.close());
    slack.workspace.faults.add({ method: 'chat.postMessage', kind: 'timeout' });
    const before = performance.now();
    const result = await slack.client.postMessage('C01ML', { text: 'x', blocks: [] } as never);
    expect(result).toMatchObject({ kind: 'failed', class: 'ambiguous', code: 'timeout' });
    expect(performance.now() - before).toBeLessThan(4000);
  });

  it('calls an unreachable Slack transient: nothing was sent', async () => {
    const slack = await slackWorld();
    const { apiUrl } = slack.workspace;
    await slack.close();
    const client = createSlackClient({ token: BOT_TOKEN, apiUrl });
    expect(await client.authTest()).toMatchObject({ kind: 'failed', class: 'transient', code: 'econnrefused' });
  });

  it('names people, finds channels, opens direct messages and knows who wants no noise', async () => {
    const slack = await slackWorld();
    cleanups.push(() => slack.close());
    expect(await slack.client.usersInfo('U01ASHA')).toMatchObject({
      value: { name: 'Asha', zone: 'Asia/Kolkata', standing: 'member' },
    });
    expect(await slack.client.usersInfo('U0NOBODY')).toMatchObject({ kind: 'failed', class: 'destination' });
    const everybody = await slack.client.usersList();
    expect(everybody.kind === 'ok' && everybody.value.find(({ id }) => id === 'U02BILAL')).toMatchObject({
      standing: 'member',
    });
    expect(await slack.client.userGroups()).toMatchObject({ kind: 'ok' });
    expect(await slack.client.findChannel('#ml-alerts')).toEqual({ kind: 'ok', value: 'C01ML' });
    expect(await slack.client.findChannel('#nowhere')).toMatchObject({ kind: 'failed', class: 'destination' });
    expect(await slack.client.openDm('U01ASHA')).toMatchObject({ kind: 'ok', value: expect.stringMatching(/^D/) });
    expect(await slack.client.dndInfo('U01ASHA')).toMatchObject({ kind: 'ok' });
    expect(await slack.client.authTest()).toMatchObject({ kind: 'ok', value: { botUserId: 'U00WATCHROOM' } });
    expect(slack.workspace.state.refused().map((entry) => entry.name)).toEqual(['users.info']);
  });
});
