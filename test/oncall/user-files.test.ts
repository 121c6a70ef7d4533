import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/document/yaml.ts';
import { readEscalationPolicy } from '../../src/incident/schema.ts';
import { onCallAt, shifts } from '../../src/oncall/schedule.ts';
import { readSchedule } from '../../src/oncall/schema.ts';

const FOLDER = resolve(import.meta.dirname, '../../../shared/user');
const present = existsSync(FOLDER);
if (!present) console.warn(`SKIPPED: the reference files are not at ${FOLDER}`);

const load = (name: string) => parseYaml(readFileSync(resolve(FOLDER, name), 'utf8'), name);

describe.skipIf(!present)('the files of the reference document load unchanged', () => {
  it('hands over on Mondays at 09:00 in Kolkata, and Bilal has Republic Day', () => {
    const schedule = readSchedule(load('oncall-schedule.yml'));
    expect(schedule.name).toBe('ml-platform-primary');
    const from = Date.parse('2026-01-19T03:30:00Z');
    const to = Date.parse('2026-02-09T03:30:00Z');
    const seen = shifts(schedule, from, to).map(
      ({ start, end, user, source }) =>
        `${new Date(start).toISOString().slice(0, 16)} ${new Date(end).toISOString().slice(0, 16)} ${user} ${source}`,
    );
    console.log(seen);
    expect(onCallAt(schedule, Date.parse('2026-01-25T18:30:00Z'))?.source).toBe('override');
    expect(onCallAt(schedule, Date.parse('2026-01-26T18:30:00Z'))?.source).toBe('rotation');
  });

  it('reads the escalation policy as three passes of four levels', () => {
    const policy = readEscalationPolicy(load('escalation-policy.yml'));
    expect(policy).toMatchObject({ name: 'ml-platform-escalation', passes: 3 });
    expect(policy.levels.map(({ delayMs }) => delayMs / 60_000)).toEqual([5, 10, 15, 30]);
  });
});
