import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { firstCard, press, pressOn, say } from '../support/hands-on.ts';
import { ASHA, BOSS, directMessages, postedAt, writeOneP1 } from '../support/on-call-world.ts';
import { MINUTE, startWorld, toMlAlerts, type World } from '../support/world.ts';

const HOUR = 60 * MINUTE;
/** Mumbai and London are five and a half hours apart in winter. */
const TEAM = [
  { id: ASHA, name: 'Asha', email: 'asha@example.com', tz: 'Asia/Kolkata' },
  { id: BOSS, name: 'Boris', email: 'boss@example.com', tz: 'Europe/London' },
];
/** Friday, 2026-01-23, 20:00 in London: in Mumbai it is Saturday already. */
const FRIDAY_NIGHT = Date.UTC(2026, 0, 23, 20, 0);

async function start(startAt: number): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-small-team-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const world = await startWorld({
    startAt,
    users: TEAM,
    slackOnClock: true,
    config: {
      global: { scrape_interval: '1m', evaluation_interval: '1m' },
      scrape_configs: [],
      rule_files: [writeOneP1(folder)],
      small_team: ['asha@example.com', 'boss@example.com'],
      alertmanager_config: toMlAlerts({ group_by: ['alertname'], repeat_interval: '7d' }),
    },
  });
  onTestFinished(() => world.close());
  return world;
}

const told = (bot: World): string[] =>
  directMessages(
    bot,
    TEAM.map(({ id }) => id),
  ).map(({ user, at }) => `${new Date(at).toISOString().slice(5, 16)} ${user}`);

describe('one or two people who cannot take turns', { timeout: 120_000 }, () => {
  it('nobody is woken by a P1: each has one notice when their own Monday begins, and none after it', async () => {
    const bot = await start(FRIDAY_NIGHT);
    await bot.pass(2 * MINUTE);
    expect(told(bot)).toEqual([]);
    expect(firstCard(bot)).toContain('*Notice*');
    await bot.pass(72 * HOUR);
    expect(told(bot)).toEqual(['01-26T03:30 U01ASHA', '01-26T09:00 U07BOSS']);
    expect(JSON.stringify(bot.workspace.state.messages('ml-alerts'))).not.toContain('<!channel>');
    expect(bot.complaints).toEqual([]);
    expect(bot.workspace.state.refused()).toEqual([]);
  });

  it('whoever is at work hears it at once, and an acknowledgement spares the other one the notice', async () => {
    // Friday, 14:15 in Mumbai and 08:45 in London.
    const bot = await start(Date.UTC(2026, 0, 23, 8, 45));
    await bot.pass(2 * MINUTE);
    const [notice] = directMessages(bot, [ASHA]);
    expect(notice?.text).toMatch(/^P1 fraud-detector prod/);
    expect(notice?.text).not.toContain('first');
    expect(notice?.blocks).toContain('nobody is paged for this');
    expect(notice?.blocks).not.toContain('hand_over');
    await pressOn(bot, ASHA, notice, 'acknowledge');
    await bot.pass(30 * MINUTE);
    expect(directMessages(bot, [BOSS])).toEqual([]);
  });

  it('“still on it?” waits for the morning', async () => {
    // Friday, 17:30 in Mumbai: an hour after the acknowledgement the day is over.
    const bot = await start(Date.UTC(2026, 0, 23, 12, 0));
    await bot.pass(2 * MINUTE);
    await press(bot, ASHA, 'acknowledge');
    await bot.pass(12 * HOUR);
    expect(directMessages(bot, [ASHA])).toHaveLength(1);
    await bot.pass(51 * HOUR + 33 * MINUTE);
    expect(directMessages(bot, [ASHA]).at(-1)?.blocks).toContain('Still on it?');
    expect(postedAt(bot.workspace.state.dms(ASHA).at(-1) ?? { ts: '0' })).toBe(Date.UTC(2026, 0, 26, 3, 30));
  });

  it('/oncall who says that nobody is paged, and who hears of it', async () => {
    const bot = await start(FRIDAY_NIGHT);
    await bot.settle();
    expect(await say(bot, ASHA, '/oncall who')).toContain(
      `Nobody is paged. P1 alerts reach <@${ASHA}>, <@${BOSS}> in business hours`,
    );
  });
});
