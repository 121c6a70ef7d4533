import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rotation, Turn } from '../../src/oncall/rotation.ts';
import { gaps, onCallAt, type Schedule, shifts } from '../../src/oncall/schedule.ts';
import { isoWeekday, localDay, parseTimeOfDay } from '../../src/time/wall-clock.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MEMBERS = ['asha', 'bilal', 'chitra', 'dev', 'esi'];

const at = (text: string): number => Date.parse(text);
const clock = (text: string): number => parseTimeOfDay(text) ?? Number.NaN;
const iso = (ms: number): string => new Date(ms).toISOString().replace(':00.000Z', 'Z');

function schedule(rotation: Rotation): Schedule {
  return { name: 's', zone: rotation.zone, layers: [{ rotation, windows: [] }], overrides: [] };
}

function daily(zone: string, time: string, members: readonly string[] = MEMBERS): Schedule {
  return schedule({ turn: { unit: 'days', count: 1 }, handoffTime: clock(time), zone, members });
}

/** Handoffs in [from, to), as instants. */
function handoffs(s: Schedule, from: string, to: string): string[] {
  return shifts(s, at(from), at(to))
    .slice(1)
    .map(({ start }) => iso(start));
}

describe('handoffs on a wall clock', () => {
  it.each([
    ['Asia/Kolkata', '09:00', '2026-03-08T00:00Z', '2026-03-08T03:30Z'],
    ['America/New_York', '02:30', '2026-03-08T00:00Z', '2026-03-08T07:00Z'],
    ['America/New_York', '01:30', '2026-10-31T12:00Z', '2026-11-01T05:30Z'],
    ['Europe/London', '01:30', '2026-03-28T12:00Z', '2026-03-29T01:00Z'],
    ['Europe/London', '01:30', '2026-10-24T12:00Z', '2026-10-25T00:30Z'],
    ['Australia/Lord_Howe', '01:45', '2026-04-04T00:00Z', '2026-04-04T14:45Z'],
    ['Australia/Lord_Howe', '02:15', '2026-10-03T00:00Z', '2026-10-03T15:30Z'],
    ['Africa/Cairo', '00:00', '2026-04-23T12:00Z', '2026-04-23T22:00Z'],
    ['Africa/Cairo', '00:00', '2026-10-29T12:00Z', '2026-10-29T22:00Z'],
    ['Africa/Cairo', '23:30', '2026-10-29T12:00Z', '2026-10-29T20:30Z'],
    ['Antarctica/Troll', '02:00', '2026-03-28T12:00Z', '2026-03-29T01:00Z'],
    ['Pacific/Chatham', '03:00', '2026-09-26T00:00Z', '2026-09-26T14:00Z'],
    ['America/St_Johns', '02:30', '2026-03-08T00:00Z', '2026-03-08T05:30Z'],
    ['Pacific/Apia', '09:00', '2011-12-29T20:00Z', '2011-12-30T10:00Z'],
  ])('%s at %s: after %s hands change at %s', (zone, time, from, expected) => {
    const [first] = handoffs(daily(zone, time), from, iso(at(from) + DAY));
    expect(first).toBe(expected);
  });

  it('an hour that comes twice hands over once: 25 hours then, 23 in spring', () => {
    const lengths = (zone: string, time: string, day: string): number[] =>
      shifts(daily(zone, time), at(day), at(day) + 4 * DAY)
        .slice(1, -1)
        .map(({ start, end }) => (end - start) / HOUR);
    expect(lengths('America/New_York', '01:30', '2026-10-30T00:00Z')).toEqual([24, 24, 25]);
    expect(lengths('America/New_York', '02:30', '2026-03-06T00:00Z')).toEqual([24, 23.5, 23.5]);
  });

  it('a day that does not exist is nobody’s turn, and everything goes on', () => {
    const seen = shifts(daily('Pacific/Apia', '00:00'), at('2011-12-28T00:00Z'), at('2012-01-02T00:00Z'));
    expect(seen.every(({ start, end }) => start < end)).toBe(true);
    expect(seen.map(({ start }) => iso(start))).toContain('2011-12-30T10:00Z');
  });

  it('a turn of hours is elapsed time, whatever the clocks do', () => {
    const turn: Turn = { unit: 'hours', count: 12 };
    const s = schedule({ turn, handoffTime: clock('09:00'), zone: 'America/New_York', members: MEMBERS });
    const lengths = shifts(s, at('2026-03-05T00:00Z'), at('2026-03-12T00:00Z'))
      .slice(1, -1)
      .map(({ start, end }) => (end - start) / HOUR);
    expect(new Set(lengths)).toEqual(new Set([12]));
  });

  it('a monthly turn that begins on the 31st begins on the last day of shorter months', () => {
    const turn: Turn = { unit: 'months', count: 1, day: 31 };
    const s = schedule({ turn, handoffTime: clock('09:00'), zone: 'UTC', members: MEMBERS });
    expect(handoffs(s, '2028-01-31T10:00Z', '2028-06-01T00:00Z')).toEqual([
      '2028-02-29T09:00Z',
      '2028-03-31T09:00Z',
      '2028-04-30T09:00Z',
      '2028-05-31T09:00Z',
    ]);
  });
});

describe('whose turn it is', () => {
  it('without a start counts periods since the first handoff day on or after 1970-01-05', () => {
    const weekly = (weekday: number): Schedule =>
      schedule({
        turn: { unit: 'days', count: 7, weekday },
        handoffTime: clock('09:00'),
        zone: 'UTC',
        members: MEMBERS,
      });
    expect(onCallAt(weekly(1), at('1970-01-05T09:00Z'))?.user).toBe('asha');
    expect(onCallAt(weekly(1), at('1970-01-05T08:59Z'))?.user).toBe('esi');
    expect(onCallAt(weekly(3), at('1970-01-07T09:00Z'))?.user).toBe('asha');
    // 2926 weeks lie between 1970-01-05 and 2026-02-02.
    expect(onCallAt(weekly(1), at('2026-02-02T09:00Z'))?.user).toBe(MEMBERS[2926 % 5]);
    expect(onCallAt(daily('UTC', '00:00'), at('1970-01-06T00:00Z'))?.user).toBe('bilal');
    const monthly: Turn = { unit: 'months', count: 1, day: 1 };
    const m = schedule({ turn: monthly, handoffTime: 0, zone: 'UTC', members: MEMBERS });
    expect(onCallAt(m, at('1970-02-01T00:00Z'))?.user).toBe('asha');
    expect(onCallAt(m, at('1971-02-01T00:00Z'))?.user).toBe(MEMBERS[12 % 5]);
  });

  it('with a start begins with the first member, cut short by the next handoff day; nobody before', () => {
    const s = schedule({
      turn: { unit: 'days', count: 7, weekday: 1 },
      handoffTime: clock('09:00'),
      zone: 'Asia/Kolkata',
      members: MEMBERS,
      // A Wednesday.
      start: { day: localDay(at('2026-01-07T12:00Z'), 'Asia/Kolkata'), at: at('2026-01-07T03:30Z') },
    });
    expect(onCallAt(s, at('2026-01-07T03:29Z'))).toBeUndefined();
    const seen = shifts(s, at('2026-01-01T00:00Z'), at('2026-01-20T00:00Z'));
    expect(seen.map(({ start, user }) => `${iso(start)} ${user}`)).toEqual([
      '2026-01-07T03:30Z asha',
      '2026-01-12T03:30Z bilal',
      '2026-01-19T03:30Z chitra',
    ]);
  });
});

/** `local(t)`: what a wall clock shows, as if it were UTC; from ICU, not from the engine under test. */
function wallClock(zone: string): (t: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (t) => {
    const part = new Map(format.formatToParts(t).map(({ type, value }) => [type, Number(value)]));
    const get = (type: Intl.DateTimeFormatPartTypes): number => part.get(type) ?? 0;
    return Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'));
  };
}

/** Transitions of the zones that go wrong elsewhere: gaps and overlaps at night, at midnight, of half an hour, of two hours. */
const TRANSITIONS: readonly (readonly [string, string])[] = [
  ['Asia/Kolkata', '2026-01-26T00:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['America/Los_Angeles', '2026-03-08T10:00Z'],
  ['Europe/London', '2026-03-29T01:00Z'],
  ['Europe/Dublin', '2026-10-25T01:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['Australia/Sydney', '2026-04-04T16:00Z'],
  ['Pacific/Auckland', '2026-09-26T14:00Z'],
  ['Pacific/Chatham', '2026-04-04T14:00Z'],
  ['Africa/Casablanca', '2026-02-15T02:00Z'],
  ['Africa/Casablanca', '2026-03-22T02:00Z'],
  ['Africa/Cairo', '2026-04-23T22:00Z'],
  ['Africa/Cairo', '2026-10-29T21:00Z'],
  ['Asia/Beirut', '2026-03-28T22:00Z'],
  ['America/Havana', '2026-03-08T05:00Z'],
  ['America/Santiago', '2026-09-06T04:00Z'],
  ['America/Santiago', '2026-04-05T03:00Z'],
  ['Antarctica/Troll', '2026-03-29T01:00Z'],
  ['Antarctica/Troll', '2026-10-25T01:00Z'],
  ['America/Godthab', '2026-03-29T01:00Z'],
  ['America/St_Johns', '2026-11-01T04:30Z'],
  ['Asia/Gaza', '2026-03-28T00:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Pacific/Kwajalein', '1993-08-21T12:00Z'],
  ['America/Caracas', '2016-05-01T07:00Z'],
  ['Pacific/Kiritimati', '2026-12-31T10:00Z'],
  ['Asia/Kathmandu', '2026-12-31T18:15Z'],
];

describe('around every kind of clock change', () => {
  const times = ['00:00', '01:30', '01:45', '02:00', '02:15', '02:30', '03:00', '23:30'];

  // Law: hands change at the first instant at which the wall clock shows the handoff's date and time, or later. So the turn at t
  // is the one that the furthest reading so far falls into.
  it.each(TRANSITIONS)(
    '%s at %s: each turn begins when the wall clock first shows its time or later',
    (zone, instant) => {
      const from = at(instant) - 3 * DAY;
      const to = at(instant) + 3 * DAY;
      const local = wallClock(zone);
      const weekday = isoWeekday(localDay(at(instant), zone));
      const readings: { t: number; furthest: number }[] = [];
      let furthest = Number.NEGATIVE_INFINITY;
      for (let t = from - 2 * DAY; t < to; t += 300_000) {
        furthest = Math.max(furthest, local(t));
        if (t >= from) readings.push({ t, furthest });
      }
      for (const time of times) {
        for (const [count, day] of [
          [1, undefined],
          [3, undefined],
          [7, weekday],
        ] as const) {
          const turn: Turn = { unit: 'days', count, ...(day !== undefined && { weekday: day }) };
          const s = schedule({ turn, handoffTime: clock(time), zone, members: MEMBERS });
          const anchor = 4 + (day === undefined ? 0 : (day - 1 + 7) % 7);
          const seen = shifts(s, from, to);
          let index = 0;
          for (const reading of readings) {
            while ((seen[index]?.end ?? Number.POSITIVE_INFINITY) <= reading.t) index += 1;
            const turns = Math.floor((reading.furthest - clock(time) * 60_000 - anchor * DAY) / (count * DAY));
            const expected = MEMBERS[((turns % 5) + 5) % 5];
            if (seen[index]?.user !== expected)
              expect(`${iso(reading.t)} ${time}/${count}: ${seen[index]?.user}`).toBe(`${expected}`);
          }
        }
      }
    },
  );
});

const anyRotation: fc.Arbitrary<Rotation> = fc
  .record({
    zone: fc.constantFrom(...new Set(TRANSITIONS.map(([zone]) => zone))),
    handoffTime: fc.integer({ min: 0, max: 1439 }),
    members: fc.uniqueArray(fc.constantFrom(...MEMBERS), { minLength: 1 }),
    turn: fc.oneof(
      fc.record({ unit: fc.constant('hours' as const), count: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ unit: fc.constant('days' as const), count: fc.integer({ min: 1, max: 20 }) }),
      fc.record({
        unit: fc.constant('days' as const),
        count: fc.constantFrom(7, 14),
        weekday: fc.integer({ min: 1, max: 7 }),
      }),
      fc.record({
        unit: fc.constant('months' as const),
        count: fc.integer({ min: 1, max: 4 }),
        day: fc.integer({ min: 1, max: 31 }),
      }),
    ),
  })
  .map((shape) => shape);

const anyInstant = fc.integer({ min: at('1975-01-01T00:00Z'), max: at('2037-12-31T00:00Z') });

describe('laws', () => {
  it('the shifts of a rotation tile time: no gap, no overlap, none empty', () => {
    fc.assert(
      fc.property(anyRotation, anyInstant, (rotation, from) => {
        const to = from + 60 * DAY;
        const seen = shifts(schedule(rotation), from, to);
        expect(seen[0]?.start).toBe(from);
        expect(seen.at(-1)?.end).toBe(to);
        for (const [index, shift] of seen.entries()) {
          expect(shift.start).toBeLessThan(shift.end);
          if (index > 0) expect(shift.start).toBe(seen[index - 1]?.end);
        }
        expect(gaps(schedule(rotation), from, to)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('who is on call at an instant is who the list of shifts says', () => {
    fc.assert(
      fc.property(anyRotation, anyInstant, fc.integer({ min: 0, max: 30 * DAY - 1 }), (rotation, from, offset) => {
        const s = schedule(rotation);
        const listed = shifts(s, from, from + 30 * DAY).find(
          ({ start, end }) => start <= from + offset && from + offset < end,
        );
        expect(onCallAt(s, from + offset)?.user).toBe(listed?.user);
      }),
      { numRuns: 500 },
    );
  });

  it('with a start, the first member begins, and nobody is on call before', () => {
    fc.assert(
      fc.property(anyRotation, anyInstant, (rotation, start) => {
        const begun = schedule({ ...rotation, start: { day: localDay(start, rotation.zone), at: start } });
        expect(onCallAt(begun, start)?.user).toBe(rotation.members[0]);
        expect(onCallAt(begun, start - 1)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});
