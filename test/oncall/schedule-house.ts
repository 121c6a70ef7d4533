import type { AuditActor, AuditEntry } from '../../src/audit/entry.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { ScheduleDesk } from '../../src/oncall/desk.ts';
import { OverrideActs } from '../../src/oncall/override-acts.ts';
import { createRoster } from '../../src/oncall/roster.ts';
import type { Schedule } from '../../src/oncall/schedule.ts';
import { readSchedule } from '../../src/oncall/schema.ts';
import { SwapActs } from '../../src/oncall/swap-acts.ts';
import { createDirectory } from '../../src/people/directory.ts';
import type { SlackUser } from '../../src/people/person.ts';
import type { ActorFacts, RightsConfig } from '../../src/people/rights.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteOncallStore } from '../../src/sqlite/oncall-store.ts';
import { SqlitePeopleStore } from '../../src/sqlite/people-store.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const at = (text: string): number => Date.parse(text);
/** A Tuesday; Asha has the week. */
export const NOW = at('2026-03-03T12:00:00Z');

const USERS: SlackUser[] = [
  { id: 'U01ASHA', name: 'Asha', email: 'asha@example.com', standing: 'member' },
  { id: 'U02BILAL', name: 'Bilal', email: 'bilal@example.com', standing: 'member' },
  { id: 'U03CHITRA', name: 'Chitra', email: 'chitra@example.com', standing: 'member' },
  { id: 'U09GUEST', name: 'Gil', email: 'gil@example.com', standing: 'guest' },
  { id: 'U00BOT', name: 'robot', standing: 'bot' },
];
export const who = (id: string): AuditActor => ({ id, name: id, via: 'slack' });
export const ASHA = who('U01ASHA');
export const BILAL = who('U02BILAL');
export const CHITRA = who('U03CHITRA');

export const weekly = (name: string, members: string): Schedule =>
  readSchedule(
    parseYaml(
      `oncall_schedule: { name: ${name}, timezone: UTC, rotation: { type: weekly, handoff_time: "09:00", start: "2026-03-02", members: [${members}] } }`,
      'oncall.yml',
    ),
  );

/** A schedule of three weeks, with the acts on it, on a real database. */
export function house() {
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  const people = new SqlitePeopleStore(db);
  people.save(USERS, 0);
  const schedules = [weekly('primary', 'asha@example.com, bilal@example.com, chitra@example.com')];
  const store = new SqliteOncallStore(db);
  const roster = createRoster(() => schedules, store);
  const audit: AuditEntry[] = [];
  const told: string[] = [];
  const rights: RightsConfig = { resolve: [], silence: [], override: [], admins: [] };
  const facts: { config: RightsConfig; groups: readonly string[] | undefined } = { config: rights, groups: [] };
  const directory = createDirectory(() => ({ schedules: {}, users: {} }), people);
  const desk = new ScheduleDesk({
    roster,
    store,
    directory,
    transact: (fn) => db.tx(fn),
    record: (entry) => audit.push(entry),
    rights: () => facts.config,
    standing: (actor): Pick<ActorFacts, 'standing' | 'groups' | 'inCardChannel'> => {
      const standing = people.user(actor.id)?.standing === 'guest' ? 'guest' : 'member';
      return { standing, groups: facts.groups, inCardChannel: undefined };
    },
    mayServe: ({ slackId }) => people.user(slackId ?? '')?.standing === 'member',
    tell: (person, change) => told.push(`${person.name}: ${change.kind}`),
    announce: (change) => told.push(`everybody: ${change.kind}`),
    wake: () => undefined,
  });
  return {
    db,
    schedules,
    store,
    directory,
    roster,
    audit,
    told,
    facts,
    overrides: new OverrideActs(desk),
    swaps: new SwapActs(desk),
  };
}
