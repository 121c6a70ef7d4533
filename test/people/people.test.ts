import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/document/yaml.ts';
import { readEscalationPolicy, unmappedTargets } from '../../src/incident/schema.ts';
import { createDirectory } from '../../src/people/directory.ts';
import type { SlackUser } from '../../src/people/person.ts';
import { type ActorFacts, decideRights, type RightsAct, type RightsConfig } from '../../src/people/rights.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqlitePeopleStore } from '../../src/sqlite/people-store.ts';

function store(...users: readonly SlackUser[]): SqlitePeopleStore {
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  const made = new SqlitePeopleStore(db);
  made.save(users, 0);
  return made;
}

const ASHA: SlackUser = {
  id: 'U01ASHA',
  name: 'Asha',
  email: 'Asha@Example.com',
  zone: 'Asia/Kolkata',
  standing: 'member',
};

describe('the directory', () => {
  const directory = createDirectory(
    () => ({ schedules: { ML_PRIMARY_ONCALL: 'ml-platform-primary' }, users: { ML_TEAM_LEAD: 'asha@example.com' } }),
    store(ASHA, { id: 'U02', name: 'Sam', standing: 'member' }, { id: 'U03', name: 'sam', standing: 'member' }),
  );

  it('knows one person by policy id, e-mail in any case, Slack id, mention and name', () => {
    for (const reference of [
      'ML_TEAM_LEAD',
      'ASHA@example.com',
      'U01ASHA',
      '<@U01ASHA>',
      '<@U01ASHA|asha>',
      '@asha',
      'Asha',
    ])
      expect(directory.person(reference)).toMatchObject({ key: 'U01ASHA', name: 'Asha', zone: 'Asia/Kolkata' });
  });

  it('knows a person without a Slack account by e-mail, who cannot be sent a direct message', () => {
    expect(directory.person('Nobody@Example.com')).toEqual({
      key: 'nobody@example.com',
      name: 'Nobody',
      email: 'Nobody@Example.com',
    });
  });

  it('does not guess between two people of one name, and finds nobody behind unknown ids or object keys', () => {
    for (const reference of ['Sam', 'ENGINEERING_MANAGER', '', '   ', 'constructor', '__proto__', 'toString'])
      expect(directory.person(reference)).toBeUndefined();
  });

  it('forgets people whose account was deactivated, but knows the address of their present one', () => {
    const gone: SlackUser = { ...ASHA, id: 'U00OLD', standing: 'gone' };
    const d = createDirectory(() => ({ schedules: {}, users: {} }), store(gone, ASHA));
    expect(d.person('U00OLD')).toBeUndefined();
    expect(d.person('asha@example.com')?.key).toBe('U01ASHA');
  });

  it('names unmapped targets of a policy at their place, with the schedule that was probably meant', () => {
    const text = `escalation_policy:
  name: p
  rules:
  - escalation_delay_in_minutes: 5
    targets:
    - { type: schedule_reference, id: ml-platform-primry }
    - { type: schedule_reference, id: ML_PRIMARY_ONCALL }
  - escalation_delay_in_minutes: 5
    targets: [{ type: user_reference, id: ENGINEERING_MANAGER }]
`;
    const policy = readEscalationPolicy(parseYaml(text, 'policy.yml'));
    const found = unmappedTargets([policy], directory, ['ml-platform-primary'], 'error');
    expect(found.map(({ at, message }) => `${at.file}:${at.line} ${message}`)).toEqual([
      expect.stringMatching(
        /^policy\.yml:6 ml-platform-primry is no schedule of ours; did you mean ml-platform-primary\?/,
      ),
      expect.stringMatching(/^policy\.yml:9 ENGINEERING_MANAGER is nobody we know; map it under `directory\.users`/),
    ]);
  });
});

describe('escalation policy files', () => {
  const passes = (keys: string): number =>
    readEscalationPolicy(
      parseYaml(
        `escalation_policy: { name: p, ${keys} rules: [{ escalation_delay_in_minutes: 5, targets: [{ type: user, id: a }] }] }`,
        'p.yml',
      ),
    ).passes;

  it('count passes in all: num_loops as written, once where repeating is off', () => {
    expect(passes('')).toBe(1);
    expect(passes('num_loops: 3,')).toBe(3);
    expect(passes('repeat_enabled: true, num_loops: 3,')).toBe(3);
    expect(passes('repeat_enabled: false, num_loops: 3,')).toBe(1);
    expect(passes('repeat_enabled: true, num_loops: 0,')).toBe(1);
  });

  it('refuse levels without time, without targets, and unknown keys, each with its place', () => {
    const broken = (rules: string) => () =>
      readEscalationPolicy(parseYaml(`escalation_policy:\n  name: p\n  rules: ${rules}\n`, 'p.yml'));
    expect(broken('[]')).toThrow(/p\.yml:3:10: .*at least one level/);
    expect(broken('[{ escalation_delay_in_minutes: 0, targets: [{ type: user, id: a }] }]')).toThrow(
      /at least a minute/,
    );
    expect(broken('[{ escalation_delay_in_minutes: 5, targets: [] }]')).toThrow(/at least one target/);
    expect(broken('[{ escalation_delay_in_minute: 5, targets: [{ type: user, id: a }] }]')).toThrow(
      /unknown key escalation_delay_in_minute .*did you mean escalation_delay_in_minutes\?/,
    );
    expect(broken('[{ escalation_delay_in_minutes: 5, targets: [{ type: team, id: a }] }]')).toThrow(
      /expected schedule_reference, user_reference, schedule_secondary_reference/,
    );
  });
});

describe('rights', () => {
  const OPEN: RightsConfig = { resolve: [], silence: [], override: [], admins: [] };
  const CLOSED: RightsConfig = { resolve: ['S0ML'], silence: ['S0ML'], override: ['S0ML'], admins: ['S0ADMIN'] };
  const member: ActorFacts = {
    standing: 'member',
    groups: [],
    inCardChannel: true,
    onCall: false,
    onCallForCard: false,
    reason: '',
  };
  const HOUR = 3_600_000;
  const silence = (hours: number, scope: 'group' | 'other' | 'everything' = 'group'): RightsAct => ({
    kind: 'silence',
    forMs: hours * HOUR,
    scope,
  });
  const asked = (act: RightsAct, facts: Partial<ActorFacts>, config: RightsConfig): string => {
    const decision = decideRights(act, { ...member, ...facts }, config);
    return `${decision.allowed ? 'yes' : 'no'} ${decision.reason}`;
  };

  it.each([
    [{ kind: 'acknowledge' }, {}, OPEN, 'yes in_channel'],
    [{ kind: 'acknowledge' }, { inCardChannel: false }, OPEN, 'no not_in_channel'],
    [{ kind: 'acknowledge' }, { inCardChannel: false, onCall: true }, OPEN, 'yes on_call'],
    [{ kind: 'acknowledge' }, { inCardChannel: undefined }, OPEN, 'yes in_channel'],
    [{ kind: 'acknowledge' }, { standing: 'guest', onCall: true }, OPEN, 'no guest'],
    [{ kind: 'acknowledge' }, { standing: 'stranger' }, OPEN, 'no stranger'],
    [{ kind: 'resolve' }, {}, OPEN, 'yes no_groups_configured'],
    [{ kind: 'resolve' }, {}, CLOSED, 'no not_in_group'],
    [{ kind: 'resolve' }, { groups: ['S0ML'] }, CLOSED, 'yes in_group'],
    [{ kind: 'resolve' }, { groups: ['S0ADMIN'] }, CLOSED, 'yes admin'],
    [{ kind: 'resolve' }, { onCallForCard: true, groups: undefined }, CLOSED, 'yes on_call'],
    [{ kind: 'resolve' }, { onCall: true }, CLOSED, 'no not_in_group'],
    [{ kind: 'resolve' }, { groups: undefined }, CLOSED, 'no groups_unreadable'],
    [silence(4), { onCallForCard: true, groups: undefined }, CLOSED, 'yes on_call'],
    [silence(4.1), { onCallForCard: true, groups: undefined }, CLOSED, 'no groups_unreadable'],
    [silence(4, 'other'), { onCallForCard: true }, CLOSED, 'no not_in_group'],
    [silence(4, 'other'), { groups: ['S0ML'] }, CLOSED, 'yes in_group'],
    [silence(5), { groups: ['S0ML'], reason: 'retrain' }, CLOSED, 'no admins_only'],
    [silence(1, 'everything'), { groups: ['S0ML'], reason: 'x' }, CLOSED, 'no admins_only'],
    [silence(5), { groups: ['S0ADMIN'] }, CLOSED, 'no reason_missing'],
    [silence(5), { groups: ['S0ADMIN'], reason: 'retrain' }, CLOSED, 'yes admin'],
    [silence(500), {}, OPEN, 'yes no_groups_configured'],
    [{ kind: 'override' }, {}, CLOSED, 'no not_in_group'],
    [{ kind: 'gate_override' }, { groups: ['S0ADMIN'], reason: 'hotfix' }, CLOSED, 'yes admin'],
    [{ kind: 'gate_override' }, { groups: ['S0ML'], reason: 'hotfix' }, CLOSED, 'no admins_only'],
    [{ kind: 'gate_override' }, {}, OPEN, 'no reason_missing'],
    [{ kind: 'gate_override' }, { standing: 'trusted' }, CLOSED, 'yes trusted'],
  ] as const)('%o with %o', (act, facts, config, expected) => {
    expect(asked(act, facts, config)).toBe(expected);
  });
});
