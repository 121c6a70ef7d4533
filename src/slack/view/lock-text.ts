import type { CardState } from '../../incident/card.ts';
import { humanDuration } from '../../time/duration.ts';
import { clockTime } from '../../time/wall-clock.ts';
import { headline } from './headline.ts';
import { clean, esc, isUserId, type Mrkdwn } from './mrkdwn.ts';
import { shortEnvironment, type Wording } from './words.ts';

/** What a lock screen shows: no mentions, no markup. */
export function lockText(state: CardState, look: Wording & { readonly now: number }): Mrkdwn {
  const { subject, text } = headline(state);
  const subjectOf = [clean(state.model), shortEnvironment(clean(state.environment))]
    .filter((part) => part !== '')
    .join(' ');
  const who = (id: string): string => (isUserId(id) ? (look.nameOf(id) ?? 'somebody') : id);
  const about = subjectOf === '' ? '' : ` ${subjectOf}`;
  switch (state.phase.kind) {
    case 'firing':
      if (state.lockScreen !== '') return esc(state.lockScreen);
      return esc(`${state.priority}${about}: ${text}`);
    case 'acknowledged':
      return esc(`${state.priority}${about}: ${subject}, acknowledged by ${who(state.phase.by)}`);
    case 'no_data':
      return esc(
        `${state.priority}${about}: no data for ${subject} since ${clockTime(state.phase.since, look.timezone)}`,
      );
    case 'resolved':
      return esc(`Resolved:${about} ${subject}, ${humanDuration(state.phase.at - state.openedAt)}`);
    case 'sender_silent':
      return esc(`Sender silent:${about} ${subject}, recovery not seen`);
    case 'closed_by_hand':
      return esc(
        `Closed by ${who(state.phase.by)}:${about} ${subject}${state.phase.conditionHolds ? ', condition still true' : ''}`,
      );
  }
}
