import { describe, expect, it } from 'vitest';
import { firstCard, firstPage, press, publicly, say } from '../support/hands-on.ts';
import { ASHA, BILAL, BOSS, CHITRA, DEV, directMessages, LEAD, pages, SITA } from '../support/on-call-world.ts';
import { POLICY, SCHEDULE, startOwn } from '../support/own-on-call.ts';
import { MINUTE, type World } from '../support/world.ts';

const PASS = [`0 ${ASHA}`, `5 ${SITA}`, `15 ${LEAD}`, `30 ${BOSS}`];

function passes(count: number): string[] {
  return Array.from({ length: count }, (_, pass) =>
    PASS.map((page) => page.replace(/^\d+/, (minute) => String(Number(minute) + 60 * pass))),
  ).flat();
}

const mentions = (world: World): string[] => publicly(world).filter((text) => text.includes('<!channel>'));

describe.runIf(SCHEDULE && POLICY)("the user's own policy and schedule, in the whole bot", { timeout: 120_000 }, () => {
  it('pages at 0, 5, 15 and 30 minutes, three passes, then mentions the channel and tells the last one again', async () => {
    const world = (await startOwn()).world();
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

  it.each([
    { level: 1, who: ASHA, afterMinutes: 2 },
    { level: 2, who: SITA, afterMinutes: 9 },
    { level: 3, who: LEAD, afterMinutes: 20 },
    { level: 4, who: BOSS, afterMinutes: 45 },
  ])(
    'stops when level $level acknowledges on the page, and edits every page that went out',
    async ({ level, who, afterMinutes }) => {
      const world = (await startOwn()).world();
      await firstPage(world);
      await world.pass(afterMinutes * MINUTE);
      expect(directMessages(world, [who]).at(-1)?.text).toMatch(level === 1 ? /You're first/ : /You're next/);
      await press(world, who, 'acknowledge');
      expect(pages(world)).toEqual(PASS.slice(0, level));
      for (const { text } of directMessages(world)) expect(text).toContain('acknowledged by');
      expect(firstCard(world)).toContain(`*Acknowledged* by <@${who}>`);
      await world.pass(59 * MINUTE);
      expect(pages(world)).toEqual(PASS.slice(0, level));
      expect(mentions(world)).toEqual([]);
    },
  );

  it('asks whoever acknowledged a P1 after an hour, and pages from step 1 ten minutes after no answer', async () => {
    const world = (await startOwn()).world();
    await firstPage(world);
    await press(world, ASHA, 'acknowledge');
    await world.pass(60 * MINUTE);
    const [question] = directMessages(world, [ASHA]).slice(-1);
    expect(question?.blocks).toContain('still_on_it');
    await world.pass(10 * MINUTE);
    // The question was a message of its own in the same minute's bundle; the ladder begins again with it.
    expect(directMessages(world, [ASHA]).at(-1)?.text).toContain("You're first");
    expect(directMessages(world, [SITA])).toEqual([]);
    await world.pass(5 * MINUTE);
    expect(directMessages(world, [SITA])).toHaveLength(1);
  });

  it('pages whoever took the shift by a swap that was agreed while the ladder ran', async () => {
    // Monday, 2 February, 08:40 in Kolkata: Bilal hands over to Chitra at 09:00.
    const world = (await startOwn({ startAt: Date.UTC(2026, 1, 2, 3, 10) })).world();
    await firstPage(world);
    expect(pages(world)).toEqual([`0 ${BILAL}`]);
    await world.pass(4 * MINUTE);
    await say(world, CHITRA, '/oncall swap @Asha');
    const asked = directMessages(world, [ASHA]).at(-1);
    expect(asked?.text).toMatch(/^Chitra asks Asha to take a shift: ml-platform-primary, Mon 2 Feb, 09:00 IST/);
    await press(world, ASHA, 'swap_take');
    await world.pass(100 * MINUTE);
    expect(pages(world)).toEqual([
      `0 ${BILAL}`,
      `5 ${SITA}`,
      `15 ${LEAD}`,
      `30 ${BOSS}`,
      `60 ${ASHA}`,
      // The shift began at nine, and Asha has not said that she is reachable.
      `60 ${SITA}`,
      `65 ${SITA}`,
      `75 ${LEAD}`,
      `90 ${BOSS}`,
    ]);
  });

  it('pages whoever an override put on call, and the rotation again when it is over', async () => {
    const world = (await startOwn()).world();
    await firstPage(world);
    await world.pass(20 * MINUTE);
    await say(world, BILAL, '/oncall override ml-platform-primary @Dev 1h');
    expect(JSON.stringify(world.workspace.state.messages('ml-alerts').at(-1)?.blocks)).toContain(
      `<@${DEV}> is on call for`,
    );
    await world.pass(105 * MINUTE);
    expect(pages(world).filter((page) => page.includes(ASHA) || page.includes(DEV))).toEqual([
      `0 ${ASHA}`,
      `60 ${DEV}`,
      `120 ${ASHA}`,
    ]);
  });

  it('pages whoever took the shift on the spot', async () => {
    const world = (await startOwn()).world();
    await firstPage(world);
    await world.pass(20 * MINUTE);
    await say(world, BILAL, '/oncall take ml-platform-primary');
    expect(directMessages(world, [ASHA]).at(-1)?.text).toMatch(
      /^Bilal has taken ml-platform-primary until Mon 26 Jan, 00:00/,
    );
    await world.pass(45 * MINUTE);
    expect(pages(world)).toContain(`60 ${BILAL}`);
    expect(pages(world)).not.toContain(`60 ${ASHA}`);
  });

  it.each([[[0]], [[2]], [[5]], [[6, 14]], [[15, 30]], [[30, 59, 60]], [[60, 61, 62, 120, 179, 180]]])(
    'tells the right person once when the bot is killed and started again at minute %j',
    async (minutes) => {
      const house = await startOwn();
      await firstPage(house.world());
      let passed = 0;
      for (const minute of minutes) {
        await house.world().pass((minute - passed) * MINUTE);
        passed = minute;
        await house.restart();
      }
      await house.world().pass((200 - passed) * MINUTE);
      expect(pages(house.world())).toEqual([...passes(3), `180 ${BOSS}`]);
      expect(mentions(house.world())).toHaveLength(1);
      expect(
        house
          .world()
          .workspace.state.messages('ml-alerts')
          .filter(({ text }) => text.startsWith('P1')),
      ).toHaveLength(1);
    },
  );

  it('a bot that is down over a step makes up for it, once, and gives the level its full time', async () => {
    const house = await startOwn();
    await firstPage(house.world());
    await house.world().pass(4 * MINUTE);
    await house.world().closeApp();
    house.world().clock.set(house.world().clock.now() + 20 * MINUTE);
    await house.start();
    await house.world().pass(40 * MINUTE);
    // Within the first minute the rule is evaluated again: until then nobody knows that it still fires.
    const whole = pages(house.world()).map((page) => page.replace(/\.\d+/, ''));
    expect(whole).toEqual([`0 ${ASHA}`, `24 ${SITA}`, `34 ${LEAD}`, `49 ${BOSS}`]);
  });

  it('on Republic Day it is Bilal from midnight to midnight in Kolkata, although the week is Asha\u2019s until 09:00', async () => {
    // 25 January, 23:50 IST: Asha; the second pass comes at 00:51, after midnight.
    const world = (await startOwn({ startAt: Date.UTC(2026, 0, 25, 18, 20) })).world();
    await firstPage(world);
    await world.pass(61 * MINUTE);
    expect(pages(world).filter((page) => page.includes(ASHA) || page.includes(BILAL))).toEqual([
      `0 ${ASHA}`,
      `60 ${BILAL}`,
    ]);
  });
});
