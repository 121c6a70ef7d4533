import { nearest } from '../document/suggest.ts';
import type { ActResult, IncidentSummary } from '../incident/actions.ts';
import { type Effects, reply } from './effect.ts';
import { told } from './outcome.ts';
import type { SlackDeps } from './ports.ts';
import { renderList } from './view/list.ts';
import { code, mrkdwn } from './view/mrkdwn.ts';
import { choices, renderRefusal } from './view/notice.ts';

/** As `told`; but where the act did not find what was named, what could have been meant. */
export function toldOrAsked(result: ActResult, id: string, deps: SlackDeps, now: number): Effects {
  const isUnfound = result.kind === 'refused' && (result.code === 'not_found' || result.code === 'invalid');
  return isUnfound ? unknownIncident(id, deps, now) : told(result);
}

/** No single incident is meant by `id`, or none was named: says what is open, with the buttons where several are meant. */
export function unknownIncident(id: string | undefined, deps: SlackDeps, now: number): Effects {
  const open = deps.actions.list({ open: true }, now);
  const { alert } = deps.settings.commands;
  if (open.length === 0)
    return reply(renderRefusal(id === undefined ? 'Nothing is open.' : `Nothing open is called “${id}”.`));
  const meant = id === undefined ? open : open.filter((incident) => isMeant(incident, id));
  if (meant.length > 0) return reply(renderList(meant, now, alert));
  const names = [...new Set(open.flatMap(({ alertName, model }) => [alertName, model]))].filter((name) => name !== '');
  const near = id === undefined ? undefined : nearest(id, names);
  const hint =
    near === undefined ? choices(names) : mrkdwn`Did you mean ${code(near)}? ${code(`${alert} list`)} shows all.`;
  return reply(renderRefusal(`Nothing open is called “${id ?? ''}”.`, hint));
}

function isMeant({ id, alertName, model }: IncidentSummary, text: string): boolean {
  const wanted = text.toLowerCase();
  return (
    alertName.toLowerCase() === wanted || model.toLowerCase() === wanted || (wanted.length > 3 && id.startsWith(wanted))
  );
}
