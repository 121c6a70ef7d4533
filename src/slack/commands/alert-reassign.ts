import { reply } from '../effect.ts';
import { unknownIncident } from '../look-up.ts';
import { told } from '../outcome.ts';
import { defineCommand } from '../registry.ts';
import { takePerson } from '../scheduling.ts';
import { code, mrkdwn } from '../view/mrkdwn.ts';
import { renderRefusal } from '../view/notice.ts';

export const alertReassign = defineCommand({
  family: 'alert',
  name: 'reassign',
  aliases: ['assign'],
  usage: 'reassign ID @PERSON',
  summary: 'call one person now, in place of whoever has it',
  run({ words, actor, now }, deps) {
    const { person, rest } = takePerson(words, actor.id);
    const [id] = rest.filter((word) => !/^to$/i.test(word));
    if (id === undefined) return unknownIncident(id, deps, now);
    if (person === undefined) {
      const hint = mrkdwn`${code(`${deps.settings.commands.alert} reassign ${id} @bilal`)}`;
      return reply(renderRefusal('Whom? Mention the person.', hint));
    }
    const result = deps.reassign?.(id, person, actor, now);
    const isUnknown = result === undefined || (result.kind === 'refused' && result.code === 'not_found');
    return isUnknown ? unknownIncident(id, deps, now) : told(result);
  },
});
