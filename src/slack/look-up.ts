import { nearest } from '../document/suggest.ts';
import { type Effects, reply } from './effect.ts';
import type { SlackDeps } from './ports.ts';
import { code, mrkdwn } from './view/mrkdwn.ts';
import { choices, renderRefusal } from './view/notice.ts';

/** No incident is meant by `id`, or none was named: says what is open. */
export function unknownIncident(id: string | undefined, deps: SlackDeps, now: number): Effects {
  const open = deps.actions.list({ open: true }, now);
  const names = [...new Set(open.map((incident) => incident.alertName))];
  const { alert } = deps.settings.commands;
  if (open.length === 0)
    return reply(renderRefusal(id === undefined ? 'Nothing is open.' : `Nothing open is called “${id}”.`));
  const near = id === undefined ? undefined : nearest(id, names);
  const question = id === undefined ? 'Which incident?' : `Nothing open is called “${id}”.`;
  const hint =
    near === undefined ? choices(names) : mrkdwn`Did you mean ${code(near)}? ${code(`${alert} list`)} shows all.`;
  return reply(renderRefusal(question, hint));
}
