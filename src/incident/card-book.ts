import type { Card, CardBook, CardState, MessageRef } from './card.ts';
import { cardState } from './card-state.ts';
import type { IncidentsPorts } from './ports.ts';

/** The cards as the Slack notifier sees them: where each stands, and what it says at this moment. */
export function createCardBook(ports: IncidentsPorts): CardBook {
  const { cards } = ports.store;
  return {
    card: (cardId): Card | undefined => cards.card(cardId),
    at: (ref): Card | undefined => cards.at(ref),
    state(cardId, now): CardState | undefined {
      const card = cards.card(cardId);
      return card && cardState(ports, card, now);
    },
    posted(cardId: string, ref: MessageRef): void {
      ports.transact(() => {
        const card = cards.card(cardId);
        if (!card) return;
        const { replaces: _, ...rest } = card;
        cards.save({ ...rest, ref });
      });
    },
    lost(cardId: string, _reason: string): void {
      ports.transact(() => {
        const card = cards.card(cardId);
        if (!card?.ref) return;
        const { ref, ...rest } = card;
        cards.save({ ...rest, replaces: ref });
      });
    },
  };
}
