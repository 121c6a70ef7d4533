import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ASHA, BOSS, directMessages, postedAt } from '../support/on-call-world.ts';
import { MINUTE, startWorld, type World } from '../support/world.ts';

const HOUR = 60 * MINUTE;
/** Mumbai and London are five and a half hours apart in winter. */
const TEAM = [
  { id: ASHA, name: 'Asha', email: 'asha@example.com', tz: 'Asia/Kolkata' },
  { id: BOSS, name: 'Boris', email: 'boss@example.com', tz: 'Europe/London' },
];
const RULES = `
groups:
- name: scenario
  rules:
  - alert: ModelLatencyP99High
    expr: vector(0.412) > 0.2
    labels: { severity: critical, model_name: fraud-detector, environment: production }
    annotations: { summary: Model fraud-detector P99 latency above 200ms }
`;
/** Friday, 2026-01-23, 20:00 in London: in Mumbai it is Saturday already. */
const FRIDAY_NIGHT = Date.UTC(2026, 0, 23, 20, 0);

let folder = '';
let world: World | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watchroom-small-team-'));
  writeFileSync(join(folder, 'scenario.rules.yml'), RULES);
});
afterEach(async () => {
  await world?.close();
  world = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(startAt: number): Promise<World> {
  world = await startWorld({
    startAt,
    users: TEAM,
    slackOnClock: true,
    config: {
      global: { scrape_interval: '1m', evaluation_interval: '1m' },
      scrape_configs: [],
      rule_files: [join(folder, 'scenario.rules.yml')],
      small_team: ['asha@example.com', 'boss@example.com'],
      alertmanager_config: {
        route: {
          receiver: 'ml',
          group_by: ['alertname'],
          group_wait: '10s',
          group_interval: '1m',
          repeat_interval: '7d',
        },
        receivers: [{ name: 'ml', slack_configs: [{ channel: '#ml-alerts', send_resolved: true }] }],
      },
    },
  });
  return world;
}

const told = (bot: World): string[] =>
  directMessages(
    bot,
    TEAM.map(({ id }) => id),
  ).map(({ user, at }) => `${new Date(at).toISOString().slice(5, 16)} ${user}`);

const card = (bot: World): string => JSON.stringify(bot.workspace.state.messages('ml-alerts')[0]?.blocks);

describe('one or two people who cannot take turns', { timeout: 120_000 }, () => {
  it('nobody is woken by a P1: each has one notice when their own Monday begins, and none after it', async () => {
    const bot = await start(FRIDAY_NIGHT);
    await bot.pass(2 * MINUTE);
    expect(told(bot)).toEqual([]);
    expect(card(bot)).toContain('*Notice*');
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
    const target = { channel: notice?.channel ?? '', ts: notice?.ts ?? '', actionId: 'acknowledge' };
    expect(await bot.workspace.act.click(ASHA, target)).toMatchObject({ ok: true });
    await bot.workspace.settled();
    await bot.pass(30 * MINUTE);
    expect(directMessages(bot, [BOSS])).toEqual([]);
  });

  it('“still on it?” waits for the morning', async () => {
    // Friday, 17:30 in Mumbai: an hour after the acknowledgement the day is over.
    const bot = await start(Date.UTC(2026, 0, 23, 12, 0));
    await bot.pass(2 * MINUTE);
    const [notice] = directMessages(bot, [ASHA]);
    await bot.workspace.act.click(ASHA, {
      channel: notice?.channel ?? '',
      ts: notice?.ts ?? '',
      actionId: 'acknowledge',
    });
    await bot.workspace.settled();
    await bot.pass(12 * HOUR);
    expect(directMessages(bot, [ASHA])).toHaveLength(1);
    await bot.pass(51 * HOUR + 33 * MINUTE);
    expect(directMessages(bot, [ASHA]).at(-1)?.blocks).toContain('Still on it?');
    expect(postedAt(bot.workspace.state.dms(ASHA).at(-1) ?? { ts: '0' })).toBe(Date.UTC(2026, 0, 26, 3, 30));
  });

  it('/oncall who says that nobody is paged, and who hears of it', async () => {
    const bot = await start(FRIDAY_NIGHT);
    await bot.settle();
    expect(await bot.workspace.act.command(ASHA, 'ml-alerts', '/oncall who')).toMatchObject({ ok: true });
    await bot.workspace.until((state) => state.ephemerals(ASHA).length > 0);
    expect(JSON.stringify(bot.workspace.state.ephemerals(ASHA).at(-1))).toContain(
      `Nobody is paged. P1 alerts reach <@${ASHA}>, <@${BOSS}> in business hours`,
    );
  });
});
