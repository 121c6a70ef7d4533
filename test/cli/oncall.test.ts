import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteOncallStore } from '../../src/sqlite/oncall-store.ts';
import { SqlitePeopleStore } from '../../src/sqlite/people-store.ts';
import { POLICY, SCHEDULE } from '../support/own-on-call.ts';
import { type Printed, runLine } from '../support/terminal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watchroom-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const watchroom = (...args: string[]): Promise<Printed> => runLine(args, { cwd: folder });

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

interface Line {
  readonly schedule: string;
  readonly user: string;
  readonly start: string;
  readonly end: string;
}

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;

/**
 * The year as the reference's schedule has it, counted without a line of ours and without a table of zones: Kolkata has been five and
 * a half hours ahead of UTC since 1945, so Monday 09:00 there is Monday 03:30 UTC, always; turns are counted from Monday, 5 January
 * 1970; and Republic Day is the one day from 25 January 18:30 UTC on. Each minute of the year is asked who has it, and minutes that
 * follow each other with the same answer are one line.
 */
function countedByHand(from: number, to: number): Line[] {
  const members = ['asha', 'bilal', 'chitra', 'dev'].map((name) => `${name}@example.com`);
  const firstMonday = Date.UTC(1970, 0, 5, 3, 30);
  const republicDay = Date.UTC(2026, 0, 25, 18, 30);
  const holder = (at: number): string => {
    if (at >= republicDay && at < republicDay + 24 * HOUR) return 'override';
    return String(Math.floor((at - firstMonday) / WEEK));
  };
  const lines: { turn: string; start: number; end: number }[] = [];
  for (let at = from; at < to; at += 60_000) {
    const turn = holder(at);
    const last = lines.at(-1);
    if (last?.turn === turn) last.end = at + 60_000;
    else lines.push({ turn, start: at, end: at + 60_000 });
  }
  const text = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');
  return lines.map(({ turn, start, end }) => ({
    schedule: 'ml-platform-primary',
    user: turn === 'override' ? 'bilal@example.com' : (members[Number(turn) % 4] ?? ''),
    start: text(start),
    end: text(end),
  }));
}

describe.runIf(SCHEDULE)("watchroom oncall, with the user's own schedule", () => {
  it('lists the shifts of 2026 as counted by hand, Republic Day and all', async () => {
    write('watchroom.yml', `schedule_files: ['${SCHEDULE}']\nslack: { bot_token: '\${SLACK_BOT_TOKEN}' }\n`);
    const { code, out } = await watchroom('oncall', 'shifts', '--from', '2026-01-01', '--to', '2027-01-01', '--json');
    expect(code).toBe(0);
    const lines = JSON.parse(out) as Line[];
    // Made by Python's zoneinfo: Mondays 09:00 in Kolkata, turns counted from 1970-01-05, and 26 January from midnight to midnight.
    const golden = new URL('../golden/oncall/user-2026.json', import.meta.url);
    expect(lines).toEqual(JSON.parse(readFileSync(golden, 'utf8')));
    // A year in Kolkata begins at 18:30 UTC.
    expect(lines).toEqual(countedByHand(Date.UTC(2025, 11, 31, 18, 30), Date.UTC(2026, 11, 31, 18, 30)));
    expect(lines.filter(({ start }) => start.startsWith('2026-01'))).toEqual([
      expect.objectContaining({ user: 'chitra@example.com', start: '2026-01-05T03:30:00Z' }),
      expect.objectContaining({ user: 'dev@example.com', start: '2026-01-12T03:30:00Z' }),
      expect.objectContaining({ user: 'asha@example.com', start: '2026-01-19T03:30:00Z', end: '2026-01-25T18:30:00Z' }),
      expect.objectContaining({
        user: 'bilal@example.com',
        start: '2026-01-25T18:30:00Z',
        end: '2026-01-26T18:30:00Z',
      }),
      expect.objectContaining({
        user: 'bilal@example.com',
        start: '2026-01-26T18:30:00Z',
        end: '2026-02-02T03:30:00Z',
      }),
    ]);
  });

  it('says who, until when and who is next, at any moment, from the file alone', async () => {
    const who = (at: string): ReturnType<typeof watchroom> =>
      watchroom('oncall', 'who', '--config', SCHEDULE ?? '', '--at', at, '--json');
    expect(JSON.parse((await who('2026-01-25 23:59')).out)).toEqual([
      {
        schedule: 'ml-platform-primary',
        user: 'asha@example.com',
        until: '2026-01-25T18:30:00Z',
        next: 'bilal@example.com',
      },
    ]);
    expect(JSON.parse((await who('2026-01-25T18:30:00Z')).out)).toMatchObject([
      { user: 'bilal@example.com', until: '2026-02-02T03:30:00Z', next: 'chitra@example.com' },
    ]);
    const plain = await watchroom('oncall', 'who', '--config', SCHEDULE ?? '', '--at', '2026-01-26');
    expect(plain.out).toBe(
      'ml-platform-primary  bilal@example.com (override) until Mon 2 Feb, 09:00 IST, then chitra@example.com\n',
    );
  });

  it('counts overrides that were made in Slack, where the bot keeps its state', async () => {
    write('watchroom.yml', `schedule_files: ['${SCHEDULE}']\nstorage: { path: data }\n`);
    mkdirSync(join(folder, 'data'));
    const db = new Db(join(folder, 'data/state.db'));
    migrate(db, stateMigrations);
    const [start, end] = [Date.UTC(2026, 2, 3), Date.UTC(2026, 2, 4)];
    const row = { schedule: 'ml-platform-primary', user: 'dev@example.com', start, end, by: 'U01ASHA', createdAt: 0 };
    new SqliteOncallStore(db).addOverride(row);
    db.close();
    const { out } = await watchroom('oncall', 'who', '--at', '2026-03-03T12:00:00Z', '--json');
    expect(JSON.parse(out)).toMatchObject([{ user: 'dev@example.com', until: '2026-03-04T00:00:00Z' }]);
  });

  it('finds no gap in it', async () => {
    const { code, out } = await watchroom(
      'oncall',
      'gaps',
      '--config',
      SCHEDULE ?? '',
      '--from',
      '2026-01-01',
      '--to',
      '2027-01-01',
    );
    expect([code, out]).toEqual([0, 'no gaps: somebody is on call at every moment\n']);
  });
});

describe('watchroom oncall', () => {
  const NIGHTS = `
schedules:
- name: nights
  timezone: America/New_York
  layers:
  - rotation: { type: daily, members: [luz@example.com], start: "2026-01-01" }
    restrictions: [{ from: "22:00", to: "06:00" }]
`;

  it('lists gaps, also over a change of the clocks', async () => {
    write('watchroom.yml', NIGHTS);
    const { out } = await watchroom('oncall', 'gaps', '--from', '2026-03-07', '--to', '2026-03-09', '--json');
    expect(JSON.parse(out)).toEqual([
      { schedule: 'nights', start: '2026-03-07T11:00:00Z', end: '2026-03-08T03:00:00Z' },
      { schedule: 'nights', start: '2026-03-08T10:00:00Z', end: '2026-03-09T02:00:00Z' },
    ]);
  });

  it.each([
    [['who', '--schedule', 'days'], 'no schedule is called days; there are nights'],
    [['who', '--at', 'yesterday'], 'expected a date'],
    [['who', '--at', '2026-03-08 02:30'], 'does not exist in America/New_York'],
    [['shifts', '--from', '2026-03-08', '--to', '2026-03-08'], '--to must be after --from'],
    [['shifts', '--from', '2026-01-01', '--to', '+010000-01-01'], 'expected a date'],
  ])('%j is answered with what is wrong', async (args, message) => {
    write('watchroom.yml', NIGHTS);
    const { code, err, out } = await watchroom('oncall', ...args);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(message);
  });

  it('says so where there are no schedules', async () => {
    write('watchroom.yml', '{}');
    expect((await watchroom('oncall', 'who')).err).toContain('names no schedules');
  });
});

describe('watchroom oncall import', () => {
  const event = (day: string, who: string): string =>
    `BEGIN:VEVENT\nUID:${day}\nDTSTART;VALUE=DATE:2026${day}\nDURATION:P7D\nRRULE:FREQ=WEEKLY;INTERVAL=2\nSUMMARY:${who}\nEND:VEVENT\n`;
  const calendar = `BEGIN:VCALENDAR\nX-WR-CALNAME:ML primary\n${event('0105', 'Asha Rao')}${event('0112', 'bilal@example.com')}END:VCALENDAR\n`;

  it('prints a schedule that checks, and says on the other stream what is to be looked at', async () => {
    write('team.ics', calendar);
    const args = ['--timezone', 'Asia/Kolkata', '--from', '2026-02-02', '--person', 'Asha Rao=asha@example.com'];
    const { code, out, err } = await watchroom('oncall', 'import', 'team.ics', ...args);
    expect(code).toBe(0);
    expect(err).toBe('ML primary: 2 people, a weekly rotation, 0 overrides, until Wed 3 Feb, 00:00 IST\n');
    write('imported.yml', out);
    expect((await watchroom('check', 'imported.yml')).code).toBe(0);
    const shifts = await watchroom('oncall', 'who', '--config', 'imported.yml', '--at', '2026-02-10 12:00');
    expect(shifts.out).toMatch(/ML primary {2}bilal@example.com until Mon 16 Feb, 00:00 IST, then asha@example.com/);
  });

  it('refuses what it cannot make a schedule of, and writes nothing', async () => {
    write('team.ics', calendar);
    write('other.ics', 'hello');
    expect(await watchroom('oncall', 'import', 'team.ics')).toMatchObject({
      out: '',
      err: expect.stringContaining('give one, such as --timezone Asia/Kolkata'),
    });
    expect(await watchroom('oncall', 'import', 'other.ics')).toMatchObject({
      out: '',
      err: expect.stringContaining('not an iCalendar'),
    });
    expect((await watchroom('oncall', 'import', 'team.ics', '--timezone', 'UTC', '--to', '2020-01-01')).err).toContain(
      '--to must be after --from',
    );
  });
});

describe('watchroom check', () => {
  it.runIf(SCHEDULE && POLICY)(
    "names the four ids of the user's policy that map to nobody, each at its place",
    async () => {
      write('policy.yml', textOf(POLICY ?? ''));
      write('schedule.yml', textOf(SCHEDULE ?? ''));
      const { code, out } = await watchroom('check', 'schedule.yml', 'policy.yml');
      expect(code).toBe(1);
      expect(out).toContain('policy.yml:11:15: ML_PRIMARY_ONCALL is no schedule of ours');
      expect(out).toContain('policy.yml:15:15: ML_SECONDARY_ONCALL is no schedule of ours');
      expect(out).toContain('policy.yml:19:15: ML_TEAM_LEAD is nobody we know');
      expect(out).toContain('policy.yml:23:15: ENGINEERING_MANAGER is nobody we know');
      expect(out).toContain('4 errors, 0 warnings');
      expect(out).toMatch(
        /schedule\.yml:3:9: note: ml-platform-primary: a rotation without `start:` .* puts \w+@example\.com on call now/,
      );
      expect(out).toContain('policy.yml:3:9: note: ml-platform-escalation pages at 0, 5, 15, 30 min, 3 passes in all');
    },
  );

  it.runIf(SCHEDULE && POLICY)('is content once a watchroom.yml maps them', async () => {
    write('policy.yml', textOf(POLICY ?? ''));
    write('schedule.yml', textOf(SCHEDULE ?? ''));
    const config = {
      schedule_files: ['schedule.yml', 'policy.yml'],
      directory: {
        schedules: { ML_PRIMARY_ONCALL: 'ml-platform-primary', ML_SECONDARY_ONCALL: 'ml-platform-primary' },
        users: { ML_TEAM_LEAD: 'lead@example.com', ENGINEERING_MANAGER: 'U07BOSS' },
      },
      paging: [{ matchers: ['priority="P1"'], escalation_policy: 'ml-platform-escalation' }],
      slack: { bot_token: 'xoxb-1', app_token: 'xapp-1' },
    };
    write('watchroom.yml', JSON.stringify(config));
    expect(await watchroom('check')).toMatchObject({ code: 0, out: expect.stringContaining('0 errors, 0 warnings') });
    // The files beside it are looked at as it would.
    expect((await watchroom('check', 'policy.yml', 'watchroom.yml')).code).toBe(0);
  });

  it('warns once where a P1 rule pages nobody', async () => {
    write(
      'p1.rules.yml',
      `groups:\n- name: g\n  rules:\n${['A', 'B']
        .map(
          (name) =>
            `  - { alert: ${name}, expr: up == 0, for: 1m, labels: { severity: critical, team: ml }, annotations: { summary: s, runbook_url: 'https://r' } }\n`,
        )
        .join('')}`,
    );
    const policy = {
      name: 'p',
      rules: [{ escalation_delay_in_minutes: 5, targets: [{ type: 'user', id: 'a@example.com' }] }],
    };
    const withPaging = (matchers: string[]): string =>
      JSON.stringify({
        rule_files: ['p1.rules.yml'],
        escalation_policies: [policy],
        paging: [{ matchers, escalation_policy: 'p' }],
        slack: { bot_token: 'xoxb-1', app_token: 'xapp-1' },
      });
    const warnings = async (text: string): Promise<string[]> => {
      write('watchroom.yml', text);
      return (await watchroom('check')).out.split('\n').filter((line) => line.includes('nobody is paged'));
    };
    expect(await warnings(JSON.stringify({ rule_files: ['p1.rules.yml'] }))).toEqual([
      expect.stringContaining('no entry of `paging:` matches the P1 alert A (and 1 more)'),
    ]);
    expect(await warnings(withPaging(['priority="P2"']))).toHaveLength(1);
    expect(await warnings(withPaging(['team="web"']))).toHaveLength(1);
    expect(await warnings(withPaging(['priority="P1"', 'team="ml"', 'model_name="x"']))).toEqual([]);
  });

  it('names members of rotations whom nobody knows, and says what is known of the others, each at its place', async () => {
    write(
      'oncall.yml',
      [
        'oncall_schedule:',
        '  name: s',
        '  timezone: UTC',
        '  rotation:',
        '    type: daily',
        '    members:',
        '      - asha@example.com',
        '      - Bilaal',
        '      - chitra@example.com',
        '  overrides:',
        '    - { start: "2026-01-26", end: "2026-01-27", user: somebody }',
        '',
      ].join('\n'),
    );
    write('watchroom.yml', 'schedule_files: [oncall.yml]\nstorage: { path: data }\n');
    const alone = await watchroom('check');
    expect(alone.code).toBe(1);
    expect(alone.out).toContain(
      'oncall.yml:8:9: unknown member Bilaal; write an e-mail address or a Slack user id, or map it under `directory.users`',
    );
    expect(alone.out).toContain('oncall.yml:11:55: unknown member somebody');
    expect(alone.out).toContain('2 errors, 0 warnings');

    mkdirSync(join(folder, 'data'));
    const db = new Db(join(folder, 'data', 'state.db'));
    migrate(db, stateMigrations);
    new SqlitePeopleStore(db).save(
      [
        { id: 'U01ASHA', name: 'Asha', email: 'asha@example.com', standing: 'gone' },
        { id: 'U02BILAL', name: 'Bilal', standing: 'member' },
        { id: 'U03SOME', name: 'Somebody', standing: 'member' },
      ],
      0,
    );
    db.close();
    const { out } = await watchroom('check');
    expect(out).toContain('oncall.yml:8:9: unknown member Bilaal; did you mean Bilal?');
    expect(out).toMatch(/oncall\.yml:7:9: .*asha@example\.com is deactivated: their turns reach nobody/);
    expect(out).toMatch(/oncall\.yml:9:9: .*chitra@example\.com has no Slack account/);
    expect(out).toContain('1 error, 2 warnings');
  });

  it('a team of one or two says so in one line: that is no P1 without anybody, and its people are looked at', async () => {
    write(
      'p1.rules.yml',
      'groups: [{ name: g, rules: [{ alert: A, expr: up == 0, labels: { severity: critical } }] }]\n',
    );
    write('watchroom.yml', 'rule_files: [p1.rules.yml]\nsmall_team: [asha@example.com, LEAD]\n');
    const { code, out } = await watchroom('check');
    expect(code).toBe(1);
    expect(out).toContain('watchroom.yml:2:32: LEAD is nobody we know');
    expect(out).toContain('note: small_team tells everybody once, in their business hours; nobody is paged');
    expect(out).not.toContain('no entry of `paging:`');
  });

  it.each([
    [{ small_team: ['a@example.com', 'b@example.com', 'c@example.com'] }, 'three people can take turns'],
    [{ small_team: [] }, 'expected one or two people'],
    [
      { small_team: ['a@example.com'], paging: [{ escalation_policy: 'small_team' }] },
      '`small_team:` means that nobody is paged: take it out, or `paging:`',
    ],
    [{ paging: [{ matchers: ['priority='], escalation_policy: 'pp' }] }, 'no escalation policy is called pp'],
    [{ paging: [{ matchers: ['priority'], escalation_policy: 'p' }] }, 'expected =, !=, =~ or !~'],
    [{ drill: { at: 'tuesday 11:00' } }, 'expected which weekday of the month and a time, such as first tuesday 11:00'],
    [{ drill: { policy: 'pp' } }, 'no escalation policy is called pp'],
    [{ schedules: [{}] }, 'timezone'],
    [{ business_hours: { weekdays: ['mon'] } }, 'expected a weekday'],
    [{ business_hours: { from: '18:00', to: '09:00' } }, 'end after they begin'],
    [{ schedule_files: ['nothing.yml'] }, 'nothing.yml:1:1: cannot be read'],
  ])('%j is an error at its place', async (config, message) => {
    write('watchroom.yml', JSON.stringify(config, null, 2));
    const { code, out } = await watchroom('check');
    expect(code).toBe(1);
    expect(out).toMatch(/^(?:watchroom|nothing)\.yml:\d+:\d+: /);
    expect(out).toContain(message);
  });

  it('knows two schedules of one name, and unknown keys in a file of schedules, at their places', async () => {
    const rotation = `rotation: { type: daily, members: [a@example.com] }`;
    write('one.yml', `oncall_schedule: { name: s, timezone: UTC, ${rotation} }\n`);
    write('two.yml', `oncall_schedule: { name: s, timezone: UTC, ${rotation} }\n`);
    write('watchroom.yml', `schedule_files: [one.yml, two.yml]\n`);
    expect((await watchroom('check')).out).toContain('two.yml:1:26: the schedule s is at one.yml:1:26 already');
    write('one.yml', `oncall_schedule: { name: s, timezone: UTC, ${rotation} }\nescalation_polcy: {}\n`);
    expect((await watchroom('check', 'one.yml')).out).toContain(
      'one.yml:2:1: unknown key escalation_polcy; did you mean escalation_policy?',
    );
  });

  it('reads a schedule and a policy from one file', async () => {
    write(
      'both.yml',
      `oncall_schedule: { name: s, timezone: UTC, rotation: { type: daily, members: [a@example.com] } }
escalation_policy: { name: p, rules: [{ escalation_delay_in_minutes: 5, targets: [{ type: schedule_reference, id: s }] }] }
`,
    );
    expect(await watchroom('check', 'both.yml')).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 schedule, 1 escalation policy'),
    });
  });
});

function textOf(path: string): string {
  return readFileSync(resolve(path), 'utf8');
}
