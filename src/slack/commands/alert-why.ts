import { reply } from '../effect.ts';
import { unknownIncident } from '../look-up.ts';
import { defineCommand } from '../registry.ts';
import { renderRefusal } from '../view/notice.ts';
import { renderWhy } from '../view/why.ts';

export const alertWhy = defineCommand({
  family: 'alert',
  name: 'why',
  usage: 'why ID|NAME',
  summary: 'why you were told, step by step',
  run({ words: [id], now }, deps) {
    if (!deps.why) return reply(renderRefusal('No trace is kept here, so there is nothing to explain.'));
    const explanation = id === undefined ? undefined : deps.why(id, now);
    return explanation ? reply(renderWhy(explanation, deps.settings.commands.alert)) : unknownIncident(id, deps, now);
  },
});
