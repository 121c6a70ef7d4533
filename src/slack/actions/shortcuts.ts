import { reply } from '../effect.ts';
import { told } from '../outcome.ts';
import { incidentsModal } from '../redraw.ts';
import { defineShortcut } from '../registry.ts';
import { formOfNames } from '../silence-form.ts';
import { renderRefusal } from '../view/notice.ts';

/** Slash commands do not run in threads: these do. */
export const openIncidents = defineShortcut({
  callbackId: 'open_incidents',
  type: 'global',
  name: 'Open incidents',
  description: 'What is firing, with the buttons',
  run: ({ now }, deps) => [{ kind: 'modal', view: incidentsModal(deps, now) }],
});

export const silenceAnAlert = defineShortcut({
  callbackId: 'silence_alert',
  type: 'global',
  name: 'Silence an alert',
  description: 'Hide an alert for a while',
  run: ({ interaction, now }, deps) => [
    { kind: 'modal', view: formOfNames(interaction.message?.channel ?? '', deps, now) },
  ],
});

export const acknowledgeMessage = defineShortcut({
  callbackId: 'acknowledge_message',
  type: 'message',
  name: 'Acknowledge incident',
  description: 'Take the incident of this card',
  run({ interaction, actor, now }, deps) {
    const card = interaction.message && deps.cards.at(interaction.message);
    if (!card) return reply(renderRefusal('This message is not an incident’s card.'));
    return told(deps.actions.acknowledge(card.incidentId, actor, now));
  },
});
