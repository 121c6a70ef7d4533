import { commonOf } from '../delivery/notification.ts';
import type { Labels } from '../labels/labels.ts';
import type { Incident } from './incident.ts';
import type { IncidentStore } from './store.ts';

/**
 * What a silence of an incident matches: its group's labels or, where it is grouped by none, those that its alerts have in common.
 * @returns why it cannot be silenced, where it cannot
 */
export function labelsToSilence(store: Pick<IncidentStore, 'members'>, incident: Incident): Labels | string {
  if (incident.page) return 'A page by hand cannot be silenced: resolve it.';
  if (incident.groupLabels.size > 0) return incident.groupLabels;
  const common = commonOf(store.members(incident.id).map(({ alert }) => alert.labels));
  return common.size > 0 ? common : 'These alerts have no label in common; this silence would hide everything.';
}
