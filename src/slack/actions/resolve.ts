import { changesBeforeTheirEyes, told, toldInPlace, toldUnlessDone } from '../outcome.ts';
import { defineAction } from '../registry.ts';

export const resolve = defineAction('resolve', ({ interaction, actor, now }, deps) => {
  const result = deps.actions.resolve(interaction.subject, actor, now, false);
  return changesBeforeTheirEyes(interaction) ? toldUnlessDone(result) : told(result);
});

/** The second word: closes although the condition still holds. */
export const resolveAnyway = defineAction('resolve_anyway', ({ interaction, actor, now }, deps) =>
  toldInPlace(deps.actions.resolve(interaction.subject, actor, now, true)),
);
