import { reply } from '../effect.ts';
import { defineCommand } from '../registry.ts';
import { NO_SCHEDULES, takeOwner, takePerson, takeSchedule, toldChange } from '../scheduling.ts';
import { code, mrkdwn } from '../view/mrkdwn.ts';
import { renderRefusal } from '../view/notice.ts';

export const oncallSwap = defineCommand({
  family: 'oncall',
  name: 'swap',
  usage: 'swap @PERSON [SCHEDULE] [DATE] [for @OWNER]',
  summary: 'ask somebody to take a shift of yours, or of somebody who is away: the next one, or the one on a date',
  run({ words, actor, now }, deps) {
    const desk = deps.scheduleDesk;
    if (!desk) return NO_SCHEDULES;
    const command = deps.settings.commands.oncall;
    const hint = mrkdwn`${code(`${command} swap @bilal`)} · ${code(`${command} swap @bilal 2026-02-09`)}`;
    const { owner, rest: own } = takeOwner(words, actor.id);
    const { schedule, rest: without } = takeSchedule(own, desk);
    const { person, rest } = takePerson(without, actor.id);
    if (person === undefined)
      return reply(renderRefusal('Whom do you ask to take your shift? Mention the person.', hint));
    const [date, more] = rest.filter((word) => !/^(?:on|with)$/i.test(word));
    if (more !== undefined) return reply(renderRefusal(`“${more}” is not part of a swap.`, hint));
    const request = {
      person,
      ...(schedule !== undefined && { schedule }),
      ...(date !== undefined && { date }),
      ...(owner !== undefined && { owner }),
    };
    return toldChange(desk.swaps.offer(request, actor, now), actor.id, deps);
  },
});
