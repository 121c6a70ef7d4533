import type { Priority } from '../../alert/priority.ts';
import type { IncidentSummary } from '../../incident/actions.ts';
import type { CardState } from '../../incident/card.ts';
import { LONGEST_HEADER } from './block.ts';
import { headline } from './headline.ts';
import { plain } from './mrkdwn.ts';
import { modelName } from './words.ts';

export function priorityDot(priority: Priority): string {
  switch (priority) {
    case 'P1':
      return '🔴';
    case 'P2':
      return '🟠';
    case 'P3':
    case 'P4':
      return '🔵';
  }
}

/**
 * Colour, first words, model, what is wrong, by how much: within 150 characters, and the measure is the last to be cut. Who has
 * acknowledged knows the limit: it stands in the next line then, so that the header keeps to two lines of a phone.
 */
export function headerText(
  state: CardState,
  number: 'with_limit' | 'alone' = state.phase.kind === 'acknowledged' ? 'alone' : 'with_limit',
): string {
  const { subject, measure: measured, text } = headline(state, number);
  const first = firstWords(state);
  const name = modelName(state);
  const model = name === '' ? '' : `${name}: `;
  const more = state.openMembers > 1 ? ` (+${state.openMembers - 1} more)` : '';
  const ended =
    state.phase.kind === 'resolved' || state.phase.kind === 'closed_by_hand' || state.phase.kind === 'sender_silent';
  if (ended || state.phase.kind === 'no_data') return `${first}${model}${capital(subject, model)}`;
  const whole = `${first}${model}${capital(text, model)}${more}`;
  if (whole.length <= LONGEST_HEADER) return whole;
  const room = LONGEST_HEADER - first.length - model.length - measured.length - more.length - 2;
  const short = plain(subject, Math.max(12, room));
  return `${first}${model}${capital(short, model)}${measured === '' ? '' : ` ${measured}`}${more}`;
}

function firstWords(state: CardState): string {
  switch (state.phase.kind) {
    case 'firing':
      return `${priorityDot(state.priority)} ${state.priority} ${state.page ? 'page ' : ''}· `;
    case 'acknowledged':
      return `🟠 Acknowledged · ${state.priority} ${state.page ? 'page · ' : ''}`;
    case 'no_data':
      return `🟡 No data · ${state.priority} `;
    case 'resolved':
      return '🟢 Resolved · ';
    case 'sender_silent':
      return '⚪ Sender silent · ';
    case 'closed_by_hand':
      return '🟤 Closed by hand · ';
  }
}

function capital(text: string, before: string): string {
  return before === '' ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** The colour of its card. */
export function dotOf({ state, priority }: Pick<IncidentSummary, 'state' | 'priority'>): string {
  switch (state) {
    case 'triggered':
      return priorityDot(priority);
    case 'acknowledged':
      return '🟠';
    case 'resolved':
      return '🟢';
  }
}
