import type { MessageRef } from './card.ts';

/** A time in which one message per channel stands for all new cards there. */
export interface Storm {
  readonly id: string;
  readonly startedAt: number;
  /** The last new group: it ends when there has been none for long enough. */
  readonly lastGroupAt: number;
  /** The last edit of its messages, and when the next is due or the end is to be looked at. */
  readonly refreshedAt: number;
  readonly dueAt?: number;
  readonly endedAt?: number;
}

/** A storm's message in one channel. */
export interface Canopy {
  readonly id: string;
  readonly stormId: string;
  readonly channel: string;
  readonly ref?: MessageRef;
  readonly replaces?: MessageRef;
}

/** Every method joins the caller's transaction. */
export interface StormStore {
  current(): Storm | undefined;
  storm(id: string): Storm | undefined;
  /** Gives it its id. */
  begin(draft: Omit<Storm, 'id'>): Storm;
  save(storm: Storm): void;
  /** Episodes with a card (held or posted) made after this instant. */
  newEpisodes(after: number): Set<string>;
  /** Counts the cards made after this instant as the storm's. */
  takeIn(id: string, after: number): void;
  /** Incidents that its cards speak of, in the order in which these were made. */
  incidentsOf(id: string): string[];
  /** Ids of cards that wait. */
  heldCards(id: string): string[];
  canopies(stormId: string): Canopy[];
  canopy(id: string): Canopy | undefined;
  canopyAt(ref: MessageRef): Canopy | undefined;
  addCanopy(stormId: string, channel: string): Canopy;
  saveCanopy(canopy: Canopy): void;
}
