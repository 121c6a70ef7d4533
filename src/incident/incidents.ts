import { Acts } from './acts.ts';
import { LadderAuditor } from './auditor.ts';
import { createCardBook } from './card-book.ts';
import { CardPost } from './card-post.ts';
import { IncidentDesk } from './desk.ts';
import { Escalator } from './escalator.ts';
import { Lifecycle } from './lifecycle.ts';
import { ManualPages } from './manual-page-acts.ts';
import { Pager } from './paging.ts';
import type { Incidents, IncidentsPorts } from './ports.ts';
import { Storms, StormWatch } from './storm.ts';
import { stormState } from './storm-state.ts';
import { wholeState } from './whole-state.ts';

/** Puts the parts of incident handling together. Pure composition: nothing happens until routing, a person or the loop asks. */
export function createIncidents(ports: IncidentsPorts): Incidents {
  const storms = new Storms(ports);
  const post = new CardPost(ports.store, ports.enqueue, storms);
  const lifecycle = new Lifecycle(ports, post);
  const pager = new Pager(ports, post);
  const acts = new Acts(ports, lifecycle, post, pager);
  const pages = new ManualPages(ports, lifecycle, post);
  return {
    effects: new IncidentDesk(ports, lifecycle, post),
    actions: acts,
    handOver: (id, actor, now) => acts.handOver(id, actor, now),
    reassign: (id, to, actor, now) => acts.reassign(id, to, actor, now),
    page: (request, actor, now) => pages.page(request, actor, now),
    cards: createCardBook(ports),
    reader: {
      incident: (id) => ports.store.incident(id),
      events: (id) => ports.store.events(id),
      cardsOf: (id) => ports.store.cards.ofIncident(id),
      state: (id, now) => wholeState(ports, id, now),
      storm: (id, now) => {
        const storm = ports.store.storms.storm(id);
        return storm && stormState(ports, storm, now);
      },
    },
    postElsewhere(cardId, channel, now) {
      const card = ports.store.cards.card(cardId);
      const incident = card && ports.store.incident(card.incidentId);
      if (!card || !incident || card.view !== 'card') return false;
      return post.ensure(incident, card.episodeId, channel, now).posted;
    },
    jobs: [
      new Escalator(ports, lifecycle, post, pager),
      new StormWatch(ports, storms, post),
      new LadderAuditor(ports, lifecycle.tools),
    ],
  };
}
