import { beforeEach, describe, expect, it } from 'vitest';
import type { OncallChange, OncallResult } from '../../src/oncall/change.ts';
import { ASHA, at, BILAL, CHITRA, DAY, HOUR, house, NOW, weekly, who } from './schedule-house.ts';

let h: ReturnType<typeof house>;
beforeEach(() => {
  h = house();
});

function changed(result: OncallResult): OncallChange {
  if (result.kind === 'refused') throw new Error(result.message);
  return result.change;
}

function refusal(result: OncallResult): string {
  return result.kind === 'refused' ? result.message : 'done';
}

const idOf = (result: OncallResult): string => {
  const change = changed(result);
  return 'swap' in change ? change.swap.id : change.override.id;
};

const onCall = (when: number): string | undefined => h.roster.onCall('primary', when)?.[0];

describe('an override', () => {
  const make = (start: number, end: number, actor = CHITRA, person = 'bilal@example.com'): OncallResult =>
    h.overrides.make({ person, start, end }, actor, NOW);

  it('puts one person on call for its time, tells both people and everybody, and is written down', () => {
    const result = make(NOW + HOUR, NOW + 3 * HOUR);
    expect(changed(result)).toMatchObject({
      kind: 'override_made',
      override: { user: 'U02BILAL', instead: ['U01ASHA'] },
    });
    expect([NOW, NOW + HOUR, NOW + 3 * HOUR].map(onCall)).toEqual([
      'asha@example.com',
      'bilal@example.com',
      'asha@example.com',
    ]);
    expect(h.told.toSorted()).toEqual(['Asha: override_made', 'Bilal: override_made', 'everybody: override_made']);
    expect(h.audit).toMatchObject([{ action: 'oncall.override', actor: { id: CHITRA.id }, target: 'primary' }]);
  });

  it('is refused where it overlaps another, is empty, is over, changes nothing, or names nobody; nothing changes then', () => {
    make(NOW + HOUR, NOW + 3 * HOUR);
    expect(refusal(make(NOW + 2 * HOUR, NOW + 4 * HOUR))).toMatch(/overlaps override 1 \(Bilal, Tue 3 Mar, 13:00/);
    expect(refusal(make(NOW + 5 * HOUR, NOW + 5 * HOUR))).toContain('begins now or later');
    expect(refusal(make(NOW - HOUR, NOW + HOUR / 2))).toContain('begins now or later');
    expect(refusal(make(NOW + 5 * HOUR, NOW + 6 * HOUR, CHITRA, 'asha@example.com'))).toContain(
      'on call for primary in that time anyway',
    );
    expect(refusal(make(NOW + 5 * HOUR, NOW + 6 * HOUR, CHITRA, 'Zoe'))).toContain('Nobody is called “Zoe”');
    expect(refusal(make(NOW + 5 * HOUR, NOW + 6 * HOUR, CHITRA, 'U00BOT'))).toContain('cannot be on call');
    expect(
      refusal(h.overrides.make({ schedule: 'nope', person: 'Bilal', start: NOW, end: NOW + HOUR }, ASHA, NOW)),
    ).toContain('There are primary');
    expect(h.store.overrides('primary', 0)).toHaveLength(1);
  });

  it('belongs to the configured groups, is refused to guests, and the refusal is written down', () => {
    h.facts.config = { ...h.facts.config, override: ['ml-leads'] };
    expect(refusal(make(NOW, NOW + HOUR))).toBe('Only ml-leads may change who is on call.');
    h.facts.groups = ['ml-leads'];
    expect(refusal(make(NOW, NOW + HOUR))).toBe('done');
    h.facts.groups = undefined;
    expect(refusal(make(NOW + 2 * HOUR, NOW + 3 * HOUR))).toBe('Your user groups cannot be read just now.');
    expect(refusal(make(NOW + 2 * HOUR, NOW + 3 * HOUR, who('U09GUEST')))).toContain('Guests');
    expect(h.audit.filter(({ after }) => JSON.stringify(after).includes('refused'))).toHaveLength(3);
  });

  it('can be ended by who made it or holds it, whatever groups say; the past stays', () => {
    const id = idOf(make(NOW, NOW + 4 * HOUR));
    h.facts.config = { ...h.facts.config, override: ['ml-leads'] };
    expect(refusal(h.overrides.end(id, ASHA, NOW + HOUR))).toContain('Only ml-leads');
    expect(changed(h.overrides.end(id, BILAL, NOW + HOUR))).toMatchObject({
      kind: 'override_ended',
      override: { instead: ['U01ASHA'] },
    });
    expect([NOW, NOW + HOUR - 1, NOW + HOUR].map(onCall)).toEqual([
      'bilal@example.com',
      'bilal@example.com',
      'asha@example.com',
    ]);
    expect(refusal(h.overrides.end(id, BILAL, NOW + HOUR))).toContain('over already');
    expect(refusal(h.overrides.end('99; DROP TABLE', BILAL, NOW))).toContain('There is no override');
  });

  it('warns of two schedules at once and of shifts without rest between', () => {
    h.schedules.push(weekly('secondary', 'bilal@example.com'));
    const handoff = at('2026-03-09T09:00:00Z');
    const result = h.overrides.make(
      { schedule: 'primary', person: 'Bilal', start: handoff - HOUR, end: handoff },
      ASHA,
      NOW,
    );
    expect(changed(result)).toMatchObject({
      override: {
        warnings: [
          { kind: 'no_rest', side: 'after', schedule: 'primary' },
          { kind: 'double_booked', schedule: 'secondary' },
          { kind: 'no_rest', side: 'before', schedule: 'secondary' },
          { kind: 'no_rest', side: 'after', schedule: 'secondary' },
        ],
      },
    });
  });
});

describe('taking the shift', () => {
  it('holds until hands would have changed, also over an override', () => {
    h.overrides.make({ person: 'Bilal', start: NOW, end: NOW + DAY }, ASHA, NOW);
    expect(changed(h.overrides.take(undefined, CHITRA, NOW + HOUR))).toMatchObject({
      kind: 'shift_taken',
      override: { user: 'U03CHITRA', end: NOW + DAY, instead: ['U02BILAL'] },
    });
    expect([NOW + HOUR, NOW + DAY - 1, NOW + DAY].map(onCall)).toEqual([
      'chitra@example.com',
      'chitra@example.com',
      'asha@example.com',
    ]);
    expect(refusal(h.overrides.take('primary', CHITRA, NOW + 2 * HOUR))).toBe('You are on call for primary already.');
  });
});

describe('a swap', () => {
  const start = at('2026-03-23T09:00:00Z');
  const offer = (date?: string): OncallResult =>
    h.swaps.offer({ person: 'Bilal', ...(date !== undefined && { date }) }, ASHA, NOW);

  it('is agreed by the person who was asked: then it holds, and both and everybody hear it', () => {
    const id = idOf(offer());
    expect(h.told).toEqual(['Bilal: swap_offered']);
    expect(onCall(start)).toBe('asha@example.com');
    expect(changed(h.swaps.take(id, BILAL, NOW + HOUR))).toMatchObject({
      kind: 'swap_agreed',
      swap: { start, to: 'U02BILAL' },
    });
    expect([start, start + 7 * DAY - 1].map(onCall)).toEqual(['bilal@example.com', 'bilal@example.com']);
    expect(h.told.slice(1)).toEqual(['Asha: swap_agreed', 'everybody: swap_agreed']);
    expect(h.audit.map(({ action }) => action)).toEqual(['oncall.swap_offer', 'oncall.swap_take']);
  });

  it('is about the next own shift that has not begun, or the one on a day', () => {
    expect(changed(offer('2026-04-15'))).toMatchObject({ swap: { start: at('2026-04-13T09:00:00Z') } });
    expect(refusal(offer('2026-03-04'))).toContain('has begun');
    expect(refusal(offer('2026-03-12'))).toContain('no shift of your own on 2026-03-12');
    expect(refusal(offer('next week'))).toContain('is no date');
    expect(refusal(h.swaps.offer({ person: 'Asha' }, ASHA, NOW))).toContain('your own shift');
    expect(refusal(h.swaps.offer({ person: 'Bilal' }, who('U09GUEST'), NOW))).toContain('Guests');
  });

  it('can be declined by the person who was asked, and by nobody else', () => {
    const id = idOf(offer());
    expect(refusal(h.swaps.decline(id, CHITRA, NOW))).toContain('Somebody else was asked');
    expect(refusal(h.swaps.take(id, CHITRA, NOW))).toContain('Somebody else was asked');
    expect(changed(h.swaps.decline(id, BILAL, NOW)).kind).toBe('swap_declined');
    expect(refusal(h.swaps.take(id, BILAL, NOW))).toContain('settled already');
    expect(h.told.at(-1)).toBe('Asha: swap_declined');
    expect(refusal(offer())).toBe('done');
  });

  it('cannot be asked twice for one shift, until the first question is taken back', () => {
    const id = idOf(offer());
    expect(refusal(h.swaps.offer({ person: 'Chitra' }, ASHA, NOW))).toContain('somebody has been asked');
    expect(refusal(h.swaps.withdraw(id, CHITRA, NOW))).toContain('Only the two people');
    expect(changed(h.swaps.withdraw(id, ASHA, NOW)).kind).toBe('swap_withdrawn');
    expect(h.told.at(-1)).toBe('Bilal: swap_withdrawn');
    expect(refusal(h.swaps.offer({ person: 'Chitra' }, ASHA, NOW))).toBe('done');
  });

  it.each([
    ['the taker', BILAL, 'Asha'],
    ['the asker', ASHA, 'Bilal'],
  ])('is undone by %s until the shift begins, and not from then on', (_, actor, other) => {
    const id = idOf(offer());
    h.swaps.take(id, BILAL, NOW);
    expect(refusal(h.swaps.withdraw(id, actor, start))).toContain('has begun');
    expect(changed(h.swaps.withdraw(id, actor, start - 1))).toMatchObject({ kind: 'swap_undone', by: actor.id });
    expect(h.told.slice(-2)).toEqual([`${other}: swap_undone`, 'everybody: swap_undone']);
    expect(onCall(start)).toBe('asha@example.com');
    expect(refusal(h.swaps.take(id, BILAL, start - 1))).toContain('settled already');
  });

  it('cannot be agreed once the shift has begun, nor by somebody who is on call then', () => {
    const id = idOf(offer());
    expect(refusal(h.swaps.take(id, BILAL, start))).toContain('has begun');
    h.schedules.push(weekly('secondary', 'bilal@example.com'));
    expect(refusal(h.swaps.take(id, BILAL, NOW))).toContain('on call in that time yourself');
  });

  it('warns the person who is asked of shifts without rest between', () => {
    // Asha's next shift ends when Bilal's begins.
    expect(changed(offer())).toMatchObject({
      swap: { warnings: [{ kind: 'no_rest', side: 'after', schedule: 'primary' }] },
    });
  });

  it('is off when a change of the schedule makes the shift cease to exist, and both people hear it once', () => {
    const id = idOf(offer());
    h.swaps.take(id, BILAL, NOW);
    h.told.length = 0;
    h.swaps.settle(NOW);
    expect(h.told).toEqual([]);
    h.schedules[0] = weekly('primary', 'chitra@example.com');
    h.swaps.settle(NOW);
    h.swaps.settle(NOW);
    expect(h.told).toEqual(['Asha: swap_void', 'Bilal: swap_void']);
    expect(h.store.swap(id)?.state).toBe('void');
    expect(h.audit.at(-1)).toMatchObject({ action: 'oncall.swap_void', actor: { id: 'system' } });
  });

  it('leaves nothing behind when its transaction fails', () => {
    const tell = h.told.push;
    h.told.push = () => {
      throw new Error('disk full');
    };
    expect(() => offer()).toThrow('disk full');
    h.told.push = tell;
    expect(h.store.swaps('primary')).toEqual([]);
  });
});
