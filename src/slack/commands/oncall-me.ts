import { reply } from '../effect.ts';
import { wording } from '../look.ts';
import { defineCommand } from '../registry.ts';
import { renderMe } from '../view/oncall.ts';
import { pathLines } from '../view/path-test.ts';

export const oncallMe = defineCommand({
  family: 'oncall',
  name: 'me',
  usage: 'me',
  summary: 'your own shifts, your share of the last 90 days, and whether pages ring',
  run({ actor, now }, deps) {
    const shifts = deps.oncall?.shiftsOf(actor.id, now) ?? [];
    const paths = pathLines(deps.pathTests?.of(actor.id) ?? [], wording(deps), deps.settings.commands.oncall);
    return reply(renderMe(shifts, now, wording(deps), deps.oncall?.workloadOf?.(actor.id, now), paths));
  },
});
