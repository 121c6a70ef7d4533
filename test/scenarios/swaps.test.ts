import { describe, expect, it } from 'vitest';
import { press, say } from '../support/hands-on.ts';
import {
  ASHA,
  BOSS,
  CHITRA,
  DEV,
  directMessages,
  KOLKATA_TEAM,
  type OnCallWorld,
  type OnCallWorldOptions,
  TEAM,
} from '../support/on-call-world.ts';
import { POLICY, SCHEDULE, startQuiet } from '../support/own-on-call.ts';
import { MINUTE, type World } from '../support/world.ts';

const HOUR = 60 * MINUTE;
/** Saturday 31 January 2026, 22:30 in Kolkata: Bilal has the week, Chitra the next one from Monday 2 February 09:00 on, then Dev. */
const SATURDAY = Date.UTC(2026, 0, 31, 17, 0);
const CHITRAS_WEEK = Date.UTC(2026, 1, 2, 3, 30);

/** Nothing fires, and nothing is evaluated over the days that pass. */
async function start(options: Partial<OnCallWorldOptions> = {}): Promise<OnCallWorld> {
  const still = {
    global: { scrape_interval: '1d', evaluation_interval: '1d' },
    alertmanager_config: { route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] },
    paging: [],
  };
  const house = await startQuiet({
    startAt: SATURDAY,
    users: KOLKATA_TEAM,
    ...options,
    config: { ...still, ...options.config },
  });
  await house.world().pass(1000);
  return house;
}

/** When each of them was reminded: `02-01T03:30 U03CHITRA`. */
const reminded = (world: World): string[] =>
  directMessages(world)
    .filter(({ text }) => text.startsWith('Soon: '))
    .map(({ user, at }) => `${new Date(at).toISOString().slice(5, 16)} ${user}`);

const onCallIn = (world: World, at: number): readonly string[] | undefined =>
  world.app.onCall.roster.onCall('ml-platform-primary', at);

describe.runIf(SCHEDULE && POLICY)('swaps in the running bot', { timeout: 60_000 }, () => {
  it('reminds both people a day before the shift, once, also over a restart', async () => {
    const house = await start();
    const world = house.world();
    await say(world, CHITRA, '/oncall swap @Asha');
    await press(world, ASHA, 'swap_take');
    await world.pass(10 * HOUR);
    expect(reminded(world)).toEqual([]);
    await world.pass(HOUR);
    expect(reminded(world)).toEqual([`02-01T03:30 ${ASHA}`, `02-01T03:30 ${CHITRA}`]);
    const [words] = directMessages(world, [ASHA]).filter(({ text }) => text.startsWith('Soon: '));
    expect(words?.text).toContain('Asha is on call in place of Chitra: ml-platform-primary, Mon 2 Feb, 09:00 IST');
    expect(words?.blocks).toContain('swap_withdraw');
    await house.restart();
    await house.world().pass(2 * HOUR);
    expect(reminded(house.world())).toHaveLength(2);
  });

  it('reminds nobody at night', async () => {
    // In London the day before the shift at 03:30 is the night before.
    const users = TEAM.map((user) => ({ ...user, tz: user.id === ASHA ? 'Europe/London' : 'Asia/Kolkata' }));
    const world = (await start({ users })).world();
    await say(world, CHITRA, '/oncall swap @Asha');
    await press(world, ASHA, 'swap_take');
    await world.pass(16 * HOUR);
    expect(reminded(world)).toEqual([`02-01T03:30 ${CHITRA}`, `02-01T08:00 ${ASHA}`]);
  });

  it('a manager asks on behalf of somebody who is away: they hear it, and it takes the right to change who is on call', async () => {
    const config = { rights: { override: ['ml-leads'] } };
    const usergroups = [{ id: 'S0LEADS', name: 'ML leads', handle: 'ml-leads', users: [BOSS] }];
    const world = (await start({ config, usergroups })).world();
    expect(await say(world, DEV, '/oncall swap @Asha for @Chitra')).toContain(
      'Only ml-leads may change who is on call',
    );
    const answer = await say(world, BOSS, '/oncall swap @Asha for @Chitra 2026-02-02');
    expect(answer).toContain('swap_withdraw');
    expect(directMessages(world, [CHITRA]).at(-1)?.text).toContain('Boris, for Chitra, asks Asha to take a shift');
    await press(world, ASHA, 'swap_take');
    expect(onCallIn(world, CHITRAS_WEEK + HOUR)).toEqual(['asha@example.com']);
    expect(directMessages(world, [CHITRA]).at(-1)?.text).toContain('Asha takes a shift from Chitra');
    expect(await say(world, BOSS, '/oncall cover for @Bilal')).toContain('Boris');
    expect(await say(world, BOSS, '/oncall cover for @Leela')).toContain('Leela has no shift of their own ahead');
  });

  it('what a manager asked for can be taken back by the manager, and by the person whose shift it is', async () => {
    const world = (await start()).world();
    for (const by of [BOSS, CHITRA]) {
      await say(world, BOSS, '/oncall swap @Asha for @Chitra');
      const asked = directMessages(world, [ASHA]).at(-1);
      expect(asked?.blocks).toContain('swap_take');
      const id = /"value":"(\d+)"/.exec(asked?.blocks ?? '')?.[1] ?? '';
      const result = world.app.onCall.swaps.withdraw(id, { id: by, name: by, via: 'slack' }, world.clock.now());
      expect(result).toMatchObject({ kind: 'done', change: { kind: 'swap_withdrawn' } });
    }
    expect(onCallIn(world, CHITRAS_WEEK + HOUR)).toEqual(['chitra@example.com']);
  });
});
