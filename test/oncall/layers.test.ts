import { describe, expect, it } from 'vitest';
import { DocumentError, printProblem } from '../../src/document/position.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { includeProblems } from '../../src/oncall/includes.ts';
import { createRoster } from '../../src/oncall/roster.ts';
import { type Schedule, shifts } from '../../src/oncall/schedule.ts';
import { readInlineSchedules } from '../../src/oncall/schema.ts';

const at = (text: string): number => Date.parse(text);

function read(text: string): Schedule[] {
  const document = parseYaml(`schedules:\n${text.trim()}\n`, 'w.yml');
  return readInlineSchedules((document.value as { schedules: unknown }).schedules, document);
}

function one(text: string): Schedule {
  const [first] = read(text);
  if (!first) throw new Error('no schedule was read');
  return first;
}

function problems(text: string): string {
  try {
    return read(text) && '';
  } catch (error) {
    if (error instanceof DocumentError) return error.message;
    throw error;
  }
}

function told(schedule: Schedule, from: string, to: string): string[] {
  return shifts(schedule, at(from), at(to)).map(
    ({ start, user }) => `${new Date(start).toISOString().slice(5, 16)} ${user}`,
  );
}

describe('a change that begins on a day', () => {
  const before = `
- name: s
  timezone: UTC
  layers:
  - rotation: { type: daily, members: [asha, bilal] }
    until: "2026-06-01"
`;
  const after = `${before}  - rotation: { type: daily, members: [chitra, dev, esi] }\n    from: "2026-06-01"\n`;

  it('leaves every shift of the past to whom it was, and holds from its first instant on', () => {
    const [old, now] = [one(before.replace('    until: "2026-06-01"\n', '')), one(after)];
    const past = ['2026-05-01T00:00Z', '2026-06-01T00:00Z'] as const;
    expect(told(now, ...past)).toEqual(told(old, ...past));
    const later = shifts(now, at('2026-06-01T00:00Z'), at('2026-07-01T00:00Z')).map(({ user }) => user);
    expect(new Set(later)).toEqual(new Set(['chitra', 'dev', 'esi']));
  });

  it('is refused where it ends before it begins, exists twice, or names neither people nor a schedule', () => {
    const layer = (rest: string): string => problems(`- name: s\n  timezone: America/New_York\n  layers:\n  - ${rest}`);
    const rotation = 'rotation: { type: daily, members: [a] }';
    expect(layer(`{ ${rotation}, from: "2026-06-02", until: "2026-06-02" }`)).toMatch(
      /w\.yml:5:\d+: .*ends before it begins/,
    );
    expect(layer(`{ ${rotation}, from: "2026-11-01 01:30" }`)).toContain('2026-11-01T05:30Z or 2026-11-01T06:30Z');
    expect(layer('{ from: "2026-06-02" }')).toContain('either `rotation:` or `schedule:`');
  });
});

describe('leave and holidays', () => {
  it('leave shows the layer below, and a hole where there is none; the turns of others stay theirs', () => {
    const s = one(`
- name: s
  timezone: UTC
  rotation: { type: daily, start: "2026-03-01", members: [asha, bilal] }
  leave: [{ user: bilal, start: "2026-03-02 12:00", end: "2026-03-05" }]`);
    expect(told(s, '2026-03-01T00:00Z', '2026-03-07T00:00Z')).toEqual([
      '03-01T00:00 asha',
      '03-02T00:00 bilal',
      '03-03T00:00 asha',
      '03-05T00:00 asha',
      '03-06T00:00 bilal',
    ]);
    const roster = createRoster(() => [s]);
    expect(roster.gaps('s', at('2026-03-01T00:00Z'), at('2026-03-07T00:00Z'))).toEqual([
      { start: at('2026-03-02T12:00Z'), end: at('2026-03-03T00:00Z') },
      { start: at('2026-03-04T00:00Z'), end: at('2026-03-05T00:00Z') },
    ]);
  });

  it('leave of somebody who is no member is refused at its place, with who was probably meant', () => {
    const text = `
- name: s
  timezone: UTC
  rotation: { type: daily, members: [asha@example.com, bilal@example.com] }
  leave: [{ user: bilall@example.com, start: "2026-03-02", end: "2026-03-05" }]`;
    expect(problems(text)).toMatch(
      /w\.yml:5:\d+: .*unknown member bilall@example\.com; did you mean bilal@example\.com\?/,
    );
  });

  it('a holiday of the zone belongs to the layer that holds only then', () => {
    const s = one(`
- name: s
  timezone: Asia/Kolkata
  holidays: ["2026-01-26"]
  layers:
  - rotation: { type: daily, members: [night] }
  - rotation: { type: daily, members: [day] }
    restrictions: [{ from: "09:00", to: "17:00" }]
    holidays: skip
  - rotation: { type: daily, members: [duty] }
    holidays: only`);
    const seen = told(s, '2026-01-25T00:00Z', '2026-01-27T00:00Z');
    expect(seen.filter((line) => !line.endsWith('night'))).toEqual(['01-25T03:30 day', '01-25T18:30 duty']);
    expect(seen).toContain('01-26T18:30 night');
  });
});

describe('overrides of a file', () => {
  it('that overlap are refused at the second one, with the first; that touch are not', () => {
    const both = (second: string): string =>
      problems(`
- name: s
  timezone: UTC
  rotation: { type: daily, members: [asha] }
  overrides:
  - { start: "2026-03-02", end: "2026-03-04", user: dev }
  - { start: "${second}", end: "2026-03-06", user: esi }`);
    expect(both('2026-03-03')).toMatch(/w\.yml:7:\d+: .*override of dev from 2026-03-02T00:00Z to 2026-03-04T00:00Z/);
    expect(both('2026-03-04')).toBe('');
  });
});

describe('a schedule in a schedule', () => {
  const sun = (emea: string): Schedule[] =>
    read(`
- name: world
  timezone: UTC
  layers:
  - schedule: india
  - schedule: ${emea}
    restrictions: [{ from: "12:00", to: "00:00" }]
- { name: india, timezone: Asia/Kolkata, rotation: { type: weekly, members: [asha] } }
- name: emea
  timezone: Europe/London
  rotation: { type: weekly, members: [olu] }
  overrides: [{ start: "2026-03-10", end: "2026-03-11", user: kim }]
- { name: loop, timezone: UTC, layers: [{ schedule: world }] }`);

  it('follows the sun over the schedules of two places, with what was overridden there', () => {
    const roster = createRoster(() => sun('emea'));
    const seen = roster.shifts('world', at('2026-03-09T00:00Z'), at('2026-03-11T00:00Z'));
    expect(seen.map(({ start, user }) => `${new Date(start).toISOString().slice(5, 16)} ${user}`)).toEqual([
      '03-09T00:00 asha',
      '03-09T12:00 olu',
      '03-10T00:00 asha',
      '03-10T12:00 kim',
    ]);
    expect(roster.gaps('world', at('2026-03-01T00:00Z'), at('2026-04-10T00:00Z'))).toEqual([]);
    expect(includeProblems(sun('emea'))).toEqual([]);
  });

  it('that leads back to itself is refused with the whole way, and never hangs who asks', () => {
    const schedules = sun('loop');
    const [first, second] = includeProblems(schedules).map(printProblem);
    expect(first).toMatch(/^w\.yml:6:\d+: .*circle: world → loop → world/);
    expect(second).toContain('circle: loop → world → loop');
    expect(createRoster(() => schedules).onCall('world', at('2026-03-10T15:00Z'))).toEqual(['asha']);
  });

  it('that is not there is refused with the one that was probably meant', () => {
    expect(includeProblems(sun('emae')).map(printProblem)).toEqual([
      expect.stringMatching(/^w\.yml:6:\d+: .*no schedule is called emae; did you mean emea\?/),
    ]);
  });
});
