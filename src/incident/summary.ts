import { comparePriority } from '../alert/priority.ts';
import type { IncidentSummary } from './actions.ts';
import type { Incident } from './incident.ts';
import { spoken } from './level-people.ts';
import { gist } from './manual-page.ts';
import { formatMeasure } from './measure.ts';
import { sharedLabel } from './member-label.ts';
import { lookAt, worstOf } from './membership.ts';
import type { IncidentsPorts } from './ports.ts';

/** How far back a list of all incidents goes. */
const MOST_LISTED = 200;

/** The most urgent first, then the longest open. `text` is looked for in id, alert name, model, environment. */
export function summaries(
  ports: IncidentsPorts,
  filter: { readonly open: boolean; readonly text?: string },
  now: number,
): IncidentSummary[] {
  const incidents = filter.open ? ports.store.openIncidents() : ports.store.recent(MOST_LISTED);
  const wanted = filter.text?.trim().toLowerCase() ?? '';
  return incidents
    .map((incident) => summaryOf(ports, incident, now))
    .filter(({ id, alertName, model, environment }) =>
      [id, alertName, model, environment].some((field) => field.toLowerCase().includes(wanted)),
    )
    .toSorted((a, b) => {
      const open = Number(a.state === 'resolved') - Number(b.state === 'resolved');
      return open || comparePriority(a.priority, b.priority) || a.openedAt - b.openedAt;
    });
}

function summaryOf(ports: IncidentsPorts, incident: Incident, now: number): IncidentSummary {
  const look = lookAt(ports, incident.id, now);
  const shown = look.open.length > 0 ? look.open : look.members;
  const alerts = shown.map(({ alert }) => alert);
  const ref = ports.store.cards.ofIncident(incident.id).find((card) => card.view === 'card' && card.ref)?.ref;
  const { state } = incident;
  return {
    id: incident.id,
    state: state.kind,
    priority: incident.priority,
    alertName: incident.alertName,
    model: sharedLabel(alerts, 'model_name', 'model'),
    environment: sharedLabel(alerts, 'environment', 'env'),
    measure: incident.page ? gist(incident.page) : formatMeasure(worstOf(shown)?.alert.evidence),
    openedAt: incident.openedAt,
    ...(state.kind === 'acknowledged' && { acknowledgedBy: spoken(ports, state.by.id) || state.by.name }),
    openMembers: look.open.length,
    ...(ref && { ref }),
  };
}
