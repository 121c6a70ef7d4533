import { defineModal } from '../registry.ts';
import { formInput, formMemory, formView, printed, readForm, shownBy } from '../silence-form.ts';
import { silenceIncident, silenceMatchers } from '../silencing.ts';

/**
 * Nobody hides what they have not seen: a form that was submitted before its preview caught up with what was typed comes back once,
 * with the preview that belongs to it.
 */
export const silenceSubmitted = defineModal('silence', ({ interaction, actor, now }, deps) => {
  const memory = formMemory(interaction.metadata);
  const input = formInput(interaction.values, memory, deps);
  const request = readForm(input, deps, now);
  if (request.kind === 'errors') return [{ kind: 'errors', errors: { ...request.errors } }];
  if (shownBy(input.what, deps, now) !== memory.shown) {
    return [{ kind: 'modal_next', view: formView(memory, input, deps, now, true) }];
  }
  const { incidentId, channel } = memory;
  const own = incidentId === '' ? undefined : deps.silences.matchersOf(incidentId);
  const announce = {
    ...(incidentId !== '' && { belowCardOf: incidentId }),
    ...(channel !== '' && { channel }),
  };
  // Whoever is on call for a card may silence its group, but not more than that.
  if (own && printed(own) === printed(request.matchers))
    return silenceIncident({ ...request, id: incidentId, announce }, deps, actor, now);
  return silenceMatchers({ ...request, announce }, deps, actor, now);
});
