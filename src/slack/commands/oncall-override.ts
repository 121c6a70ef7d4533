import { OVERRIDE_EFFECTS, type OverrideEffect } from '../../oncall/override.ts';
import { readPeriod } from '../../oncall/period.ts';
import { type Effects, reply } from '../effect.ts';
import type { SlackDeps } from '../ports.ts';
import { type CommandRequest, defineCommand } from '../registry.ts';
import { NO_SCHEDULES, takePerson, takeSchedule, toldChange } from '../scheduling.ts';
import { code, mrkdwn } from '../view/mrkdwn.ts';
import { renderRefusal } from '../view/notice.ts';

export const oncallOverride = defineCommand({
  family: 'oncall',
  name: 'override',
  usage: 'override [add|remove] [SCHEDULE] @PERSON 2h | FROM TO | end ID',
  summary: 'somebody else for a while, one more, or one less; the channel is told',
  run(request, deps) {
    const { words, actor, now } = request;
    const desk = deps.scheduleDesk;
    if (!desk) return NO_SCHEDULES;
    const [first = '', id = ''] = words;
    const isId = /^\d+$/.test(id) && words.length === 2;
    if (/^(?:end|cancel|stop)$/i.test(first) || (/^remove$/i.test(first) && isId))
      return toldChange(desk.overrides.end(id, actor, now), actor.id, deps);
    const effect = OVERRIDE_EFFECTS.find((known) => known === first.toLowerCase());
    return make(effect ? { ...request, words: words.slice(1) } : request, effect, deps);
  },
});

function make({ words, actor, now }: CommandRequest, effect: OverrideEffect | undefined, deps: SlackDeps): Effects {
  const desk = deps.scheduleDesk;
  if (!desk) return NO_SCHEDULES;
  const command = deps.settings.commands.oncall;
  const hint = mrkdwn`${code(`${command} override @bilal 2026-01-26 2026-01-27`)} · ${code(`${command} override @bilal 2h`)}`;
  const { schedule: named, rest: without } = takeSchedule(words, desk);
  const { person, rest } = takePerson(without, actor.id);
  if (person === undefined) return reply(renderRefusal('Who is to be on call instead? Mention the person.', hint));
  const names = desk.roster.names();
  const name = named ?? (names.length === 1 ? names[0] : undefined);
  const zone = name === undefined ? undefined : desk.roster.schedule(name)?.zone;
  if (name === undefined || zone === undefined) {
    if (names.length === 0) return NO_SCHEDULES;
    return reply(renderRefusal(`Which schedule? There are ${names.join(', ')}.`, hint));
  }
  const period = readPeriod(rest, zone, now);
  if (period.kind === 'invalid') return reply(renderRefusal(period.message, hint));
  const { start, end } = period;
  return toldChange(
    desk.overrides.make({ schedule: name, person, start, end, ...(effect && { effect }) }, actor, now),
    actor.id,
    deps,
  );
}
