import type { ActResult } from '../incident/actions.ts';
import { type Effects, reply } from './effect.ts';
import type { InteractionOf } from './interaction.ts';
import { esc } from './view/mrkdwn.ts';
import { renderConfirmResolve, renderNotice, renderRefusal } from './view/notice.ts';

/** The asker's answer to an act whose cards tell everybody else. A question back is asked where a second word is needed. */
export function told(result: ActResult): Effects {
  switch (result.kind) {
    case 'done':
      return reply(renderNotice(esc(result.message, 600)));
    case 'confirm':
      return reply(renderConfirmResolve(result.incidentId, result.message));
    case 'refused':
      return reply(renderRefusal(result.message));
  }
}

/** As `told`, but silent where the act succeeded: the card that was clicked changes before the person's eyes. */
export function toldUnlessDone(result: ActResult): Effects {
  return result.kind === 'done' && result.changed ? [] : told(result);
}

/** Whether what the person acted on is drawn anew after the act: cards and pages are edited, modals and the home tab too. */
export function changesBeforeTheirEyes({ message, ephemeral, view }: InteractionOf<'action'>): boolean {
  return view !== undefined || (message !== undefined && !ephemeral);
}

/** As `told`, in place of the ephemeral message whose button was pressed. */
export function toldInPlace(result: ActResult): Effects {
  return told(result).map((effect) =>
    effect.kind === 'reply' ? { kind: 'replace', message: effect.message } : effect,
  );
}
