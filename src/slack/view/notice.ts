import { actions, button, context, type SlackMessage, section } from './block.ts';
import { code, esc, join, type Mrkdwn, mrkdwn } from './mrkdwn.ts';

/** One sentence. */
export function renderNotice(text: Mrkdwn): SlackMessage {
  return { text, blocks: [section(text)] };
}

/** Why nothing happened, and what might have been meant. */
export function renderRefusal(message: string, hint?: Mrkdwn): SlackMessage {
  const text = esc(message, 600);
  return { text, blocks: hint === undefined ? [section(text)] : [section(text), context(hint)] };
}

/** Resolving while the condition holds takes a second word. */
export function renderConfirmResolve(incidentId: string, message: string): SlackMessage {
  const text = esc(message, 600);
  return {
    text,
    blocks: [
      section(text),
      actions('confirm_resolve', [
        button('confirm_acknowledge', 'Acknowledge', incidentId, { primary: true }),
        button('silence_until_clear', 'Silence until clear', incidentId),
        button('resolve_anyway', 'Resolve anyway', incidentId),
      ]),
      context(mrkdwn`Resolved anyway, it opens again and pages if the condition is still true 5 minutes later.`),
    ],
  };
}

/** After "False positive" on a firing card: recorded and acknowledged; a silence is offered, and the way back. */
export function renderFalsePositive(incidentId: string, message: string): SlackMessage {
  const text = esc(message, 600);
  return {
    text,
    blocks: [
      section(text),
      actions('false_positive_next', [
        button('silence_until_clear', 'Silence until clear', incidentId),
        button('undo_verdict', 'Undo', incidentId),
      ]),
    ],
  };
}

/** Several names that a command could have meant. */
export function choices(words: readonly string[]): Mrkdwn {
  return join(
    words.slice(0, 10).map((word) => code(word, 100)),
    ' ',
  );
}
