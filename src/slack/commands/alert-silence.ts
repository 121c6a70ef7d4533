import { type Effects, reply } from '../effect.ts';
import type { SlackDeps } from '../ports.ts';
import { type CommandRequest, defineCommand } from '../registry.ts';
import { formOfNames, formOfText, previewOf } from '../silence-form.ts';
import { END_HINT, readSilence, splitEnd } from '../silence-request.ts';
import { silenceIncident, silenceMatchers } from '../silencing.ts';
import { code, mrkdwn } from '../view/mrkdwn.ts';
import { renderRefusal } from '../view/notice.ts';
import { renderSilencePreview } from '../view/silence-form.ts';

/** Phones make one dash of two. */
const PREVIEW = /(?:^|\s)-{1,2}(?:preview|dry-run)(?=\s|$)/i;

export const alertSilence = defineCommand({
  family: 'alert',
  name: 'silence',
  aliases: ['mute', 'snooze'],
  usage: 'silence NAME|ID|MATCHERS 2h|until resolved [comment]',
  summary: 'hide it; the channel is told. Without 2h, or with --preview: look first',
  run(request, deps) {
    const { rest, actor, channel, now } = request;
    if (rest === '' && request.opensForms) return [{ kind: 'modal', view: formOfNames(channel, deps, now) }];
    if (PREVIEW.test(rest)) return preview(request, deps);
    const command = deps.settings.commands.alert;
    const [open] = deps.actions.list({ open: true }, now);
    const example = open?.alertName ?? deps.silences.alertNames(now).at(-1) ?? 'ALERT';
    const hint = mrkdwn`${code(`${command} silence ${example} 2h rolling back`)}`;
    const asked = readSilence(rest, deps, now);
    switch (asked.kind) {
      case 'invalid':
        return reply(renderRefusal(asked.message, hint));
      case 'endless':
        if (request.opensForms) return [{ kind: 'modal', view: formOfText({ what: asked.what }, channel, deps, now) }];
        return reply(renderRefusal(`For how long? Add ${END_HINT}.`, hint));
      case 'incident':
        return silenceIncident({ ...asked, announce: {} }, deps, actor, now);
      case 'matchers':
        return silenceMatchers(asked, deps, actor, now);
    }
  },
});

/** The form with everything that was said filled in; where no form can be opened, the same figures as words. */
function preview({ rest, opensForms, channel, now }: CommandRequest, deps: SlackDeps): Effects {
  const input = splitEnd(rest.replace(PREVIEW, ' ').trim());
  if (input.what === '' && opensForms) return [{ kind: 'modal', view: formOfNames(channel, deps, now) }];
  if (opensForms) return [{ kind: 'modal', view: formOfText(input, channel, deps, now) }];
  const shown = previewOf({ duration: '2h', ...input }, deps, now);
  return reply(renderSilencePreview(shown, { now, timezone: deps.settings.timezone }));
}
