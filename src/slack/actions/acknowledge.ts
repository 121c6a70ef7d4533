import { told, toldInPlace, toldUnlessDone } from '../outcome.ts';
import { defineAction } from '../registry.ts';

/** On a card or page the message itself changes; in a list or modal the person is told. */
export const acknowledge = defineAction('acknowledge', ({ interaction, actor, now }, deps) => {
  const result = deps.actions.acknowledge(interaction.subject, actor, now);
  return interaction.message && !interaction.ephemeral ? toldUnlessDone(result) : told(result);
});

/** Instead of resolving while the condition holds. */
export const confirmAcknowledge = defineAction('confirm_acknowledge', ({ interaction, actor, now }, deps) =>
  toldInPlace(deps.actions.acknowledge(interaction.subject, actor, now)),
);

/** The answer to the hourly question on an acknowledged P1. */
export const stillOnIt = defineAction('still_on_it', ({ interaction, actor, now }, deps) =>
  told(deps.actions.acknowledge(interaction.subject, actor, now)),
);
