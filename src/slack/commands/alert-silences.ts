import { reply } from '../effect.ts';
import { defineCommand } from '../registry.ts';
import { renderSilences } from '../view/silence.ts';

export const alertSilences = defineCommand({
  family: 'alert',
  name: 'silences',
  usage: 'silences',
  summary: 'what is hidden, and by whom',
  run({ now }, deps) {
    return reply(renderSilences(deps.silences.list(now), { now, timezone: deps.settings.timezone }));
  },
});
