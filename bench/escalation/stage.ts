import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createApp } from '../../src/app/app.ts';
import type { App } from '../../src/app/parts.ts';
import { parseConfig } from '../../src/config/load.ts';
import { createLocalObserver } from '../../src/observer/local.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { Loop } from '../../src/time/loop.ts';
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts';
import { SkippingClock } from './skipping-clock.ts';

/** A Tuesday night in Mumbai. */
const NIGHT = Date.UTC(2026, 0, 19, 21, 30);
const REPOSITORY = resolve(import.meta.dirname, '../..');
const TOKENS = { botToken: 'xoxb-bench', appToken: 'xapp-bench', signingSecret: 'bench-signing-secret' };

/** Who stands on the four levels, in order. */
export const PEOPLE = [
  { id: 'U01ASHA', name: 'Asha', email: 'asha@example.com' },
  { id: 'U02BILAL', name: 'Bilal', email: 'bilal@example.com' },
  { id: 'U03LEAD', name: 'Leela', email: 'lead@example.com' },
  { id: 'U04BOSS', name: 'Boris', email: 'boss@example.com' },
] as const;

/** The wait of each level before the next, in minutes, and how often the chain is gone through. */
export const DELAYS = [5, 10, 15, 30] as const;
export const PASSES = 3;

export interface Stage {
  readonly app: App;
  readonly clock: SkippingClock;
  readonly workspace: Workspace;
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** The whole bot in its own loops as `serve` runs it, on a file, beside a local Slack in the same process. */
export async function openStage(path: string): Promise<Stage> {
  const clock = new SkippingClock(NIGHT);
  const workspace = await startWorkspace({
    manifest: JSON.parse(readFileSync(resolve(REPOSITORY, 'manifest.json'), 'utf8')) as unknown,
    ...TOKENS,
    users: [...PEOPLE],
    now: () => clock.now(),
    limits: true,
  });
  const complaints: string[] = [];
  const config = parseConfig({ path: 'bench.yml', text: JSON.stringify(configOf(workspace)) }, REPOSITORY, {
    cwd: REPOSITORY,
    environment: {},
    missingEnvironment: 'error',
  });
  const app = await createApp({
    config,
    reread: () => config,
    clock,
    wire: clock,
    databases: { state: path, metrics: ':memory:' },
    random: () => 0.5,
    version: 'bench',
    log: createLog({ level: 'warn', secrets: () => [], write: (line) => complaints.push(line) }),
    startObserver: (settings) => {
      const observer = createLocalObserver({ settings, clock, wire: clock, deterministic: true, log: () => undefined });
      return Promise.resolve({ observer, jobs: observer.jobs, reload: () => Promise.resolve() });
    },
  });
  app.connect();
  await workspace.until(() => workspace.connections() > 0 || undefined);
  const onError = (job: string, error: unknown): void => void complaints.push(`${job}: ${String(error)}`);
  const loop = new Loop([...app.domainJobs, ...app.wireJobs], { clock, onError });
  app.onWake(() => loop.poke());
  loop.start();
  return {
    app,
    clock,
    workspace,
    complaints,
    async close() {
      app.stopSending();
      const stopped = loop.stop();
      await clock.runTo(clock.now() + 10_000);
      await stopped;
      await app.close();
      await workspace.close();
      clock.close();
    },
  };
}

function configOf(workspace: Workspace): Record<string, unknown> {
  return {
    http: { listen: '127.0.0.1:0' },
    slack: { bot_token: TOKENS.botToken, app_token: TOKENS.appToken, api_url: workspace.apiUrl },
    scrape_configs: [],
    rule_files: [],
    alertmanager_config: {
      route: {
        receiver: 'ml',
        group_by: ['alertname', 'model_name'],
        group_wait: '1s',
        group_interval: '5m',
        repeat_interval: '4h',
      },
      receivers: [{ name: 'ml', slack_configs: [{ channel: '#ml-alerts' }] }],
    },
    escalation_policies: [
      {
        name: 'ladder',
        num_loops: PASSES,
        rules: DELAYS.map((delay, level) => ({
          escalation_delay_in_minutes: delay,
          targets: [{ type: 'user_reference', id: PEOPLE[level]?.email }],
        })),
      },
    ],
    paging: [{ matchers: ['priority="P1"'], escalation_policy: 'ladder' }],
  };
}
