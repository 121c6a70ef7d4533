import { describe, expect, it } from 'vitest';
import { DocumentError } from '../../src/document/position.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { createOncallAnswers } from '../../src/oncall/answers.ts';
import { createRoster } from '../../src/oncall/roster.ts';
import { type Arrangements, gaps, onCallAt, type Schedule, shifts } from '../../src/oncall/schedule.ts';
import { readInlineSchedules, readSchedule } from '../../src/oncall/schema.ts';
import { offer, type Swap, take, voided, withdraw } from '../../src/oncall/swap.ts';
import { createDirectory } from '../../src/people/directory.ts';
import type { PeopleStore } from '../../src/people/person.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteOncallStore } from '../../src/sqlite/oncall-store.ts';

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);

function read(body: string): Schedule {
  const indented = body
    .trim()
    .split('\n')
    .map((line) => `  ${line}`);
  return readSchedule(parseYaml(`oncall_schedule:\n${indented.join('\n')}\n`, 'oncall.yml'));
}

function problems(body: string): string[] {
  try {
    read(body);
  } catch (error) {
    if (error instanceof DocumentError) return error.message.split('\n');
    throw error;
  }
  return [];
}

function told(schedule: Schedule, from: string, to: string, arranged?: Arrangements): string[] {
  return shifts(schedule, at(from), at(to), arranged).map(
    ({ start, end, user }) =>
      `${new Date(start).toISOString().slice(5, 16)}–${new Date(end).toISOString().slice(5, 16)} ${user}`,
  );
}

const DAILY = `
name: s
timezone: UTC
rotation: { type: daily, handoff_time: "09:00", start: "2026-03-01", members: [asha, bilal, chitra] }
`;

describe('layers and overrides', () => {
  it('a later layer covers the earlier one in its hours, and the earlier one holds the rest', () => {
    const s = read(`
name: s
timezone: UTC
layers:
- rotation: { type: weekly, members: [night] }
- rotation: { type: daily, members: [day] }
  restrictions: [{ weekdays: ['monday:friday'], from: "09:00", to: "17:00" }]`);
    // 2026-03-06 is a Friday.
    expect(told(s, '2026-03-06T00:00Z', '2026-03-08T00:00Z')).toEqual([
      '03-06T00:00–03-06T09:00 night',
      '03-06T09:00–03-06T17:00 day',
      '03-06T17:00–03-08T00:00 night',
    ]);
  });

  it('follows the sun without a hole over the weeks in which only one of two zones has changed its clocks', () => {
    const s = read(`
name: s
timezone: America/Los_Angeles
layers:
- rotation: { type: daily, timezone: Asia/Kolkata, members: [asha] }
- rotation: { type: daily, members: [luz] }
  restrictions: [{ from: "08:00", to: "20:00" }]`);
    expect(gaps(s, at('2026-03-01T00:00Z'), at('2026-04-10T00:00Z'))).toEqual([]);
    expect(onCallAt(s, at('2026-03-08T15:00Z'))?.user).toBe('luz');
    expect(onCallAt(s, at('2026-03-07T15:59Z'))?.user).toBe('asha');
  });

  it('a window over midnight belongs to the day on which it begins', () => {
    const s = read(`
name: s
timezone: UTC
layers:
- rotation: { type: weekly, members: [asha] }
  restrictions: [{ weekdays: [friday], from: "22:00", to: "06:00" }]`);
    expect(told(s, '2026-03-06T00:00Z', '2026-03-09T00:00Z')).toEqual(['03-06T22:00–03-07T06:00 asha']);
    expect(gaps(s, at('2026-03-06T00:00Z'), at('2026-03-08T00:00Z'))).toHaveLength(2);
  });

  it('an override by dates runs from local midnight to local midnight, its end not included', () => {
    const s = read(`
name: s
timezone: Asia/Kolkata
rotation: { type: weekly, members: [asha] }
overrides: [{ start: "2026-01-26", end: "2026-01-27", user: bilal }]`);
    expect(onCallAt(s, at('2026-01-25T18:29:59.999Z'))?.user).toBe('asha');
    expect(onCallAt(s, at('2026-01-25T18:30:00Z'))?.user).toBe('bilal');
    expect(onCallAt(s, at('2026-01-26T18:29:59.999Z'))?.user).toBe('bilal');
    expect(onCallAt(s, at('2026-01-26T18:30:00Z'))?.user).toBe('asha');
  });

  it('an override neither shortens nor merges the shifts around it, and of two the later one wins', () => {
    const s = read(`${DAILY.trim()}
overrides:
- { start: "2026-03-02 12:00", end: "2026-03-04 12:00", user: dev }`);
    const esi = { start: at('2026-03-03T00:00Z'), end: at('2026-03-03T06:00Z'), user: 'esi' };
    const arranged = { overrides: [esi], swaps: [] };
    expect(told(s, '2026-03-02T09:00Z', '2026-03-05T09:00Z', arranged)).toEqual([
      '03-02T09:00–03-02T12:00 bilal',
      '03-02T12:00–03-03T00:00 dev',
      '03-03T00:00–03-03T06:00 esi',
      '03-03T06:00–03-04T12:00 dev',
      '03-04T12:00–03-05T09:00 asha',
    ]);
  });

  it('an override fills a gap, too', () => {
    const s = read(`${DAILY.trim()}\noverrides: [{ start: "2026-02-01", end: "2026-02-02", user: dev }]`);
    expect(onCallAt(s, at('2026-02-01T12:00Z'))?.user).toBe('dev');
    expect(onCallAt(s, at('2026-02-02T12:00Z'))).toBeUndefined();
  });
});

describe('schedule files', () => {
  it('say at which place what is wrong', () => {
    expect(problems('name: s\ntimezone: IST\nrotation: { type: daily, members: [a] }')[0]).toMatch(
      /^oncall\.yml:3:13: .*IANA time zone/,
    );
    expect(problems('name: s\ntimezone: UTC\nrotation: { type: daily, members: [] }')[0]).toMatch(
      /at least one member/,
    );
    expect(problems('name: s\ntimezone: UTC\nrotation: { type: weekly, handoff_day: Mondy, members: [a] }')[0]).toMatch(
      /oncall\.yml:4:.*expected a weekday such as Monday/,
    );
    expect(
      problems('name: s\ntimezone: UTC\nrotation: { type: daily, handoff_time: "25:00", members: [a] }')[0],
    ).toMatch(/00:00 to 23:59/);
    expect(problems('name: s\ntimezone: UTC\nrotations: { type: daily, members: [a] }').join('\n')).toMatch(
      /oncall\.yml:4:3: unknown key rotations.*did you mean rotation\?/,
    );
    expect(problems('name: s\ntimezone: UTC')[0]).toMatch(/either `rotation:` or `layers:`/);
    expect(
      problems('name: s\ntimezone: UTC\nrotation: { type: monthly, handoff_day: Monday, members: [a] }')[0],
    ).toMatch(/day of the month/);
    expect(problems('name: s\ntimezone: UTC\nrotation: { type: custom, members: [a] }')[0]).toMatch(/shift_length/);
  });

  it('refuse overrides that end before they begin, that do not exist, or that can mean two instants', () => {
    const override = (start: string, end: string): string[] =>
      problems(
        `name: s\ntimezone: America/New_York\nrotation: { type: daily, members: [a] }\noverrides: [{ start: "${start}", end: "${end}", user: b }]`,
      );
    expect(override('2026-01-26', '2026-01-26')[0]).toMatch(/ends before it begins; the end date is not included/);
    expect(override('2026-03-08 02:30', '2026-03-09')[0]).toMatch(/does not exist in America\/New_York/);
    expect(override('2026-11-01 01:30', '2026-11-02')[0]).toMatch(
      /comes twice .* 2026-11-01T05:30Z or 2026-11-01T06:30Z/,
    );
    expect(override('2026-02-30', '2026-03-09')[0]).toMatch(/expected a date/);
    expect(override('2026-11-01T05:30Z', '2026-11-02T00:00-05:00')).toEqual([]);
  });

  it('read inline in watchroom.yml as a list', () => {
    const document = parseYaml(
      'schedules:\n- name: s\n  timezone: UTC\n  rotation: { type: daily, members: [a] }\n',
      'w.yml',
    );
    const { schedules } = document.value as { schedules: unknown };
    expect(readInlineSchedules(schedules, document).map(({ name }) => name)).toEqual(['s']);
    expect(readInlineSchedules(undefined, document)).toEqual([]);
  });

  it('know custom lengths: hours are elapsed, days and weeks are of the wall clock', () => {
    const of = (length: string): string[] =>
      told(
        read(
          `name: s\ntimezone: UTC\nrotation: { type: custom, shift_length: ${length}, start: "2026-03-02", members: [a, b] }`,
        ),
        '2026-03-02T00:00Z',
        '2026-03-12T00:00Z',
      ).map((line) => line.slice(0, 8));
    expect(of('3d')).toEqual(['03-02T00', '03-05T00', '03-08T00', '03-11T00']);
    expect(of('1w')).toEqual(['03-02T00', '03-09T00']);
    expect(of('84h')).toEqual(['03-02T00', '03-05T12', '03-09T00']);
  });
});

describe('swaps', () => {
  const schedule = read(DAILY);
  const shiftStart = at('2026-03-02T09:00Z');
  const now = at('2026-03-01T12:00Z');
  const offered = offer(schedule, [], { id: '1', schedule: 's', from: 'bilal', shiftStart }, now);
  const swap = offered.kind === 'done' ? offered.swap : undefined;
  const agreed = swap && take(schedule, swap, 'chitra', [], now);
  const done = agreed?.kind === 'done' ? agreed.swap : undefined;

  it('change hands for that shift and no other', () => {
    const legs = done?.to === undefined ? [] : [{ ...done, to: done.to }];
    const seen = shifts(schedule, at('2026-03-01T09:00Z'), at('2026-03-07T09:00Z'), { overrides: [], swaps: legs });
    expect(seen.map(({ user, source }) => `${user} ${source}`)).toEqual([
      'asha rotation',
      'chitra swap',
      'chitra rotation',
      'asha rotation',
      'bilal rotation',
      'chitra rotation',
    ]);
  });

  it('refuse shifts that are not the person’s own, that are over, or that are offered already', () => {
    const draft = { id: '2', schedule: 's', from: 'asha', shiftStart };
    expect(offer(schedule, [], draft, now)).toEqual({ kind: 'refused', reason: 'unknown_shift' });
    expect(offer(schedule, [], { ...draft, from: 'bilal' }, now + 5 * 24 * HOUR)).toMatchObject({
      reason: 'shift_over',
    });
    expect(offer(schedule, swap ? [swap] : [], { ...draft, from: 'bilal' }, now)).toMatchObject({
      reason: 'already_swapped',
    });
  });

  it('can be taken once, not by the offerer, and undone until the shift begins', () => {
    if (!swap || !done) throw new Error('the offer was refused');
    expect(take(schedule, done, 'dev', [], now)).toMatchObject({ reason: 'not_open' });
    expect(take(schedule, swap, 'bilal', [], now)).toMatchObject({ reason: 'own_shift' });
    const half = [{ start: shiftStart - HOUR, end: shiftStart + HOUR }];
    expect(take(schedule, swap, 'dev', half, now)).toMatchObject({ reason: 'double_booked' });
    expect(take(schedule, swap, 'dev', [{ start: 0, end: shiftStart }], now)).toMatchObject({ kind: 'done' });
    expect(withdraw(done, 'dev', now)).toMatchObject({ reason: 'not_yours' });
    expect(withdraw(done, 'chitra', now)).toMatchObject({ swap: { state: 'offered' } });
    expect(withdraw(done, 'bilal', now)).toMatchObject({ swap: { state: 'withdrawn' } });
    expect(withdraw(done, 'bilal', shiftStart)).toMatchObject({ reason: 'shift_over' });
  });

  it('are void when a change of the rotation makes the shift cease to exist', () => {
    const other = read(DAILY.replace('asha, bilal, chitra', 'asha, chitra, bilal'));
    const swaps: Swap[] = done ? [done] : [];
    expect(voided(schedule, swaps)).toEqual([]);
    expect(voided(other, swaps)).toMatchObject([{ id: '1', state: 'void' }]);
    const legs = done?.to === undefined ? [] : [{ ...done, to: done.to }];
    expect(onCallAt(other, shiftStart, { overrides: [], swaps: legs })?.user).toBe('chitra');
  });
});

describe('the roster', () => {
  function roster(...schedules: Schedule[]) {
    const db = new Db(':memory:');
    migrate(db, stateMigrations);
    const store = new SqliteOncallStore(db);
    return { store, roster: createRoster(() => schedules, store) };
  }

  it('says who holds a schedule, until when, and who comes next', () => {
    const { roster: r, store } = roster(read(DAILY));
    const now = at('2026-03-02T10:00Z');
    expect(r.holder('s', now)).toMatchObject({
      current: { user: 'bilal' },
      until: at('2026-03-03T09:00Z'),
      next: { user: 'chitra' },
    });
    store.addOverride({ schedule: 's', user: 'dev', start: now - HOUR, end: now + HOUR, by: 'U1', createdAt: now });
    expect(r.onCall('s', now)).toEqual(['dev']);
    expect(r.holder('s', now)).toMatchObject({
      current: { user: 'dev', source: 'override' },
      until: now + HOUR,
      next: { user: 'bilal' },
    });
    expect(r.onCall('nothing', now)).toBeUndefined();
    expect(r.onCall('s', at('2026-02-01T00:00Z'))).toEqual([]);
  });

  it('looks over shifts of one person to the next change of hand, and over gaps to the next person', () => {
    const alone = read('name: s\ntimezone: UTC\nrotation: { type: daily, members: [asha] }');
    expect(roster(alone).roster.holder('s', at('2026-03-02T10:00Z'))).toEqual({
      schedule: 's',
      zone: 'UTC',
      current: expect.objectContaining({ user: 'asha' }),
    });
    const fridays = read(
      'name: s\ntimezone: UTC\nlayers: [{ rotation: { type: daily, members: [asha] }, restrictions: [{ weekdays: [friday], from: "00:00", to: "12:00" }] }]',
    );
    const r = roster(fridays).roster;
    expect(r.holder('s', at('2026-03-02T10:00Z'))).toMatchObject({
      until: at('2026-03-06T00:00Z'),
      next: { user: 'asha' },
    });
    const held = r.holder('s', at('2026-03-06T10:00Z'));
    expect(held).toMatchObject({ until: at('2026-03-06T12:00Z'), next: { start: at('2026-03-13T00:00Z') } });
  });

  it('ends an override early, and forgets one that has not begun', () => {
    const { roster: r, store } = roster(read(DAILY));
    const now = at('2026-03-02T10:00Z');
    const draft = { schedule: 's', user: 'dev', by: 'U1', createdAt: now };
    const current = store.addOverride({ ...draft, start: now - HOUR, end: now + HOUR });
    const future = store.addOverride({ ...draft, start: now + 2 * HOUR, end: now + 3 * HOUR });
    store.endOverride(current.id, now);
    store.endOverride(future.id, now);
    expect(r.onCall('s', now - 1)).toEqual(['dev']);
    expect(r.onCall('s', now)).toEqual(['bilal']);
    expect(store.override(future.id)).toBeUndefined();
    expect(store.override('1; DROP TABLE')).toBeUndefined();
  });

  it('carries swaps over a restart, with what was promised in return in another schedule', () => {
    const second = { ...read(DAILY), name: 'second' };
    const { roster: r, store } = roster(read(DAILY), second);
    const inReturn = {
      schedule: 'second',
      shiftStart: at('2026-03-06T09:00Z'),
      shiftEnd: at('2026-03-07T09:00Z'),
      from: 'chitra',
      to: 'bilal',
    };
    const swap = store.addSwap({
      state: 'agreed',
      schedule: 's',
      from: 'bilal',
      to: 'chitra',
      shiftStart: at('2026-03-02T09:00Z'),
      shiftEnd: at('2026-03-03T09:00Z'),
      inReturn,
      createdAt: 0,
    });
    expect(r.onCall('s', at('2026-03-02T12:00Z'))).toEqual(['chitra']);
    expect(r.onCall('second', at('2026-03-06T12:00Z'))).toEqual(['bilal']);
    store.saveSwap({ ...swap, state: 'withdrawn' });
    expect(r.onCall('s', at('2026-03-02T12:00Z'))).toEqual(['bilal']);
    expect(r.onCall('second', at('2026-03-06T12:00Z'))).toEqual(['chitra']);
  });

  it('answers in people: who now, until when, and what comes for one person, whatever files call them', () => {
    const users = { DEV_LEAD: 'U04' };
    const nobody: PeopleStore = {
      users: () => [],
      user: () => undefined,
      userByEmail: () => undefined,
      save: () => {},
      departures: () => [],
    };
    const directory = createDirectory(() => ({ schedules: {}, users }), nobody);
    const s = read(DAILY.replace('asha, bilal, chitra', 'DEV_LEAD, bilal@example.com'));
    const answers = createOncallAnswers(roster(s).roster, directory);
    const now = at('2026-03-01T10:00Z');
    expect(answers.who(now)).toEqual([
      {
        schedule: 's',
        timezone: 'UTC',
        current: ['U04'],
        until: at('2026-03-02T09:00Z'),
        next: ['bilal'],
        note: '',
      },
    ]);
    expect(answers.shiftsOf('U04', now).slice(0, 2)).toEqual([
      { schedule: 's', start: at('2026-03-01T09:00Z'), end: at('2026-03-02T09:00Z') },
      { schedule: 's', start: at('2026-03-03T09:00Z'), end: at('2026-03-04T09:00Z') },
    ]);
  });
});
