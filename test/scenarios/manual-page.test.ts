import { describe, expect, it } from 'vitest';
import { done, press, pressOn, say } from '../support/hands-on.ts';
import { ASHA, BILAL, CHITRA, DEV, directMessages, LEAD, SITA, TEAM } from '../support/on-call-world.ts';
import { POLICY, SCHEDULE, startQuiet } from '../support/own-on-call.ts';
import { MINUTE } from '../support/world.ts';

const MESSAGE = 'the feature store is being moved & <stuck>, *please* help @here';

describe.runIf(SCHEDULE && POLICY)('a page by hand in the running bot', { timeout: 60_000 }, () => {
  it('calls whoever is on call, stands in the channel, and the pager hears who answers', async () => {
    const world = (await startQuiet()).world();
    const answer = await say(world, CHITRA, `/oncall page ML_PRIMARY_ONCALL ${MESSAGE}`);
    expect(answer).toContain(`*Paging* *ml-platform-primary*: <@${ASHA}>`);
    expect(answer).toContain('By direct message.');
    expect(answer).toContain(`Without an answer <@${SITA}> is told`);
    const [page] = directMessages(world, [ASHA]);
    expect(page?.text).toMatch(/^P1 page from Chitra: the feature store is being moved &amp; &lt;stuck&gt;/);
    expect(page?.text).toContain("You're first; Sita at 03:05 IST");
    expect(page?.blocks).toContain('🔴 P1 page · The feature store');
    expect(page?.blocks).toContain(`<@${CHITRA}> pages *ml-platform-primary*`);
    for (const action of ['acknowledge', 'resolve', 'hand_over']) expect(page?.blocks).toContain(`"${action}"`);
    expect(page?.blocks).not.toMatch(/<!here|<!channel/);
    const [card, ...more] = world.workspace.state.messages('ml-alerts');
    expect(more).toEqual([]);
    expect(JSON.stringify(card?.blocks)).not.toContain('false_positive');

    await world.pass(MINUTE);
    await press(world, ASHA, 'acknowledge');
    const news = directMessages(world, [CHITRA]).at(-1);
    expect(news?.text).toBe('Asha has your page to ml-platform-primary in hand');
    expect(news?.blocks).toContain('acknowledged your page to *ml-platform-primary* after 1 min');
    await world.pass(20 * MINUTE);
    expect(directMessages(world, [SITA])).toEqual([]);
    expect(await say(world, ASHA, '/alert why Page')).toContain('no rule, no route and no silence');
    expect(await say(world, ASHA, '/alert list')).toContain('the feature store is being moved');
    expect(world.workspace.state.refused()).toEqual([]);
    expect(world.complaints).toEqual([]);
  });

  it('says a long message whole, and names people and channels in it without calling them', async () => {
    const world = (await startQuiet()).world();
    const long = `${'the migration of the feature store is stuck '.repeat(3)}so ask @Bilal in #ml-alerts`;
    await say(world, CHITRA, `/oncall page ml-platform-primary ${long}`);
    const [page] = directMessages(world, [ASHA]);
    const said = (page?.blocks ?? '').replaceAll(/[\\"]/g, ' ');
    expect(said).toContain(
      'P1 page · The migration of the feature store is stuck the migration of the feature store is…*',
    );
    expect(said).toContain('…stuck the migration of the feature store is stuck so ask @Bilal in #ml-alerts');
    expect(directMessages(world, [BILAL])).toEqual([]);
    expect(page?.blocks).not.toContain(`<@${BILAL}>`);
    expect(JSON.stringify(world.workspace.state.messages('ml-alerts')[0])).not.toContain('*Where*');
  });

  it('escalates at a press, and is closed from the direct message', async () => {
    const world = (await startQuiet()).world();
    await say(world, CHITRA, '/oncall page ml-platform-primary come and look');
    await press(world, ASHA, 'hand_over');
    expect(directMessages(world, [SITA])).toHaveLength(1);
    await press(world, SITA, 'resolve');
    expect(directMessages(world, [CHITRA]).at(-1)?.text).toBe('Sita closed your page to ml-platform-primary');
    expect(JSON.stringify(world.workspace.state.messages('ml-alerts')[0])).toContain('Closed by hand');
    expect(directMessages(world, [ASHA]).at(-1)?.blocks).not.toContain('"acknowledge"');
  });

  it('to one person calls that person alone, over a restart, and tells the pager that nobody answered', async () => {
    const house = await startQuiet();
    expect(await say(house.world(), CHITRA, '/oncall page @Dev can you look at this')).toContain(`*Paging* <@${DEV}>`);
    await house.world().pass(6 * MINUTE);
    await house.restart();
    const world = house.world();
    await world.pass(11 * MINUTE);
    const calls = directMessages(world, [DEV]);
    expect(calls.map(({ at }) => Math.round((at - (calls[0]?.at ?? 0)) / MINUTE))).toEqual([0, 5, 10, 15]);
    expect(calls[0]?.blocks).toContain('Only you are called, and again until you answer.');
    const news = directMessages(world, [CHITRA]).at(-1);
    expect(news?.text).toBe('Nobody has answered your page to Dev');
    expect(news?.blocks).toContain('page_form');
    expect(directMessages(world, [ASHA, BILAL, SITA, LEAD])).toEqual([]);
    expect(JSON.stringify(world.workspace.state.messages('ml-alerts'))).not.toContain('<!channel>');
  });

  it('to somebody in Do Not Disturb without another way tells the pager at once', async () => {
    const quiet = { from: 0, to: Date.UTC(2030, 0, 1) };
    const users = TEAM.map((user) => (user.id === DEV ? { ...user, dnd: quiet } : user));
    const world = (await startQuiet({ users })).world();
    await say(world, CHITRA, '/oncall page @Dev wake up');
    await world.pass(5000);
    expect(directMessages(world, [CHITRA]).at(-1)?.text).toBe('Nobody could hear your page to Dev');
  });

  it('to a user group calls its members, to a team whomever its P1 would', async () => {
    const usergroups = [{ id: 'S01LEADS', handle: 'ml-leads', name: 'Leads', users: [LEAD, BILAL] }];
    const config = { models: { 'fraud-detector': { team: 'ml-platform' } } };
    const world = (await startQuiet({ usergroups, config })).world();
    expect(await say(world, CHITRA, '/oncall page @ml-leads a decision is needed')).toContain('*@ml-leads*');
    expect(directMessages(world, [LEAD, BILAL])).toHaveLength(2);
    expect(await say(world, CHITRA, '/oncall page ml-platform hello')).toContain(`*ml-platform*: <@${ASHA}>`);
  });

  it('of somebody unknown is refused with the nearest name, and nobody is woken', async () => {
    const world = (await startQuiet()).world();
    expect(await say(world, CHITRA, '/oncall page ml-platfrm-primary x')).toContain(
      'Did you mean ml-platform-primary?',
    );
    expect(await say(world, CHITRA, '/oncall page @Blial x')).toContain('Did you mean Bilal?');
    expect(await say(world, CHITRA, '/oncall page ml-platform-primary')).toContain('Say what it is about');
    await world.pass(MINUTE);
    expect(directMessages(world)).toEqual([]);
    expect(world.workspace.state.messages('ml-alerts')).toEqual([]);
  });

  it('from the form: one of two targets, a message, and the card in the channel it was opened from', async () => {
    const world = (await startQuiet()).world();
    const open = async (): Promise<void> => {
      await world.workspace.act.command(CHITRA, 'ml-alerts', '/oncall page');
      await world.workspace.until((state) => state.views(CHITRA).length > 0);
    };
    await open();
    const values = { 'target/value': 'ml-platform-secondary', 'message/value': 'help' };
    await done(world, world.workspace.act.submitView(CHITRA, { values }));
    expect(directMessages(world, [SITA])).toHaveLength(1);
    expect(world.workspace.state.messages('ml-alerts')).toHaveLength(1);
    await open();
    expect(await world.workspace.act.submitView(CHITRA, { values: { ...values, 'person/value': DEV } })).toMatchObject({
      ok: false,
      errors: { person: expect.stringContaining('Choose one') },
    });
  });

  it('from the button beside who, where slash commands do not run', async () => {
    const world = (await startQuiet()).world();
    await say(world, CHITRA, '/oncall who');
    const who = world.workspace.state.ephemerals(CHITRA).at(-1);
    await pressOn(world, CHITRA, who, 'page_form');
    await world.workspace.until((state) => state.views(CHITRA).length > 0);
    const values = { 'person/value': DEV, 'message/value': 'help' };
    await done(world, world.workspace.act.submitView(CHITRA, { values }));
    expect(directMessages(world, [DEV])).toHaveLength(1);
  });

  it('does not count in precision, and is in the audit trail', async () => {
    const world = (await startQuiet()).world();
    await say(world, CHITRA, '/oncall page ml-platform-primary help');
    const told = await say(world, CHITRA, '/alert digest');
    expect(told).toContain('0 incidents, 0 missed');
    expect(told).toContain('1 page by hand: was an alert missing?');
    const rows = [...world.app.audit.lines()].map(
      (line) => JSON.parse(line) as { action: string; actor: { id: string } },
    );
    expect(rows.map(({ action, actor }) => `${action} ${actor.id}`)).toEqual([`oncall.page ${CHITRA}`]);
  });
});
