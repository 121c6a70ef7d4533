import type { DigestReport } from '../feedback/digest.ts';
import type { Actor, ActResult, IncidentActions } from '../incident/actions.ts';
import type { CardBook, CardState, MessageRef } from '../incident/card.ts';
import type { DrillDesk } from '../incident/drill-desk.ts';
import type { SilencePreview } from '../incident/silence-preview.ts';
import type { StormState } from '../incident/storm-state.ts';
import type { MatchOperator } from '../labels/matcher.ts';
import type { OwnWorkload, TeamLoad } from '../oncall/answers.ts';
import type { OncallCalendar } from '../oncall/calendar.ts';
import type { OverrideActs } from '../oncall/override-acts.ts';
import type { PathTests } from '../oncall/path-test.ts';
import type { Roster } from '../oncall/roster.ts';
import type { ReachableResult } from '../oncall/steward.ts';
import type { SwapActs } from '../oncall/swap-acts.ts';
import type { SilenceEnd } from '../routing/silence.ts';
import type { Clock } from '../time/clock.ts';
import type { SlackClient } from './client.ts';
import type { SlackInbox } from './inbox.ts';
import type { PageDesk } from './paging-by-hand.ts';
import type { BlockProfile } from './view/block.ts';

/** Incidents as look-ups need them, beside the acts. */
export interface IncidentLookup {
  /** What a card of this incident would say now; the id may be a prefix or an alert name, as in `IncidentActions`. */
  state(id: string, now: number): CardState | undefined;
}

export interface SilenceMatcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/** One line of `/alert silences`. */
export interface SilenceSummary {
  readonly id: string;
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: number;
  readonly endsAt: number;
  /** Slack user id or a plain name. */
  readonly author: string;
  readonly comment: string;
  /** Open alerts that it hides now. */
  readonly hides: number;
  /** What may end it before `endsAt`. */
  readonly end?: SilenceEnd;
}

export interface SilencesPort {
  /** Checks rights and bounds; `done.message` is for the asker alone, the channel is told by the face. */
  create(
    draft: {
      readonly matchers: readonly SilenceMatcher[];
      readonly endsAt: number;
      readonly comment: string;
      /** What may end it before `endsAt`. */
      readonly end?: SilenceEnd;
    },
    actor: Actor,
    now: number,
  ): SilenceResult;
  /** The id may be a unique prefix of at least 4 characters. */
  expire(id: string, actor: Actor, now: number): SilenceResult;
  /** Silences an incident's group until it has been resolved for ten minutes, or until what `end` says. */
  untilResolved(incidentId: string, actor: Actor, now: number, comment: string, end?: SilenceEnd): SilenceResult;
  /** Lets a silence that is in force last this much longer. */
  extend(id: string, forMs: number, actor: Actor, now: number): SilenceResult;
  /** Lets a silence that is in force last until what it hides has been resolved for ten minutes. */
  extendUntilResolved(id: string, actor: Actor, now: number): SilenceResult;
  list(now: number): readonly SilenceSummary[];
  /** What such a silence hides now and would have hidden in the last seven days. The matchers must be valid. */
  preview(matchers: readonly SilenceMatcher[], now: number): SilencePreview;
  /** What a silence of an incident's group matches; undefined where there is no such incident. */
  matchersOf(incidentId: string): readonly SilenceMatcher[] | undefined;
  /** Names of rules and of open alerts: what `/alert silence NAME` may mean. */
  alertNames(now: number): readonly string[];
}

export type SilenceResult =
  | { readonly kind: 'done'; readonly silence: SilenceSummary; readonly changed: boolean }
  | Extract<ActResult, { readonly kind: 'refused' }>;

export interface RunbookText {
  readonly title: string;
  readonly markdown: string;
  /** Where it can be read in a browser; '' where nowhere. */
  readonly url: string;
}

export interface RunbooksPort {
  /** By file name without ending, alert name, or a `runbook_url`. */
  find(reference: string): RunbookText | undefined;
  names(): readonly string[];
}

export interface PeoplePort {
  /** The display name of a Slack user; undefined where unknown. */
  nameOf(userId: string): string | undefined;
  /** IANA zone of a Slack user; undefined where unknown. */
  zoneOf(userId: string): string | undefined;
  /** Somebody did something: whoever is not known yet is worth a look. */
  seen?(userId: string): void;
}

/** Who holds a schedule, and who comes next. People are Slack user ids, or plain names. */
export interface ScheduleNow {
  readonly schedule: string;
  readonly timezone: string;
  /** Empty where nobody is on call. */
  readonly current: readonly string[];
  /** Undefined where the shift never ends. */
  readonly until: number | undefined;
  readonly next: readonly string[];
  /** "override by @bilal", "swap": why it is not the plain rotation; '' where it is. */
  readonly note: string;
}

export interface ShiftLine {
  readonly schedule: string;
  readonly start: number;
  readonly end: number;
}

export interface OncallPort {
  who(now: number): readonly ScheduleNow[];
  /** A person's shifts that end after `now`, soonest first. */
  shiftsOf(userId: string, now: number): readonly ShiftLine[];
  /** Who only hears of alerts in business hours, because nobody takes turns. */
  smallTeam?(): readonly string[];
  /** How evenly the last weeks were carried. */
  loadOf?(schedule: string, now: number): TeamLoad | undefined;
  /** What the last weeks were for a person. */
  workloadOf?(userId: string, now: number): OwnWorkload;
}

/** What shows the weeks ahead and changes who is on call. */
export interface ScheduleDeskPort {
  readonly roster: Pick<Roster, 'names' | 'schedule'>;
  readonly calendar: OncallCalendar;
  readonly overrides: Pick<OverrideActs, 'make' | 'take' | 'end'>;
  readonly swaps: Pick<SwapActs, 'own' | 'offer' | 'cover' | 'take' | 'decline' | 'withdraw'>;
}

/** One thing that the bot depends on. */
export interface HealthLine {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Why an alert was (not) heard, step by step. */
export interface Explanation {
  readonly title: string;
  readonly steps: readonly string[];
}

/** The subset of a logger that the Slack face needs; pino fits. */
export interface SlackLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface SlackSettings {
  /** IANA zone of the team: fallbacks of date tokens. */
  readonly timezone: string;
  readonly profile: BlockProfile;
  /** Slash command names with their slash. */
  readonly commands: { readonly alert: string; readonly oncall: string };
  /** Whether pictures may be uploaded. */
  readonly pictures?: boolean;
  /** Where public words go that belong to no channel: from a shortcut, from the App Home. */
  readonly fallbackChannel?: string;
}

/** Everything a command, button or modal may use. Optional ports belong to parts that may be absent. */
export interface SlackDeps {
  readonly actions: IncidentActions;
  readonly incidents: IncidentLookup;
  readonly cards: CardBook;
  /** Where the incident's newest card in a channel stands. */
  readonly livingCard?: (incidentId: string, channel: string) => MessageRef | undefined;
  readonly silences: SilencesPort;
  /** What a storm's message says now, by the storm's id. */
  readonly storm?: (id: string, now: number) => StormState | undefined;
  readonly runbooks: RunbooksPort;
  readonly people: PeoplePort;
  readonly oncall?: OncallPort;
  readonly scheduleDesk?: ScheduleDeskPort;
  /** "I'm reachable", by the handoff's id. */
  readonly reachable?: (id: string, actor: Actor, now: number) => ReachableResult;
  readonly digest?: (now: number) => DigestReport;
  /** `id` as in IncidentActions, or an alert name. */
  readonly why?: (id: string, now: number) => Explanation | undefined;
  /** Tells the next level of the ladder now. */
  readonly handOver?: (incidentId: string, actor: Actor, now: number) => ActResult;
  /** Calls one person now, in place of whoever has it. */
  readonly reassign?: (incidentId: string, to: string, actor: Actor, now: number) => ActResult;
  readonly pageDesk?: PageDesk;
  readonly pathTests?: Pick<PathTests, 'start' | 'answer' | 'of'>;
  readonly drills?: Pick<DrillDesk, 'start' | 'acknowledge' | 'callOff' | 'last'>;
  readonly health: (now: number) => readonly HealthLine[];
  readonly settings: SlackSettings;
  readonly client: SlackClient;
  readonly inbox: SlackInbox;
  /** Domain time: incidents, silences, schedules. */
  readonly clock: Clock;
  /** Real time: the inbox's memory. */
  readonly wire: Clock;
  readonly log: SlackLog;
}
