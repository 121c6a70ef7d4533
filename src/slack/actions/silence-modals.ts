import { spokenDuration, tidy, words } from '../command-text.ts';
import { defineModal } from '../registry.ts';
import { DURATION_HINT, readSilence, silenceIncident, silenceMatchers } from '../silencing.ts';

/** A card's "custom…": metadata is the incident. */
export const silenceCustom = defineModal('silence_custom', ({ interaction, actor, now }, deps) => {
  const typed = words(tidy(interaction.values.get('duration') ?? ''));
  const duration = spokenDuration(typed);
  if (duration === undefined || duration === 'invalid' || duration.used < typed.length) {
    return [{ kind: 'errors', errors: { duration: `This must be ${DURATION_HINT}.` } }];
  }
  const comment = (interaction.values.get('comment') ?? '').slice(0, 500);
  const request = { id: interaction.metadata, endsAfterMs: duration.ms, comment, announce: 'below_card' } as const;
  return silenceIncident(request, deps, actor, now);
});

/** The shortcut's form. */
export const silenceByName = defineModal('silence_name', ({ interaction, actor, now }, deps) => {
  const rest = tidy(
    `"${(interaction.values.get('name') ?? '').replaceAll('"', '')}" ${interaction.values.get('duration') ?? ''}`,
  );
  const request = readSilence(words(rest), rest, deps, now);
  switch (request.kind) {
    case 'invalid':
      return [{ kind: 'errors', errors: { name: request.message.slice(0, 300) } }];
    case 'incident':
      return silenceIncident({ ...request, announce: 'below_card' }, deps, actor, now);
    case 'matchers':
      return silenceMatchers(request, deps, actor, now);
  }
});
