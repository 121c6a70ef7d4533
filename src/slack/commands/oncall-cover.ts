import { reply } from '../effect.ts';
import { defineCommand } from '../registry.ts';
import { NO_SCHEDULES, takeOwner, takeSchedule, toldChange } from '../scheduling.ts';
import { code, mrkdwn } from '../view/mrkdwn.ts';
import { renderRefusal } from '../view/notice.ts';

export const oncallCover = defineCommand({
  family: 'oncall',
  name: 'cover',
  usage: 'cover [SCHEDULE] [DATE] [for @OWNER]',
  summary: 'ask the channel for somebody to take a shift of yours, or of somebody who is away: whoever presses first',
  run({ words, actor, now }, deps) {
    const desk = deps.scheduleDesk;
    if (!desk) return NO_SCHEDULES;
    const hint = mrkdwn`${code(`${deps.settings.commands.oncall} cover 2026-02-09`)}`;
    const { owner, rest: own } = takeOwner(words, actor.id);
    const { schedule, rest } = takeSchedule(own, desk);
    const [date, more] = rest.filter((word) => !/^(?:on|for)$/i.test(word));
    if (more !== undefined) return reply(renderRefusal(`“${more}” is not part of a shift.`, hint));
    const request = {
      ...(schedule !== undefined && { schedule }),
      ...(date !== undefined && { date }),
      ...(owner !== undefined && { owner }),
    };
    return toldChange(desk.swaps.cover(request, actor, now), actor.id, deps);
  },
});
