import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rotation, Turn } from '../../src/oncall/rotation.ts';
import { onCallAt, type Schedule, shifts } from '../../src/oncall/schedule.ts';
import { parseTimeOfDay } from '../../src/time/wall-clock.ts';

/**
 * The turns around each kind of clock change, as another implementation counts them: Python 3.11's zoneinfo (tzdata 2025b) read
 * forward in steps of 30 seconds, three days either side of `at`. A turn is the one that the furthest wall-clock reading so far falls
 * into, counted in whole days or months from the first handoff on or after 1970-01-05. `turns` holds [step, turn] for each change;
 * `on` is the weekday or the day of the month, 0 for none. Nothing of the engine under test took part.
 */
interface Row {
  readonly zone: string;
  readonly at: string;
  readonly shapes: readonly {
    readonly unit: 'days' | 'months';
    readonly count: number;
    readonly on: number;
    readonly time: string;
    readonly turns: readonly (readonly [number, number])[];
  }[];
}

const TABLE = JSON.parse(
  readFileSync(new URL('../golden/oncall/transitions.json', import.meta.url), 'utf8'),
) as readonly Row[];

const STEP = 30_000;
const DAY = 86_400_000;
const STEPS = (6 * DAY) / STEP;
const MEMBERS = ['asha', 'bilal', 'chitra', 'dev', 'esi', 'farid', 'gita'];

function scheduleOf(rotation: Rotation): Schedule {
  return { name: 's', zone: rotation.zone, layers: [{ rotation, windows: [] }], overrides: [] };
}

function turnOf({ unit, count, on }: Row['shapes'][number]): Turn {
  if (unit === 'months') return { unit, count, day: on };
  return { unit, count, ...(on > 0 && { weekday: on }) };
}

const member = (turn: number): string | undefined => MEMBERS[((turn % 7) + 7) % 7];

describe('every 30 seconds around every kind of clock change', () => {
  it.each(TABLE)('$zone at $at has on call whom another implementation says', ({ zone, at, shapes }) => {
    const from = Date.parse(at) - 3 * DAY;
    for (const shape of shapes) {
      const handoffTime = parseTimeOfDay(shape.time) ?? Number.NaN;
      const s = scheduleOf({ turn: turnOf(shape), handoffTime, zone, members: MEMBERS });
      const seen = shifts(s, from, from + 6 * DAY);
      let [index, row] = [0, 0];
      for (let step = 0; step < STEPS; step += 1) {
        const t = from + step * STEP;
        while ((seen[index]?.end ?? Number.POSITIVE_INFINITY) <= t) index += 1;
        while ((shape.turns[row + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= step) row += 1;
        const shift = seen[index];
        const expected = member(shape.turns[row]?.[1] ?? Number.NaN);
        if (shift?.user !== expected || shift === undefined || shift.start > t)
          expect(`${shape.time}/${shape.count} ${new Date(t).toISOString()} ${shift?.user}`).toBe(expected);
      }
      // "Who now" is the same question as the list: asked on both sides of each change of hands.
      for (const [step, turn] of shape.turns.slice(1)) {
        const changes = from + step * STEP;
        expect(onCallAt(s, changes)?.user).toBe(member(turn));
        expect(onCallAt(s, changes - STEP)?.user).not.toBe(member(turn));
      }
    }
  });

  it('covers every row of the corpus', () => {
    expect(TABLE.length).toBeGreaterThanOrEqual(40);
    expect(TABLE.every(({ shapes }) => shapes.length === 8)).toBe(true);
  });

  it('turns of hours are elapsed time on both sides of all of them', () => {
    for (const { zone, at } of TABLE) {
      const rotation: Rotation = { turn: { unit: 'hours', count: 7 }, handoffTime: 540, zone, members: MEMBERS };
      const seen = shifts(scheduleOf(rotation), Date.parse(at) - 3 * DAY, Date.parse(at) + 3 * DAY).slice(1, -1);
      expect(new Set(seen.map(({ start, end }) => end - start)), zone).toEqual(new Set([7 * 3_600_000]));
    }
  });
});

describe('laws around clock changes', () => {
  const near = fc
    .record({
      row: fc.constantFrom(...TABLE),
      offset: fc.integer({ min: -3 * DAY, max: 3 * DAY - 1 }),
      count: fc.integer({ min: 2, max: 9 }),
      unit: fc.constantFrom('hours' as const, 'days' as const),
      handoffTime: fc.integer({ min: 0, max: 1439 }),
    })
    .map(({ row: { zone, at }, offset, count, unit, handoffTime }) => ({
      at: Date.parse(at) + offset,
      schedule: scheduleOf({ turn: { unit, count }, handoffTime, zone, members: MEMBERS }),
    }));

  /** The whole shift that holds an instant. */
  function whole(s: Schedule, at: number): { readonly start: number; readonly end: number; readonly user: string } {
    const found = shifts(s, at - 11 * DAY, at + 11 * DAY).find(({ start, end }) => start <= at && at < end);
    if (!found) throw new Error('nobody is on call');
    return found;
  }

  it('exactly one person is on call at every instant, and the next shift of the shift before is the shift itself', () => {
    fc.assert(
      fc.property(near, ({ at, schedule: s }) => {
        const shift = whole(s, at);
        expect(shifts(s, at, at + 1)).toHaveLength(1);
        expect(whole(s, whole(s, shift.start - 1).end)).toEqual(shift);
        expect(whole(s, shift.end).start).toBe(shift.end);
      }),
      { numRuns: 150 },
    );
  });
});
