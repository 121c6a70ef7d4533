import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message, SeedUser } from '../../src/workspace/model.ts';
import { startWorld, toMlAlerts, type World, type WorldOptions } from './world.ts';

export const ASHA = 'U01ASHA';
export const BILAL = 'U02BILAL';
export const CHITRA = 'U03CHITRA';
export const DEV = 'U04DEV';
export const SITA = 'U05SITA';
export const LEAD = 'U06LEAD';
export const BOSS = 'U07BOSS';

export const TEAM: readonly SeedUser[] = [
  { id: ASHA, name: 'Asha', email: 'asha@example.com' },
  { id: BILAL, name: 'Bilal', email: 'bilal@example.com' },
  { id: CHITRA, name: 'Chitra', email: 'chitra@example.com' },
  { id: DEV, name: 'Dev', email: 'dev@example.com' },
  { id: SITA, name: 'Sita', email: 'sita@example.com' },
  { id: LEAD, name: 'Leela', email: 'lead@example.com' },
  { id: BOSS, name: 'Boris', email: 'boss@example.com', tz: 'Europe/London' },
];

/** The same people with their zones as Slack has them: Kolkata, but for who has another. */
export const KOLKATA_TEAM: readonly SeedUser[] = TEAM.map((user) => ({ tz: 'Asia/Kolkata', ...user }));

/** The secondary that the reference names and does not define: Sita, always. */
const SECONDARY = {
  name: 'ml-platform-secondary',
  timezone: 'Asia/Kolkata',
  rotation: { type: 'weekly', handoff_time: '09:00', handoff_day: 'Monday', members: ['sita@example.com'] },
};

export const DIRECTORY = {
  schedules: { ML_PRIMARY_ONCALL: 'ml-platform-primary', ML_SECONDARY_ONCALL: 'ml-platform-secondary' },
  users: { ML_TEAM_LEAD: 'lead@example.com', ENGINEERING_MANAGER: 'boss@example.com' },
};

/** A condition that holds for as long as the test goes on. */
const ONE_P1 = `
groups:
- name: scenario
  rules:
  - alert: ModelLatencyP99High
    expr: vector(0.412) > 0.2
    labels: { severity: critical, model_name: fraud-detector, environment: production }
    annotations: { summary: Model fraud-detector P99 latency above 200ms }
`;

/** Writes the rule of that condition into the folder; returns the file's path. */
export function writeOneP1(folder: string): string {
  const path = join(folder, 'scenario.rules.yml');
  writeFileSync(path, ONE_P1);
  return path;
}

export interface OnCallWorldOptions extends Partial<WorldOptions> {
  /** The user's own files, as they are. */
  readonly schedule: string;
  readonly policy: string;
}

export interface OnCallWorld {
  /** The bot that runs now. */
  world(): World;
  readonly config: Readonly<Record<string, unknown>>;
  /** A bot on the databases of one that was closed. */
  start(): Promise<void>;
  /** Ends the bot and starts another one on the same databases. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** The configuration of the on-call scenarios; their rules are written into the folder. */
export function onCallConfig(
  folder: string,
  options: Pick<OnCallWorldOptions, 'schedule' | 'policy' | 'config'>,
): Readonly<Record<string, unknown>> {
  return {
    global: { scrape_interval: '1m', evaluation_interval: '1m' },
    scrape_configs: [],
    rule_files: [writeOneP1(folder)],
    schedule_files: [options.schedule, options.policy],
    schedules: [SECONDARY],
    directory: DIRECTORY,
    paging: [{ matchers: ['priority="P1"'], escalation_policy: 'ml-platform-escalation', channel: '#ml-alerts' }],
    alertmanager_config: toMlAlerts({ group_by: ['alertname'] }),
    ...options.config,
  };
}

/** The whole bot with the user's own schedule and policy, and one P1 that begins to fire within the first minute. */
export async function startOnCall(options: OnCallWorldOptions): Promise<OnCallWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-on-call-'));
  const config = onCallConfig(folder, options);
  const databases = { state: join(folder, 'state.db'), metrics: join(folder, 'metrics.db') };
  const start = (around?: World): Promise<World> =>
    startWorld({ users: TEAM, slackOnClock: true, databases, ...options, config, ...(around && { around }) });
  let world = await start();
  return {
    world: () => world,
    config,
    start: async () => {
      world = await start(world);
    },
    restart: async () => {
      await world.closeApp();
      world = await start(world);
    },
    close: async () => {
      await world.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** When Slack posted it: epoch ms of the clock, to the millisecond. */
export function postedAt(message: Pick<Message, 'ts'>): number {
  return Math.floor(Number(message.ts) * 1000);
}

/** What the bot sent to each of these people in private. */
export function directMessages(
  world: World,
  people: readonly string[] = TEAM.map(({ id }) => id),
): {
  readonly user: string;
  readonly at: number;
  readonly text: string;
  readonly blocks: string;
  readonly ts: string;
  readonly channel: string;
}[] {
  return people
    .flatMap((user) =>
      world.workspace.state.dms(user).map((message) => ({
        user,
        at: postedAt(message),
        text: message.text,
        blocks: JSON.stringify(message.blocks ?? []),
        ts: message.ts,
        channel: message.channel,
      })),
    )
    .toSorted((a, b) => a.at - b.at);
}

/** Who was paged, in which minute after the first page: `0 U01ASHA`. */
export function pages(world: World): string[] {
  const found = directMessages(world).filter(({ blocks }) => blocks.includes('"block_id":"page"'));
  const first = found[0]?.at ?? 0;
  return found.map(({ user, at }) => `${(at - first) / 60_000} ${user}`);
}
