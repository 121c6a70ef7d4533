import { reply } from '../effect.ts';
import { wording } from '../look.ts';
import { defineCommand } from '../registry.ts';
import { NO_SCHEDULES } from '../scheduling.ts';
import { renderGaps } from '../view/oncall-weeks.ts';

export const oncallGaps = defineCommand({
  family: 'oncall',
  name: 'gaps',
  usage: 'gaps',
  summary: 'when nobody is on call, or nobody whom Slack reaches, in the next 30 days',
  run({ now }, deps) {
    const calendar = deps.scheduleDesk?.calendar;
    if (!calendar || calendar.names().length === 0) return NO_SCHEDULES;
    return reply(renderGaps(calendar.holes(now), calendar.strangers(now), wording(deps)));
  },
});
