import { afterEach, describe, expect, it } from 'vitest';
import {
  ASHA,
  BILAL,
  BOSS,
  CHITRA,
  directMessages,
  LEAD,
  type OnCallWorld,
  type OnCallWorldOptions,
  pages,
  SITA,
  startOnCall,
} from '../support/on-call-world.ts';
import { MINUTE, userFile, type World } from '../support/world.ts';

const SCHEDULE = userFile('oncall-schedule.yml');
const POLICY = userFile('escalation-policy.yml');

let running: OnCallWorld | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(options: Partial<OnCallWorldOptions> = {}): Promise<OnCallWorld> {
  running = await startOnCall({ schedule: SCHEDULE ?? '', policy: POLICY ?? '', ...options });
  return running;
}

/** Until the first page is out. */
async function firstPage(world: World): Promise<void> {
  while (pages(world).length === 0) await world.pass(10_000);
}

const PASS = [`0 ${ASHA}`, `5 ${SITA}`, `15 ${LEAD}`, `30 ${BOSS}`];

function passes(count: number): string[] {
  return Array.from({ length: count }, (_, pass) =>
    PASS.map((page) => page.replace(/^\d+/, (minute) => String(Number(minute) + 60 * pass))),
  ).flat();
}

const mentions = (world: World): string[] =>
  world.workspace.state
    .messages('ml-alerts')
    .map(({ text, blocks }) => `${text} ${JSON.stringify(blocks)}`)
    .filter((text) => text.includes('<!channel>'));

describe.runIf(SCHEDULE && POLICY)("the user's own policy and schedule, in the whole bot", { timeout: 120_000 }, () => {
  it('pages at 0, 5, 15 and 30 minutes, three passes, then mentions the channel and tells the last one again', async () => {
    const world = (await start()).world();
    await firstPage(world);
    await world.pass(179 * MINUTE);
    expect(pages(world)).toEqual(passes(3));
    expect(mentions(world)).toEqual([]);
    await world.pass(2 * MINUTE);
    expect(mentions(world)).toHaveLength(1);
    await world.pass(60 * MINUTE);
    expect(pages(world)).toEqual([...passes(3), `180 ${BOSS}`, `210 ${BOSS}`, `240 ${BOSS}`]);
    expect(mentions(world)).toHaveLength(1);
    expect(world.complaints).toEqual([]);
    expect(world.workspace.state.refused()).toEqual([]);
  });
});
