import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createApp } from '../../src/app/app.ts';
import type { App } from '../../src/app/parts.ts';
import { type Config, parseConfig } from '../../src/config/load.ts';
import { type Fleet, startFleet } from '../../src/fleet/fleet.ts';
import { createLocalObserver } from '../../src/observer/local.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { advance } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import type { SeedUser, SeedUsergroup } from '../../src/workspace/model.ts';
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts';

export const REPOSITORY = resolve(import.meta.dirname, '../..');
/** 2026-01-20T03:00:00+05:30, a Tuesday night in Mumbai: nobody is at a desk. */
export const NIGHT = Date.UTC(2026, 0, 19, 21, 30);
export const MINUTE = 60_000;

export const TOKENS = { botToken: 'xoxb-test', appToken: 'xapp-test', signingSecret: 'test-signing-secret' };

/** A file of the user's, outside the repository; undefined (said loudly) in a clone that has none. */
export function userFile(name: string): string | undefined {
  const path = resolve(REPOSITORY, '../shared/user', name);
  if (existsSync(path)) return path;
  console.warn(`SKIPPED: ${name} is not beside this checkout, so the user's own file is not tested here`);
  return undefined;
}

/** Every alert to #ml-alerts, a group per alert and model; `route` is what is otherwise. */
export function toMlAlerts(route: Readonly<Record<string, unknown>> = {}) {
  return {
    route: {
      receiver: 'ml',
      group_by: ['alertname', 'model_name'],
      group_wait: '10s',
      group_interval: '1m',
      repeat_interval: '4h',
      ...route,
    },
    receivers: [{ name: 'ml', slack_configs: [{ channel: '#ml-alerts', send_resolved: true }] }],
  };
}

export interface WorldOptions {
  /** Added to the configuration's top level; `slack` to what is there already, or null for a bot without Slack. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly startAt?: number;
  /** Metrics and state survive in these files; in memory where absent. */
  readonly databases?: { readonly state: string; readonly metrics: string };
  /** Who works here; default: the workspace's own four. */
  readonly users?: readonly SeedUser[];
  readonly usergroups?: readonly SeedUsergroup[];
  /** Slack's own time is the manual clock's too, so that a message's `ts` is the instant at which it was posted. */
  readonly slackOnClock?: boolean;
  /** An earlier world's workspace and fleet, for restarts. */
  readonly around?: Pick<World, 'workspace' | 'fleet' | 'clock'>;
}

/** The whole bot on a manual clock, between a simulated fleet and a local Slack; real HTTP, real sockets, real SQLite. */
export interface World {
  readonly app: App;
  readonly clock: ManualClock;
  readonly fleet: Fleet;
  readonly workspace: Workspace;
  /** What the bot logged as warnings or worse. */
  readonly complaints: readonly string[];
  /** Moves the clock; everything due on the way happens at its exact instant. */
  pass(ms: number): Promise<void>;
  /** Does what is due now, without moving the clock. */
  settle(): Promise<void>;
  /** What the next reload reads, in place of the configuration's top level as it was. */
  rewrite(config: WorldOptions['config']): void;
  close(): Promise<void>;
  /** Ends the bot alone; fleet and workspace stay, for a successor. */
  closeApp(): Promise<void>;
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const clock = options.around?.clock ?? new ManualClock(options.startAt ?? NIGHT);
  const fleet = options.around?.fleet ?? (await startFleet({ now: () => clock.now() }));
  const workspace =
    options.around?.workspace ??
    (await startWorkspace({
      manifest: JSON.parse(readFileSync(resolve(REPOSITORY, 'manifest.json'), 'utf8')) as unknown,
      ...TOKENS,
      ...(options.users && { users: options.users }),
      ...(options.usergroups && { usergroups: options.usergroups }),
      ...(options.slackOnClock && { now: () => clock.now() }),
    }));
  const complaints: string[] = [];
  let config = worldConfig(options.config, workspace, fleet);
  const app = await createApp({
    config,
    reread: () => config,
    clock,
    wire: clock,
    databases: options.databases ?? { state: ':memory:', metrics: ':memory:' },
    random: () => 0.5,
    version: 'test',
    log: createLog({ level: 'warn', secrets: () => [], write: (line) => complaints.push(line) }),
    startObserver: (settings) => {
      const observer = createLocalObserver({
        settings,
        clock,
        wire: clock,
        deterministic: true,
        log: (level, _, message) => void (level === 'error' && complaints.push(message)),
      });
      return Promise.resolve({
        observer,
        jobs: observer.jobs,
        reload: (next) => Promise.resolve(observer.reload(next)),
      });
    },
  });
  app.connect();
  if (config.slack) await workspace.until(() => workspace.connections() > 0 || undefined);
  const jobs = [...app.domainJobs, ...app.wireJobs];
  const closeApp = (): Promise<void> => app.close();
  return {
    app,
    clock,
    fleet,
    workspace,
    complaints,
    pass: (ms) => advance(clock, jobs, clock.now() + ms),
    settle: () => advance(clock, jobs, clock.now()),
    rewrite: (next) => {
      config = worldConfig(next, workspace, fleet);
    },
    closeApp,
    close: async () => {
      await closeApp();
      await workspace.close();
      await fleet.close();
    },
  };
}

function worldConfig(extra: WorldOptions['config'], workspace: Workspace, fleet: Fleet): Config {
  const { slack, ...rest } = extra;
  const document = {
    http: { listen: '127.0.0.1:0' },
    ...(slack !== null && {
      slack: {
        bot_token: TOKENS.botToken,
        app_token: TOKENS.appToken,
        api_url: workspace.apiUrl,
        ...Object(slack),
      },
    }),
    digest: { channel: '#ml-alerts', timezone: 'Asia/Kolkata' },
    scrape_configs: fleet.scrapeConfigs(),
    ...rest,
  };
  return parseConfig({ path: 'world.yml', text: JSON.stringify(document) }, REPOSITORY, {
    cwd: REPOSITORY,
    environment: {},
    missingEnvironment: 'error',
  });
}
