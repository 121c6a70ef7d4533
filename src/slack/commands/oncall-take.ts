import { defineCommand } from '../registry.ts';
import { NO_SCHEDULES, toldChange } from '../scheduling.ts';

export const oncallTake = defineCommand({
  family: 'oncall',
  name: 'take',
  usage: 'take [SCHEDULE]',
  summary: 'you have it from now until the shift ends; the channel is told',
  run({ words: [schedule], actor, now }, deps) {
    const desk = deps.scheduleDesk;
    return desk ? toldChange(desk.overrides.take(schedule, actor, now), actor.id, deps) : NO_SCHEDULES;
  },
});
