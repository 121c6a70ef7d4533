import { reply } from '../effect.ts';
import { wording } from '../look.ts';
import { defineCommand } from '../registry.ts';
import { renderMe } from '../view/oncall.ts';

export const oncallMe = defineCommand({
  family: 'oncall',
  name: 'me',
  usage: 'me',
  summary: 'your own shifts, now and ahead, and your share of the last 90 days',
  run({ actor, now }, deps) {
    const shifts = deps.oncall?.shiftsOf(actor.id, now) ?? [];
    return reply(renderMe(shifts, now, wording(deps), deps.oncall?.workloadOf?.(actor.id, now)));
  },
});
