import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/workspace/model.ts';
import type { Workspace } from '../../src/workspace/server.ts';
import { type Bot, pause } from '../campaign/bot.ts';
import { seeded } from '../campaign/moments.ts';
import { type Stage, startStage } from '../campaign/stage.ts';

/** A minute of the ladder takes half a second. */
const SPEED = 120;
const MINUTE_MS = 60_000 / SPEED;
const DELAYS = [5, 10, 15, 30];
/** When each level is due, and the end of the only pass, in minutes. */
const DUE = [0, 5, 15, 30, 60];
/** Two seconds: what a busy machine may need from the step to the page, also to the first one, from which all are counted. */
const LAG_MINUTES = 2000 / MINUTE_MS;
const TEAM = ['U01ALICE', 'U02BOB', 'U03CHITRA', 'U04DEV'] as const;
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const HASTY = ['--import', TSX, join(import.meta.dirname, '../campaign/hasty-serve.ts')];

const RULES = `groups:
- name: ladder
  rules:
  - alert: ModelLatencyP99High
    expr: vector(0.412) > 0.2
    labels: { severity: critical, model_name: fraud-detector }
    annotations: { summary: latency of fraud-detector }
`;

/** A bot with a policy of four levels, in a process of its own, and the workspace outside it. */
class House {
  readonly stage: Stage;
  readonly #entry: readonly string[];
  bot: Bot;
  /** How long nobody was there, by kill. */
  readonly gone: number[] = [];

  constructor(stage: Stage) {
    this.stage = stage;
    writeFileSync(join(stage.folder, 'ladder.rules.yml'), RULES);
    const now = Date.now();
    this.#entry = [...HASTY, String(now), String(now), String(SPEED)];
    this.bot = this.#start();
  }

  #start(): Bot {
    return this.stage.start({ entry: this.#entry });
  }

  async kill(): Promise<void> {
    const at = Date.now();
    this.bot.kill();
    await this.bot.ended;
    this.bot = this.#start();
    await this.bot.ready();
    this.gone.push(Date.now() - at);
  }

  async close(): Promise<void> {
    this.bot.signal('SIGTERM');
    await Promise.race([this.bot.ended, pause(10_000).then(() => this.bot.kill())]);
    await this.stage.close();
  }
}

async function open(): Promise<House> {
  const stage = await startStage({
    global: { scrape_interval: '1m', evaluation_interval: '1m' },
    scrape_configs: [],
    rule_files: ['ladder.rules.yml'],
    schedules: [
      {
        name: 'primary',
        timezone: 'Asia/Kolkata',
        rotation: { type: 'weekly', handoff_time: '09:00', handoff_day: 'Monday', members: [TEAM[0]] },
      },
    ],
    escalation_policies: [
      {
        name: 'night',
        num_loops: 1,
        rules: DELAYS.map((escalation_delay_in_minutes, level) => ({
          escalation_delay_in_minutes,
          targets: [level === 0 ? { type: 'schedule', id: 'primary' } : { type: 'user', id: TEAM[level] }],
        })),
      },
    ],
    paging: [{ matchers: ['priority="P1"'], escalation_policy: 'night', channel: '#ml-alerts' }],
  });
  const house = new House(stage);
  await house.bot.ready();
  return house;
}

interface Page {
  readonly user: string;
  readonly at: number;
}

const isPage = (message: Message): boolean => JSON.stringify(message.blocks ?? []).includes('"block_id":"page"');

/** Who was paged, by the workspace's word. */
function pagesOf({ state }: Workspace): Page[] {
  return TEAM.flatMap((user) =>
    state
      .dms(user)
      .filter(isPage)
      .map(({ ts }) => ({ user, at: Number(ts) * 1000 })),
  ).toSorted((a, b) => a.at - b.at);
}

const mentionsOf = ({ state }: Workspace): number =>
  state.messages('ml-alerts').filter((message) => JSON.stringify(message).includes('<!channel>')).length;

describe('kill -9 of the real process while a ladder runs, minutes in half seconds', { timeout: 120_000 }, () => {
  it.concurrent('each level is paged once, in order and not early, whenever it is killed, and the channel at the end', async () => {
    const house = await open();
    const random = seeded(Date.now() % 1_000_000);
    try {
      const { workspace } = house.stage;
      for (const [level, minutes] of DELAYS.entries()) {
        await workspace.until(() => pagesOf(workspace).length > level, 40_000);
        // Anywhere between the page and a little after the next one is due.
        await pause(random() * Math.min(minutes * MINUTE_MS * 1.1, 6000));
        await house.kill();
      }
      await workspace.until(() => mentionsOf(workspace) > 0, 40_000);
      await house.kill();
      await pause(2000);
      const pages = pagesOf(workspace);
      // When the passes are over the channel is mentioned and the last level hears once more.
      expect(pages.map(({ user }) => user)).toEqual([...TEAM, TEAM.at(-1)]);
      expect(mentionsOf(workspace)).toBe(1);
      const minutes = pages.map(({ at }) => (at - (pages[0]?.at ?? 0)) / MINUTE_MS);
      const lost = house.gone.reduce((sum, ms) => sum + ms, 0) / MINUTE_MS;
      console.log(
        `paged at ${minutes.map((minute) => minute.toFixed(1)).join(', ')} min; away for ${house.gone.join(', ')} ms`,
      );
      for (const [step, due] of DUE.entries()) {
        expect(minutes[step]).toBeGreaterThanOrEqual(Math.max(0, due - LAG_MINUTES));
        expect(minutes[step]).toBeLessThan(due + lost + 2 * LAG_MINUTES);
      }
    } finally {
      await house.close();
    }
  });

  it.concurrent('an acknowledgement after the restart ends it: nobody else is paged', async () => {
    const house = await open();
    try {
      const { workspace } = house.stage;
      const page = await workspace.until((state) => state.dms(TEAM[0]).find(isPage), 40_000);
      await house.kill();
      const taken = await workspace.act.click(TEAM[0], { channel: page.channel, ts: page.ts, actionId: 'acknowledge' });
      expect(taken).toMatchObject({ ok: true });
      const told = pagesOf(workspace);
      await house.kill();
      await pause(25 * MINUTE_MS);
      expect(pagesOf(workspace)).toEqual(told);
      expect(mentionsOf(workspace)).toBe(0);
      for (const { user } of told)
        for (const { text } of workspace.state.dms(user).filter(isPage)) expect(text).toContain('acknowledged by');
    } finally {
      await house.close();
    }
  });
});
