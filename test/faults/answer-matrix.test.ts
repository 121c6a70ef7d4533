import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSlackClient, type SlackClient } from '../../src/slack/client.ts';
import type { Effect } from '../../src/slack/effect.ts';
import type { Interaction } from '../../src/slack/interaction.ts';
import { perform } from '../../src/slack/perform.ts';
import type { SlackDeps } from '../../src/slack/ports.ts';
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts';
import { BOT_TOKEN, manifest } from '../slack/slack-world.ts';
import { type FaultRow, SLACK_FAULTS } from './slack-faults.ts';
import { type Gate, openGate } from './slack-gate.ts';

const ASHA = 'U01ASHA';
const CHANNEL = 'C01ML';

let workspace: Workspace;
let gate: Gate;
let app: Server;
let client: SlackClient;
let impatient: SlackClient;
/** What the workspace hands over with the latest command. */
let given: { readonly triggerId: string; readonly responseUrl: string };
const logged: string[] = [];

beforeAll(async () => {
  app = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const form = new URLSearchParams(text);
      const url = new URL(form.get('response_url') ?? 'http://127.0.0.1/');
      given = { triggerId: form.get('trigger_id') ?? '', responseUrl: new URL(url.pathname, gate.apiUrl).href };
      response.end();
    });
  });
  await new Promise<void>((done) => app.listen(0, '127.0.0.1', done));
  workspace = await startWorkspace({
    manifest,
    botToken: BOT_TOKEN,
    appToken: 'xapp-local-test',
    signingSecret: 'local-signing-secret',
    requestUrl: `http://127.0.0.1:${(app.address() as AddressInfo).port}/slack/events`,
    users: [{ id: ASHA, name: 'Asha' }],
  });
  gate = await openGate(workspace.apiUrl, () => 0);
  client = createSlackClient({ token: BOT_TOKEN, apiUrl: gate.apiUrl });
  impatient = createSlackClient({ token: BOT_TOKEN, apiUrl: gate.apiUrl, timeoutMs: 300 });
});
afterAll(async () => {
  await gate.close();
  await workspace.close();
  await new Promise<void>((done) => {
    app.close(() => done());
    app.closeAllConnections();
  });
});
beforeEach(async () => {
  workspace.reset();
  gate.clear();
  logged.length = 0;
  await workspace.act.command(ASHA, CHANNEL, '/alert help');
});

const WORD = { text: 'done: 3 models are silent', blocks: [] } as never;
const VIEW = {
  type: 'modal',
  title: { type: 'plain_text', text: 'Silence' },
  blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'For how long?' } }],
} as never;

const command = (): Interaction => ({
  kind: 'command',
  key: 'one',
  user: { id: ASHA, name: 'Asha' },
  command: '/alert',
  text: 'help',
  channel: CHANNEL,
  ...given,
});
const mention = (): Interaction => ({
  kind: 'words',
  key: 'two',
  user: { id: ASHA, name: 'Asha' },
  text: 'help',
  channel: CHANNEL,
});

interface Way {
  readonly name: string;
  /** What the gate sees of the call that meets the fault. */
  readonly struck: (call: { readonly method: string }) => boolean;
  readonly method: () => string;
  readonly interaction: () => Interaction;
  readonly effect: () => Effect;
}

const responsePath = (): string => new URL(given.responseUrl).pathname;
const answersAt = ({ method }: { readonly method: string }): boolean => method.startsWith('/_response/');
const of =
  (name: string) =>
  ({ method }: { readonly method: string }): boolean =>
    method === name;

const WAYS: readonly Way[] = [
  {
    name: 'an answer to a command',
    method: responsePath,
    struck: answersAt,
    interaction: command,
    effect: () => ({ kind: 'reply', message: WORD }),
  },
  {
    name: 'an answer to a mention',
    method: () => 'chat.postEphemeral',
    struck: of('chat.postEphemeral'),
    interaction: mention,
    effect: () => ({ kind: 'reply', message: WORD }),
  },
  {
    name: 'a window',
    method: () => 'views.open',
    struck: of('views.open'),
    interaction: command,
    effect: () => ({ kind: 'modal', view: VIEW }),
  },
  {
    name: 'a window that changes',
    method: () => 'views.update',
    struck: of('views.update'),
    interaction: command,
    effect: () => ({ kind: 'modal_again', viewId: 'V0GONE', view: VIEW }),
  },
  {
    name: 'a word to everybody',
    method: () => 'chat.postMessage',
    struck: of('chat.postMessage'),
    interaction: command,
    effect: () => ({ kind: 'say', message: WORD }),
  },
];

const deps = (used: SlackClient): SlackDeps =>
  // Only these parts of it are used to tell what was done.
  ({
    client: used,
    settings: { fallbackChannel: '#ml-alerts' },
    log: { warn: (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`) },
  }) as unknown as SlackDeps;

/** Everything that Asha can see, whoever else sees it. */
const seen = (): string[] => [
  ...workspace.state.ephemerals(ASHA).map((message) => JSON.stringify(message)),
  ...workspace.state.dms(ASHA).map((message) => JSON.stringify(message)),
  ...workspace.state.messages('ml-alerts').map((message) => JSON.stringify(message)),
];

const faults = SLACK_FAULTS.filter(({ fault }) => fault.kind !== 'refused' && fault.kind !== 'unreachable');

describe.each(WAYS)('$name', ({ method, struck, interaction, effect }) => {
  const meet = async (row: FaultRow, times: number): Promise<void> => {
    gate.strike({ method: method(), fault: row.fault, times });
    await perform([effect()], interaction(), deps(row.fault.kind === 'hang' ? impatient : client));
  };

  it.each(faults)('that meets $class “$name” is tried once, and the person hears of it another way', async (row) => {
    const wanted = effect().kind;
    await meet(row, 1);
    expect(gate.calls.filter(struck).filter((call) => call.struck)).toHaveLength(1);
    const words = seen().filter((text) => text.includes(wanted === 'reply' || wanted === 'say' ? '3 models' : 'again'));
    // A word to everybody that may stand already is not said twice.
    const inDoubt = wanted === 'say' && row.class === 'ambiguous';
    if (!inDoubt) expect(words.length).toBeGreaterThanOrEqual(1);
    expect(words.length).toBeLessThanOrEqual(2);
    if (wanted !== 'reply') expect(logged.length).toBe(wanted === 'say' && !inDoubt ? 0 : 1);
  });
});

describe('an answer that no way carries', () => {
  it.each(faults.filter(({ fault }) => fault.kind !== 'hang'))(
    'because of $class “$name” ends in the log, not in an error',
    async (row) => {
      gate.strike({ method: '*', fault: row.fault, times: Number.POSITIVE_INFINITY });
      await perform([{ kind: 'reply', message: WORD }], command(), deps(client));
      expect(gate.calls.map((call) => call.method.replace(/^\/_response.*/, 'response_url'))).toEqual([
        'response_url',
        'chat.postEphemeral',
        'chat.postMessage',
      ]);
      expect(logged).toHaveLength(1);
      expect(logged[0]).toContain('Slack did not take an answer');
    },
  );
});
