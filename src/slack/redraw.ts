import type { Effects } from './effect.ts';
import { homeView } from './home.ts';
import type { ActedView } from './interaction.ts';
import type { SlackDeps } from './ports.ts';
import { type ModalView, plainText, section } from './view/block.ts';
import { incidentRows } from './view/list.ts';
import { mrkdwn } from './view/mrkdwn.ts';
import { renderSilences } from './view/silence.ts';

/** The open incidents as a modal, for where slash commands do not run: buttons alone, no commands. */
export function incidentsModal(deps: SlackDeps, now: number): ModalView {
  const open = deps.actions.list({ open: true }, now);
  const blocks = open.length === 0 ? [section(mrkdwn`🟢 No open incidents.`)] : incidentRows(open, now);
  return listing('incidents', 'Open incidents', blocks);
}

/** The silences as a modal. */
export function silencesModal(deps: SlackDeps, now: number): ModalView {
  const { blocks } = renderSilences(deps.silences.list(now), { now, timezone: deps.settings.timezone });
  return listing('silences', 'Silences', blocks);
}

function listing(callbackId: string, title: string, blocks: ModalView['blocks']): ModalView {
  const close = plainText('Close', 24);
  return { type: 'modal', callback_id: callbackId, title: plainText(title, 24), close, blocks };
}

/** The home tab or list in which a button was pressed, as it is after the act: nothing else would change it. */
export function redrawn(view: ActedView | undefined, deps: SlackDeps, now: number): Effects {
  if (view === undefined) return [];
  if (view.kind === 'home') return [{ kind: 'home', view: homeView(deps, now) }];
  switch (view.callbackId) {
    case 'incidents':
      return [{ kind: 'modal_again', viewId: view.id, view: incidentsModal(deps, now) }];
    case 'silences':
      return [{ kind: 'modal_again', viewId: view.id, view: silencesModal(deps, now) }];
    default:
      return [];
  }
}
