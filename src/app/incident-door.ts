import { incidentRoutes } from '../api/incidents.ts';
import type { Routes } from '../api/server.ts';
import { lookUp } from '../incident/lookup.ts';
import type { Incidents } from '../incident/ports.ts';
import type { SilenceActs } from '../incident/silence-acts.ts';
import type { IncidentStore } from '../incident/store.ts';
import type { Labels } from '../labels/labels.ts';
import type { PeopleStore } from '../people/person.ts';
import type { Explanation } from '../routing/explain.ts';
import { toldOfIncident } from '../trace/told.ts';
import { whyOf, whyPaged } from '../trace/why.ts';

export interface IncidentDoorOptions {
  readonly incidents: Incidents;
  readonly incidentStore: IncidentStore;
  readonly silences: SilenceActs;
  readonly people: PeopleStore;
  readonly explain: (labels: Labels, now: number) => Explanation;
  readonly zone: () => string;
  readonly now: () => number;
}

/** Incidents and silences over HTTP, for `watchroom alert` and other programs. */
export function incidentDoor(options: IncidentDoorOptions): Routes {
  const { incidents, incidentStore, silences, people, explain, zone, now } = options;
  const nameOf = (id: string): string => people.user(id)?.name ?? id;
  return incidentRoutes({
    actions: incidents.actions,
    reader: incidents.reader,
    handOver: incidents.handOver,
    reassign: incidents.reassign,
    find: (id) => lookUp(incidentStore, id),
    silences,
    why: (incidentId, at) => {
      const incident = incidentStore.incident(incidentId);
      if (incident?.page) return whyPaged(incident.page, incident.openedAt, zone(), nameOf);
      const [member] = incidentStore.members(incidentId);
      const told = { found: incident && toldOfIncident(incidentStore, incident) };
      return member && whyOf(explain(member.alert.labels, at), zone(), at, nameOf, told);
    },
    nameOf,
    now,
  });
}
