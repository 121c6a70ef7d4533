import { reply } from '../effect.ts';
import { defineAction } from '../registry.ts';
import { bold, esc, mrkdwn } from '../view/mrkdwn.ts';
import { renderNotice, renderRefusal } from '../view/notice.ts';

/** On the brief of whoever comes on call. */
export const handoffReachable = defineAction('handoff_reachable', ({ interaction, actor, now }, deps) => {
  const result = deps.reachable?.(interaction.value, actor, now);
  if (!result) return reply(renderRefusal('No schedule is configured here.'));
  if (result.kind === 'refused') return reply(renderRefusal(result.message));
  return reply(renderNotice(mrkdwn`🟢 Noted: you are reachable for ${bold(esc(result.handoff.schedule, 80))}.`));
});
