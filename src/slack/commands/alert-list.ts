import { comparePriority } from '../../alert/priority.ts';
import type { IncidentSummary } from '../../incident/actions.ts';
import { reply } from '../effect.ts';
import { defineCommand } from '../registry.ts';
import { renderList } from '../view/list.ts';

/** Most urgent first, what nobody has acknowledged before the rest, then the oldest. */
export function byUrgency(a: IncidentSummary, b: IncidentSummary): number {
  const waiting = Number(b.state === 'triggered') - Number(a.state === 'triggered');
  return comparePriority(a.priority, b.priority) || waiting || a.openedAt - b.openedAt;
}

export const alertList = defineCommand({
  family: 'alert',
  name: 'list',
  aliases: ['ls'],
  usage: 'list [text]',
  summary: 'open incidents, the most urgent first',
  run({ rest, now }, deps) {
    const incidents = deps.actions.list({ open: true, ...(rest === '' ? {} : { text: rest }) }, now);
    return reply(renderList(incidents.toSorted(byUrgency), now, deps.settings.commands.alert));
  },
});
