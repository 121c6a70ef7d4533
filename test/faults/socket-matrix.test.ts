import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { createSlackApp, type SlackApp } from '../../src/slack/bolt.ts';
import { createSlackClient } from '../../src/slack/client.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { BOT_TOKEN, type SlackWorld, slackWorld } from '../slack/slack-world.ts';
import { type FaultRow, SLACK_FAULTS } from './slack-faults.ts';
import { openGate } from './slack-gate.ts';
import { openSocketDesk, type SocketDesk } from './socket-desk.ts';

const MINUTE = 60_000;
/** Real time in which a link that was lost is back: detection takes up to seven seconds, the SDK's pause five. */
const BACK_MS = 25_000;

/** Waits in real time: what happens here is up to timers of the SDK. */
async function until(what: string, look: () => boolean): Promise<void> {
  const end = performance.now() + BACK_MS;
  while (!look()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await pause(50);
  }
}

interface Link {
  readonly desk: SocketDesk;
  readonly app: SlackApp;
  /** Decides when the bot looks after its link again. */
  readonly wire: ManualClock;
  readonly slack: SlackWorld;
}

async function link(
  { onTestFinished }: TestContext,
  prepare: (desk: SocketDesk) => void = () => undefined,
): Promise<Link> {
  const desk = await openSocketDesk();
  prepare(desk);
  const slack = await slackWorld();
  const wire = new ManualClock(0);
  const app = createSlackApp(
    { ...slack.deps, wire },
    { transport: { kind: 'socket', appToken: 'xapp-local-test' }, botToken: BOT_TOKEN, apiUrl: desk.apiUrl },
  );
  onTestFinished(async () => {
    const stopped = app.stop();
    // Nobody on the other side may answer a close: the bot waits five seconds of its own time for that.
    wire.set(wire.now() + MINUTE);
    await desk.close();
    await stopped;
    await slack.close();
  });
  app.start();
  return { desk, app, wire, slack };
}

const command = (id: string, text = 'list') => ({
  envelope_id: id,
  type: 'slash_commands',
  payload: {
    command: '/alert',
    text,
    user_id: 'U01ASHA',
    user_name: 'asha',
    channel_id: 'C01ML',
    team_id: 'T01',
    trigger_id: '1.2.3',
    response_url: '',
  },
});

const isUp = ({ app }: Link): Promise<void> => until('it is up', () => app.liveness().connected);
const isDown = ({ app }: Link): Promise<void> => until('it is down', () => !app.liveness().connected);

/** A command goes through the link, there and back. */
async function works(one: Link): Promise<void> {
  const id = `proof-${one.desk.acks.length}-${one.desk.sockets.length}`;
  one.desk.send(command(id));
  await until('a command is acknowledged', () => one.desk.acks.some((ack) => ack.id === id));
}

describe.concurrent('a socket', { timeout: 60_000 }, () => {
  it.for(['warning', 'refresh_requested', 'too_many_websockets'])(
    'that is closed with “%s” comes back, without a storm of attempts',
    async (reason, context) => {
      const one = await link(context);
      await isUp(one);
      one.desk.disconnect(reason);
      await isDown(one);
      await isUp(one);
      await works(one);
      expect(one.desk.opened()).toBe(2);
    },
  );

  it('whose app was disabled says why, and comes back when it is enabled', async (context) => {
    const one = await link(context);
    await isUp(one);
    one.desk.refusal = 'socket_mode_disabled';
    one.desk.disconnect('link_disabled');
    await until('it says why', () => one.app.liveness().failure?.includes('socket_mode_disabled') === true);
    expect(one.app.liveness().connected).toBe(false);
    one.desk.refusal = undefined;
    await isUp(one);
    expect(one.desk.opened()).toBeLessThan(5);
    await works(one);
  });

  it('that answers no ping is taken for dead', async (context) => {
    const one = await link(context, (desk) => {
      desk.pongs = false;
    });
    await isUp(one);
    one.desk.pongs = true;
    await isDown(one);
    await isUp(one);
    await works(one);
  });

  it('that is half open is taken for dead', async (context) => {
    const one = await link(context);
    await isUp(one);
    await works(one);
    one.desk.freeze();
    await isDown(one);
    await isUp(one);
    await works(one);
  });

  it('on which nobody says hello is given up after half a minute', async (context) => {
    const one = await link(context, (desk) => {
      desk.greets = false;
    });
    await until('it is open', () => one.desk.sockets.length === 1);
    expect(one.app.liveness().connected).toBe(false);
    one.desk.greets = true;
    one.wire.set(29_000);
    await pause(100);
    expect(one.desk.sockets[0]?.readyState).toBe(1);
    await until('it is given up and made anew', () => {
      one.wire.set(one.wire.now() + 500);
      return one.app.liveness().connected;
    });
    expect(one.desk.sockets[0]?.readyState).toBeGreaterThan(1);
    await isUp(one);
    await works(one);
  });

  it('that brings a command again after 55 minutes brings nothing new', async (context) => {
    const one = await link(context);
    await isUp(one);
    const { incidentId } = await one.slack.fire();
    one.desk.send(command('again', `ack ${incidentId}`));
    await until('it is acknowledged', () => one.desk.acks.length === 1);
    const told = one.slack.incidents.audit.length;
    expect(told).toBeGreaterThan(0);
    one.wire.set(one.wire.now() + 55 * MINUTE);
    one.desk.send(command('again', `ack ${incidentId}`));
    await until('it is acknowledged again', () => one.desk.acks.length === 2);
    expect(one.slack.incidents.audit.length).toBe(told);
  });

  it('hears an answer within Slack’s three seconds, however long telling people takes', async (context) => {
    const one = await link(context);
    await isUp(one);
    one.slack.workspace.faults.add({ method: '*', kind: 'slow', ms: 4000, times: 5 });
    one.desk.send(command('slow'));
    await until('it is acknowledged', () => one.desk.acks.length === 1);
    expect(one.desk.acks[0]?.tookMs).toBeLessThan(1000);
  });

  it('that is gone keeps nobody from being told', async (context) => {
    const one = await link(context, (desk) => {
      desk.refusal = 'internal_error';
    });
    await isDown(one);
    const client = createSlackClient({ token: BOT_TOKEN, apiUrl: one.slack.workspace.apiUrl });
    const message = { text: 'still here', blocks: [] } as never;
    expect(await client.postMessage('C01ML', message)).toMatchObject({ kind: 'ok' });
  });
});

describe('asking for a socket', () => {
  it('meets every fault once and has one in the end; a 429 that names its time is left alone until then', async () => {
    const slack = await slackWorld();
    const odd: string[] = [];
    const meet = async ({ name, fault, retryAfterMs = 0 }: FaultRow): Promise<void> => {
      const desk = await openSocketDesk();
      const gate = await openGate(desk.apiUrl, () => 0);
      gate.strike({ method: 'apps.connections.open', fault, times: 1 });
      const wire = new ManualClock(0);
      const app = createSlackApp(
        { ...slack.deps, wire },
        { transport: { kind: 'socket', appToken: 'xapp-local-test' }, botToken: BOT_TOKEN, apiUrl: gate.apiUrl },
      );
      app.start();
      const isLong = retryAfterMs >= 30_000;
      const end = performance.now() + (isLong ? 8000 : BACK_MS);
      while (!app.liveness().connected && performance.now() < end) {
        await pause(100);
        wire.set(wire.now() + 1000);
      }
      const calls = gate.calls.length;
      if (app.liveness().connected === isLong || calls > (isLong ? 1 : 3)) {
        odd.push(`${name}: ${calls} calls, ${JSON.stringify(app.liveness())}`);
      }
      const stopped = app.stop();
      await desk.close();
      await gate.close();
      wire.set(wire.now() + MINUTE);
      await stopped;
    };
    const faults = SLACK_FAULTS.filter(({ fault }) => fault.kind !== 'refused' && fault.kind !== 'unreachable');
    await Promise.all(faults.map(meet));
    await slack.close();
    expect(odd).toEqual([]);
  }, 60_000);
});
