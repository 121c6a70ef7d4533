import type { Incident } from '../incident/incident.ts';
import type { IncidentStore } from '../incident/store.ts';

/** Where an alert has come to be told: its incident, that one's messages in Slack, and who was called. */
export interface Told {
  readonly incidentId: string;
  readonly state: Incident['state']['kind'];
  readonly openedAt: number;
  /** One line for each card; without `ts` it has not been posted yet, or waits below the message of a storm. */
  readonly cards: readonly {
    /** As people know it. */
    readonly channel: string;
    readonly channelId?: string;
    readonly ts?: string;
    readonly held: boolean;
  }[];
  /** Every call, oldest first. */
  readonly pages: readonly { readonly person: string; readonly at: number }[];
}

type Store = Pick<IncidentStore, 'holding' | 'events'> & { readonly cards: Pick<IncidentStore['cards'], 'ofIncident'> };

/** undefined where no incident holds the alert: it was not told, or it is over. */
export function toldOf(store: Store, fingerprint: string): Told | undefined {
  const incident = store.holding(fingerprint);
  return incident && toldOfIncident(store, incident);
}

export function toldOfIncident(store: Store, incident: Incident): Told {
  return {
    incidentId: incident.id,
    state: incident.state.kind,
    openedAt: incident.openedAt,
    cards: store.cards.ofIncident(incident.id).flatMap(({ view, destination, ref, held }) => {
      if (view !== 'card' || destination.kind !== 'channel') return [];
      return [{ channel: destination.channel, ...(ref && { channelId: ref.channel, ts: ref.ts }), held }];
    }),
    pages: store.events(incident.id).flatMap((event) => {
      return event.kind === 'paged' ? [{ person: event.person, at: event.at }] : [];
    }),
  };
}

const MOST_PAGES = 5;

/** In words, for the end of a trace. @param time how an instant is written @param nameOf how a person's id is written */
export function toldSteps(
  told: Told | undefined,
  time: (at: number) => string,
  nameOf: (id: string) => string,
): readonly string[] {
  if (!told) return ['no open incident holds it: nobody is called for it'];
  const { incidentId, state, openedAt, cards, pages } = told;
  const calls = pages.slice(-MOST_PAGES).map(({ person, at }) => `${nameOf(person)} at ${time(at)}`);
  const earlier = pages.length > calls.length ? `${pages.length - calls.length} calls before; ` : '';
  return [
    `incident ${incidentId}, open since ${time(openedAt)}, is ${state}`,
    ...cards.map(({ channel, ts, held }) => {
      if (ts !== undefined) return `its card stands in ${channel}`;
      return `its card for ${channel} ${held ? 'waits below the message of a storm' : 'waits to be posted'}`;
    }),
    calls.length === 0 ? 'nobody was called' : `called: ${earlier}${calls.join(', ')}`,
  ];
}
