import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';
import { startFleet } from '../../fleet/fleet.ts';
import { createLocalObserver, type LocalObserverSettings } from '../../observer/local.ts';
import { createLog } from '../../telemetry/log.ts';
import { ScaledClock, systemClock } from '../../time/clock.ts';
import { advance } from '../../time/loop.ts';
import { ManualClock } from '../../time/manual-clock.ts';
import { startWorkspace, type Workspace } from '../../workspace/server.ts';
import type { DefineCommand } from '../run.ts';
import { type Running, startRunning } from '../running.ts';
import { PACKAGE_ROOT, VERSION } from '../version.ts';
import { demoConfig } from './configuration.ts';
import { startPanel } from './panel.ts';

interface DemoOptions {
  readonly speed?: number;
  readonly port: number;
  readonly verbose?: boolean;
}

const SPEED_UNTIL_FIRST_CARD = 60;
const SPEED_AFTERWARDS = 5;
/** What the fleet did before the bot looks at it: sparklines and rates have something to stand on. */
const HISTORY_MS = 60 * 60_000;
/** The domain's clock starts in the past, so that by the time of the first card it is about now. */
const BEHIND_MS = 8 * 60_000;
const FIRST_FAULT = { model: 'fraud-detector', fault: 'latency' } as const;
const ZONE = 'Asia/Kolkata';
const TOKENS = { botToken: 'xoxb-local-demo', appToken: 'xapp-local-demo', signingSecret: 'local-demo-signing-secret' };

/** `watchroom demo`: fleet, local workspace and the bot itself, in one command; nothing of it needs an account. */
export const demo: DefineCommand = (program, terminal, finish) => {
  program
    .command('demo')
    .description('a simulated fleet, a local Slack in the browser and the bot; no credentials')
    .option(
      '--speed <n>',
      `speed of the domain's clock (default: ${SPEED_UNTIL_FIRST_CARD} until the first card, then ${SPEED_AFTERWARDS})`,
      positive,
    )
    .option('--port <port>', 'port of the page', port, 4310)
    .option('--verbose', "print the bot's log")
    .action(async (options: DemoOptions) => {
      const folder = mkdtempSync(join(tmpdir(), 'watchroom-demo-'));
      const closers: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
      const asked = new Promise<void>((end) => {
        process.once('SIGINT', () => end());
        process.once('SIGTERM', () => end());
      });
      try {
        const { crashed } = await startDemo(options, folder, closers, (text) => terminal.out(text));
        await Promise.race([asked, crashed]);
      } finally {
        for (const close of closers.toReversed()) await close();
      }
      finish(0);
    });
};

async function startDemo(
  options: DemoOptions,
  folder: string,
  closers: (() => Promise<void> | void)[],
  say: (text: string) => void,
): Promise<{ readonly crashed: Promise<never> }> {
  const startAt = Date.now() - BEHIND_MS;
  let now = (): number => startAt - HISTORY_MS;
  const fleet = await startFleet({ now: () => now() });
  closers.push(() => fleet.close());
  const manifestFile = new URL('manifest.json', PACKAGE_ROOT);

  let running: Running | undefined;
  let chosen = options.speed;
  const clock = new ScaledClock({ realAt: Date.now(), domainAt: startAt, speed: chosen ?? SPEED_UNTIL_FIRST_CARD });
  const setSpeed = (speed: number): void => running?.setSpeed(speed);
  const panel = await startPanel({
    fleet,
    now: () => clock.now(),
    speed: () => clock.anchor.speed,
    zone: ZONE,
    setSpeed: (speed) => {
      chosen = speed;
      setSpeed(speed);
    },
  });
  closers.push(() => panel.close());
  const workspace = await startWorkspace({
    port: options.port,
    manifest: JSON.parse(readFileSync(manifestFile, 'utf8')) as unknown,
    ...TOKENS,
    extraPanel: { url: panel.url, title: 'Fleet' },
  });
  closers.push(() => workspace.close());

  const baseDir = fileURLToPath(PACKAGE_ROOT);
  const config = demoConfig({
    baseDir,
    apiUrl: workspace.apiUrl,
    scrapeConfigs: fleet.scrapeConfigs(),
    now: startAt,
    ...TOKENS,
  });
  const databases = { state: join(folder, 'state.db'), metrics: join(folder, 'metrics.db') };
  const manual = new ManualClock(startAt - HISTORY_MS);
  now = () => manual.now();
  await recordHistory(
    {
      database: databases.metrics,
      scrape: config.scrapeSource,
      baseDir,
      ruleFiles: [],
      externalUrl: config.externalUrl,
      retentionMs: undefined,
    },
    manual,
    startAt,
  );
  fleet.setFault(FIRST_FAULT.model, FIRST_FAULT.fault, true);
  clock.setAnchor({ realAt: Date.now(), domainAt: startAt, speed: clock.anchor.speed });
  now = () => clock.now();

  let crash: (error: Error) => void = () => {};
  const crashed = new Promise<never>((_, reject) => {
    crash = reject;
  });
  running = await startRunning({
    config,
    reread: () => config,
    clock,
    databases,
    log: createLog({ level: options.verbose ? 'info' : 'error', secrets: () => Object.values(TOKENS) }),
    version: VERSION,
    onCrash: (error) => crash(error),
  });
  closers.push(() => running?.stop());
  say(`Watchroom demo: ${workspace.url}\n`);
  say(
    `${FIRST_FAULT.model} is getting slow; its card appears in #ml-alerts within half a minute. Ctrl-C ends the demo.\n`,
  );
  void slowDownAfterFirstCard(workspace, () => {
    if (chosen === undefined) setSpeed(SPEED_AFTERWARDS);
  });
  return { crashed };
}

/** Scrapes the fleet over an hour of its own time, as fast as this machine goes. */
async function recordHistory(settings: LocalObserverSettings, clock: ManualClock, until: number): Promise<void> {
  const observer = createLocalObserver({ settings, clock, wire: systemClock, log: () => {}, deterministic: true });
  await advance(clock, observer.jobs, until);
  await observer.close();
}

async function slowDownAfterFirstCard(workspace: Workspace, slowDown: () => void): Promise<void> {
  try {
    await workspace.until((state) => state.messages('ml-alerts').length > 0, 600_000);
    slowDown();
  } catch {
    // No card within ten minutes, or the demo ended: the speed stays as it is.
  }
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 1000)) throw new InvalidArgumentError('expected a number from 0 to 1000');
  return number;
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError('expected a port number');
  return number;
}
