import type { Person } from '../people/person.ts';
import type { CardPost } from './card-post.ts';
import { cardState, pagedIncident } from './card-state.ts';
import type { Incident } from './incident.ts';
import type { IncidentsPorts } from './ports.ts';
import type { CardRow, PageBundle } from './store.ts';

/** Pages to one person within this time are one direct message. */
const BUNDLE_MS = 60_000;

/** `asleep`: a message waits, but Do Not Disturb holds it back. `unreachable`: neither a Slack account nor another way. */
export type PageOutcome = 'told' | 'asleep' | 'unreachable';

/** Pages people: one direct message per person and minute, other ways where Slack does not reach them. */
export class Pager {
  readonly #ports: IncidentsPorts;
  readonly #post: CardPost;

  constructor(ports: IncidentsPorts, post: CardPost) {
    this.#ports = ports;
    this.#post = post;
  }

  /**
   * @param disturbable false while the person is in Do Not Disturb: the message is left for the morning and another way is tried.
   */
  page(incident: Incident, person: Person, disturbable: boolean, now: number): PageOutcome {
    const card = person.slackId === undefined ? undefined : this.#message(incident, person, person.slackId, now);
    if (card && disturbable) return 'told';
    const otherwise = this.#ports.pageOtherwise?.(person, incident, this.#text(incident, card, now), now) ?? false;
    if (otherwise) return 'told';
    return card ? 'asleep' : 'unreachable';
  }

  /** A direct message and no other way: false where there is no account to send it to. */
  notice(incident: Incident, person: Person, now: number): boolean {
    return person.slackId !== undefined && this.#message(incident, person, person.slackId, now) !== undefined;
  }

  /** A direct message about the incident: the one of the last minute, edited, else a new one. */
  #message(incident: Incident, person: Person, user: string, now: number): CardRow | undefined {
    const { store } = this.#ports;
    const bundled = store.ladders.openBundleCard(person.key, now);
    const standing = bundled === undefined ? undefined : store.cards.card(bundled);
    if (standing) {
      store.ladders.addToBundle(standing.id, incident.id, now);
      this.#post.refresh(standing, incident, now);
      return standing;
    }
    const [episode] = store.episodes.ofIncident(incident.id);
    if (!episode) return undefined;
    const card = store.cards.add({
      incidentId: incident.id,
      episodeId: episode.id,
      destination: { kind: 'user', user },
      view: 'page',
      createdAt: now,
      refreshedAt: now,
    });
    store.ladders.openBundle({ cardId: card.id, person: person.key, openedAt: now, closesAt: now + BUNDLE_MS });
    store.ladders.addToBundle(card.id, incident.id, now);
    this.#post.refresh(card, incident, now);
    return card;
  }

  /** Ends a minute of pages: where several incidents came, one line in the thread says all of them. */
  close(bundle: PageBundle, now: number): void {
    const { store } = this.#ports;
    store.ladders.closeBundle(bundle.cardId);
    const card = store.cards.card(bundle.cardId);
    const incident = card && store.incident(card.incidentId);
    if (!card || !incident || bundle.incidentIds.length < 2) return;
    const incidents = bundle.incidentIds.flatMap((id) => pagedIncident(this.#ports, id, now) ?? []);
    this.#post.line(card, incident, { kind: 'paged_together', incidents }, now);
  }

  #text(incident: Incident, card: CardRow | undefined, now: number): string {
    const any = card ?? this.#ports.store.cards.ofIncident(incident.id)[0];
    const state = any && cardState(this.#ports, { ...any, incidentId: incident.id, view: 'page' }, now);
    return state?.lockScreen ?? `${incident.priority} ${incident.alertName}`;
  }
}
