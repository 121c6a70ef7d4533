import { type Effects, reply } from '../effect.ts';
import { told } from '../outcome.ts';
import type { SlackDeps } from '../ports.ts';
import { defineAction, defineModal, defineShortcut } from '../registry.ts';
import { renderRefusal } from '../view/notice.ts';
import { reassignModal } from '../view/reassign.ts';

/** On a page: one person in particular. */
export const reassign = defineAction('reassign', ({ interaction, now }, deps) => ask(interaction.subject, deps, now));

/** In the menu of a card, beside its six buttons. */
export const reassignMessage = defineShortcut({
  callbackId: 'reassign_message',
  type: 'message',
  name: 'Escalate or reassign',
  description: 'Call the next level or one person now',
  run({ interaction, now }, deps) {
    const card = interaction.message && deps.cards.at(interaction.message);
    return card ? ask(card.incidentId, deps, now) : reply(renderRefusal('This message is not an incident’s card.'));
  },
});

export const reassignSubmitted = defineModal('reassign', ({ interaction, actor, now }, deps) => {
  const { values, metadata: id } = interaction;
  const person = values.get('person') ?? '';
  const result = person === '' ? deps.handOver?.(id, actor, now) : deps.reassign?.(id, person, actor, now);
  if (!result) return NOT_HERE;
  if (result.kind === 'refused') return [{ kind: 'errors', errors: { person: result.message.slice(0, 300) } }];
  return told(result);
});

function ask(id: string, deps: SlackDeps, now: number): Effects {
  const state = deps.incidents.state(id, now);
  if (!state || !deps.reassign) return NOT_HERE;
  return [{ kind: 'modal', view: reassignModal(id, [state.model, state.alertName].filter(Boolean).join(' · ')) }];
}

const NOT_HERE: Effects = reply(renderRefusal('This incident is not known here any more.'));
