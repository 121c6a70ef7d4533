import { reply } from '../effect.ts';
import { wording } from '../look.ts';
import { defineCommand } from '../registry.ts';
import { renderSmallTeam, renderWho } from '../view/oncall.ts';

export const oncallWho = defineCommand({
  family: 'oncall',
  name: 'who',
  aliases: ['now'],
  usage: 'who',
  summary: 'who is on call, and who is next',
  run({ now }, deps) {
    const open = deps.actions.list({ open: true }, now).length;
    const schedules = deps.oncall?.who(now) ?? [];
    const team = deps.oncall?.smallTeam?.() ?? [];
    if (schedules.length === 0 && team.length > 0) return reply(renderSmallTeam(team, open));
    return reply(renderWho(schedules, open, wording(deps)));
  },
});
