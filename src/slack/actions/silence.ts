import { spokenDuration, words } from '../command-text.ts';
import { type Effects, reply } from '../effect.ts';
import type { SlackDeps } from '../ports.ts';
import { type ActRequest, defineAction } from '../registry.ts';
import { announceSilence, silenceIncident } from '../silencing.ts';
import { isSilenceChoice } from '../view/buttons.ts';
import { renderRefusal } from '../view/notice.ts';
import { renderUnsilenced, silenceModal } from '../view/silence.ts';

/** The menu of a card: a length, until resolved, or a modal that asks. */
export const silence = defineAction('silence', (request, deps) => {
  const { interaction, actor, now } = request;
  const choice = interaction.value;
  if (!isSilenceChoice(choice)) return reply(renderRefusal('This menu is from an older release: use the newest card.'));
  switch (choice) {
    case 'custom…': {
      const state = deps.incidents.state(interaction.subject, now);
      if (!state) return reply(renderRefusal('This incident is not known here any more.'));
      return [{ kind: 'modal', view: silenceModal(interaction.subject, state.alertName) }];
    }
    case 'until resolved':
      return untilResolved(request, deps);
    case '1 h':
    case '2 h':
    case '8 h': {
      const duration = spokenDuration(words(choice));
      if (duration === undefined || duration === 'invalid') return reply(renderRefusal(`“${choice}” is not a length.`));
      return silenceIncident(interaction.subject, { endsAfterMs: duration.ms, comment: '' }, deps, actor, now);
    }
  }
});

/** Offered after "False positive" and instead of resolving while the condition holds. */
export const silenceUntilClear = defineAction('silence_until_clear', (request, deps) => [
  ...untilResolved(request, deps),
  ...(request.interaction.ephemeral ? [{ kind: 'dismiss' } as const] : []),
]);

function untilResolved({ interaction, actor, now }: ActRequest<'action'>, deps: SlackDeps): Effects {
  const result = deps.silences.untilResolved(interaction.subject, actor, now, 'until resolved');
  return announceSilence(result, deps, actor, now);
}

/** Undo on the notice in the channel, End in the list of silences. */
export const unsilence = defineAction('unsilence', ({ interaction, actor, now }, deps) => {
  const result = deps.silences.expire(interaction.value, actor, now);
  if (result.kind === 'refused') return reply(renderRefusal(result.message));
  const message = renderUnsilenced(result.silence, actor.id);
  // Ending one from one's own list is public all the same.
  return [{ kind: interaction.ephemeral || !interaction.message ? 'say' : 'replace', message }];
});
