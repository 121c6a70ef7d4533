import { nearest } from '../../document/suggest.ts';
import { type Effects, reply } from '../effect.ts';
import type { SlackDeps } from '../ports.ts';
import { defineCommand } from '../registry.ts';
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
    const direct = deps.runbooks.find(name);
    const incident = direct ? undefined : deps.incidents.state(name, now);
    const found = direct ?? (incident ? deps.runbooks.find(incident.runbook) : undefined);
    return found ? reply(renderRunbook(found)) : unknownRunbook(name, deps);
  },
});

function unknownRunbook(name: string, deps: SlackDeps): Effects {
  const near = nearest(name, deps.runbooks.names());
  return reply(renderRefusal(`No runbook is called “${name}”.${near === undefined ? '' : ` Did you mean ${near}?`}`));
}
