import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/document/yaml.ts';
import type { OncallResult } from '../../src/oncall/change.ts';
import type { OverrideDraft } from '../../src/oncall/override-acts.ts';
import { beside, gaps, type Schedule, type Shift, shifts } from '../../src/oncall/schedule.ts';
import { readSchedule } from '../../src/oncall/schema.ts';
import { renderChange } from '../../src/slack/view/oncall-change.ts';
import { ASHA, at, BILAL, CHITRA, DAY, HOUR, house, NOW } from './schedule-house.ts';

const read = (overrides: string): Schedule =>
  readSchedule(
    parseYaml(
      `oncall_schedule:
  name: s
  timezone: UTC
  rotation: { type: daily, handoff_time: "09:00", start: "2026-03-02", members: [asha, bilal] }
  overrides:
${overrides}`,
      's.yml',
    ),
  );

const told = (list: readonly Shift[]): string[] =>
  list.map(
    ({ user, start, end }) =>
      `${new Date(start).toISOString().slice(8, 16)} ${new Date(end).toISOString().slice(8, 16)} ${user}`,
  );

const FROM = at('2026-03-03T00:00Z');
const TO = at('2026-03-04T00:00Z');

describe('overrides of a file that add or remove', () => {
  it('one more person is on call beside whoever has it, and alone where nobody has', () => {
    const schedule = read('    - { start: "2026-03-03 08:00", end: "2026-03-03 12:00", user: chitra, effect: add }\n');
    expect(told(shifts(schedule, FROM, TO))).toEqual(['03T00:00 03T09:00 asha', '03T09:00 04T00:00 bilal']);
    expect(told(beside(schedule, FROM, TO))).toEqual(['03T08:00 03T12:00 chitra']);
    const empty = { ...schedule, layers: [] };
    expect(told(shifts(empty, FROM, TO))).toEqual(['03T08:00 03T12:00 chitra']);
    expect(beside(empty, FROM, TO)).toEqual([]);
    expect(gaps(empty, FROM, TO)).toHaveLength(2);
  });

  it('without somebody there is a hole, or whoever was added', () => {
    const remove = '    - { start: "2026-03-03 08:00", end: "2026-03-03 12:00", user: bilal, effect: remove }\n';
    expect(told(shifts(read(remove), FROM, TO))).toEqual(['03T00:00 03T09:00 asha', '03T12:00 04T00:00 bilal']);
    const both = read(
      `${remove}    - { start: "2026-03-03 10:00", end: "2026-03-03 14:00", user: chitra, effect: add }\n`,
    );
    expect(told(shifts(both, FROM, TO))).toEqual([
      '03T00:00 03T09:00 asha',
      '03T10:00 03T12:00 chitra',
      '03T12:00 04T00:00 bilal',
    ]);
    expect(told(beside(both, FROM, TO))).toEqual(['03T12:00 03T14:00 chitra']);
  });

  it('may overlap one that replaces; two that replace may not', () => {
    const replace = (user: string): string => `    - { start: "2026-03-03", end: "2026-03-04", user: ${user} }\n`;
    expect(() => read(`${replace('dev')}${replace('chitra')}`)).toThrow('overlaps the override of dev');
    const schedule = read(
      `${replace('dev')}    - { start: "2026-03-03", end: "2026-03-04", user: chitra, effect: add }\n`,
    );
    expect(told(shifts(schedule, FROM, TO))).toEqual(['03T00:00 04T00:00 dev']);
    expect(told(beside(schedule, FROM, TO))).toEqual(['03T00:00 04T00:00 chitra']);
    expect(() => read('    - { start: "2026-03-03", end: "2026-03-04", user: dev, effect: insert }\n')).toThrow(
      'expected replace, add or remove',
    );
  });

  it('whatever is arranged, shifts never overlap, and nobody is beside themselves', () => {
    const override = fc.record({
      start: fc.integer({ min: 0, max: 47 }),
      length: fc.integer({ min: 1, max: 24 }),
      user: fc.constantFrom('asha', 'bilal', 'chitra'),
      effect: fc.constantFrom('replace', 'add', 'remove'),
    });
    const base = read('    - { start: "2026-03-03", end: "2026-03-04", user: asha }\n');
    fc.assert(
      fc.property(fc.array(override, { maxLength: 8 }), (list) => {
        const overrides = list.map(({ start, length, ...rest }) => ({
          ...rest,
          start: FROM + start * HOUR,
          end: FROM + (start + length) * HOUR,
        }));
        const arranged = { overrides, swaps: [] };
        const final = shifts(base, FROM, FROM + 3 * DAY, arranged);
        for (const [index, shift] of final.entries()) {
          expect(shift.start).toBeLessThan(shift.end);
          expect(shift.start).toBeGreaterThanOrEqual(final[index - 1]?.end ?? FROM);
        }
        for (const more of beside(base, FROM, FROM + 3 * DAY, arranged)) {
          const same = final.filter(
            ({ user, start, end }) => user === more.user && start < more.end && end > more.start,
          );
          expect(same).toEqual([]);
        }
      }),
    );
  });
});

describe('overrides at run time that add or remove', () => {
  let h: ReturnType<typeof house>;
  beforeEach(() => {
    h = house();
  });
  const make = (draft: Partial<OverrideDraft>): OncallResult =>
    h.overrides.make({ person: 'bilal@example.com', start: NOW, end: NOW + 4 * HOUR, ...draft }, CHITRA, NOW);
  const onCall = (): readonly string[] | undefined => h.roster.onCall('primary', NOW);

  it('page one more, who hears it with whoever is on call; ended, it is as before', () => {
    expect(make({ effect: 'add' })).toMatchObject({
      kind: 'done',
      change: { override: { effect: 'add', user: BILAL.id, instead: [ASHA.id] } },
    });
    expect(onCall()).toEqual(['asha@example.com', 'bilal@example.com']);
    expect(h.told.toSorted()).toEqual(['Asha: override_made', 'Bilal: override_made', 'everybody: override_made']);
    expect(make({ effect: 'add' })).toMatchObject({ kind: 'refused', message: expect.stringContaining('anyway') });
    expect(make({ person: 'chitra@example.com' })).toMatchObject({ kind: 'done' });
    expect(onCall()).toEqual(['chitra@example.com', 'bilal@example.com']);
    h.overrides.end('1', CHITRA, NOW + 1);
    expect(h.roster.onCall('primary', NOW + 2)).toEqual(['chitra@example.com']);
  });

  it('taking out who stands in leaves a hole where the one before does not come back, and says from when to when', () => {
    const stood = make({ end: NOW + 2 * HOUR });
    expect(stood).toMatchObject({ kind: 'done' });
    const removed = make({ effect: 'remove', end: NOW + 3 * HOUR });
    expect(onCall()).toEqual([]);
    const hole = { kind: 'nobody_on_call', start: NOW, end: NOW + 2 * HOUR };
    expect(removed).toMatchObject({ change: { override: { instead: [ASHA.id], warnings: [hole] } } });
    if (removed.kind === 'refused') throw new Error(removed.message);
    const words = renderChange(removed.change, 'everybody', { timezone: 'UTC', nameOf: () => undefined });
    expect(JSON.stringify(words)).toContain('Nobody is on call');
  });

  it('page one less: a visible hole; somebody who is not on call cannot be removed', () => {
    expect(make({ effect: 'remove' })).toMatchObject({ message: 'Bilal is not on call for primary in that time.' });
    expect(make({ effect: 'remove', person: 'Asha' })).toMatchObject({
      kind: 'done',
      change: { override: { effect: 'remove', user: ASHA.id, instead: [] } },
    });
    expect(onCall()).toEqual([]);
    expect(h.roster.gaps('primary', NOW, NOW + DAY)).toEqual([{ start: NOW, end: NOW + 4 * HOUR }]);
  });
});
