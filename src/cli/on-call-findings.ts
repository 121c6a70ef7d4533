import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config/load.ts';
import { NO_ACCOUNTS, type OnCallDocument, type Placed } from '../config/on-call.ts';
import { type Position, type Problem, printProblem } from '../document/position.ts';
import type { EscalationPolicy } from '../incident/escalation.ts';
import { type KnownAlert, policyWords, unpagedWarning } from '../incident/paging-lint.ts';
import { memberProblems } from '../oncall/members.ts';
import { createRoster } from '../oncall/roster.ts';
import type { Schedule } from '../oncall/schedule.ts';
import { createDirectory, type DirectoryConfig } from '../people/directory.ts';
import type { PeopleStore } from '../people/person.ts';
import type { RuleGroup } from '../rules/rule.ts';
import { Db } from '../sqlite/db.ts';
import { isCurrent } from '../sqlite/migrate.ts';
import { stateMigrations } from '../sqlite/migrations/index.ts';
import { SqlitePeopleStore } from '../sqlite/people-store.ts';
import { dateOfDay, dayAndTime } from '../time/wall-clock.ts';

/** The one warning about P1 alerts that page nobody. */
export function unpagedProblems(config: Config): Problem[] {
  const { paging, pagingAt } = config.onCall;
  const message = unpagedWarning(paging, config.ruleGroups.flatMap(knownAlerts), config.severities);
  return message === undefined ? [] : [{ severity: 'warning', at: pagingAt, message }];
}

/** People in schedules who are nobody, or whom Slack does not reach, as far as the bot's database knows its accounts. */
export function unknownMembers(
  schedules: readonly Schedule[],
  directory: DirectoryConfig,
  config: Config | undefined,
): Problem[] {
  const look = (people: PeopleStore): Problem[] =>
    memberProblems(
      schedules,
      createDirectory(() => directory, people),
      people.users(),
      'error',
    );
  const state = config && join(resolve(config.baseDir, config.settings.storage.path), 'state.db');
  if (state === undefined || !existsSync(state)) return look(NO_ACCOUNTS);
  const db = new Db(state);
  try {
    // A database of an older release has not all that this one asks for.
    return isCurrent(db, stateMigrations) ? look(new SqlitePeopleStore(db)) : look(NO_ACCOUNTS);
  } finally {
    db.close();
  }
}

function knownAlerts({ rules }: RuleGroup): KnownAlert[] {
  return rules.flatMap((rule) => {
    if (rule.kind !== 'alerting') return [];
    const fixed = rule.labels.filter(({ text }) => !text.includes('{{'));
    return [{ name: rule.name, labels: new Map(fixed.map(({ name, text }) => [name, text])) }];
  });
}

/** What is right, but may not be what was meant: how often a policy goes round, and whom a rotation without `start:` makes first. */
export function onCallNotes({ schedules, policies }: OnCallDocument, now: number): string[] {
  return [...schedules.flatMap((schedule) => scheduleNote(schedule, now)), ...policies.map(policyNote)];
}

function policyNote({ value, at }: Placed<EscalationPolicy>): string {
  return note(at, `${value.name} ${policyWords(value)}`);
}

function scheduleNote({ value: schedule, at }: Placed<Schedule>, now: number): string[] {
  if (schedule.layers.every((layer) => !('rotation' in layer) || layer.rotation.start !== undefined)) return [];
  const holder = createRoster(() => [schedule]).holder(schedule.name, now);
  const who = holder?.current?.user ?? 'nobody';
  const until = holder?.until === undefined ? '' : ` until ${dayAndTime(holder.until, schedule.zone)}`;
  const next = holder?.next ? `, then ${holder.next.user}` : '';
  const { year, month, day } = dateOfDay(COUNTED_FROM_DAY);
  const from = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  const words = `a rotation without \`start:\` counts its turns from ${from}, which puts ${who} on call now${until}${next}`;
  return [note(at, `${schedule.name}: ${words}`)];
}

/** As rotations count: Monday, 1970-01-05. */
const COUNTED_FROM_DAY = 4;

function note(at: Position, message: string): string {
  return printProblem({ severity: 'error', at, message: `note: ${message}` });
}
