import { describe, expect, it } from 'vitest';
import { done, firstPage, press, pressOn, say } from '../support/hands-on.ts';
import {
  ASHA,
  BILAL,
  CHITRA,
  DEV,
  DIRECTORY,
  directMessages,
  LEAD,
  pages,
  SITA,
  TEAM,
} from '../support/on-call-world.ts';
import { POLICY, SCHEDULE, startOwn } from '../support/own-on-call.ts';
import { MINUTE, NIGHT, type World } from '../support/world.ts';

const DAY = 24 * 60 * MINUTE;

/** What everybody reads in #ml-alerts, without what the blocks say. */
const publicWords = (world: World): string =>
  JSON.stringify(world.workspace.state.messages('ml-alerts').map(({ text }) => text));

describe.runIf(SCHEDULE && POLICY)('on call in the running bot', { timeout: 60_000 }, () => {
  it('who: now, until when in the reader’s zone, next, and how many incidents wait', async () => {
    const world = (await startOwn()).world();
    const told = await say(world, BILAL, '/oncall who');
    const until = Date.UTC(2026, 0, 25, 18, 30) / 1000;
    expect(told).toContain(
      `*ml-platform-primary*  <@${ASHA}> until <!date^${until}^{date_short_pretty} {time}|Mon 26 Jan, 00:00 IST>, then <@${BILAL}>`,
    );
    expect(told).toContain(`*ml-platform-secondary*  <@${SITA}>`);
    expect(told).toContain('no open incidents');
    expect(world.workspace.state.messages('ml-alerts')).toEqual([]);
  });

  it('me, schedule, gaps and help answer the asker alone', async () => {
    const world = (await startOwn()).world();
    expect(await say(world, BILAL, '/oncall me')).toContain('Your next shifts');
    const grid = await say(world, BILAL, '/oncall schedule ml-platform-primary');
    expect(grid).toContain('▸19 Jan As  As  As  As  As  As  As');
    expect(grid).toContain(' 26 Jan Bi* Bi');
    expect(await say(world, BILAL, '/oncall schedule ml-platfrm-primary')).toContain(
      'Did you mean ml-platform-primary?',
    );
    expect(await say(world, BILAL, '/oncall gaps')).toContain('No gaps');
    expect(await say(world, BILAL, '/oncall help')).toContain('/oncall swap @PERSON');
    expect(world.workspace.state.messages('ml-alerts')).toEqual([]);
  });

  it('schedule draws the weeks, too, where pictures are uploaded: for the asker alone, after the words', async () => {
    const world = (await startOwn({ config: { slack: { charts: 'png' } } })).world();
    expect(await say(world, BILAL, '/oncall schedule ml-platform-primary')).toContain('▸19 Jan');
    await world.workspace.until((state) => state.dms(BILAL).length > 0);
    const [drawn] = world.workspace.state.dms(BILAL);
    expect(drawn?.files).toHaveLength(1);
    expect(world.workspace.state.messages('ml-alerts')).toEqual([]);
    expect(world.workspace.state.refused()).toEqual([]);
    expect(world.complaints).toEqual([]);
  });

  it('gaps names people whom Slack does not know', async () => {
    const world = (await startOwn({ users: TEAM.filter(({ id }) => id !== CHITRA) })).world();
    const told = await say(world, BILAL, '/oncall gaps');
    expect(told).toContain('1 person not reachable');
    expect(told).toContain('chitra@example.com has no Slack account');
  });

  it('gaps names whoever is deactivated, a guest, or in Do Not Disturb in the shift; a text message is a way, too', async () => {
    const evening = { from: NIGHT + 18 * 60 * MINUTE, to: NIGHT + 26 * 60 * MINUTE };
    const changes = new Map<string, Partial<(typeof TEAM)[number]>>([
      [ASHA, { dnd: evening }],
      [BILAL, { deleted: true }],
      [CHITRA, { guest: true }],
      [LEAD, { dnd: evening }],
    ]);
    const users = TEAM.map((user) => ({ ...user, ...changes.get(user.id) }));
    const world = (await startOwn({ users })).world();
    const told = await say(world, DEV, '/oncall gaps');
    expect(told).toContain('4 people not reachable');
    expect(told).toContain('asha@example.com has Do Not Disturb on in that time and no other way to be paged');
    expect(told).toContain('bilal@example.com is deactivated in Slack');
    expect(told).toContain('chitra@example.com is a guest and cannot act on alerts');
    expect(told).toContain('*ml-platform-escalation*  ML_TEAM_LEAD has Do Not Disturb on');
    const phones = { 'asha@example.com': '+919812345678', 'lead@example.com': '+919812345679' };
    const texting = (
      await startOwn({
        users,
        config: {
          directory: { ...DIRECTORY, phones },
          notifiers: { twilio: { account_sid: 'AC0123456789', auth_token: 'secret-token', from: '+15005550006' } },
        },
      })
    ).world();
    expect(await say(texting, DEV, '/oncall gaps')).toContain('2 people not reachable');
  });

  it('swap: asked in a direct message, taken, told to both and in public, given back, and asked anew', async () => {
    const world = (await startOwn()).world();
    const answer = await say(world, BILAL, '/oncall swap @Dev');
    expect(answer).toContain('Bilal asks Dev to take a shift');
    expect(answer).toContain('swap_withdraw');
    expect(publicWords(world)).toBe('[]');
    await press(world, DEV, 'swap_take');
    expect(directMessages(world, [DEV]).at(-1)?.text).toContain('Dev takes a shift from Bilal');
    expect(directMessages(world, [DEV])).toHaveLength(1);
    expect(directMessages(world, [BILAL]).at(-1)?.text).toContain('Dev takes a shift from Bilal');
    expect(publicWords(world)).toContain('Dev takes a shift from Bilal');
    // Republic Day itself stays Bilal's: the file's override is about him and not about whose week it is.
    expect(await say(world, DEV, '/oncall me')).toContain('Tue 27 Jan, 00:00 IST');

    await press(world, DEV, 'swap_withdraw');
    expect(directMessages(world, [BILAL]).at(-1)?.text).toContain('Dev undid a swap, so the shift is Bilal’s again');
    await say(world, BILAL, '/oncall swap @Chitra');
    await press(world, CHITRA, 'swap_decline');
    expect(directMessages(world, [BILAL]).at(-1)?.text).toContain('Chitra cannot take it, so it stays with Bilal');
    expect(world.workspace.state.refused()).toEqual([]);
  });

  it('swap from the form beside who, where slash commands do not run', async () => {
    const world = (await startOwn()).world();
    await say(world, BILAL, '/oncall who');
    const who = world.workspace.state.ephemerals(BILAL).at(-1);
    await pressOn(world, BILAL, who, 'swap');
    await world.workspace.until((state) => state.views(BILAL).length > 0);
    const form = JSON.stringify(world.workspace.state.views(BILAL));
    const [, value = ''] = /"value":"(\d+\|ml-platform-primary)"/.exec(form) ?? [];
    const wrong = await world.workspace.act.submitView(BILAL, {
      values: { 'shift/value': value, 'person/value': BILAL },
    });
    expect(wrong).toMatchObject({ ok: false, errors: { person: expect.stringContaining('your own shift') } });
    const values = { 'shift/value': value, 'person/value': DEV };
    await done(world, world.workspace.act.submitView(BILAL, { values }));
    expect(directMessages(world, [DEV]).at(-1)?.text).toContain('Bilal asks Dev to take a shift');
  });

  it('override: bad input says what to write, and changes nothing; a good one is public and can be ended', async () => {
    const world = (await startOwn()).world();
    const primary = '/oncall override ml-platform-primary';
    expect(await say(world, CHITRA, '/oncall override @Dev 2h')).toContain('Which schedule?');
    expect(await say(world, CHITRA, `${primary} 2h`)).toContain('Mention the person');
    expect(await say(world, CHITRA, `${primary} @Dev`)).toContain('From when to when?');
    expect(await say(world, CHITRA, `${primary} @Dev 2026-01-10 2026-01-11`)).toContain('over already');
    expect(await say(world, CHITRA, `${primary} <!channel> 2h`)).toContain('Mention the person');
    expect(publicWords(world)).toBe('[]');
    expect(await say(world, CHITRA, `${primary} @Dev 2026-01-20 22:00 8h`)).toContain('override_end');
    expect(publicWords(world)).toContain('Dev is on call for ml-platform-primary Tue 20 Jan, 22:00 IST');
    expect(
      directMessages(world, [ASHA, DEV])
        .map(({ user }) => user)
        .toSorted(),
    ).toEqual([ASHA, DEV]);
    expect(await say(world, ASHA, `${primary} @Sita 2026-01-21 02:00 8h`)).toContain('/oncall override end ID');
    expect(await say(world, CHITRA, '/oncall override end 1')).toContain('ends');
    expect(world.workspace.state.refused()).toEqual([]);
  });

  it('override add pages one more beside whoever is on call; remove leaves a hole that everybody sees', async () => {
    const world = (await startOwn()).world();
    await say(world, CHITRA, '/oncall override add ml-platform-primary @Dev 8h');
    expect(publicWords(world)).toContain('Dev is on call, too, for ml-platform-primary');
    expect(await say(world, BILAL, '/oncall who')).toContain(`*ml-platform-primary*  <@${ASHA}>, <@${DEV}> until`);
    await firstPage(world);
    await world.settle();
    expect(pages(world)).toEqual([`0 ${ASHA}`, `0 ${DEV}`]);
    await say(world, CHITRA, '/oncall override remove ml-platform-primary @Asha 2026-01-21 2026-01-22');
    expect(publicWords(world)).toContain(
      'Asha is not on call for ml-platform-primary Wed 21 Jan, 00:00 IST – Thu 22 Jan, 00:00 IST; nobody is.',
    );
    expect(await say(world, BILAL, '/oncall gaps')).toContain('1 gap');
    expect(await say(world, CHITRA, '/oncall override remove 2')).toContain('ends');
    expect(await say(world, BILAL, '/oncall gaps')).toContain('No gaps');
  });

  it('change of who is on call belongs to the user groups that rights name, and never to guests', async () => {
    const guest = { id: 'U09GUEST', name: 'Gil', email: 'gil@example.com', guest: true };
    const usergroups = [{ id: 'S01LEADS', handle: 'ml-leads', name: 'Leads', users: [LEAD] }];
    const config = { rights: { override: ['@ml-leads'] } };
    const world = (await startOwn({ users: [...TEAM, guest], usergroups, config })).world();
    const line = '/oncall override ml-platform-primary @Dev 2h';
    expect(await say(world, BILAL, line)).toContain('Only @ml-leads may change who is on call.');
    expect(await say(world, 'U09GUEST', line)).toContain('Guests cannot act');
    expect(await say(world, LEAD, line)).toContain('Dev is on call for ml-platform-primary');
    expect(await say(world, LEAD, '/oncall who')).toContain(`<@${DEV}>`);
  });

  it('a page to somebody in Do Not Disturb waits, and the next level is told in parallel', async () => {
    const quiet = { from: NIGHT - DAY, to: NIGHT + DAY };
    const users = TEAM.map((user) => (user.id === ASHA ? { ...user, dnd: quiet } : user));
    const world = (await startOwn({ users })).world();
    await firstPage(world);
    await world.settle();
    expect(pages(world)).toEqual([`0 ${ASHA}`, `0 ${SITA}`]);
  });

  it('quiet hours that are to come, or over, do not keep a page back', async () => {
    const users = TEAM.map((user) =>
      user.id === ASHA ? { ...user, dnd: { from: NIGHT + DAY, to: NIGHT + 2 * DAY } } : user,
    );
    const world = (await startOwn({ users })).world();
    await firstPage(world);
    await world.settle();
    expect(pages(world)).toEqual([`0 ${ASHA}`]);
  });

  it('hand over on a page tells the next level at once', async () => {
    const world = (await startOwn()).world();
    await firstPage(world);
    await world.pass(MINUTE);
    await press(world, ASHA, 'hand_over');
    expect(pages(world).map((page) => page.replace(/\.\d+/, ''))).toEqual([`0 ${ASHA}`, `1 ${SITA}`]);
  });

  it('where paging is bound to business hours, levels wait for nine o’clock where the person is', async () => {
    const paging = [{ matchers: ['priority="P1"'], escalation_policy: 'ml-platform-escalation', business_hours: true }];
    const world = (await startOwn({ config: { paging } })).world();
    await world.pass(5 * 60 * MINUTE);
    expect(pages(world)).toEqual([]);
    await world.pass(75 * MINUTE);
    const [first] = directMessages(world, [ASHA]);
    expect(first?.at).toBeGreaterThanOrEqual(Date.UTC(2026, 0, 20, 3, 30));
    expect(first?.at).toBeLessThan(Date.UTC(2026, 0, 20, 3, 45));
  });

  it('a reload takes the new schedule, ends swaps of shifts that are no more, and keeps the old one where the new is bad', async () => {
    const house = await startOwn();
    const world = house.world();
    await say(world, BILAL, '/oncall swap @Dev');
    await press(world, DEV, 'swap_take');
    world.rewrite({ ...house.config, schedule_files: [POLICY], schedules: [weekly('ml-platform-primary', 'sita')] });
    const warnings = await world.app.reload();
    expect(warnings.join('\n')).toContain('ML_SECONDARY_ONCALL');
    await world.settle();
    expect(await say(world, ASHA, '/oncall who')).toContain(`*ml-platform-primary*  <@${SITA}>`);
    for (const user of [BILAL, DEV]) {
      expect(directMessages(world, [user]).at(-1)?.text).toContain('the swap of Bilal and Dev is off');
    }
    expect(() => world.rewrite({ ...house.config, schedules: [{ name: 'broken' }] })).toThrow('timezone');
    expect(await say(world, ASHA, '/oncall who')).toContain(`<@${SITA}>`);
  });

  it('is a calendar to subscribe to', async () => {
    const world = (await startOwn()).world();
    await say(world, CHITRA, '/oncall override ml-platform-primary @Dev 2026-01-21 2026-01-22');
    const server = await world.app.listen();
    try {
      const answer = await fetch(`${server.url}/oncall/ml-platform-primary.ics`);
      expect(answer.headers.get('content-type')).toContain('text/calendar');
      const text = await answer.text();
      expect(text).toContain(
        'DTSTART:20260120T183000Z\r\nDTEND:20260121T183000Z\r\nSUMMARY:Dev · ml-platform-primary\r\n',
      );
      expect(text.match(/BEGIN:VEVENT/g)?.length).toBeGreaterThan(25);
      const own = await (await fetch(`${server.url}/oncall/people/dev@example.com.ics`)).text();
      expect(own).toContain('X-WR-CALNAME:On call: Dev\r\n');
      expect(own).toContain(
        'DTSTART:20260120T183000Z\r\nDTEND:20260121T183000Z\r\nSUMMARY:Dev · ml-platform-primary\r\n',
      );
      expect(own).not.toContain('Chitra');
      expect(await (await fetch(`${server.url}/oncall/people/${DEV}.ics`)).text()).toBe(own);
      for (const path of [
        'people/zoe.ics',
        'people/..%2Fsecret.ics',
        'nope.ics',
        'ml-platform-primary',
        '..%2Fsecret.ics',
      ])
        expect((await fetch(`${server.url}/oncall/${path}`)).status).toBe(404);
    } finally {
      await server.close();
    }
  });

  it('every change of who is on call is in the audit trail with who made it', async () => {
    const world = (await startOwn()).world();
    await say(world, CHITRA, '/oncall override ml-platform-primary @Dev 2h');
    await say(world, BILAL, '/oncall take ml-platform-primary');
    await say(world, BILAL, '/oncall swap @Asha');
    await press(world, ASHA, 'swap_take');
    const rows = [...world.app.audit.lines()].map(
      (line) => JSON.parse(line) as { action: string; actor: { id: string } },
    );
    expect(rows.map(({ action, actor }) => `${action} ${actor.id}`)).toEqual([
      `oncall.override ${CHITRA}`,
      `oncall.take ${BILAL}`,
      `oncall.swap_offer ${BILAL}`,
      `oncall.swap_take ${ASHA}`,
    ]);
    expect(world.app.audit.verify()).toMatchObject({ ok: true });
  });
});

function weekly(name: string, member: string): object {
  return {
    name,
    timezone: 'Asia/Kolkata',
    rotation: { type: 'weekly', handoff_time: '09:00', handoff_day: 'Monday', members: [`${member}@example.com`] },
  };
}
