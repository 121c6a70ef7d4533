import { describe, expect, it } from 'vitest';
import { firstCard, firstPage, press, say } from '../support/hands-on.ts';
import { ASHA, DEV, LEAD, pages as pagesTo, SITA } from '../support/on-call-world.ts';
import { POLICY, SCHEDULE, startOwn } from '../support/own-on-call.ts';
import { MINUTE, type World } from '../support/world.ts';

/** Until Asha has had the first page. */
async function paged(): Promise<World> {
  const world = (await startOwn()).world();
  await firstPage(world);
  return world;
}

/** Who was paged, in which whole minute after the first page. */
const pages = (world: World): string[] => pagesTo(world).map((page) => page.replace(/\.\d+/, ''));

const card = (world: World) => world.workspace.state.messages('ml-alerts')[0];
const thread = (world: World): string =>
  world.workspace.state
    .thread('ml-alerts', card(world)?.ts ?? '')
    .map(({ text }) => text)
    .join('\n');

async function choose(world: World, user: string, person: string): Promise<unknown> {
  await world.workspace.until((state) => state.views(user).length > 0);
  const answer = await world.workspace.act.submitView(user, {
    values: person === '' ? {} : { 'person/value': person },
  });
  await world.workspace.settled();
  await world.settle();
  return answer;
}

describe.runIf(SCHEDULE && POLICY)('passing an incident on', { timeout: 60_000 }, () => {
  it('from the page: one person is paged now, and the ladder waits for them as it would for a level', async () => {
    const world = await paged();
    await world.pass(2 * MINUTE);
    await press(world, ASHA, 'reassign');
    expect(await choose(world, ASHA, DEV)).toMatchObject({ ok: true });
    expect(pages(world)).toEqual([`0 ${ASHA}`, `2 ${DEV}`]);
    await world.pass(4 * MINUTE);
    expect(pages(world)).toHaveLength(2);
    await world.pass(2 * MINUTE);
    expect(pages(world).at(-1)).toBe(`7 ${SITA}`);
    expect(thread(world)).toContain(`<@${ASHA}> passed it on to <@${DEV}>`);
    expect(world.workspace.state.refused()).toEqual([]);
  });

  it('from the card’s menu, with nobody chosen: the next level is told now', async () => {
    const world = await paged();
    await world.pass(MINUTE);
    const { channel = '', ts = '' } = card(world) ?? {};
    await world.workspace.act.shortcut(DEV, 'reassign_message', { channel, ts });
    await choose(world, DEV, '');
    expect(pages(world)).toEqual([`0 ${ASHA}`, `1 ${SITA}`]);
  });

  it('whoever had acknowledged has it no more: it is open again until the other one answers', async () => {
    const world = await paged();
    await press(world, ASHA, 'acknowledge');
    await world.pass(20 * MINUTE);
    expect(pages(world)).toHaveLength(1);
    expect(await say(world, ASHA, '/alert reassign ModelLatencyP99High @Dev')).toContain('Passed on: Dev is paged now');
    expect(pages(world)).toEqual([`0 ${ASHA}`, `20 ${DEV}`]);
    expect(firstCard(world)).not.toContain('*Acknowledged*');
    await press(world, DEV, 'acknowledge');
    expect(firstCard(world)).toContain(`*Acknowledged* by <@${DEV}>`);
    await world.pass(30 * MINUTE);
    expect(pages(world)).toHaveLength(2);
  });

  it('and where they do not answer either, the ladder goes on from where it stood', async () => {
    const world = await paged();
    await world.pass(6 * MINUTE);
    await press(world, SITA, 'acknowledge');
    await say(world, SITA, '/alert reassign ModelLatencyP99High @Dev');
    await world.pass(11 * MINUTE);
    expect(pages(world)).toEqual([`0 ${ASHA}`, `5 ${SITA}`, `6 ${DEV}`, `16 ${LEAD}`]);
  });

  it('says what is wrong, and changes nothing', async () => {
    const world = await paged();
    expect(await say(world, DEV, '/alert reassign ModelLatencyP99High')).toContain('Whom? Mention the person.');
    expect(await say(world, DEV, '/alert reassign ModelLatencyP99High @Zoe')).toContain('Nobody is called “Zoe”');
    expect(await say(world, DEV, '/alert reassign ModelLatencyP99High zoe@example.com')).toContain('cannot be reached');
    expect(await say(world, DEV, '/alert reassign ModelLatencyP99High U0NOBODY1')).toContain('Whom?');
    expect(await say(world, DEV, '/alert reassign ModelLatencyP99High @U0NOBODY1')).toContain(
      'is no member of this workspace',
    );
    expect(await say(world, DEV, '/alert reassign nothing @Asha')).toContain('Nothing open is called “nothing”');
    expect(await say(world, DEV, '/alert escalate nothing')).toContain('Nothing open is called “nothing”');
    await press(world, ASHA, 'acknowledge');
    expect(await say(world, DEV, '/alert reassign ModelLatencyP99High @Asha')).toContain('Asha has it already');
    expect(await say(world, DEV, '/alert escalate ModelLatencyP99High')).toContain('Asha has acknowledged it');
    expect(firstCard(world)).toContain(`*Acknowledged* by <@${ASHA}>`);
    expect(pages(world)).toEqual([`0 ${ASHA}`]);
  });
});
