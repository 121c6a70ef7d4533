import { reply } from '../effect.ts';
import { defineCommand } from '../registry.ts';
import { renderList } from '../view/list.ts';

export const alertList = defineCommand({
  family: 'alert',
  name: 'list',
  aliases: ['ls'],
  usage: 'list [text]',
  summary: 'open incidents, worst first',
  run({ rest, now }, deps) {
    const incidents = deps.actions.list({ open: true, ...(rest === '' ? {} : { text: rest }) }, now);
    return reply(renderList(incidents, now, deps.settings.commands.alert));
  },
});
