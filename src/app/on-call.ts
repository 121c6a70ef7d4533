import type { AuditActor, AuditEntry } from '../audit/entry.ts';
import type { Config } from '../config/load.ts';
import { DocumentError } from '../document/position.ts';
import type { EscalationPolicy } from '../incident/escalation.ts';
import { peopleOfLevel } from '../incident/level-people.ts';
import type { OnCallSource } from '../incident/ports.ts';
import { createOncallAnswers, type OncallAnswers } from '../oncall/answers.ts';
import { createOncallCalendar, type OncallCalendar, type ReachPorts } from '../oncall/calendar.ts';
import type { OncallChange } from '../oncall/change.ts';
import { DepartureActs } from '../oncall/departure-acts.ts';
import { ScheduleDesk } from '../oncall/desk.ts';
import { newUnknowns } from '../oncall/members.ts';
import { OverrideActs } from '../oncall/override-acts.ts';
import { createRoster, type Roster } from '../oncall/roster.ts';
import { Steward, type StewardPorts } from '../oncall/steward.ts';
import { SwapActs } from '../oncall/swap-acts.ts';
import { SwapReminders } from '../oncall/swap-reminders.ts';
import { businessHoursFrom, isInBusinessHours } from '../people/business-hours.ts';
import type { DepartureStore } from '../people/departure.ts';
import { createDirectory, type Directory } from '../people/directory.ts';
import type { PeopleStore, Person } from '../people/person.ts';
import type { ActorFacts } from '../people/rights.ts';
import type { Db } from '../sqlite/db.ts';
import { SqliteHandoffStore } from '../sqlite/handoff-store.ts';
import { SqliteOncallStore } from '../sqlite/oncall-store.ts';
import type { Job } from '../time/loop.ts';
import { localZone } from '../time/zone.ts';

export interface OnCallPorts {
  readonly config: () => Config;
  readonly db: Db;
  readonly people: PeopleStore & DepartureStore;
  readonly directory: Directory;
  readonly record: (entry: AuditEntry) => void;
  readonly standing: (actor: AuditActor) => Pick<ActorFacts, 'standing' | 'groups' | 'inCardChannel'>;
  /** Puts words about a change into the outbox: to a person, or in public. */
  readonly say: (to: Person | 'everybody', change: OncallChange, now: number) => void;
  readonly wake: () => void;
  readonly now: () => number;
  /** How many messages called a person in a stretch of time. */
  readonly pagesOf: (person: string, from: number, to: number) => number;
  readonly reach: Omit<ReachPorts, 'onLadders'>;
  readonly brief: StewardPorts['brief'];
  /** Puts words about a handoff into the outbox. */
  readonly tellHandoff: StewardPorts['tell'];
  readonly postGaps: StewardPorts['postGaps'];
}

/** Who is on call: answers, the weeks ahead, and the acts that change them. */
export interface OnCall {
  readonly roster: Roster;
  readonly source: OnCallSource;
  readonly answers: OncallAnswers;
  readonly calendar: OncallCalendar;
  readonly overrides: OverrideActs;
  readonly swaps: SwapActs;
  readonly steward: Steward;
  readonly departures: DepartureActs;
  /** After schedules have changed, or may have. */
  readonly settle: (now: number) => void;
  readonly jobs: readonly Job[];
  /** Who is paged after whoever holds the schedule. */
  readonly secondaries: StewardPorts['secondaries'];
  readonly inBusinessHours: (person: Person, now: number) => boolean;
  readonly businessHoursFrom: (person: Person, now: number) => number;
}

export function createOnCall(ports: OnCallPorts): OnCall {
  const { config, db, people, directory } = ports;
  const store = new SqliteOncallStore(db);
  const roster = createRoster(
    () => config().onCall.schedules,
    store,
    () => directory.leavers(),
  );
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
    wake: () => {
      steward.changed(ports.now());
      ports.wake();
    },
  });
  const swaps = new SwapActs(desk);
  const plain: OnCallSource = { onCall: (schedule, now) => roster.onCall(schedule, now), names: () => roster.names() };
  const secondaries: StewardPorts['secondaries'] = (schedule, now) =>
    secondariesOf(schedule, now, [...config().onCall.policies.values()], { directory, schedules: plain });
  const keyOf = (reference: string): string => directory.person(reference)?.key ?? reference;
  const zoneOf = ({ zone }: Person): string => zone ?? teamZone(config());
  const steward = new Steward({
    roster,
    store: new SqliteHandoffStore(db),
    directory,
    transact: (fn) => db.tx(fn),
    record: ports.record,
    secondaries,
    tookIt: (schedule, user, now) =>
      store
        .overrides(schedule, now)
        .some((row) => row.start <= now && keyOf(row.by) === user && keyOf(row.user) === user),
    brief: ports.brief,
    zoneOf,
    tell: ports.tellHandoff,
    postGaps: ports.postGaps,
    teamZone: () => teamZone(config()),
  });
  const settle = (now: number): void => {
    swaps.settle(now);
    steward.changed(now);
  };
  const reminders = new SwapReminders({
    reminders: store,
    directory,
    transact: (fn) => db.tx(fn),
    zoneOf,
    view: (swap) => swaps.view(swap),
    tell: ports.say,
  });
  const departures = new DepartureActs({
    roster,
    people,
    directory,
    named: () => namesIn(config()),
    transact: (fn) => db.tx(fn),
    record: ports.record,
    settle: (now) => {
      settle(now);
      ports.wake();
    },
    postGaps: ports.postGaps,
  });
  return {
    roster,
    source: {
      onCall(schedule, now) {
        const holders = roster.onCall(schedule, now);
        return holders && [...holders, ...steward.backups(schedule, now)];
      },
      names: () => roster.names(),
      missing: (schedule, now) => roster.missing(schedule, now),
      secondary: (schedule, now) => {
        const holder = roster.holder(schedule, now);
        const [current, next] = [holder?.current, holder?.next].map((shift) => shift && keyOf(shift.user));
        return holder?.next && next !== current ? [holder.next.user] : [];
      },
    },
    steward,
    departures,
    secondaries,
    answers: createOncallAnswers(roster, directory, ports.pagesOf, () => config().settings.small_team ?? []),
    calendar: createOncallCalendar(roster, directory, { ...ports.reach, onLadders: () => ladderPeople(config()) }),
    overrides: new OverrideActs(desk),
    swaps,
    settle,
    // Without Slack nobody could be asked.
    jobs: config().slack ? [steward, reminders] : [],
    inBusinessHours: ({ zone }, now) =>
      isInBusinessHours(config().onCall.businessHours, zone ?? teamZone(config()), now),
    businessHoursFrom: ({ zone }, now) =>
      businessHoursFrom(config().onCall.businessHours, zone ?? teamZone(config()), now),
  };
}

/** Everybody whom schedules and policies name. */
function namesIn(config: Config): string[] {
  const members = config.onCall.schedules.flatMap(({ layers, overrides }) => [
    ...layers.flatMap((layer) => ('rotation' in layer ? layer.rotation.members : [])),
    ...overrides.map(({ user }) => user),
  ]);
  return [...members, ...ladderPeople(config).map(({ user }) => user)];
}

/** Whom policies name themselves, each once in a policy. */
function ladderPeople({ onCall: { policies } }: Config): { readonly policy: string; readonly user: string }[] {
  return [...policies.values()].flatMap(({ name: policy, levels }) => {
    const targets = levels.flatMap((level) => level.targets);
    const users = new Set(targets.flatMap(({ kind, id }) => (kind === 'user' ? [id] : [])));
    return [...users].map((user) => ({ policy, user }));
  });
}

/** The people of the level after the first one that names the schedule, in the first policy where there is one. */
function secondariesOf(
  schedule: string,
  now: number,
  policies: readonly EscalationPolicy[],
  known: Parameters<typeof peopleOfLevel>[0],
): readonly Person[] {
  for (const { levels } of policies) {
    const first = levels.findIndex(({ targets }) =>
      targets.some(({ kind, id }) => kind === 'schedule' && known.directory.schedule(id) === schedule),
    );
    const next = first < 0 ? undefined : levels[first + 1];
    if (next) return peopleOfLevel(known, next, now).people;
  }
  return [];
}

/** @throws DocumentError where the next configuration names members who are nobody: then the one that runs stays. */
export function refuseUnknownMembers(next: Config, running: Config, people: PeopleStore): void {
  const of = ({ onCall: { schedules }, settings }: Config) => ({
    schedules,
    directory: createDirectory(() => settings.directory, people),
  });
  const problems = newUnknowns(of(next), of(running), people.users());
  if (problems.length > 0) throw new DocumentError(problems);
}

/** Where people are whose own zone is unknown. */
export function teamZone(config: Config): string {
  return config.settings.digest?.timezone ?? localZone();
}
