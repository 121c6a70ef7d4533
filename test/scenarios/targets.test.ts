import { describe, expect, it } from 'vitest';
import { firstCard } from '../support/hands-on.ts';
import { BILAL, BOSS, DIRECTORY, directMessages, LEAD, pages, postedAt } from '../support/on-call-world.ts';
import { POLICY, SCHEDULE, startOwn } from '../support/own-on-call.ts';
import { MINUTE, type World } from '../support/world.ts';

const level = (...targets: readonly (readonly [type: string, id: string])[]): object => ({
  escalation_delay_in_minutes: 5,
  targets: targets.map(([type, id]) => ({ type, id })),
});

async function start(...rules: readonly object[]): Promise<World> {
  const house = await startOwn({
    usergroups: [{ id: 'S0LEADS', name: 'ML leads', handle: 'ml-leads', users: [LEAD, BOSS] }],
    config: {
      directory: DIRECTORY,
      escalation_policies: [{ name: 'wide', num_loops: 1, rules }],
      paging: [{ matchers: ['priority="P1"'], escalation_policy: 'wide', channel: '#ml-alerts' }],
    },
  });
  const world = house.world();
  while (world.workspace.state.messages('ml-alerts').length === 0) await world.pass(10_000);
  return world;
}

const calls = (world: World, channel: string): { at: number; text: string }[] =>
  world.workspace.state
    .messages(channel)
    .map((message) => ({ at: postedAt(message), text: `${message.text} ${JSON.stringify(message.blocks)}` }))
    .filter(({ text }) => text.includes('<!channel>'));

describe.runIf(SCHEDULE && POLICY)('whom a level may be', { timeout: 60_000 }, () => {
  it('whoever comes on call next, then a whole user group, then a whole channel', async () => {
    const world = await start(
      level(['schedule_secondary_reference', 'ML_PRIMARY_ONCALL']),
      level(['user_group_reference', '@ml-leads']),
      level(['channel_reference', '#ml-alerts-warnings']),
    );
    await world.pass(9 * MINUTE);
    expect(pages(world).map((page) => page.replace(/\.\d+/, ''))).toEqual([`0 ${BILAL}`, `5 ${LEAD}`, `5 ${BOSS}`]);
    expect(calls(world, 'ml-alerts-warnings')).toEqual([]);
    await world.pass(2 * MINUTE);
    const [call, ...more] = calls(world, 'ml-alerts-warnings');
    expect(call?.text).toContain('level 3 of the ladder is this channel. Who takes it?');
    expect(more).toEqual([]);
    const [first] = directMessages(world, [BILAL]);
    expect((call?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(firstCard(world)).toContain('#ml-alerts-warnings told');
    expect(world.complaints).toEqual([]);
    expect(world.workspace.state.refused()).toEqual([]);
  });

  it('a P1 waits for as long as its own delay says, whatever the others have', async () => {
    const quick = { ...level(['user', 'ML_TEAM_LEAD']), escalation_delay_in_minutes: 30 };
    const world = await start(
      { ...quick, escalation_delay_by_priority: { P1: 3, P2: 20 } },
      level(['user', 'ENGINEERING_MANAGER']),
    );
    await world.pass(4 * MINUTE);
    expect(pages(world)).toEqual([`0 ${LEAD}`, `3 ${BOSS}`]);
    const bad = { ...quick, escalation_delay_by_priority: { P5: 3 } };
    const policies = { escalation_policies: [{ name: 'wide', rules: [bad] }] };
    expect(() => world.rewrite(policies)).toThrow(/:\d+:\d+: unknown key P5/);
  });

  it('a group that Slack does not have is an empty level: the next one is told at once, and the channel hears why', async () => {
    const world = await start(level(['user_group', '@nobody-here']), level(['user', 'ML_TEAM_LEAD']));
    await world.pass(MINUTE);
    expect(pages(world)).toEqual([`0 ${LEAD}`]);
    const thread = world.workspace.state.thread('ml-alerts', world.workspace.state.messages('ml-alerts')[0]?.ts ?? '');
    expect(thread.map(({ text }) => text).join('\n')).toContain('Level 1 has nobody to tell (@nobody-here)');
  });

  it('a target that cannot be one is refused at its place', async () => {
    const world = await start(level(['user', 'ML_TEAM_LEAD']));
    const policy = (type: string, id: string) => ({
      escalation_policies: [{ name: 'wide', rules: [level([type, id])] }],
    });
    expect(() => world.rewrite(policy('team', 'ml'))).toThrow(
      /expected schedule_reference, user_reference, schedule_secondary_reference, user_group_reference, channel_reference/,
    );
    world.rewrite(policy('channel', 'ml alerts!'));
    expect((await world.app.reload()).join('\n')).toContain('ml alerts! is no channel: write its name (#ml-alerts)');
  });
});
