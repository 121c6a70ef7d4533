import { describe, expect, it } from 'vitest';
import { createOncallAnswers } from '../../src/oncall/answers.ts';
import { createOncallCalendar } from '../../src/oncall/calendar.ts';
import { createRoster } from '../../src/oncall/roster.ts';
import { workload } from '../../src/oncall/workload.ts';
import { createDirectory } from '../../src/people/directory.ts';
import { renderMe } from '../../src/slack/view/oncall.ts';
import { renderWeeks } from '../../src/slack/view/oncall-weeks.ts';
import { SqlitePeopleStore } from '../../src/sqlite/people-store.ts';
import { at, DAY, HOUR, house, weekly } from './schedule-house.ts';

describe('who carries how much (24)', () => {
  it('a week is 168 hours, 70 of them at night and 48 at the weekend; 167 where clocks go forward', () => {
    const of = (start: string, zone: string) => workload([{ start: at(start), end: at(start) + 7 * DAY }], zone);
    expect(of('2026-03-02T09:00:00Z', 'UTC')).toEqual({ total: 168 * HOUR, night: 70 * HOUR, weekend: 48 * HOUR });
    const spring = [{ start: at('2026-03-23T09:00:00Z'), end: at('2026-03-30T08:00:00Z') }];
    expect(workload(spring, 'Europe/London')).toEqual({ total: 167 * HOUR, night: 69 * HOUR, weekend: 47 * HOUR });
  });

  it('nobody could see that one of three does half of it: their own share beside the average, and no other name', () => {
    const h = house();
    h.schedules[0] = weekly('primary', 'asha@example.com, bilal@example.com, asha@example.com, chitra@example.com');
    const directory = createDirectory(() => ({ schedules: {}, users: {} }), new SqlitePeopleStore(h.db));
    const answers = createOncallAnswers(
      createRoster(() => h.schedules, h.store),
      directory,
      () => 7,
    );
    // Eight whole weeks, two rounds of the four turns.
    const now = at('2026-03-02T09:00:00Z') + 56 * DAY;
    const share = answers.workloadOf('U01ASHA', now);
    expect(share.lines).toMatchObject([{ own: { total: 4 * 168 * HOUR }, mean: { total: (8 / 3) * 168 * HOUR } }]);
    const shown = JSON.stringify(renderMe([], now, { timezone: 'UTC', nameOf: () => undefined }, share).blocks);
    expect(shown).toContain('672 h, 280 h of it at night, 192 h at weekends (each on average 448 h, 187 h, 128 h)');
    expect(shown).toContain('Pages to you: 7');
    expect(shown).not.toMatch(/bilal|chitra|U02|U03/i);
    expect(answers.workloadOf('U09GUEST', now).lines).toEqual([]);
  });

  it('the team could not see it either: how far apart the shares are, and pages in all, below the weeks, by no name', () => {
    const h = house();
    h.schedules[0] = weekly('primary', 'asha@example.com, bilal@example.com, asha@example.com, chitra@example.com');
    const directory = createDirectory(() => ({ schedules: {}, users: {} }), new SqlitePeopleStore(h.db));
    const roster = createRoster(() => h.schedules, h.store);
    const answers = createOncallAnswers(roster, directory, () => 2);
    const now = at('2026-03-02T09:00:00Z') + 56 * DAY;
    const load = answers.loadOf('primary', now);
    expect(load).toMatchObject({ people: 3, hours: { least: 0.25, most: 0.5 }, pages: 16 });
    const weeks = createOncallCalendar(roster, directory).weeks('primary', now, 1);
    const wording = { timezone: 'UTC', nameOf: () => undefined };
    const shown = JSON.stringify(renderWeeks(weeks ? [weeks] : [], wording, () => load).blocks);
    expect(shown).toContain(
      'Last 90 days, each of 3 people: 25–50 % of the hours, 25–50 % of the nights, 25–50 % of the weekends; 16 pages in all',
    );
    expect(answers.loadOf('primary', at('2026-03-01T00:00:00Z'))).toBeUndefined();
  });
});
