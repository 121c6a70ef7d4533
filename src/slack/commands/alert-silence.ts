import { reply } from '../effect.ts';
import { defineCommand } from '../registry.ts';
import { readSilence, silenceIncident, silenceMatchers } from '../silencing.ts';
import { code, mrkdwn } from '../view/mrkdwn.ts';
import { renderRefusal } from '../view/notice.ts';

export const alertSilence = defineCommand({
  family: 'alert',
  name: 'silence',
  aliases: ['mute', 'snooze'],
  usage: 'silence NAME|ID 2h|until resolved [comment]',
  summary: 'hide it; the channel is told',
  run({ words, rest, actor, now }, deps) {
    const command = deps.settings.commands.alert;
    const [open] = deps.actions.list({ open: true }, now);
    const example = open?.alertName ?? deps.silences.alertNames(now).at(-1) ?? 'ALERT';
    const hint = mrkdwn`${code(`${command} silence ${example} 2h rolling back`)}`;
    const request = readSilence(words, rest, deps, now);
    switch (request.kind) {
      case 'invalid':
        return reply(renderRefusal(request.message, hint));
      case 'incident':
        return silenceIncident({ ...request, announce: 'in_channel' }, deps, actor, now);
      case 'matchers':
        return silenceMatchers(request, deps, actor, now);
    }
  },
});
