import type { CardState } from '../../incident/card.ts';
import {
  actions,
  type Block,
  type Button,
  button,
  option,
  plainText,
  present,
  type StaticSelect,
  urlButton,
} from './block.ts';

/** What the Silence menu offers; the text is the value. */
export const SILENCE_CHOICES = ['1 h', '2 h', '8 h', 'until resolved', 'custom…'] as const;
export type SilenceChoice = (typeof SILENCE_CHOICES)[number];

export function isSilenceChoice(text: string): text is SilenceChoice {
  return (SILENCE_CHOICES as readonly string[]).includes(text);
}

/**
 * The acts on an open incident, in the order of use. The block id changes when a silence begins or ends: Slack keeps showing a
 * menu's last choice as long as its block keeps its id.
 */
export function incidentButtons(state: CardState): Block {
  const id = state.incidentId;
  const { phase } = state;
  const acknowledged =
    state.acknowledgement !== undefined ||
    phase.kind === 'acknowledged' ||
    (phase.kind === 'no_data' && phase.acknowledgedBy !== undefined);
  return actions(
    state.silence ? `incident_actions:${state.silence.id.replace(/[^\w-]/g, '').slice(0, 64)}` : 'incident_actions',
    present([
      acknowledged ? undefined : button('acknowledge', 'Acknowledge', id, { primary: true }),
      button('resolve', 'Resolve', id),
      // No rule is behind a page by hand: nothing to silence, nothing to judge.
      state.page ? undefined : silenceMenu(),
      state.page ? undefined : falsePositiveButton(state),
      runbookButton(state),
      urlButton('dashboard', 'Dashboard', id, state.dashboardUrl),
    ]),
  );
}

function falsePositiveButton({ verdict, incidentId: id }: CardState): Button {
  return verdict?.verdict === 'false_positive'
    ? button('undo_verdict', 'Undo false positive', id)
    : button('false_positive', 'False positive', id);
}

function silenceMenu(): StaticSelect {
  return {
    type: 'static_select',
    action_id: 'silence',
    placeholder: plainText('Silence', 75),
    options: SILENCE_CHOICES.map((choice) => option(choice, choice)),
  };
}

/** Opens the runbook's text in a modal where we have it, else its address. */
export function runbookButton(state: CardState): Button | undefined {
  if (state.runbook !== '') return button('runbook', 'Runbook', state.incidentId);
  return urlButton('runbook', 'Runbook', state.incidentId, state.runbookUrl);
}

/** The one question that an ended incident asks, or the way back from the answer. */
export function verdictButtons(state: CardState): Block {
  const id = state.incidentId;
  if (state.verdict)
    return actions('verdict', present([button('undo_verdict', 'Change verdict', id), runbookButton(state)]));
  return actions('verdict', [
    button('true_positive', 'True positive', id, { primary: true }),
    button('false_positive', 'False positive', id),
    button('not_actionable', 'Not actionable', id),
  ]);
}
