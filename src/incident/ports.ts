import type { Alert } from '../alert/alert.ts';
import type { Priority } from '../alert/priority.ts';
import type { IntegrationRef, Notification } from '../delivery/notification.ts';
import type { Enqueue } from '../delivery/outbox.ts';
import type { Labels } from '../labels/labels.ts';
import type { Matcher } from '../labels/matcher.ts';
import type { Directory } from '../people/directory.ts';
import type { Person } from '../people/person.ts';
import type { ActorFacts, RightsConfig } from '../people/rights.ts';
import type { Mute, RoutingEffects } from '../routing/effects.ts';
import type { StormSettings } from '../routing/storm.ts';
import type { Clock } from '../time/clock.ts';
import type { Job } from '../time/loop.ts';
import type { Actor, ActResult, IncidentActions } from './actions.ts';
import type { LadderRepair } from './auditor.ts';
import type { Card, CardBook, CardState, OwnWords } from './card.ts';
import type { EscalationPolicy } from './escalation.ts';
import type { Incident } from './incident.ts';
import type { PageRequest, PageResult } from './manual-page-acts.ts';
import type { PageDirectory } from './page-target.ts';
import type { IncidentStore } from './store.ts';
import type { StormState } from './storm-state.ts';
import type { IncidentEvent } from './timeline.ts';

/** An entry of `paging:`. The first whose matchers fit an incident's labels (with `priority` added) starts its ladder. */
export interface PagingEntry {
  readonly matchers: readonly Matcher[];
  readonly escalationPolicy: string;
  /** A card is posted here where no receiver posted one. */
  readonly channel?: string;
  /** Levels wait for the business hours of the people on them. */
  readonly businessHours: boolean;
}

/** One audited act. `before` and `after` are plain data. */
export interface AuditRecord {
  readonly at: number;
  readonly actor: Actor;
  /** `incident.acknowledge`, `incident.resolve`, … */
  readonly action: string;
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What incidents need of silences; routing implements it. Called inside the act's transaction. */
export interface SilenceDesk {
  /** Silences exactly these labels from `startsAt` to `endsAt`. Returns the silence's id. */
  create(silence: {
    readonly labels: Labels;
    readonly startsAt: number;
    readonly endsAt: number;
    readonly createdBy: string;
    readonly comment: string;
  }): string;
  /** Who made it; undefined where it is unknown. */
  author(silenceId: string): string | undefined;
  /** The last silence that hid alerts with these labels and ended in (from, to]. */
  lastEnded?(labels: Labels, from: number, to: number): { readonly by: string; readonly endedAt: number } | undefined;
}

/** Who is on call, as references that the directory understands. undefined where there is no such schedule. */
export interface OnCallSource {
  onCall(schedule: string, now: number): readonly string[] | undefined;
  names(): readonly string[];
  /** Who comes on call next and is not on call now. */
  secondary?(schedule: string, now: number): readonly string[];
  /** Who would be on call, had they not been deactivated. */
  missing?(schedule: string, now: number): string | undefined;
}

export interface CardLinks {
  /** '' where there is none. */
  readonly runbookUrl: string;
  /** Name of a runbook file of ours; '' where there is none. */
  readonly runbook: string;
  readonly dashboardUrl: string;
}

/** Everything incidents need of the rest of the house. Functions without arguments are asked each time, so a reload takes effect. */
export interface IncidentsPorts {
  readonly store: IncidentStore;
  readonly clock: Clock;
  readonly transact: <T>(fn: () => T) => T;
  readonly enqueue: Enqueue;
  readonly audit: (record: AuditRecord) => void;
  readonly silences: SilenceDesk;
  /** The channel of a `slack` integration, from its receiver's configuration; it may depend on what the notification is about. */
  readonly slackChannel: (integration: IntegrationRef, notification: Notification) => string | undefined;
  /**
   * Where a card is posted for an incident that only receivers without Slack speak of, and whose `paging` entry names no channel;
   * undefined for nowhere.
   */
  readonly fallbackChannel?: (incident: Incident, alerts: readonly Alert[]) => string | undefined;
  /** A notification for an integration other than Slack: enqueue it in that notifier's own form, keyed by the incident. */
  readonly deliver: (notification: Notification, incident: Incident) => void;
  /** Routing told an incident to one of a receiver's destinations, in the same transaction. */
  readonly told?: (notification: Notification, incident: Incident) => void;
  /** Whatever enters an incident's timeline, in the same transaction: PagerDuty acknowledge and resolve, verdict ledgers, metrics. */
  readonly observe?: (event: IncidentEvent, incident: Incident) => void;
  /** The group of the first route that matches, which decides what incident an alert joins. Default: the group that speaks. */
  readonly homeGroup?: (alert: Alert) => { readonly key: string; readonly labels: Labels } | undefined;
  /**
   * What silences or inhibits it at `now`, where that can be newer than what its groups last said. Not needed where every change of
   * a silence reaches `RoutingEffects.changed` at once. Mutes that hold for one route only are ignored here.
   */
  readonly muteOf?: (alert: Alert, now: number) => Mute | undefined;
  /** The open alert that an alert is known to follow from, whether or not it mutes it. */
  readonly causeOf?: (alert: Alert) => Alert | undefined;
  /** The open alerts that these (by fingerprint) mute. */
  readonly mutedBy?: (source: string, now: number) => readonly Alert[];
  /** How long a flapping alert must be quiet; 0 where none is held open. */
  readonly flapHoldMs?: () => number;
  /** When many new groups become one message; without it every card is posted. */
  readonly storm?: () => StormSettings;
  readonly links: (alert: Alert) => CardLinks;
  /** The own words of the receiver whose card stands in this channel; undefined where it has none. */
  readonly ownWords?: (card: {
    readonly receiver: string;
    readonly channel: string;
    readonly groupKey: string;
    readonly groupLabels: Labels;
    /** All members of the card that nothing mutes; ended ones too. */
    readonly alerts: readonly Alert[];
    readonly now: number;
  }) => OwnWords | undefined;
  readonly directory: Directory;
  readonly schedules: OnCallSource;
  readonly paging: () => readonly PagingEntry[];
  readonly policies: () => ReadonlyMap<string, EscalationPolicy>;
  readonly severities: () => ReadonlyMap<string, Priority>;
  readonly rights: () => RightsConfig;
  /** What Slack says of the actor; on-call facts are added here. `channels` are those of the incident's cards. */
  readonly standing: (
    actor: Actor,
    channels: readonly string[],
  ) => Pick<ActorFacts, 'standing' | 'groups' | 'inCardChannel'>;
  /** Who of these is in Do Not Disturb now; whoever cannot be asked about is reachable. Must end within seconds. */
  readonly doNotDisturb?: (people: readonly Person[], now: number) => Promise<ReadonlySet<string>>;
  /** Another way to page (SMS, PagerDuty), inside the transaction. false where there is none for this person. */
  readonly pageOtherwise?: (person: Person, incident: Incident, text: string, now: number) => boolean;
  /** Whom a page by hand may mean; without it nobody is paged by hand. */
  readonly pageDirectory?: PageDirectory;
  readonly inBusinessHours?: (person: Person, now: number) => boolean;
  /** From when on the person is at work: `now` where that is so already. */
  readonly businessHoursFrom?: (person: Person, now: number) => number;
  /** A ladder of an unanswered P1 was broken and has been mended; in the transaction of the repair. */
  readonly repaired?: (repair: LadderRepair, now: number) => void;
  /** The loop should ask the jobs for their deadlines anew. */
  readonly wake?: () => void;
}

/** For faces that read: the command line, the API, digests, reviews. */
export interface IncidentReader {
  incident(id: string): Incident | undefined;
  events(id: string): readonly IncidentEvent[];
  cardsOf(id: string): readonly Card[];
  /** What a card about all of it would say; undefined where no member is known. */
  state(id: string, now: number): CardState | undefined;
  storm(id: string, now: number): StormState | undefined;
}

/** What `createIncidents(ports)` in `incidents.ts` gives to the composition root. */
export interface Incidents {
  readonly effects: RoutingEffects;
  readonly actions: IncidentActions;
  readonly cards: CardBook;
  readonly reader: IncidentReader;
  /** Tells the next level of the ladder now, because the person asked cannot take it. */
  readonly handOver: (id: string, actor: Actor, now: number) => ActResult;
  /** Calls one person (as the directory understands the reference) now, in place of whoever has it. */
  readonly reassign: (id: string, to: string, actor: Actor, now: number) => ActResult;
  /** Calls people by hand. */
  readonly page: (request: PageRequest, actor: Actor, now: number) => PageResult;
  /**
   * Posts a card of the same episode in another channel, because this one cannot be posted where it should be. false where that was
   * tried before, and for direct messages.
   */
  readonly postElsewhere: (cardId: string, channel: string, now: number) => boolean;
  /** The escalator. */
  readonly jobs: readonly Job[];
}
