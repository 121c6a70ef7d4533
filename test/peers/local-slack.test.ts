import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Bot, freePort, pause, startBot } from '../campaign/bot.ts';
import { type Exporter, startExporter } from '../campaign/exporter.ts';
import { TOKENS, writeConfiguration } from '../campaign/stage.ts';
import { REPOSITORY } from '../support/world.ts';

const PACKAGE = 'local-slack-linux-x64@0.1.8';
const CHANNEL = 'C01ML';
const PERSON = 'U01ALICE';
const MODEL = 'fraud-detector';

/** Somebody else's Slack: one file, installed beside the tests and never into the project. Undefined, said loudly, where it cannot be. */
function emulator(): string | undefined {
  const folder = join(tmpdir(), `watchroom-${PACKAGE.replace('@', '-')}`);
  const binary = join(folder, 'node_modules/local-slack-linux-x64/bin/local-slack');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, PACKAGE], {
      cwd: folder,
      stdio: 'pipe',
      timeout: 120_000,
    });
  } catch (error) {
    if (process.env['WATCHROOM_REQUIRE_PEERS'] === '1') throw error;
    console.warn(`SKIPPED: ${PACKAGE} cannot be installed here, so the bot was not tried on a Slack that is not ours`);
    return undefined;
  }
  return binary;
}

interface Message {
  readonly ts: string;
  readonly user: string;
  readonly text: string;
  readonly thread_ts?: string;
  readonly blocks?: readonly unknown[];
  readonly ephemeral_to?: string;
}

const binary = emulator();

describe.runIf(binary)('the bot, unmodified, on an emulator by other people', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-local-slack-'));
  let slack: ChildProcess;
  let bot: Bot;
  let exporter: Exporter;
  let base = '';

  beforeAll(async () => {
    const slackPort = await freePort();
    base = `http://127.0.0.1:${slackPort}`;
    writeFileSync(join(folder, 'slack.yaml'), SLACK);
    // It listens on every interface and has no option against that: for sandboxes and CI only.
    const args = ['--config', join(folder, 'slack.yaml'), '--port', String(slackPort), '--base-host', '127.0.0.1'];
    slack = spawn(binary ?? '', args, { cwd: folder, stdio: 'ignore' });
    await until(async () => (await fetch(`${base}/_control/state`)).ok);
    exporter = await startExporter();
    const port = await freePort();
    const config = writeConfiguration(folder, { port, apiUrl: `${base}/api/`, target: exporter.target }, OVERRIDES);
    writeFileSync(join(folder, 'anomaly.rules.yml'), RULES);
    bot = startBot({ config, port, cwd: folder });
    await bot.ready();
  }, 150_000);

  afterAll(async () => {
    bot?.signal('SIGTERM');
    await bot?.ended;
    slack?.kill();
    await exporter?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const messages = async (channel = CHANNEL): Promise<readonly Message[]> => {
    const answer = (await (await fetch(`${base}/_control/messages/${channel}`)).json()) as { messages: Message[] };
    return answer.messages;
  };
  const control = async (path: string, body: object): Promise<void> => {
    const response = await fetch(`${base}/_control/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(await response.json()).toMatchObject({ ok: true });
  };
  const isRoot = ({ ts, thread_ts, ephemeral_to }: Message): boolean =>
    (thread_ts === undefined || thread_ts === ts) && ephemeral_to === undefined;
  const card = async (): Promise<Message> =>
    await until(async () => (await messages()).find((message) => isRoot(message) && said(message).includes(MODEL)));
  const press = async (actionId: string): Promise<void> => {
    const { ts, blocks = [] } = await card();
    const action = blocks.flatMap(elementsOf).find((element) => element['action_id'] === actionId);
    expect(action, `the card has no ${actionId}`).toBeDefined();
    await control('interact', { channel: CHANNEL, messageTs: ts, user: PERSON, action });
  };

  it('posts one card with its buttons', async () => {
    exporter.set('campaign_load', MODEL, 'critical', 7);
    const { blocks = [], text } = await card();
    expect(text).toContain('7 &gt; 0.5');
    const ids = blocks.flatMap(elementsOf).map((element) => element['action_id']);
    expect(ids).toEqual(['acknowledge', 'resolve', 'silence', 'false_positive', 'runbook']);
  });

  it('answers in the thread while nobody has acknowledged: the repeat', async () => {
    const { ts } = await card();
    const reply = await until(async () =>
      (await messages()).find((message) => message.thread_ts === ts && message.ts !== ts),
    );
    expect(reply.text).toMatch(/still fires after .*nobody has acknowledged/);
  });

  it('opens the runbook in a modal', async () => {
    const opened = nextView(base);
    await press('runbook');
    expect(JSON.stringify(await opened)).toContain('A model metric is far from normal');
  });

  it('takes Acknowledge from the button and edits the card', async () => {
    await press('acknowledge');
    const acknowledged = await until(async () => {
      const message = await card();
      return /Acknowledged/.test(said(message)) ? message : undefined;
    });
    expect(said(acknowledged)).toContain(`<@${PERSON}>`);
    expect(said(acknowledged)).not.toContain('"action_id":"acknowledge"');
  });

  it('answers the slash command to the person alone', async () => {
    await control('command', { channel: CHANNEL, user: PERSON, command: '/alert', text: 'list' });
    const answer = await until(async () => (await messages()).find(({ ephemeral_to }) => ephemeral_to === PERSON));
    expect(said(answer)).toContain(MODEL);
  });

  it('closes the same card green', async () => {
    const before = await card();
    exporter.set('campaign_load', MODEL, 'critical', 0);
    await until(async () => said(await card()).includes('🟢 Resolved'));
    const cards = (await messages()).filter((message) => isRoot(message) && said(message).includes(MODEL));
    expect(cards.map(({ ts }) => ts)).toEqual([before.ts]);
    expect(bot.errors()).toEqual([]);
  });
});

function said({ text, blocks }: Message): string {
  return text + JSON.stringify(blocks);
}

/** The emulator's page hears of modals by a socket; nothing else tells. */
function nextView(base: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${base.replace('http', 'ws')}/ui`);
    const timer = setTimeout(() => {
      socket.close();
      reject(new Error('no modal within 10 s'));
    }, 10_000);
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const event = JSON.parse(data.toString()) as { t: string; stack?: unknown[] };
      if (event.t !== 'view' || !event.stack?.length) return;
      clearTimeout(timer);
      socket.close();
      resolve(event.stack.at(-1));
    });
  });
}

function elementsOf(block: unknown): Readonly<Record<string, unknown>>[] {
  const { type, block_id, elements } = block as { type: string; block_id?: string; elements?: unknown[] };
  if (type !== 'actions') return [];
  return (elements ?? []).map((element) => ({ ...(element as Record<string, unknown>), block_id }));
}

async function until<T>(look: () => Promise<T | undefined | false>, withinMs = 20_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`nothing of the kind within ${withinMs} ms: ${look.toString()}`);
    await pause(100);
  }
}

const SLACK = `
workspace: { name: Peers, domain: peers, teamId: T01PEERS }
app: { appId: A01APP, botUserId: U0BOT, botName: watchroom, botToken: ${TOKENS.botToken}, appToken: ${TOKENS.appToken}, signingSecret: ${TOKENS.signingSecret}, mode: socket, requestUrl: "http://127.0.0.1:9/slack/events" }
users: [ { id: ${PERSON}, name: asha, real_name: Asha, email: asha@example.com } ]
channels: [ { id: ${CHANNEL}, name: ml-alerts, members: [${PERSON}, U0BOT] } ]
`;

const OVERRIDES = {
  rule_files: ['anomaly.rules.yml'],
  runbooks: { dir: join(REPOSITORY, 'runbooks') },
  alertmanager_config: {
    route: {
      receiver: 'ml',
      group_by: ['alertname', 'model_name'],
      group_wait: '200ms',
      group_interval: '1s',
      repeat_interval: '2s',
    },
    receivers: [{ name: 'ml', slack_configs: [{ channel: '#ml-alerts', send_resolved: true }] }],
  },
};

const RULES = `groups:
- name: anomaly
  rules:
  - alert: MetricAnomalyZScoreHigh
    expr: campaign_load > 0.5
    labels: { severity: critical }
    annotations: { summary: 'load of {{ $labels.model_name }}' }
`;
