import { describe, expect, it } from 'vitest';
import { nextMonthly, parseMonthly } from '../../src/time/monthly.ts';

const KOLKATA = 'Asia/Kolkata';

function next(text: string, from: string, zone = KOLKATA): string {
  const monthly = parseMonthly(text);
  if (!monthly) throw new Error(`not monthly: ${text}`);
  return new Date(nextMonthly(monthly, zone, Date.parse(from))).toISOString();
}

describe('a time that comes once a month', () => {
  it('is the n-th weekday on the wall clock of its zone, strictly ahead', () => {
    expect(next('first tuesday 11:00', '2026-01-20T00:00:00Z')).toBe('2026-02-03T05:30:00.000Z');
    expect(next('First Tuesday 11:00', '2026-02-03T05:29:59Z')).toBe('2026-02-03T05:30:00.000Z');
    expect(next('first tuesday 11:00', '2026-02-03T05:30:00Z')).toBe('2026-03-03T05:30:00.000Z');
    expect(next('fourth monday 09:00', '2026-12-29T00:00:00Z')).toBe('2027-01-25T03:30:00.000Z');
    expect(next('last friday 15:30', '2026-02-01T00:00:00Z')).toBe('2026-02-27T10:00:00.000Z');
    expect(next('last thursday 10:00', '2026-12-01T00:00:00Z')).toBe('2026-12-31T04:30:00.000Z');
  });

  it('keeps its hour when clocks change', () => {
    expect(next('last sunday 11:00', '2026-02-25T00:00:00Z', 'Europe/London')).toBe('2026-03-29T10:00:00.000Z');
    expect(next('first monday 11:00', '2026-02-25T00:00:00Z', 'Europe/London')).toBe('2026-03-02T11:00:00.000Z');
  });

  it('says no to what is no such time', () => {
    for (const text of [
      'tuesday 11:00',
      'fifth tuesday 11:00',
      'first tuesday',
      'first tuesday 25:00',
      'first tuesday 11:00 x',
      '',
    ])
      expect(parseMonthly(text), text).toBeUndefined();
  });
});
