import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hold, type InstanceState, type Observation, removeRule, transition } from '../../src/rules/instance.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const hold = (changes: Partial<Hold> = {}): Hold => ({
  forMs: 5 * MINUTE,
  keepFiringForMs: 0,
  intervalMs: MINUTE,
  missing: 'hold',
  outageToleranceMs: HOUR,
  noDataEndMs: 24 * HOUR,
  ...changes,
});

const INACTIVE: InstanceState = { kind: 'inactive' };

/** Plays one observation a minute from minute 0 on; returns the state after each. */
function play(observations: readonly Observation[], rules: Hold, start: InstanceState = INACTIVE): InstanceState[] {
  const states: InstanceState[] = [];
  let state = start;
  for (const [minute, observation] of observations.entries()) {
    state = transition(state, observation, rules, minute * MINUTE);
    states.push(state);
  }
  return states;
}

const times = (count: number, observation: Observation): Observation[] =>
  Array.from({ length: count }, () => observation);
const kinds = (states: readonly InstanceState[]): string[] => states.map((state) => state.kind);

describe('an alert instance', () => {
  it('is pending at the first true and fires when it has been true for `for`', () => {
    const states = play(times(7, 'true'), hold());
    expect(kinds(states)).toEqual(['pending', 'pending', 'pending', 'pending', 'pending', 'firing', 'firing']);
    expect(states[5]).toEqual({ kind: 'firing', activeAt: 0, firedAt: 5 * MINUTE });
  });

  it('fires at once without `for`', () => {
    expect(kinds(play(['true'], hold({ forMs: 0 })))).toEqual(['firing']);
  });

  it('starts anew after one false while pending', () => {
    const states = play([...times(5, 'true'), 'false', ...times(6, 'true')], hold());
    expect(kinds(states).slice(4)).toEqual([
      'pending',
      'inactive',
      'pending',
      'pending',
      'pending',
      'pending',
      'pending',
      'firing',
    ]);
  });

  it('resolves when it is seen to be false', () => {
    const states = play([...times(6, 'true'), 'false'], hold());
    expect(states[6]).toEqual({
      kind: 'resolved',
      activeAt: 0,
      firedAt: 5 * MINUTE,
      at: 6 * MINUTE,
      reason: 'seen_false',
    });
  });

  it('keeps firing for keep_firing_for, counted from the first miss, and starts that anew when true again', () => {
    const rules = hold({ forMs: 0, keepFiringForMs: 3 * MINUTE });
    expect(kinds(play(['true', ...times(4, 'false')], rules))).toEqual([
      'firing',
      'firing',
      'firing',
      'firing',
      'resolved',
    ]);
    expect(kinds(play(['true', 'false', 'false', 'true', 'false', 'false', 'false'], rules))).toEqual(
      times(7, 'true').map(() => 'firing'),
    );
  });

  it('is not touched by a failed query', () => {
    const states = play([...times(6, 'true'), ...times(60, 'error')], hold());
    expect(states[65]).toBe(states[5]);
  });

  it('that fires and loses its data is no_data, fires again when true, and resolves only when false', () => {
    const states = play([...times(6, 'true'), 'missing', 'missing', 'true', 'missing', 'false'], hold());
    expect(kinds(states).slice(5)).toEqual(['firing', 'no_data', 'no_data', 'firing', 'no_data', 'resolved']);
    expect(states[7]).toEqual({ kind: 'no_data', activeAt: 0, firedAt: 5 * MINUTE, since: 6 * MINUTE });
  });

  it('without data for a day is over, and says that this is not good news', () => {
    const states = play([...times(6, 'true'), ...times(24 * 60 + 1, 'missing')], hold());
    expect(states.at(-2)?.kind).toBe('no_data');
    expect(states.at(-1)).toMatchObject({ kind: 'resolved', reason: 'no_data_expired', at: (24 * 60 + 6) * MINUTE });
  });

  it('that is pending holds through a gap, and the gap does not count towards `for`', () => {
    const states = play([...times(3, 'true'), ...times(10, 'missing'), ...times(4, 'true')], hold());
    expect(kinds(states).slice(3, 13)).toEqual(times(10, 'true').map(() => 'pending'));
    expect(kinds(states).slice(13)).toEqual(['pending', 'pending', 'firing', 'firing']);
  });

  it('that is pending and unseen for more than an hour is dropped', () => {
    const states = play(['true', ...times(62, 'missing')], hold());
    expect(states[60]?.kind).toBe('pending');
    expect(states[61]?.kind).toBe('inactive');
  });

  it('whose rule is removed ends if it fired and vanishes if it did not', () => {
    const [pending] = play(['true'], hold());
    const firing = play(times(6, 'true'), hold()).at(-1);
    expect(removeRule(pending ?? INACTIVE, HOUR)).toEqual(INACTIVE);
    expect(removeRule(firing ?? INACTIVE, HOUR)).toMatchObject({ kind: 'resolved', reason: 'rule_removed', at: HOUR });
  });
});

const observation = fc.constantFrom<Observation>('true', 'false', 'missing', 'error');
const timeline = fc.array(observation, { maxLength: 120 });
const anyHold = fc.record({
  forMs: fc.integer({ min: 0, max: 10 }).map((n) => n * MINUTE),
  keepFiringForMs: fc.integer({ min: 0, max: 5 }).map((n) => n * MINUTE),
  intervalMs: fc.constant(MINUTE),
  missing: fc.constant<'hold'>('hold'),
  outageToleranceMs: fc.constant(HOUR),
  noDataEndMs: fc.constant(24 * HOUR),
});

describe('laws of the state machine', () => {
  it('nothing fires that was not seen true for `for` in all', () => {
    fc.assert(
      fc.property(timeline, anyHold, (observations, rules) => {
        const states = play(observations, rules);
        const first = states.findIndex((state) => state.kind === 'firing');
        if (first < 0) return;
        const trues = observations.slice(0, first + 1).filter((o) => o === 'true').length;
        expect((trues - 1) * MINUTE).toBeGreaterThanOrEqual(rules.forMs);
        expect(observations[first]).toBe('true');
      }),
    );
  });

  it('an open alert ends as seen_false only at an evaluation that saw it false, or after one that did', () => {
    fc.assert(
      fc.property(timeline, anyHold, (observations, rules) => {
        const states = play(observations, rules);
        for (const [i, state] of states.entries()) {
          const before = states[i - 1];
          if (state.kind !== 'resolved' || before?.kind === 'resolved') continue;
          const lastTrue = observations.lastIndexOf('true', i);
          expect(observations.slice(lastTrue, i + 1)).toContain('false');
        }
      }),
    );
  });

  it('errors change nothing, wherever they fall', () => {
    fc.assert(
      fc.property(timeline, anyHold, fc.nat(), (observations, rules, pick) => {
        const states = play(observations, rules);
        const state = states[pick % Math.max(1, states.length)] ?? INACTIVE;
        expect(transition(state, 'error', rules, 1000 * HOUR)).toBe(state);
      }),
    );
  });

  it('the instants of a state never run backwards', () => {
    fc.assert(
      fc.property(timeline, anyHold, (observations, rules) => {
        for (const [i, state] of play(observations, rules).entries()) {
          const now = i * MINUTE;
          if (state.kind === 'inactive') continue;
          expect(state.activeAt).toBeLessThanOrEqual(now);
          if (state.kind === 'pending') continue;
          expect(state.firedAt).toBeGreaterThanOrEqual(state.activeAt);
          expect(state.firedAt).toBeLessThanOrEqual(now);
        }
      }),
    );
  });

  it('with `missing: resolve` missing is false, as in Prometheus', () => {
    fc.assert(
      fc.property(timeline, anyHold, (observations, rules) => {
        const prometheus: Hold = { ...rules, missing: 'resolve' };
        const asFalse = observations.map((o): Observation => (o === 'missing' ? 'false' : o));
        expect(play(observations, prometheus)).toEqual(play(asFalse, prometheus));
      }),
    );
  });
});
