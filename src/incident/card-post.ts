import { comparePriority, type Priority } from '../alert/priority.ts';
import type { Enqueue } from '../delivery/outbox.ts';
import type { CardDestination, CardLine, SlackCardPayload, SlackLinePayload } from './card.ts';
import type { Incident } from './incident.ts';
import type { CardRow, IncidentStore } from './store.ts';
import type { Storms } from './storm.ts';

/** Edits that only bring a newer value are this far apart: Slack allows about fifty edits a minute in a whole workspace. */
const VALUE_REFRESH_MS = 60_000;

/** Which messages of an incident are to be edited: the living cards, or the pages in direct messages as well. */
export type RefreshScope = 'cards' | 'everything';

/** Writes the outbox rows that speak of cards. Must be used inside the transaction of the change. */
export class CardPost {
  readonly #store: IncidentStore;
  readonly #enqueue: Enqueue;
  readonly #storms: Storms;
  /** What a batch has asked for, and how urgently. */
  #asked: Map<string, Priority> | undefined;

  constructor(store: IncidentStore, enqueue: Enqueue, storms: Storms) {
    this.#store = store;
    this.#enqueue = enqueue;
    this.#storms = storms;
  }

  /** The card of an episode in a channel; posted now where it does not stand yet, or held while a storm lasts. */
  ensure(incident: Incident, episodeId: string, channel: string, now: number): { card: CardRow; posted: boolean } {
    const cards = this.#store.cards.ofEpisode(episodeId);
    const standing = cards.find(({ destination }) => destination.kind === 'channel' && destination.channel === channel);
    if (standing) return { card: standing, posted: false };
    const admission = this.#storms.admit({ incident, episodeId, channel }, now);
    const card = this.#store.cards.add({
      incidentId: incident.id,
      episodeId,
      destination: { kind: 'channel', channel },
      view: 'card',
      createdAt: now,
      refreshedAt: now,
      ...admission,
    });
    this.refresh(card, incident, now);
    return { card, posted: true };
  }

  /**
   * Does many changes of one transaction: each card is asked for once, because it is rendered when it is sent, which is after them
   * all. A direct message that speaks of a thousand incidents is else asked for a thousand times.
   */
  batch(changes: () => void): void {
    this.#asked = new Map();
    try {
      changes();
    } finally {
      this.#asked = undefined;
    }
  }

  /** Edits (or posts) one card; however often it is called, at most one row waits. A held one goes on waiting if it has to. */
  refresh(card: CardRow, incident: Incident, now: number): void {
    const asked = this.#asked?.get(card.id);
    if (asked !== undefined && comparePriority(asked, incident.priority) <= 0) return;
    if (card.stormId !== undefined) this.#storms.touch(now);
    if (this.#storms.keeps(card, incident, now)) return;
    const { refreshDueAt: _, ...rest } = card;
    this.#store.cards.save({ ...rest, held: false, refreshedAt: now });
    const payload: SlackCardPayload = { cardId: card.id };
    this.#enqueue({
      kind: 'slack.card',
      destination: outboxDestination(card.destination),
      payload,
      priority: incident.priority,
      coalesceKey: card.id,
      orderKey: card.id,
      causedAt: now,
    });
    this.#asked?.set(card.id, incident.priority);
  }

  refreshAll(incident: Incident, now: number, scope: RefreshScope): void {
    for (const card of this.#store.cards.ofIncident(incident.id)) {
      if (card.view === 'card' || scope === 'everything') this.refresh(card, incident, now);
    }
  }

  /** A newer value: edited now if the last edit is a minute (or `spacingMs`) old, else when it will be. */
  refreshSpaced(incident: Incident, now: number, spacingMs: number = VALUE_REFRESH_MS): void {
    for (const card of this.#store.cards.ofIncident(incident.id)) {
      if (card.view !== 'card' || card.held) continue;
      const at = card.refreshedAt + spacingMs;
      if (card.refreshDueAt !== undefined && card.refreshDueAt <= at) continue;
      if (at <= now) this.refresh(card, incident, now);
      else this.#store.cards.save({ ...card, refreshDueAt: at });
    }
  }

  /** A line in the thread of one card. */
  line(card: CardRow, incident: Incident, line: CardLine, now: number, broadcast = false): void {
    if (card.held) return;
    this.#line(card, incident, now, { cardId: card.id, line, broadcast });
  }

  /** A line in the thread of every living card of the incident. */
  lineOnCards(incident: Incident, line: CardLine, now: number, broadcast = false): void {
    for (const card of this.#store.cards.ofIncident(incident.id)) {
      if (card.view === 'card') this.line(card, incident, line, now, broadcast);
    }
  }

  /** A line as a message of its own: to a person, or to a whole channel (mentions inside threads notify nobody). */
  message(card: CardRow, incident: Incident, line: CardLine, now: number, to: CardDestination): void {
    this.#line(card, incident, now, { cardId: card.id, line, broadcast: false, to });
  }

  #line(card: CardRow, incident: Incident, now: number, payload: SlackLinePayload): void {
    const isHeard = payload.to !== undefined || payload.broadcast;
    this.#enqueue({
      kind: 'slack.line',
      destination: outboxDestination(payload.to ?? card.destination),
      payload,
      priority: isHeard ? incident.priority : quiet(incident.priority),
      ...(!payload.to && { orderKey: card.id }),
      // "Still firing after 30 min" that waited behind others for 30 minutes is no news beside the one after 60.
      ...(payload.line.kind === 'repeat' && { coalesceKey: `${card.id} repeat` }),
      causedAt: now,
    });
  }
}

/** A line in a thread calls nobody, and its card says the same: it neither goes before what does nor is a page that came late. */
function quiet(priority: Priority): Priority {
  return comparePriority(priority, 'P3') < 0 ? 'P3' : priority;
}

function outboxDestination(destination: CardDestination): string {
  return `slack:${destination.kind === 'channel' ? destination.channel : destination.user}`;
}
