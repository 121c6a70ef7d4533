import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/document/yaml.ts';
import { memberProblems, newUnknowns } from '../../src/oncall/members.ts';
import type { Schedule } from '../../src/oncall/schedule.ts';
import { readSchedule } from '../../src/oncall/schema.ts';
import type { SlackUser } from '../../src/people/person.ts';
import { house } from './schedule-house.ts';

const { directory } = house();
const ACCOUNTS: SlackUser[] = [
  { id: 'U01ASHA', name: 'Asha', email: 'asha@example.com', standing: 'member' },
  { id: 'U02BILAL', name: 'Bilal', email: 'bilal@example.com', standing: 'member' },
];

const named = (...members: readonly string[]): Schedule =>
  readSchedule(
    parseYaml(
      `oncall_schedule:\n  name: s\n  timezone: UTC\n  rotation: { type: daily, members: [${members.join(', ')}] }\n`,
      's.yml',
    ),
  );

describe('members whom nobody knows', () => {
  it('are named once each, at their first place, with who was probably meant', () => {
    const problems = memberProblems(
      [named('asha@example.com', 'Bilaal', 'Bilaal', 'zoe')],
      directory,
      ACCOUNTS,
      'error',
    );
    expect(problems.map(({ at, message }) => `${at.line}:${at.col} ${message}`)).toEqual([
      '4:56 unknown member Bilaal; did you mean Bilal?',
      expect.stringMatching(/^4:72 unknown member zoe; write an e-mail address/),
    ]);
  });

  it('guests and robots are warned of: they cannot answer', () => {
    const problems = memberProblems([named('U09GUEST', 'U00BOT', 'Asha')], directory, ACCOUNTS, 'error');
    expect(problems.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      'warning U09GUEST is a guest in Slack and cannot act on alerts',
      'warning U00BOT is a bot and answers nobody',
    ]);
  });

  it('are no reason to refuse a change that did not bring them: somebody may have renamed an account', () => {
    const running = { schedules: [named('Renamed', 'Asha')], directory };
    const next = (...members: readonly string[]) => ({ schedules: [named(...members)], directory });
    expect(newUnknowns(next('Asha', 'Renamed', 'Bilal'), running, ACCOUNTS)).toEqual([]);
    expect(newUnknowns(next('Asha', 'Zoe'), running, ACCOUNTS)).toMatchObject([
      { message: expect.stringContaining('unknown member Zoe') },
    ]);
    expect(newUnknowns(next('Asha', 'Zoe'), running, [])).toEqual([]);
  });
});
