import type { VerdictKind } from '../../incident/actions.ts';
import { type Effects, reply } from '../effect.ts';
import { told, toldInPlace } from '../outcome.ts';
import type { SlackDeps } from '../ports.ts';
import { type ActionHandler, type ActRequest, defineAction } from '../registry.ts';
import { renderFalsePositive, renderRefusal } from '../view/notice.ts';

/**
 * On an ended card the verdict is the answer to its question and the card shows it. On an open one "False positive" also
 * acknowledges, so a silence is offered. It never resolves.
 */
function giveVerdict(verdict: VerdictKind): ActionHandler['run'] {
  return ({ interaction, actor, now }: ActRequest<'action'>, deps: SlackDeps): Effects => {
    const result = deps.actions.verdict(interaction.subject, verdict, actor, now);
    if (result.kind !== 'done') return reply(renderRefusal(result.message));
    const phase = deps.incidents.state(interaction.subject, now)?.phase.kind;
    const open = phase === 'firing' || phase === 'acknowledged' || phase === 'no_data';
    if (open && verdict === 'false_positive') return reply(renderFalsePositive(result.incidentId, result.message));
    return result.changed ? [] : told(result);
  };
}

export const truePositive = defineAction('true_positive', giveVerdict('true_positive'));
export const falsePositive = defineAction('false_positive', giveVerdict('false_positive'));
export const notActionable = defineAction('not_actionable', giveVerdict('not_actionable'));

export const undoVerdict = defineAction('undo_verdict', ({ interaction, actor, now }, deps) => {
  const result = deps.actions.undoVerdict(interaction.subject, actor, now);
  if (interaction.ephemeral) return toldInPlace(result);
  return result.kind === 'done' && result.changed ? [] : told(result);
});
