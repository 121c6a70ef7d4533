import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bot, MAIN, pause } from '../campaign/bot.ts';
import { cardsOf, type SeenCard } from '../campaign/card.ts';
import { type Stage, startStage } from '../campaign/stage.ts';

const MODEL = 'model-01';
const CHANNEL = 'ml-alerts';

let stage: Stage;
const bots: Bot[] = [];

beforeEach(async () => {
  stage = await startStage();
});

afterEach(async () => {
  for (const bot of bots.splice(0)) {
    bot.kill();
    await bot.ended;
  }
  await stage.close();
});

function start(options?: Parameters<Stage['start']>[0]): Bot {
  const bot = stage.start(options);
  bots.push(bot);
  return bot;
}

function card(): SeenCard | undefined {
  return cardsOf(stage.workspace, CHANNEL, MODEL)[0];
}

const carded = (): Promise<SeenCard> => stage.workspace.until(card, 15_000);
const url = (path: string): string => `http://127.0.0.1:${stage.port}${path}`;

function postAlert(name: string): Promise<Response> {
  const alert = { labels: { alertname: name, model_name: name, severity: 'critical' }, annotations: { summary: name } };
  return fetch(url('/api/v2/alerts'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([alert]),
  });
}

describe('serve, asked to stop', { timeout: 30_000 }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s', async (signal) => {
    const bot = start();
    await bot.ready();
    bot.signal(signal);
    expect(await bot.ended).toBe(0);
    expect(bot.output()).toContain('watchroom has stopped');
  });

  it('ends within ten seconds although Slack hangs, and tells the card at the next start', async () => {
    const bot = start();
    await bot.ready();
    stage.workspace.faults.add({ kind: 'timeout', method: 'chat.postMessage', times: 1 });
    stage.exporter.set('campaign_load', MODEL, 'critical', 1);
    await stage.workspace.until(() => stage.workspace.state.log.some(({ kind }) => kind === 'fault'), 10_000);
    const askedAt = Date.now();
    bot.signal('SIGTERM');
    expect(await bot.ended).toBe(0);
    expect(Date.now() - askedAt).toBeLessThan(10_000);
    expect(card()).toBeUndefined();
    await start().ready();
    await carded();
  });
});

describe('serve, in the wrong place', { timeout: 30_000 }, () => {
  it('refuses a storage that another one runs on, and leaves that one alone', async () => {
    const first = start();
    await first.ready();
    writeConfig((config) => ({ ...config, http: { listen: '127.0.0.1:0' } }));
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('another Watchroom is running on');
    stage.exporter.set('campaign_load', MODEL, 'critical', 1);
    await carded();
  });

  it('takes over the storage of one that was killed, at once', async () => {
    const first = start();
    await first.ready();
    first.kill();
    await first.ended;
    await start().ready();
  });

  it('says that the port is in use, and ends', async () => {
    const first = start();
    await first.ready();
    writeConfig((config) => ({ ...config, storage: { path: 'other' } }));
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`127.0.0.1:${stage.port} is in use`);
    expect(second.output()).not.toContain('internal error');
  });

  it('says that the storage cannot be used', async () => {
    writeFileSync(join(stage.folder, 'data'), 'a file where a folder should be');
    const bot = start();
    expect(await bot.ended).toBe(1);
    expect(bot.output()).toMatch(/^storage\.path .*data cannot be used: EEXIST/);
  });
});

describe('serve, on a damaged state.db', { timeout: 60_000 }, () => {
  it('refuses, names the backup, and goes on from one', async () => {
    const first = start();
    await first.ready();
    stage.exporter.set('campaign_load', MODEL, 'critical', 1);
    const before = await carded();
    const copy = join(stage.folder, 'copy.db');
    execFileSync(process.execPath, [MAIN, 'backup', copy, '--config', 'watchroom.yml'], { cwd: stage.folder });
    first.signal('SIGTERM');
    expect(await first.ended).toBe(0);

    const file = join(stage.folder, 'data/state.db');
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill('z', 8192, bytes.length - 4096));
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('state.db is damaged');
    expect(second.output()).toContain('watchroom backup');
    expect(readFileSync(file).equals(bytes)).toBe(true);

    copyFileSync(copy, file);
    for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    await start().ready();
    stage.exporter.set('campaign_load', MODEL, 'critical', 0);
    await stage.workspace.until(() => card()?.green, 15_000);
    expect(cardsOf(stage.workspace, CHANNEL, MODEL)).toEqual([expect.objectContaining({ ts: before.ts })]);
  });
});

describe('serve, with a defect', { timeout: 30_000 }, () => {
  /** Code that the child loads before its own: the product has no such switch. */
  const planted = (thread: string, act: string): readonly string[] => {
    const script = `import { isMainThread } from 'node:worker_threads'; if (${thread}) setTimeout(() => { ${act} }, 1500);`;
    return ['env', `NODE_OPTIONS=--import data:text/javascript,${encodeURIComponent(script)}`];
  };

  it.each([
    ['an exception nobody caught', 'isMainThread', "throw new Error('planted defect')", 'a defect ended the program'],
    [
      'a rejection nobody handled',
      'isMainThread',
      "Promise.reject(new Error('planted defect'))",
      'a defect ended the program',
    ],
    ['an exception in the observer', '!isMainThread', "throw new Error('planted defect')", 'the observer ended'],
  ])('logs %s and ends with 70', async (_what, thread, act, message) => {
    const bot = start({ wrapper: planted(thread, act) });
    expect(await bot.ended).toBe(70);
    expect(bot.errors()).toContainEqual(
      expect.objectContaining({
        msg: message,
        error: expect.objectContaining({ message: 'planted defect' }) as unknown,
      }),
    );
  });
});

describe('serve, on a full disk', { timeout: 60_000 }, () => {
  it('refuses alerts with 503, stays alive, and takes them again when there is room', async () => {
    const bot = start();
    await bot.ready();
    const limit = (bytes: string): Buffer => execFileSync('prlimit', [`--fsize=${bytes}:`, '--pid', String(bot.pid)]);
    limit('4096');
    const refused = await postAlert('while-full');
    expect(refused.status).toBe(503);
    expect(await refused.text()).not.toContain('internal error');
    stage.exporter.set('campaign_load', MODEL, 'critical', 1);
    await pause(1500);
    expect((await fetch(url('/-/healthy'))).status).toBe(200);
    expect((await fetch(url('/-/ready'))).status).toBe(503);
    limit('unlimited');
    expect((await fetch(url('/-/ready'))).status).toBe(200);
    // The sender tries again, as Prometheus does.
    expect((await postAlert('while-full')).status).toBe(200);
    await stage.workspace.until(() => cardsOf(stage.workspace, CHANNEL, 'while-full')[0], 15_000);
    expect(cardsOf(stage.workspace, CHANNEL, 'while-full')).toHaveLength(1);
    // What came true while nothing could be written down is told late, not never.
    await carded();
  });
});

describe('serve, given a bad configuration while it runs', { timeout: 30_000 }, () => {
  it('keeps the old one, says what is wrong, and goes on alerting', async () => {
    const bot = start();
    await bot.ready();
    writeFileSync(
      join(stage.folder, 'campaign.rules.yml'),
      'groups:\n- name: broken\n  rules:\n  - alert: X\n    expr: "sum("\n',
    );
    const answer = await fetch(url('/-/reload'), { method: 'POST' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('campaign.rules.yml:5:');
    bot.signal('SIGHUP');
    await expect
      .poll(() => bot.output(), { timeout: 5000 })
      .toContain('the new configuration is bad; the old one stays');
    stage.exporter.set('campaign_load', MODEL, 'critical', 1);
    await carded();
  });
});

function writeConfig(change: (config: Record<string, unknown>) => Record<string, unknown>): void {
  const path = join(stage.folder, 'watchroom.yml');
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)));
}
