import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseYaml, type YamlDocument } from '../../src/document/yaml.ts';
import { ladderTimes } from '../../src/incident/escalation.ts';
import { readEscalationPolicy } from '../../src/incident/schema.ts';
import { shifts } from '../../src/oncall/schedule.ts';
import { readSchedule } from '../../src/oncall/schema.ts';

const FOLDER = resolve(import.meta.dirname, '../../../shared/user');
const present = existsSync(FOLDER);
if (!present) console.warn(`SKIPPED: the reference files are not at ${FOLDER}`);

const load = (name: string): YamlDocument => parseYaml(readFileSync(resolve(FOLDER, name), 'utf8'), name);

describe.skipIf(!present)('the files of the reference document load unchanged', () => {
  it('hands over on Mondays at 09:00 in Kolkata, and Bilal has Republic Day from midnight to midnight', () => {
    const schedule = readSchedule(load('oncall-schedule.yml'));
    const seen = shifts(schedule, Date.parse('2026-01-19T03:30:00Z'), Date.parse('2026-02-09T03:30:00Z'));
    expect(
      seen.map(({ start, user, source }) => `${new Date(start).toISOString().slice(0, 16)} ${user} ${source}`),
    ).toEqual([
      '2026-01-19T03:30 asha@example.com rotation',
      '2026-01-25T18:30 bilal@example.com override',
      '2026-01-26T18:30 bilal@example.com rotation',
      '2026-02-02T03:30 chitra@example.com rotation',
    ]);
  });

  it('reads the escalation policy as three passes over 0, 5, 15 and 30 minutes', () => {
    const policy = readEscalationPolicy(load('escalation-policy.yml'));
    expect(policy).toMatchObject({ name: 'ml-platform-escalation', passes: 3 });
    expect(ladderTimes(policy, 0, 13).map((at) => at / 60_000)).toEqual([
      0, 5, 15, 30, 60, 65, 75, 90, 120, 125, 135, 150, 180,
    ]);
    expect(policy.levels[0]?.targets[0]).toMatchObject({ kind: 'schedule', id: 'ML_PRIMARY_ONCALL', at: { line: 11 } });
  });
});
