import { describe, expect, it } from 'vitest';
import { command, press, pressOn } from '../support/hands-on.ts';
import {
  ASHA,
  BILAL,
  CHITRA,
  directMessages,
  KOLKATA_TEAM,
  type OnCallWorld,
  type OnCallWorldOptions,
  pages,
  SITA,
} from '../support/on-call-world.ts';
import { POLICY, SCHEDULE, startOwn } from '../support/own-on-call.ts';
import { MINUTE, type World } from '../support/world.ts';

const HOUR = 60 * MINUTE;
/** Tuesday 27 January 2026 in Kolkata, a quarter past eight: Republic Day is over, and Bilal has the week since Monday. */
const TUESDAY = Date.UTC(2026, 0, 27, 2, 45);
/** Monday 2 February, 08:30 in Kolkata: at 09:00 Chitra comes and Bilal goes. */
const MONDAY = Date.UTC(2026, 1, 2, 3, 0);

async function start(startAt: number, options: Partial<OnCallWorldOptions> = {}): Promise<OnCallWorld> {
  const house = await startOwn({ startAt, users: KOLKATA_TEAM, ...options });
  await house.world().pass(1000);
  return house;
}

const told = (world: World, user: string): string[] =>
  directMessages(world, [user])
    .filter(({ blocks }) => !blocks.includes('"block_id":"page"'))
    .map(({ text }) => text);

describe.runIf(SCHEDULE && POLICY)('handoffs in the running bot', { timeout: 60_000 }, () => {
  it('the incoming person hears what waits and who is next, the outgoing one that it is over, and nobody else anything', async () => {
    const world = (await start(MONDAY)).world();
    await world.pass(29 * MINUTE);
    expect(told(world, CHITRA)).toEqual([]);
    await world.pass(2 * MINUTE);
    const [brief] = directMessages(world, [CHITRA]);
    expect(brief?.text).toContain('You are on call for ml-platform-primary until Mon 9 Feb, 09:00 IST');
    expect(brief?.blocks).toContain('1 open incident');
    expect(brief?.blocks).toContain('ModelLatencyP99High');
    expect(brief?.blocks).toContain(`<@${SITA}>`);
    expect(told(world, BILAL)).toEqual(['Your shift on ml-platform-primary is over']);
    expect(told(world, SITA)).toEqual([]);
    await press(world, CHITRA, 'handoff_reachable');
    await world.pass(30 * MINUTE);
    expect(told(world, SITA)).toEqual([]);
    expect(world.workspace.state.refused()).toEqual([]);
  });

  it('who does not say within 15 minutes that they are reachable is backed up by the next one, until they do', async () => {
    const world = (await start(MONDAY)).world();
    await world.pass(30 * MINUTE);
    await world.pass(14 * MINUTE);
    expect(told(world, SITA)).toEqual([]);
    await world.pass(2 * MINUTE);
    expect(told(world, SITA)).toEqual([expect.stringContaining('Chitra has not confirmed ml-platform-primary')]);
    const source = (): readonly string[] | undefined =>
      world.app.onCall.source.onCall('ml-platform-primary', world.clock.now());
    expect(source()).toEqual(['chitra@example.com', SITA]);
    await press(world, CHITRA, 'handoff_reachable');
    expect(source()).toEqual(['chitra@example.com']);
    expect(told(world, SITA).at(-1)).toContain('Chitra is reachable');
  });

  it('a restart between asking and the deadline forgets nothing and repeats nothing', async () => {
    const house = await start(MONDAY);
    await house.world().pass(40 * MINUTE);
    await house.restart();
    const world = house.world();
    await world.pass(10 * MINUTE);
    expect(told(world, CHITRA).filter((text) => text.startsWith('You are on call'))).toHaveLength(1);
    expect(told(world, SITA).filter((text) => text.includes('has not confirmed'))).toHaveLength(1);
  });

  it('nobody is asked at night: whoever comes at midnight is asked at eight', async () => {
    // 23:30 in Kolkata on the eve of Republic Day, which is Bilal's from midnight on.
    const world = (await start(Date.UTC(2026, 0, 25, 18, 0))).world();
    await world.pass(8 * HOUR);
    expect([...told(world, BILAL), ...told(world, ASHA)]).toEqual([]);
    await world.pass(32 * MINUTE);
    expect(told(world, BILAL)).toEqual([expect.stringContaining('You are on call for ml-platform-primary')]);
    expect(told(world, ASHA)).toEqual(['Your shift on ml-platform-primary is over']);
  });

  it('whoever takes a shift is there, and is not asked', async () => {
    const world = (await start(TUESDAY)).world();
    await command(world, CHITRA, '/oncall take ml-platform-primary');
    await world.pass(20 * MINUTE);
    expect(told(world, CHITRA)).toEqual([]);
    expect(told(world, BILAL)).toContain('Your shift on ml-platform-primary is over');
    expect(pages(world).length).toBeGreaterThan(0);
  });

  it('cover is asked of the channel, taken by one press, and told to the asker', async () => {
    const world = (await start(TUESDAY)).world();
    await command(world, CHITRA, '/oncall cover');
    const asked = world.workspace.state
      .messages('ml-alerts')
      .find(({ blocks }) => JSON.stringify(blocks).includes('cover_take'));
    expect(asked?.text).toContain('Chitra asks for somebody to take a shift');
    await pressOn(world, ASHA, asked, 'cover_take');
    const now = world.workspace.state.messages('ml-alerts').find(({ ts }) => ts === asked?.ts);
    expect(now?.text).toContain('Asha takes a shift from Chitra');
    expect(JSON.stringify(now?.blocks)).not.toContain('cover_take');
    expect(told(world, CHITRA)).toEqual([expect.stringContaining('Asha takes a shift from Chitra')]);
    const holder = world.app.onCall.roster.onCall('ml-platform-primary', MONDAY + HOUR);
    expect(holder).toEqual(['asha@example.com']);
    expect(world.workspace.state.refused()).toEqual([]);
  });

  it('holes and people whom Slack does not know are posted on Mondays where the bot is run, and nothing where there are none', async () => {
    const users = KOLKATA_TEAM.filter(({ id }) => id !== CHITRA);
    const world = (await start(MONDAY, { users })).world();
    const posts = (): string[] => world.workspace.state.messages('watchroom').map(({ text }) => text);
    await world.pass(29 * MINUTE);
    expect(posts()).toEqual([]);
    await world.pass(2 * MINUTE);
    expect(posts()).toEqual(['1 person not reachable']);
  });
});
