import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, humanDuration, parseDuration } from '../../src/time/duration.ts';

describe('durations', () => {
  it.each([
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1w2d', 777_600_000],
    ['0', 0],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', '-5m', '5m1h', '1.5h', '5 m', 'm', '5mm', '2h30', '∞', '99999999999999999y'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('writes what it reads back', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => parseDuration(formatDuration(ms)) === ms));
  });

  it('speaks to people in at most two units', () => {
    expect([40_000, 374_000, 5_400_000, 7_200_000, 90_000_000].map(humanDuration)).toEqual([
      '40 s',
      '6 min',
      '1 h 30 min',
      '2 h',
      '1 d 1 h',
    ]);
  });
});
