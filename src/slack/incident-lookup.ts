import type { CardBook } from '../incident/card.ts';
import { lookUp } from '../incident/lookup.ts';
import type { IncidentStore } from '../incident/store.ts';
import type { IncidentLookup } from './ports.ts';

/** What an incident's card says now; a page stands in where no channel has a card. */
export function createIncidentLookup(store: IncidentStore, cards: CardBook): IncidentLookup {
  return {
    state(id, now) {
      const found = lookUp(store, id);
      if (found.kind === 'refused') return undefined;
      const own = store.cards.ofIncident(found.incident.id);
      const card = own.find(({ view }) => view === 'card') ?? own[0];
      return card && cards.state(card.id, now);
    },
  };
}
