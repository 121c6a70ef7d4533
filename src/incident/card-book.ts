import type { Card, CardBook, CardState, MessageRef } from './card.ts';
import { cardState } from './card-state.ts';
import type { IncidentsPorts } from './ports.ts';
import { canopyOf } from './storm.ts';
import { type StormState, stormState } from './storm-state.ts';
import type { Canopy } from './storm-store.ts';

/** The cards as the Slack notifier sees them: where each stands, and what it says at this moment. */
export function createCardBook(ports: IncidentsPorts): CardBook {
  const { cards, storms } = ports.store;
  /** What people do to a storm's message they do to its root. */
  const withRoot = (canopy: Canopy | undefined): Card | undefined => {
    const storm = canopy && storms.storm(canopy.stormId);
    return canopyOf(canopy, storm ? (stormState(ports, storm, ports.clock.now()).root?.incidentId ?? '') : '');
  };
  return {
    card: (cardId): Card | undefined => cards.card(cardId) ?? canopyOf(storms.canopy(cardId), ''),
    at: (ref): Card | undefined => cards.at(ref) ?? withRoot(storms.canopyAt(ref)),
    storm(cardId, now): StormState | undefined {
      const canopy = storms.canopy(cardId);
      const storm = canopy && storms.storm(canopy.stormId);
      return storm && stormState(ports, storm, now);
    },
    state(cardId, now): CardState | undefined {
      const card = cards.card(cardId);
      return card && cardState(ports, card, now);
    },
    posted(cardId: string, ref: MessageRef): void {
      ports.transact(() => {
        const card = cards.card(cardId);
        const canopy = card ? undefined : storms.canopy(cardId);
        if (canopy) storms.saveCanopy({ id: canopy.id, stormId: canopy.stormId, channel: canopy.channel, ref });
        if (!card) return;
        const { replaces: _, ...rest } = card;
        cards.save({ ...rest, ref });
      });
    },
    lost(cardId: string, _reason: string): void {
      ports.transact(() => {
        const card = cards.card(cardId);
        const canopy = card ? undefined : storms.canopy(cardId);
        if (canopy?.ref) {
          const { ref, ...rest } = canopy;
          storms.saveCanopy({ ...rest, replaces: ref });
        }
        if (!card?.ref) return;
        const { ref, ...rest } = card;
        cards.save({ ...rest, replaces: ref });
      });
    },
  };
}
