import { describe, expect, it } from 'vitest';
import { calendarText } from '../../src/oncall/ical.ts';
import type { Shift } from '../../src/oncall/schedule.ts';

const START = Date.parse('2026-01-26T03:30:00Z');
const shift = (change: Partial<Shift> = {}): Shift => ({
  schedule: 's',
  start: START,
  end: START + 7 * 86_400_000,
  user: 'asha@example.com',
  source: 'rotation',
  ...change,
});

const feed = (name: string, shifts: readonly Shift[], schedule = 'ml-platform-primary'): string =>
  calendarText({
    title: schedule,
    shifts: shifts.map((one) => ({ ...one, schedule })),
    nameOf: () => name,
    now: START,
  });

/** As a reader of the format joins its lines. */
const unfolded = (text: string): string[] => text.replaceAll('\r\n ', '').split('\r\n');

describe('the calendar of a schedule', () => {
  it('has an event per shift, in UTC, with the person in its title', () => {
    expect(unfolded(feed('Asha', [shift(), shift({ start: START + 1, source: 'override' })]))).toEqual(
      expect.arrayContaining([
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        'DTSTART:20260126T033000Z',
        'DTEND:20260202T033000Z',
        'SUMMARY:Asha · ml-platform-primary',
        'DESCRIPTION:override',
        'END:VCALENDAR',
      ]),
    );
  });

  it('keeps an event’s identity when other hands take it', () => {
    const uid = (text: string): string[] => unfolded(text).filter((line) => line.startsWith('UID:'));
    expect(uid(feed('Asha', [shift()]))).toEqual(uid(feed('Bilal', [shift({ user: 'b', source: 'swap' })])));
  });

  it('escapes and folds whatever names hold: no line is longer than 75 octets, and no name adds a line of its own', () => {
    const name = `Zoë, "the night";\r\nEND:VCALENDAR\n🚒${'ж'.repeat(90)}\u0000`;
    const text = feed(name, [shift()], 'a,b;c\\d');
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(text).not.toMatch(/[^\r]\n|\r[^\n]/);
    expect(unfolded(text).filter((line) => line === 'END:VCALENDAR')).toHaveLength(1);
    expect(unfolded(text)).toContain(
      `SUMMARY:Zoë\\, "the night"\\;\\nEND:VCALENDAR\\n🚒${'ж'.repeat(90)} · a\\,b\\;c\\\\d`,
    );
  });
});
