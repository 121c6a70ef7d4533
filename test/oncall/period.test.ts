import { describe, expect, it } from 'vitest';
import { readPeriod } from '../../src/oncall/period.ts';

const IST = 'Asia/Kolkata';
const NEW_YORK = 'America/New_York';
/** Tuesday, 20 January 2026, 03:00 in Kolkata. */
const NOW = Date.parse('2026-01-19T21:30:00Z');

function read(text: string, zone = IST, now = NOW): string {
  const found = readPeriod(text.split(' ').filter(Boolean), zone, now);
  if (found.kind === 'invalid') return found.message;
  return [found.start, found.end].map((at) => new Date(at).toISOString().slice(0, 16)).join(' ');
}

describe('what people write for an override', () => {
  it.each([
    ['2h', '2026-01-19T21:30 2026-01-19T23:30'],
    ['for 1h30m', '2026-01-19T21:30 2026-01-19T23:00'],
    ['2026-01-26', '2026-01-25T18:30 2026-01-26T18:30'],
    ['2026-01-26 2026-01-28', '2026-01-25T18:30 2026-01-27T18:30'],
    ['from 2026-01-26 to 2026-01-27', '2026-01-25T18:30 2026-01-26T18:30'],
    ['2026-01-26 09:00 2026-01-26 18:00', '2026-01-26T03:30 2026-01-26T12:30'],
    ['2026-01-26 09:00 - 18:00', '2026-01-26T03:30 2026-01-26T12:30'],
    ['2026-01-26 22:00 06:00', '2026-01-26T16:30 2026-01-27T00:30'],
    ['2026-01-26T09:00 8h', '2026-01-26T03:30 2026-01-26T11:30'],
    ['2026-01-26T09:00Z 2026-01-26T10:00Z', '2026-01-26T09:00 2026-01-26T10:00'],
    ['09:00 18:00', '2026-01-20T03:30 2026-01-20T12:30'],
    ['until 09:00', '2026-01-19T21:30 2026-01-20T03:30'],
    ['now 06:00', '2026-01-19T21:30 2026-01-20T00:30'],
  ])('%s', (text, period) => expect(read(text)).toBe(period));

  it('means today from now on where today is named: what was is not changed', () => {
    expect(read('2026-01-20')).toBe('2026-01-19T21:30 2026-01-20T18:30');
    expect(read('2026-01-20 2026-01-22')).toBe('2026-01-19T21:30 2026-01-21T18:30');
  });

  it.each([
    ['', 'From when to when?'],
    ['2026-01-26 2026-01-26', 'the end date is not included'],
    ['2026-01-27 2026-01-26', 'ends before it begins'],
    ['2026-01-10 2026-01-12', 'over already'],
    ['2026-01-19 2026-01-26', 'begins in the past'],
    ['2026-01-26 09:00', 'Until when?'],
    ['2026-02-30', 'expected a date'],
    ['tomorrow', 'expected a date'],
    ['-2h', 'expected a date'],
    ['2h please', '“please” is not part of a time'],
    ['2026-01-26 2026-01-27 2026-01-28', '“2026-01-28” is not part of a time'],
    ['2026-01-26 2028-01-27', 'longer than a year'],
    ['5s', 'shorter than a minute'],
  ])('%s is refused with what to write instead', (text, message) => expect(read(text)).toContain(message));

  it('refuses times that do not exist or come twice, with both readings', () => {
    expect(read('2026-03-08 02:30 05:00', NEW_YORK)).toContain('does not exist in America/New_York');
    expect(read('2026-11-01 01:30 05:00', NEW_YORK)).toContain('Write 2026-11-01T05:30Z or 2026-11-01T06:30Z');
    expect(read('2026-11-01T05:30Z 05:00', NEW_YORK)).toBe('2026-11-01T05:30 2026-11-01T10:00');
  });
});
