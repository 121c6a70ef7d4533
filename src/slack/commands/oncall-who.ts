import { reply } from '../effect.ts';
import { wording } from '../look.ts';
import { defineCommand } from '../registry.ts';
import { renderWho } from '../view/oncall.ts';

export const oncallWho = defineCommand({
  family: 'oncall',
  name: 'who',
  aliases: ['now'],
  usage: 'who',
  summary: 'who is on call, and who is next',
  run({ now }, deps) {
    const open = deps.actions.list({ open: true }, now).length;
    return reply(renderWho(deps.oncall?.who(now) ?? [], open, wording(deps)));
  },
});
