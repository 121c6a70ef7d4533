import { nearest } from '../../document/suggest.ts';
import { type Effects, reply } from '../effect.ts';
import type { SlackDeps } from '../ports.ts';
import { defineCommand } from '../registry.ts';
import { code, mrkdwn } from '../view/mrkdwn.ts';
import { choices, renderRefusal } from '../view/notice.ts';
import { renderRunbook } from '../view/runbook.ts';

export const alertRunbook = defineCommand({
  family: 'alert',
  name: 'runbook',
  aliases: ['runbooks'],
  usage: 'runbook NAME|ID',
  summary: 'what to do',
  run({ words: [name], now }, deps) {
    if (name === undefined) {
      const known = deps.runbooks.names();
      return reply(
        renderRefusal(known.length === 0 ? 'There are no runbooks here.' : 'Which runbook?', choices(known)),
      );
    }
    const incident = deps.incidents.state(name, now);
    const found = deps.runbooks.find(name) ?? (incident ? deps.runbooks.find(incident.runbook) : undefined);
    return found ? reply(renderRunbook(found, incident?.model)) : unknownRunbook(name, deps);
  },
});

function unknownRunbook(name: string, deps: SlackDeps): Effects {
  const known = deps.runbooks.names();
  const near = nearest(name, known);
  const hint = near === undefined ? choices(known) : mrkdwn`Did you mean ${code(near)}?`;
  return reply(renderRefusal(`No runbook is called “${name}”.`, hint));
}
