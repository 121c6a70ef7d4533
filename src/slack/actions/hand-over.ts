import { reply } from '../effect.ts';
import { told } from '../outcome.ts';
import { defineAction } from '../registry.ts';
import { renderRefusal } from '../view/notice.ts';

/** On a page: the next level is told now instead of later. */
export const handOver = defineAction('hand_over', ({ interaction, actor, now }, deps) =>
  deps.handOver
    ? told(deps.handOver(interaction.subject, actor, now))
    : reply(renderRefusal('There is nobody to escalate to.')),
);
