import type { Alert } from '../alert/alert.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import type { Labels } from '../labels/labels.ts';
import type { Mute } from '../routing/effects.ts';
import type { Card, MessageRef } from './card.ts';
import type { Incident } from './incident.ts';
import type { StormStore } from './storm-store.ts';
import type { IncidentEvent, IncidentFact, LadderStop } from './timeline.ts';

/** An alert in an incident. The snapshot keeps the first-fire value and the peak even after the alert has ended. */
export interface Member {
  readonly incidentId: string;
  readonly alert: Alert;
  readonly joinedAt: number;
  /** When it was seen to have ended; absent while it is open. */
  readonly leftAt?: number;
}

/** From a group's first firing notification until all of it has ended. */
export interface Episode {
  readonly id: string;
  readonly groupKey: string;
  readonly receiver: string;
  readonly labels: Labels;
  /** The incident that the episode's cards speak of and act on. */
  readonly incidentId: string;
  readonly openedAt: number;
  readonly endedAt?: number;
}

/** An alert in an episode, and what mutes it there. */
export interface EpisodeMember {
  readonly episodeId: string;
  readonly incidentId: string;
  readonly fingerprint: Fingerprint;
  readonly mute?: Mute;
}

/** A card and when it was last edited: edits for mere values are spaced. */
export interface CardRow extends Card {
  readonly createdAt: number;
  readonly refreshedAt: number;
  /** A spaced edit is due then. */
  readonly refreshDueAt?: number;
  /** The storm in which it was made. */
  readonly stormId?: string;
  /** Not posted: it waits below the message of its storm. */
  readonly held: boolean;
}

/** The run of a policy for one incident. */
export interface Ladder {
  readonly incidentId: string;
  readonly policy: string;
  readonly channel?: string;
  readonly businessHours: boolean;
  /** Time 0 of the present run. */
  readonly startedAt: number;
  /** The step that comes next. */
  readonly step: number;
  /**
   * When it comes, or, while all members are muted, when to look again. Absent while the ladder stands; kept, but not due, while
   * all members have ended, so that one that fires again before the flush goes on where it was.
   */
  readonly nextAt?: number;
  readonly stopped?: LadderStop;
}

/** What one step of a run did. */
export interface LadderStepRow {
  readonly incidentId: string;
  readonly startedAt: number;
  readonly step: number;
  readonly pass: number;
  readonly level: number;
  readonly at: number;
  readonly outcome: 'told' | 'skipped';
  /** Keys of the people told, or the targets that had nobody. */
  readonly who: readonly string[];
}

/** One direct message to one person about one or more incidents that came within a minute. */
export interface PageBundle {
  readonly cardId: string;
  readonly person: string;
  readonly openedAt: number;
  readonly closesAt: number;
  readonly closed: boolean;
  readonly incidentIds: readonly string[];
}

/** Incidents, their members and timeline. Every method joins the caller's transaction. */
export interface IncidentStore {
  /** Gives the incident its id. */
  open(draft: Omit<Incident, 'id'>): Incident;
  save(incident: Incident): void;
  incident(id: string): Incident | undefined;
  /** By the beginning of the id, newest first, at most 10. */
  byPrefix(prefix: string): Incident[];
  /** Triggered and acknowledged ones, oldest first. */
  openIncidents(): Incident[];
  /** Ids of the P1 that nobody has answered, oldest first. */
  unansweredP1(): string[];
  /** Whether there is one. Cheap: it is asked after every run of a job. */
  hasUnansweredP1(): boolean;
  /** Newest first. */
  recent(limit: number): Incident[];
  /** Those that were opened in [from, to), oldest first. */
  between(from: number, to: number): Incident[];
  /** The open incident, or the one closed by hand that is still to be looked at, which holds this alert. */
  holding(fingerprint: Fingerprint): Incident | undefined;
  /** The same, by home group. */
  ofHome(groupKey: string): Incident | undefined;
  /** Incidents whose `reopenAt` or `acknowledgementCheck` has come. */
  dueIncidents(now: number): Incident[];

  members(incidentId: string): Member[];
  member(incidentId: string, fingerprint: Fingerprint): Member | undefined;
  saveMember(member: Member): void;

  append(incidentId: string, at: number, fact: IncidentFact): IncidentEvent;
  events(incidentId: string): IncidentEvent[];

  readonly episodes: EpisodeStore;
  readonly cards: CardStore;
  readonly ladders: LadderStore;
  readonly storms: StormStore;
  /** The earliest of all deadlines: reopening, acknowledgement checks, ladders, spaced edits, closing lines. */
  nextDeadline(): number | undefined;
}

export interface EpisodeStore {
  /** Gives the episode its id. */
  open(draft: Omit<Episode, 'id'>): Episode;
  save(episode: Episode): void;
  episode(id: string): Episode | undefined;
  /** The open episode of a group. */
  openOf(groupKey: string): Episode | undefined;
  /** Open or ended, the last one. */
  latestOf(groupKey: string): Episode | undefined;
  /** Those that an incident's members are or were in, open ones first, then by age. */
  ofIncident(incidentId: string): Episode[];
  /** Of one episode. */
  linksOf(episodeId: string): EpisodeMember[];
  /** Of one incident's members, in open episodes only. */
  openLinks(incidentId: string): EpisodeMember[];
  saveLinks(links: readonly EpisodeMember[]): void;
}

export interface CardStore {
  /** Gives the card its id; the same episode, destination, view and instant give the same id. */
  add(draft: Omit<CardRow, 'id' | 'held'> & Partial<Pick<CardRow, 'held'>>): CardRow;
  card(id: string): CardRow | undefined;
  at(ref: MessageRef): CardRow | undefined;
  /** View `card`, oldest first. */
  ofEpisode(episodeId: string): CardRow[];
  /** Cards of the incident and direct messages that speak of it, oldest first. */
  ofIncident(incidentId: string): CardRow[];
  save(card: CardRow): void;
  due(now: number): CardRow[];
}

export interface LadderStore {
  ladder(incidentId: string): Ladder | undefined;
  save(ladder: Ladder): void;
  due(now: number): Ladder[];
  addStep(step: LadderStepRow): void;
  /** Of the run that started then, in order. */
  steps(incidentId: string, startedAt: number): LadderStepRow[];
  /** The card of the bundle that is still open for the person at `now`. */
  openBundleCard(person: string, now: number): string | undefined;
  bundleOf(cardId: string): PageBundle | undefined;
  openBundle(bundle: Omit<PageBundle, 'incidentIds' | 'closed'>): void;
  addToBundle(cardId: string, incidentId: string, at: number): void;
  closeBundle(cardId: string): void;
  bundlesDue(now: number): PageBundle[];
  /** How many direct messages called a person in [from, to). */
  pagesOf(person: string, from: number, to: number): number;
}
