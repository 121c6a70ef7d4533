import { reply } from '../effect.ts';
import { defineAction } from '../registry.ts';
import { renderDrillAnswered, renderDrillRefusal } from '../view/drill.ts';
import { renderRefusal } from '../view/notice.ts';

/** On the call of a drill: the call becomes the answer. */
export const drillAcknowledge = defineAction('drill_acknowledge', ({ interaction, actor, now }, deps) => {
  const result = deps.drills?.acknowledge(interaction.value, actor, now);
  if (!result) return reply(renderRefusal('No drills are held here.'));
  const message =
    result.kind === 'done'
      ? renderDrillAnswered(result.drill.policy, result.afterMs ?? 0)
      : renderDrillRefusal(result.message);
  return [{ kind: 'replace', message }];
});
