import { describe, expect, it } from 'vitest';
import { tell } from '../support/alerts.ts';
import { publicly, say } from '../support/hands-on.ts';
import {
  ASHA,
  BILAL,
  BOSS,
  CHITRA,
  directMessages,
  LEAD,
  type OnCallWorld,
  type OnCallWorldOptions,
  SITA,
  TEAM,
} from '../support/on-call-world.ts';
import { POLICY, SCHEDULE, startQuiet } from '../support/own-on-call.ts';
import { MINUTE, type World } from '../support/world.ts';

/** Tuesday 2026-01-20 15:00 in Mumbai, 09:30 in London: everybody is at work. */
const AT_WORK = Date.UTC(2026, 0, 20, 9, 30);
const DAY = 24 * 60 * MINUTE;

function start(options: Partial<OnCallWorldOptions> = {}): Promise<OnCallWorld> {
  return startQuiet({ startAt: AT_WORK, ...options });
}

/** Answers the call, which turns into the answer; the clock stands meanwhile, because the answer counts the seconds. */
async function answer(world: World, user: string): Promise<string> {
  const call = directMessages(world, [user]).at(-1);
  const target = { channel: call?.channel ?? '', ts: call?.ts ?? '', actionId: 'drill_acknowledge' };
  // After a restart the old socket may still be on its way out.
  await world.workspace.until(() => world.workspace.connections() > 0 || undefined);
  const pressed = await world.workspace.act.click(user, target);
  expect(pressed, JSON.stringify(pressed)).toMatchObject({ ok: true });
  const answered = await world.workspace.until(() => {
    const now = directMessages(world, [user]).find(({ ts }) => ts === target.ts)?.text;
    return now === call?.text ? undefined : now;
  });
  await world.settle();
  return answered;
}

const calls = (world: World): string[] =>
  directMessages(world)
    .filter(({ text }) => text.includes('say that this reached you'))
    .map(({ user, at }) => `${Math.round((at - AT_WORK) / MINUTE)} ${user}`);

describe.runIf(SCHEDULE && POLICY)('a drill in the running bot', { timeout: 60_000 }, () => {
  it('calls every level in turn, answered or not, and reports the seconds per level and no names', async () => {
    const house = await start();
    expect(await say(house.world(), CHITRA, '/oncall drill')).toContain('*DRILL* of *ml-platform-escalation* begins');
    await house.world().pass(41_000);
    expect(await answer(house.world(), ASHA)).toMatch(/^DRILL .*it reached you after 43 s/);
    await house.world().pass(6 * MINUTE);
    await house.restart();
    const world = house.world();
    await world.pass(5 * MINUTE);
    await answer(world, LEAD);
    await world.pass(10 * MINUTE);
    expect(calls(world)).toEqual([`5 ${SITA}`, `15 ${BOSS}`]);
    const [started, report, ...more] = publicly(world);
    expect(more).toEqual([]);
    expect(started).toMatch(/^DRILL of ml-platform-escalation: nothing is wrong/);
    expect(report).toMatch(/^DRILL of ml-platform-escalation finished: 2 of 4 levels answered/);
    expect(report).toMatch(/🟢 1 · \*ml-platform-primary\* · \*4\d s\*/);
    expect(report).toContain('🔴 2 · *ml-platform-secondary* · no answer');
    expect(report).toMatch(/🟢 3 · \*ML_TEAM_LEAD\* · \*\d+ s\*/);
    for (const name of [ASHA, SITA, LEAD, BOSS, 'Asha', 'Sita']) expect(report).not.toContain(name);
    // Who did not answer hears it alone.
    expect(directMessages(world, [SITA]).at(-1)?.text).toContain('nothing is asked of you any more');
    expect(directMessages(world, [ASHA])).toHaveLength(1);
    expect(JSON.stringify(publicly(world))).not.toMatch(/<!here|<!channel|<!subteam/);
  });

  it('is no incident: nothing is open, no rule is judged, nobody’s pages are counted', async () => {
    const world = (await start()).world();
    await say(world, CHITRA, '/oncall drill ml-platform-escalation');
    await world.pass(25 * MINUTE);
    expect(world.app.incidents.actions.list({ open: false }, world.clock.now())).toEqual([]);
    // The digest names it, and counts nothing of it.
    const digest = await say(world, CHITRA, '/alert digest');
    expect(digest).toContain(
      'drill of ml-platform-escalation: 0 of 4 levels answered, level 1 (ml-platform-primary) no answer',
    );
    expect(digest).toContain('0 incidents, 0 missed');
    expect(digest).toContain('0 night pages');
    expect(world.app.onCall.answers.workloadOf(ASHA, world.clock.now()).pages).toBe(0);
    for (const { text } of directMessages(world)) expect(text).toMatch(/^DRILL/);
    for (const text of publicly(world)) expect(text).toMatch(/^DRILL/);
    const rows = [...world.app.audit.lines()].map(
      (line) => JSON.parse(line) as { action: string; actor: { id: string }; after?: { levels?: unknown[] } },
    );
    expect(rows.map(({ action, actor }) => `${action} ${actor.id}`)).toEqual([
      `oncall.drill ${CHITRA}`,
      'oncall.drill_finished system',
    ]);
    expect(rows[1]?.after?.levels).toHaveLength(4);
    expect(world.complaints).toEqual([]);
  });

  it('waits for the working hours of each level', async () => {
    // 20:00 in Mumbai on a Sunday: the first level is called on Monday at nine, London at nine of its own.
    const world = (await start({ startAt: Date.UTC(2026, 0, 25, 14, 30) })).world();
    await say(world, CHITRA, '/oncall drill');
    await world.pass(10 * 60 * MINUTE);
    expect(calls(world)).toEqual([]);
    await world.pass(10 * 60 * MINUTE);
    const monday = Date.UTC(2026, 0, 26, 3, 30);
    const minutes = directMessages(world)
      .filter(({ text }) => text.includes('say that this reached you'))
      .map(({ user, at }) => `${Math.round((at - monday) / MINUTE)} ${user}`);
    // Bilal has not said that he is reachable, so Sita is called beside him, as she would be by an alert.
    expect(minutes).toEqual([`0 ${BILAL}`, `0 ${SITA}`, `5 ${SITA}`, `10 ${LEAD}`, `330 ${BOSS}`]);
  });

  it('names who cannot be reached, and levels that have nobody', async () => {
    const config = {
      directory: {
        schedules: { ML_PRIMARY_ONCALL: 'ml-platform-primary' },
        users: { ML_TEAM_LEAD: 'lead@example.com', ENGINEERING_MANAGER: 'boss@example.com' },
      },
    };
    const users = TEAM.filter(({ id }) => id !== LEAD);
    const world = (await start({ users, config })).world();
    await say(world, CHITRA, '/oncall drill');
    await world.pass(20 * MINUTE);
    const report = publicly(world).at(-1);
    expect(report).toMatch(/🔴 2 · \*ML.SECONDARY.ONCALL\* · has nobody/);
    expect(report).toContain('could not be reached');
    expect(report).toContain('lead: no Slack account, and no phone number');
  });

  it('ends when a P1 opens, and none begins while one is open', async () => {
    const world = (await start()).world();
    await say(world, CHITRA, '/oncall drill');
    await world.pass(MINUTE);
    const labels = { alertname: 'ModelDown', model_name: 'fraud-detector', severity: 'critical' };
    tell(world, labels, { annotations: { summary: 'The model is down' } });
    await world.pass(30 * MINUTE);
    expect(publicly(world).find((text) => text.includes('called off'))).toMatch(
      /^DRILL of ml-platform-escalation called off/,
    );
    expect(calls(world)).toEqual([`0 ${ASHA}`]);
    expect(await say(world, CHITRA, '/oncall drill')).toContain('nobody rehearses during a fire');
  });

  it('can be stopped, and only one runs; a mistyped policy is refused with the nearest name', async () => {
    const world = (await start()).world();
    expect(await say(world, CHITRA, '/oncall drill ml-platfrm-escalation')).toContain(
      'Did you mean ml-platform-escalation?',
    );
    await say(world, CHITRA, '/oncall drill');
    expect(await say(world, BILAL, '/oncall drill')).toContain('is running already');
    expect(await say(world, BILAL, '/oncall drill stop')).toContain('called off');
    await world.pass(20 * MINUTE);
    expect(calls(world)).toEqual([`0 ${ASHA}`]);
    expect(directMessages(world, [ASHA]).at(-1)?.text).toContain('called off: nothing is asked of you any more');
    expect(await say(world, BILAL, '/oncall drill last')).toContain('called off\\n0 of 4 levels answered');
  });

  it('is held every month by itself, once, over a restart', async () => {
    const config = { drill: { policy: 'ml-platform-escalation', at: 'first tuesday 15:00' } };
    const house = await start({ startAt: AT_WORK + 13 * DAY, config });
    const rehearsed = () => directMessages(house.world()).filter(({ text }) => text.startsWith('DRILL'));
    await house.world().pass(12 * 60 * MINUTE);
    await house.restart();
    await house.world().pass(11 * 60 * MINUTE);
    expect(rehearsed()).toEqual([]);
    await house.world().pass(2 * 60 * MINUTE);
    const due = Date.UTC(2026, 1, 3, 9, 30);
    const [first] = rehearsed();
    expect(Math.abs((first?.at ?? 0) - due)).toBeLessThan(MINUTE);
    const reports = () => publicly(house.world()).filter((text) => text.startsWith('DRILL'));
    expect(reports()[0]).toContain('Held by schedule');
    await house.world().pass(60 * MINUTE);
    expect(reports()).toHaveLength(2);
  });
});
