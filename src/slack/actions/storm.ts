import { reply } from '../effect.ts';
import { defineAction } from '../registry.ts';
import { renderRefusal } from '../view/notice.ts';
import { stormModal } from '../view/storm.ts';

/** Everything that a storm's message stands for. */
export const stormList = defineAction('storm_list', ({ interaction, now }, deps) => {
  const state = deps.storm?.(interaction.value, now);
  return state
    ? [{ kind: 'modal', view: stormModal(state) }]
    : reply(renderRefusal('This storm is not known here any more.'));
});
