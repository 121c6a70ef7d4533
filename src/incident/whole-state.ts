import type { CardState } from './card.ts';
import { cardState } from './card-state.ts';
import type { IncidentsPorts } from './ports.ts';

/**
 * An incident as a card would show it to nobody in particular: for mail, tickets and text messages, which have no card. undefined
 * where there is no such incident, or none of its members is known (yet).
 */
export function wholeState(ports: IncidentsPorts, incidentId: string, now: number): CardState | undefined {
  return cardState(
    ports,
    {
      id: '',
      incidentId,
      episodeId: '',
      destination: { kind: 'channel', channel: '' },
      view: 'page',
      createdAt: now,
      refreshedAt: now,
      held: false,
    },
    now,
  );
}
