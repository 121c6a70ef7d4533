import { reply } from '../effect.ts';
import { defineCommand } from '../registry.ts';
import { renderHealth } from '../view/why.ts';

export const alertHealth = defineCommand({
  family: 'alert',
  name: 'health',
  aliases: ['status'],
  usage: 'health',
  summary: 'is the bot itself well?',
  run({ now }, deps) {
    return reply(renderHealth(deps.health(now)));
  },
});
