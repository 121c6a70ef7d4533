import { decideStorm } from '../routing/storm.ts';
import type { Job } from '../time/loop.ts';
import type { Card, SlackCardPayload } from './card.ts';
import type { CardPost } from './card-post.ts';
import type { Incident } from './incident.ts';
import { lookAt, type MemberLook } from './membership.ts';
import type { IncidentsPorts } from './ports.ts';
import type { CardRow } from './store.ts';
import type { Canopy, Storm } from './storm-store.ts';

/** Edits of a storm's messages are at least this far apart. */
const EDIT_SPACING_MS = 5000;
/** And at most this, while it lasts: ages and rates grow old. */
const EDIT_AT_LEAST_MS = 30_000;

/** A new card on its way to a channel. */
export interface NewCard {
  readonly incident: Incident;
  readonly episodeId: string;
  readonly channel: string;
}

/** `held`: the card is kept and not posted while the storm lasts. */
export interface Admission {
  readonly stormId?: string;
  readonly held: boolean;
}

const CALM: Admission = { held: false };

/** Watches how many new groups come, and holds cards back while there are too many. Used inside the transaction of the change. */
export class Storms {
  readonly #ports: IncidentsPorts;

  constructor(ports: IncidentsPorts) {
    this.#ports = ports;
  }

  /** Asked once for each new card. */
  admit(card: NewCard, now: number): Admission {
    const settings = this.#ports.storm?.();
    // A person's call is never one of many.
    if (!settings || card.incident.page) return CALM;
    const { storms } = this.#ports.store;
    const since = now - settings.within;
    const standing = storms.current();
    const newGroups = standing ? 0 : storms.newEpisodes(since).add(card.episodeId).size;
    const isUnexplainedP1 = card.incident.priority === 'P1' && !isExplained(this.#ports, card.incident.id, now);
    const decision = decideStorm({ newGroups, isStorming: standing !== undefined, isUnexplainedP1 }, settings);
    if (!standing && !decision.begins) return CALM;
    const storm = standing ?? this.#begin(since, now);
    const held = decision.kind === 'hold';
    if (held || decision.begins) this.#canopyIn(storm, card.channel);
    storms.save({ ...storm, lastGroupAt: now });
    this.touch(now);
    return { stormId: storm.id, held };
  }

  #begin(since: number, now: number): Storm {
    const { storms } = this.#ports.store;
    const storm = storms.begin({ startedAt: now, lastGroupAt: now, refreshedAt: 0 });
    storms.takeIn(storm.id, since);
    return storm;
  }

  #canopyIn(storm: Storm, channel: string): void {
    const { storms } = this.#ports.store;
    if (!storms.canopies(storm.id).some((canopy) => canopy.channel === channel)) storms.addCanopy(storm.id, channel);
  }

  /**
   * Whether a held card goes on waiting: while its storm lasts, and after that as long as there is nothing in it that a new message
   * should tell (what is over, closed or muted, the storm's message has told of).
   */
  keeps(card: CardRow, incident: Incident, now: number): boolean {
    if (!card.held) return false;
    if (this.#ports.store.storms.current()?.id === card.stormId) return true;
    if (incident.state.kind === 'resolved' || this.#ports.store.episodes.episode(card.episodeId)?.endedAt !== undefined)
      return true;
    return lookAt(this.#ports, incident.id, now).open.every(({ mute }) => mute !== undefined);
  }

  /** Something that the messages of the present storm tell has changed. */
  touch(now: number): void {
    const storm = this.#ports.store.storms.current();
    if (!storm) return;
    const at = storm.refreshedAt + EDIT_SPACING_MS;
    if (at <= now) this.#edit(storm, now);
    else if (storm.dueAt === undefined || at < storm.dueAt) {
      this.#ports.store.storms.save({ ...storm, dueAt: at });
      this.#ports.wake?.();
    }
  }

  /** Edits what is due, and ends a storm into which nothing new has come for long enough. @returns the storm that ended. */
  look(now: number): Storm | undefined {
    const { storms } = this.#ports.store;
    const storm = storms.current();
    if (!storm || storm.dueAt === undefined || storm.dueAt > now) return undefined;
    const endAfter = this.#ports.storm?.()?.end_after ?? 0;
    if (now < storm.lastGroupAt + endAfter) {
      this.#edit(storm, now);
      return undefined;
    }
    const { dueAt: _, ...rest } = storm;
    const ended = { ...rest, endedAt: now };
    storms.save(ended);
    this.#enqueue(ended, now);
    return ended;
  }

  #edit(storm: Storm, now: number): void {
    const endAfter = this.#ports.storm?.()?.end_after ?? 0;
    const dueAt = Math.max(now + 1, Math.min(now + EDIT_AT_LEAST_MS, storm.lastGroupAt + endAfter));
    this.#ports.store.storms.save({ ...storm, refreshedAt: now, dueAt });
    this.#enqueue(storm, now);
    this.#ports.wake?.();
  }

  #enqueue(storm: Storm, now: number): void {
    for (const canopy of this.#ports.store.storms.canopies(storm.id)) {
      const payload: SlackCardPayload = { cardId: canopy.id };
      this.#ports.enqueue({
        kind: 'slack.card',
        destination: `slack:${canopy.channel}`,
        payload,
        priority: 'P1',
        coalesceKey: canopy.id,
        orderKey: canopy.id,
        causedAt: now,
      });
    }
  }
}

/** Whether something else that is open is known to be behind every open alert of an incident. */
export function isExplained(ports: IncidentsPorts, incidentId: string, now: number): boolean {
  return areExplained(ports, lookAt(ports, incidentId, now).open);
}

/** The same of open members that have been read. */
export function areExplained(ports: Pick<IncidentsPorts, 'causeOf'>, open: readonly MemberLook[]): boolean {
  const own = new Set(open.map(({ alert }) => alert.fingerprint));
  return (
    open.length > 0 &&
    open.every(({ alert }) => {
      const cause = ports.causeOf?.(alert);
      return cause !== undefined && !own.has(cause.fingerprint);
    })
  );
}

/** Looks after storms: edits their messages, ends them, and then posts the cards of what is still open. */
export class StormWatch implements Job {
  readonly name = 'storm-watch';
  readonly #ports: IncidentsPorts;
  readonly #storms: Storms;
  readonly #post: CardPost;

  constructor(ports: IncidentsPorts, storms: Storms, post: CardPost) {
    this.#ports = ports;
    this.#storms = storms;
    this.#post = post;
  }

  nextDue(): number | undefined {
    return this.#ports.store.storms.current()?.dueAt;
  }

  run(now: number): Promise<void> {
    this.#ports.transact(() => {
      const ended = this.#storms.look(now);
      if (ended) this.#release(ended, now);
    });
    return Promise.resolve();
  }

  #release(storm: Storm, now: number): void {
    const { store } = this.#ports;
    for (const id of store.storms.heldCards(storm.id)) {
      const card = store.cards.card(id);
      const incident = card && store.incident(card.incidentId);
      if (card && incident) this.#post.refresh(card, incident, now);
    }
  }
}

/** The message of a storm, as the Slack notifier wants it of any card. */
export function canopyOf(canopy: Canopy | undefined, rootIncident: string): Card | undefined {
  if (!canopy) return undefined;
  return {
    id: canopy.id,
    incidentId: rootIncident,
    episodeId: '',
    destination: { kind: 'channel', channel: canopy.channel },
    view: 'storm',
    ...(canopy.ref && { ref: canopy.ref }),
    ...(canopy.replaces && { replaces: canopy.replaces }),
  };
}
