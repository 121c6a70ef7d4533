import { reply } from '../effect.ts';
import { defineCommand } from '../registry.ts';
import { code, mrkdwn } from '../view/mrkdwn.ts';
import { renderRefusal } from '../view/notice.ts';
import { renderUnsilenced } from '../view/silence.ts';

export const alertUnsilence = defineCommand({
  family: 'alert',
  name: 'unsilence',
  aliases: ['unmute'],
  usage: 'unsilence ID|NAME',
  summary: 'end a silence now',
  run({ words: [target], actor, now }, deps) {
    const command = deps.settings.commands.alert;
    const hint = mrkdwn`${code(`${command} silences`)} lists them`;
    if (target === undefined) return reply(renderRefusal('Which silence? Give its id or the alert it hides.', hint));
    const named = deps.silences
      .list(now)
      .filter(({ matchers }) =>
        matchers.some(({ name, value }) => name === 'alertname' && value.toLowerCase() === target.toLowerCase()),
      );
    if (named.length > 1) return reply(renderRefusal(`${named.length} silences hide ${target}: give an id.`, hint));
    const result = deps.silences.expire(named[0]?.id ?? target, actor, now);
    if (result.kind === 'refused') return reply(renderRefusal(result.message, hint));
    if (!result.changed) return reply(renderRefusal('That silence had ended already.', hint));
    return [{ kind: 'say', message: renderUnsilenced(result.silence, actor.id) }];
  },
});
