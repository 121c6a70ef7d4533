import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/document/yaml.ts';
import { calendarText } from '../../src/oncall/ical.ts';
import { type ImportRange, readCalendar } from '../../src/oncall/ical-import.ts';
import { type ImportedSchedule, importSchedule } from '../../src/oncall/imported.ts';
import { type Schedule, shifts } from '../../src/oncall/schedule.ts';
import { readSchedule } from '../../src/oncall/schema.ts';

const at = (text: string): number => Date.parse(text);
const DAY = 86_400_000;
const YEAR = { from: at('2026-01-05T03:30Z'), to: at('2027-01-04T03:30Z') };

function calendar(...events: readonly string[]): string {
  const body = events.map((event, index) => `BEGIN:VEVENT\nUID:${index}\n${event.trim()}\nEND:VEVENT`);
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'X-WR-TIMEZONE:Asia/Kolkata', ...body, 'END:VCALENDAR'].join('\n');
}

function imported(text: string, range: ImportRange = YEAR, people: Record<string, string> = {}): ImportedSchedule {
  return importSchedule(readCalendar(text, range), { name: 's', ...range, people: new Map(Object.entries(people)) });
}

const load = ({ text }: ImportedSchedule): Schedule => readSchedule(parseYaml(text, 's.yml'));

/** Who has it, from when on, as one line each. */
const told = (list: readonly { user: string; start: number; end: number }[]): string[] =>
  list.map(
    ({ user, start, end }) =>
      `${new Date(start).toISOString().slice(0, 16)} ${new Date(end).toISOString().slice(0, 16)} ${user}`,
  );

/** The same without handoffs from one person to the same person. */
function held(list: readonly { user: string; start: number; end: number }[]): string[] {
  const joined: { user: string; start: number; end: number }[] = [];
  for (const { user, start, end } of list) {
    const last = joined.at(-1);
    if (last?.user === user && last.end === start) last.end = end;
    else joined.push({ user, start, end });
  }
  return told(joined);
}

const PEOPLE = ['asha', 'bilal', 'chitra', 'dev'];
const WEEKS = PEOPLE.map(
  (name, index) => `
DTSTART;TZID=Asia/Kolkata:202601${String(5 + 7 * index).padStart(2, '0')}T090000
DTEND;TZID=Asia/Kolkata:20260${index < 3 ? `1${12 + 7 * index}` : '202'}T090000
RRULE:FREQ=WEEKLY;INTERVAL=4;BYDAY=MO
SUMMARY:[L1] ${name}@example.com`,
);

describe('a calendar that people already have', () => {
  it('is the rotation behind it with its exceptions: four people by the week, and Republic Day', () => {
    const republicDay = 'DTSTART;VALUE=DATE:20260126\nSUMMARY:[L2] asha@example.com';
    const result = imported(calendar(...WEEKS, republicDay));
    expect(result.warnings).toEqual([]);
    expect(result.summary).toBe('4 people, a weekly rotation, 1 override, until Mon 4 Jan, 09:00 IST');
    expect(result.text).toBe(`oncall_schedule:
  name: s
  timezone: Asia/Kolkata
  rotation:
    type: weekly
    handoff_time: "09:00"
    handoff_day: Monday
    start: "2026-01-05"
    members:
      - asha@example.com
      - bilal@example.com
      - chitra@example.com
      - dev@example.com
  overrides:
    - { start: "2026-01-26", end: "2026-01-27", user: asha@example.com }
`);
    expect(held(shifts(load(result), YEAR.from, YEAR.to))).toEqual(held(result.shifts));
  });

  it('keeps to the wall clock of its zone where clocks change, also by days', () => {
    const range = { from: at('2026-03-01T14:00Z'), to: at('2026-04-01T00:00Z') };
    const turn = (start: string, end: string, name: string): string =>
      `DTSTART;TZID=America/New_York:${start}\nDTEND;TZID=America/New_York:${end}\nRRULE:FREQ=DAILY;INTERVAL=2\nSUMMARY:${name}@example.com`;
    const text = calendar(
      turn('20260301T090000', '20260302T090000', 'a'),
      turn('20260302T090000', '20260303T090000', 'b'),
    );
    const result = imported(text, { ...range, zone: 'America/New_York' });
    expect(result.text).toContain('type: daily');
    expect(told(result.shifts).slice(6, 9)).toEqual([
      '2026-03-07T14:00 2026-03-08T13:00 a@example.com',
      '2026-03-08T13:00 2026-03-09T13:00 b@example.com',
      '2026-03-09T13:00 2026-03-10T13:00 a@example.com',
    ]);
    expect(held(shifts(load(result), range.from, range.to))).toEqual(held(result.shifts));
  });

  it('is in the zone of its events and not of whoever exported it', () => {
    const text = calendar(
      'DTSTART;TZID=America/New_York:20260301T090000\nDURATION:P1D\nSUMMARY:a@example.com',
      'DTSTART:20260303T000000Z\nDURATION:P1D\nSUMMARY:b@example.com',
    ).replace('X-WR-TIMEZONE:Asia/Kolkata', 'X-WR-TIMEZONE:UTC');
    expect(readCalendar(text, YEAR).zone).toBe('America/New_York');
    const abbreviated = text.replace('America/New_York', 'EST').replace('X-WR-TIMEZONE:UTC', 'X-WR-TIMEZONE:EST');
    expect(() => readCalendar(abbreviated, YEAR)).toThrow('names no time zone');
  });

  it('that nothing comes again in is a plain list, holes and all', () => {
    const text = calendar(
      'DTSTART:20260301T000000Z\nDURATION:P1D\nSUMMARY:a@example.com',
      'DTSTART:20260303T000000Z\nDTEND:20260303T120000Z\nSUMMARY:b@example.com',
    );
    const result = imported(text);
    expect(result.text).not.toContain('rotation:');
    expect(result.summary).toContain('2 shifts without a rotation behind them');
    expect(told(shifts(load(result), YEAR.from, YEAR.to))).toEqual([
      '2026-03-01T00:00 2026-03-02T00:00 a@example.com',
      '2026-03-03T00:00 2026-03-03T12:00 b@example.com',
    ]);
  });

  it('follows what was moved, left out and cancelled', () => {
    const weekly = 'DTSTART:20260105T090000Z\nDTEND:20260105T170000Z\nRRULE:FREQ=WEEKLY;COUNT=5\nSUMMARY:a@example.com';
    const text = calendar(
      `${weekly}\nEXDATE:20260112T090000Z`,
      'DTSTART:20260120T100000Z\nDTEND:20260120T180000Z\nRECURRENCE-ID:20260119T090000Z\nSUMMARY:b@example.com',
      'DTSTART:20260301T000000Z\nDTEND:20260302T000000Z\nSTATUS:CANCELLED\nSUMMARY:c@example.com',
    ).replace('UID:1\n', 'UID:0\n');
    expect(told(imported(text).shifts)).toEqual([
      '2026-01-05T09:00 2026-01-05T17:00 a@example.com',
      '2026-01-20T10:00 2026-01-20T18:00 b@example.com',
      '2026-01-26T09:00 2026-01-26T17:00 a@example.com',
      '2026-02-02T09:00 2026-02-02T17:00 a@example.com',
    ]);
  });

  it('may bring zones of its own along, as Outlook does; one that nobody knows leaves the event out, with its line', () => {
    const zone = `BEGIN:VTIMEZONE
TZID:India Standard Time
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0530
TZOFFSETTO:+0530
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT`;
    const event =
      'DTSTART;TZID=India Standard Time:20260110T090000\nDTEND;TZID=India Standard Time:20260111T090000\nSUMMARY:a@example.com';
    expect(told(imported(calendar(event).replace('BEGIN:VEVENT', zone)).shifts)).toEqual([
      '2026-01-10T03:30 2026-01-11T03:30 a@example.com',
    ]);
    const { problems } = readCalendar(calendar(event), YEAR);
    expect(problems).toEqual([{ line: 4, message: 'unknown time zone India Standard Time' }]);
  });

  it('names people by the attendee, by an address in the title, or by a title that is explained', () => {
    const when = 'DTSTART:20260301T000000Z\nDURATION:P1D';
    expect(
      imported(calendar(`${when}\nSUMMARY:On call\nATTENDEE;CN=Asha:mailto:asha@example.com`)).shifts[0]?.user,
    ).toBe('asha@example.com');
    expect(imported(calendar(`${when}\nSUMMARY:[L1] Asha (asha@example.com) · primary`)).shifts[0]?.user).toBe(
      'asha@example.com',
    );
    const plain = imported(calendar(`${when}\nSUMMARY:Asha Rao`));
    expect(plain.warnings).toEqual([
      'Asha Rao: is no e-mail address; say who it is: --person "Asha Rao=NAME@EXAMPLE.COM"',
    ]);
    expect(
      imported(calendar(`${when}\nSUMMARY:Asha Rao`), YEAR, { 'Asha Rao': 'asha@example.com' }).shifts[0]?.user,
    ).toBe('asha@example.com');
  });

  it('with two people at once keeps whoever began first, and says so with both lines', () => {
    const text = calendar(
      'DTSTART:20260301T000000Z\nDURATION:P2D\nSUMMARY:a@example.com',
      'DTSTART:20260302T000000Z\nDURATION:P2D\nSUMMARY:b@example.com',
    );
    const { shifts: list, warnings } = imported(text);
    expect(told(list)).toEqual([
      '2026-03-01T00:00 2026-03-03T00:00 a@example.com',
      '2026-03-03T00:00 2026-03-04T00:00 b@example.com',
    ]);
    expect(warnings).toEqual([
      'line 10: b@example.com overlaps a@example.com of line 4, who keeps it until Tue 3 Mar, 05:30 IST',
    ]);
  });

  it.each([
    ['hello', /not an iCalendar/],
    ['storage: { path: x }', /^not an iCalendar: BEGIN:VCALENDAR is missing; export/],
    ['BEGIN:VCARD\nEND:VCARD', /not an iCalendar/],
    ['BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260301T000000\nEND:VEVENT\nEND:VCALENDAR', /names no time zone/],
  ])('%j is refused', (text, message) => {
    expect(() => readCalendar(text, YEAR)).toThrow(message);
  });

  it.each([
    ['DTSTART:20260105T090000Z\nDTEND:20260105T080000Z\nSUMMARY:a', 'the event ends before it begins'],
    ['DTSTART:20260105T090000Z\nDURATION:P1D', 'the event names nobody: its title is the person'],
    ['SUMMARY:a', 'the event has no DTSTART'],
    // The 30th of February never comes: a reader that looks for it does so for ever.
    [
      'DTSTART:20260105T090000Z\nDURATION:P1D\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\nSUMMARY:a',
      /is not read: give its shifts/,
    ],
    ['DTSTART:20260105T090000Z\nDURATION:P1D\nRRULE:FREQ=SECONDLY\nSUMMARY:a', /is not read/],
    ['DTSTART:20260105T090000Z\nDURATION:P1D\nRRULE:FREQ=MONTHLY;BYDAY=6MO\nSUMMARY:a', /is not read/],
  ])('an event with %j is left out with its line and the reason', (event, message) => {
    const { shifts: list, problems } = readCalendar(calendar(event), YEAR);
    expect(list).toEqual([]);
    expect(problems).toMatchObject([{ line: 4, message: expect.stringMatching(message) }]);
  });

  it('whatever titles hold, the schedule that is printed is one that loads', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (title) => {
        const line = `SUMMARY:${title.replaceAll(/[\\;,]/g, (char) => `\\${char}`).replaceAll(/\p{Cc}/gu, ' ')}`;
        const read = readCalendar(calendar(`DTSTART:20260301T000000Z\nDURATION:P1D\n${line}`), YEAR);
        if (read.shifts.length === 0) return;
        const result = importSchedule(read, { name: title, ...YEAR, people: new Map() });
        fc.pre(title.trim() !== '' && read.shifts[0]?.user.trim() === read.shifts[0]?.user);
        expect(told(shifts(load(result), YEAR.from, YEAR.to))).toEqual(told(result.shifts));
      }),
    );
  });

  it('that we gave out ourselves comes back as the schedule that it was', () => {
    const rotation = fc.record({
      zone: fc.constantFrom('Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe', 'UTC'),
      type: fc.constantFrom('daily', 'weekly'),
      time: fc.constantFrom('00:00', '02:15', '09:00', '17:30'),
      members: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(rotation, ({ zone, type, time, members }) => {
        const people = members.map((name) => `${name}@example.com`).join(', ');
        const schedule = readSchedule(
          parseYaml(
            `oncall_schedule: { name: s, timezone: ${zone}, rotation: { type: ${type}, handoff_time: "${time}", members: [${people}] } }`,
            's.yml',
          ),
        );
        const range = { from: at('2026-02-01T00:00Z'), to: at('2026-06-01T00:00Z') };
        const list = shifts(schedule, range.from, range.to);
        const feed = calendarText({ title: 's', shifts: list, nameOf: (user) => user, now: range.from });
        const result = imported(feed, { ...range, zone });
        expect(held(shifts(load(result), range.from, range.to))).toEqual(held(list));
        if (members.length > 1) expect(result.text).toContain('rotation:');
      }),
      { numRuns: 60 },
    );
  });

  it('of a thousand people and ten years does not take long', () => {
    const many = Array.from({ length: 1000 }, (_, index) => {
      const start = new Date(YEAR.from + index * 3.65 * DAY).toISOString().slice(0, 10).replaceAll('-', '');
      return `DTSTART;VALUE=DATE:${start}\nDURATION:P3D\nSUMMARY:p${index}@example.com`;
    });
    const started = performance.now();
    imported(calendar(...many), { from: YEAR.from, to: YEAR.from + 3650 * DAY });
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
