import { spokenDuration, words } from '../command-text.ts';
import { type Effects, reply } from '../effect.ts';
import type { SilenceResult, SlackDeps } from '../ports.ts';
import { defineAction } from '../registry.ts';
import { formInput, formMemory, formOfIncident, formView } from '../silence-form.ts';
import { silenceIncident, silenceUntilResolved } from '../silencing.ts';
import { isSilenceChoice } from '../view/buttons.ts';
import { mrkdwn } from '../view/mrkdwn.ts';
import { renderNotice, renderRefusal } from '../view/notice.ts';
import { matchersText, renderSilenceAnswered, renderUnsilenced } from '../view/silence.ts';

/** The menu of a card: a length, until resolved, or a modal that asks. */
export const silence = defineAction('silence', ({ interaction, actor, now }, deps) => {
  const choice = interaction.value;
  if (!isSilenceChoice(choice)) return reply(renderRefusal('This menu is from an older release: use the newest card.'));
  switch (choice) {
    case 'custom…': {
      const view = formOfIncident(interaction.subject, deps, now);
      return view
        ? [{ kind: 'modal', view }]
        : reply(renderRefusal('This incident is not known here any more, or cannot be silenced.'));
    }
    case 'until resolved':
      return silenceUntilResolved(interaction.subject, deps, actor, now);
    case '1 h':
    case '2 h':
    case '8 h': {
      const duration = spokenDuration(words(choice));
      if (duration === undefined || duration === 'invalid') return reply(renderRefusal(`“${choice}” is not a length.`));
      const id = interaction.subject;
      const length = { endsAfterMs: duration.ms, comment: '', announce: { belowCardOf: id } };
      return silenceIncident({ id, ...length }, deps, actor, now);
    }
  }
});

/** A change of what or how long in the form: the preview below it is told anew. */
export const silencePreview = defineAction('silence_preview', ({ interaction: { view }, now }, deps) => {
  if (view?.kind !== 'modal') return [];
  const memory = formMemory(view.metadata);
  const again = formView(memory, formInput(view.values, memory, deps), deps, now);
  return [{ kind: 'modal_again', viewId: view.id, view: again }];
});

/** Offered after "False positive" and instead of resolving while the condition holds. */
export const silenceUntilClear = defineAction('silence_until_clear', ({ interaction, actor, now }, deps) => [
  ...silenceUntilResolved(interaction.subject, deps, actor, now),
  ...(interaction.ephemeral ? [{ kind: 'dismiss' } as const] : []),
]);

/** Undo on the notice in the channel, End in the list of silences. */
export const unsilence = defineAction('unsilence', ({ interaction, actor, now }, deps) => {
  const result = deps.silences.expire(interaction.value, actor, now);
  if (result.kind === 'refused') return reply(renderRefusal(result.message));
  const message = renderUnsilenced(result.silence, actor.id);
  if (!result.changed) {
    // Somebody ended it elsewhere, or it ran out: its notice loses the button, nobody else needs to hear it again.
    const ended = renderNotice(mrkdwn`The silence of ${matchersText(result.silence.matchers)} had ended already.`);
    return [{ kind: interaction.ephemeral || !interaction.message ? 'reply' : 'replace', message: ended }];
  }
  // Ending one from one's own list is public all the same.
  return [{ kind: interaction.ephemeral || !interaction.message ? 'say' : 'replace', message }];
});

const EXTEND_MS = 2 * 3_600_000;

/** The answers to "your silence ends soon". */
export const silenceExtend = defineAction('silence_extend', ({ interaction, actor, now }, deps) =>
  answered(deps.silences.extend(interaction.value, EXTEND_MS, actor, now), deps, now),
);

export const silenceExtendResolved = defineAction('silence_extend_resolved', ({ interaction, actor, now }, deps) =>
  answered(deps.silences.extendUntilResolved(interaction.value, actor, now), deps, now),
);

export const silenceLetEnd = defineAction('silence_let_end', ({ interaction, now }, deps) => {
  const silence = deps.silences.list(now).find(({ id }) => id === interaction.value);
  if (!silence) return reply(renderRefusal('This silence has ended already.'));
  return answered({ kind: 'done', silence, changed: false }, deps, now);
});

function answered(result: SilenceResult, deps: SlackDeps, now: number): Effects {
  if (result.kind === 'refused') return reply(renderRefusal(result.message));
  const look = { now, timezone: deps.settings.timezone };
  return [{ kind: 'replace', message: renderSilenceAnswered(result.silence, look) }];
}
