import { reply } from '../effect.ts';
import { wording } from '../look.ts';
import { defineCommand } from '../registry.ts';
import { renderMe } from '../view/oncall.ts';

export const oncallMe = defineCommand({
  family: 'oncall',
  name: 'me',
  usage: 'me',
  summary: 'your own shifts, now and ahead',
  run({ actor, now }, deps) {
    return reply(renderMe(deps.oncall?.shiftsOf(actor.id, now) ?? [], now, wording(deps)));
  },
});
