import type { AuditActor, AuditEntry } from '../audit/entry.ts';
import type { Config } from '../config/load.ts';
import type { OnCallSource } from '../incident/ports.ts';
import { createOncallAnswers, type OncallAnswers } from '../oncall/answers.ts';
import { createOncallCalendar, type OncallCalendar } from '../oncall/calendar.ts';
import type { OncallChange } from '../oncall/change.ts';
import { ScheduleDesk } from '../oncall/desk.ts';
import { OverrideActs } from '../oncall/override-acts.ts';
import { createRoster, type Roster } from '../oncall/roster.ts';
import { SwapActs } from '../oncall/swap-acts.ts';
import { isInBusinessHours } from '../people/business-hours.ts';
import type { Directory } from '../people/directory.ts';
import type { PeopleStore, Person } from '../people/person.ts';
import type { ActorFacts } from '../people/rights.ts';
import type { Db } from '../sqlite/db.ts';
import { SqliteOncallStore } from '../sqlite/oncall-store.ts';
import { localZone } from '../time/zone.ts';

export interface OnCallPorts {
  readonly config: () => Config;
  readonly db: Db;
  readonly people: PeopleStore;
  readonly directory: Directory;
  readonly record: (entry: AuditEntry) => void;
  readonly standing: (actor: AuditActor) => Pick<ActorFacts, 'standing' | 'groups' | 'inCardChannel'>;
  /** Puts words about a change into the outbox: to a person, or in public. */
  readonly say: (to: Person | 'everybody', change: OncallChange, now: number) => void;
  readonly wake: () => void;
}

/** Who is on call: answers, the weeks ahead, and the acts that change them. */
export interface OnCall {
  readonly roster: Roster;
  readonly source: OnCallSource;
  readonly answers: OncallAnswers;
  readonly calendar: OncallCalendar;
  readonly overrides: OverrideActs;
  readonly swaps: SwapActs;
  readonly inBusinessHours: (person: Person, now: number) => boolean;
}

export function createOnCall(ports: OnCallPorts): OnCall {
  const { config, db, people, directory } = ports;
  const store = new SqliteOncallStore(db);
  const roster = createRoster(() => config().onCall.schedules, store);
  const desk = new ScheduleDesk({
    roster,
    store,
    directory,
    transact: (fn) => db.tx(fn),
    record: ports.record,
    rights: () => config().settings.rights,
    standing: ports.standing,
    mayServe: ({ slackId }) => slackId === undefined || (people.user(slackId)?.standing ?? 'member') === 'member',
    tell: ports.say,
    announce: (change, now) => ports.say('everybody', change, now),
    wake: ports.wake,
  });
  return {
    roster,
    source: { onCall: (schedule, now) => roster.onCall(schedule, now), names: () => roster.names() },
    answers: createOncallAnswers(roster, directory),
    calendar: createOncallCalendar(roster, directory),
    overrides: new OverrideActs(desk),
    swaps: new SwapActs(desk),
    inBusinessHours: ({ zone }, now) =>
      isInBusinessHours(config().onCall.businessHours, zone ?? teamZone(config()), now),
  };
}

/** Where people are whose own zone is unknown. */
export function teamZone(config: Config): string {
  return config.settings.digest?.timezone ?? localZone();
}
