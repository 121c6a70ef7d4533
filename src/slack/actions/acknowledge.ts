import { changesBeforeTheirEyes, told, toldInPlace, toldUnlessDone } from '../outcome.ts';
import { defineAction } from '../registry.ts';

/** A card, page, modal or home tab changes itself; of a list that only they see the person is told. */
export const acknowledge = defineAction('acknowledge', ({ interaction, actor, now }, deps) => {
  const result = deps.actions.acknowledge(interaction.subject, actor, now);
  return changesBeforeTheirEyes(interaction) ? toldUnlessDone(result) : told(result);
});

/** Instead of resolving while the condition holds. */
export const confirmAcknowledge = defineAction('confirm_acknowledge', ({ interaction, actor, now }, deps) =>
  toldInPlace(deps.actions.acknowledge(interaction.subject, actor, now)),
);

/** The answer to the hourly question on an acknowledged P1. */
export const stillOnIt = defineAction('still_on_it', ({ interaction, actor, now }, deps) =>
  told(deps.actions.acknowledge(interaction.subject, actor, now)),
);
