import { reply } from '../effect.ts';
import { defineAction } from '../registry.ts';
import { link } from '../view/mrkdwn.ts';
import { renderNotice, renderRefusal } from '../view/notice.ts';
import { runbookModal } from '../view/runbook.ts';

/** Opens the text in a modal; where only an address is known the button itself is the link and nothing is left to do. */
export const runbook = defineAction('runbook', ({ interaction, now }, deps) => {
  const state = deps.incidents.state(interaction.subject, now);
  const found = state && (deps.runbooks.find(state.runbook) ?? deps.runbooks.find(state.runbookUrl));
  if (found) return [{ kind: 'modal', view: runbookModal(found, state.model) }];
  if (!state) return reply(renderRefusal('This incident is not known here any more.'));
  if (state.runbook === '' && state.runbookUrl !== '') return [];
  if (state.runbookUrl !== '') return reply(renderNotice(link(state.runbookUrl, 'The runbook')));
  return reply(renderRefusal('The runbook is not here any more.'));
});
