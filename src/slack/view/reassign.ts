import { type ModalView, plainText, section } from './block.ts';
import { bold, esc, mrkdwn } from './mrkdwn.ts';

/** Asks whom to call about an incident: one person, or nobody named and so the next level. */
export function reassignModal(incidentId: string, subject: string): ModalView {
  return {
    type: 'modal',
    callback_id: 'reassign',
    private_metadata: incidentId,
    title: plainText('Escalate or reassign', 24),
    submit: plainText('Call now', 24),
    close: plainText('Cancel', 24),
    blocks: [
      section(
        mrkdwn`${bold(esc(subject, 150))}\nWhoever you choose is paged now, and the ladder waits for them. Whoever had it has it no more.`,
      ),
      {
        type: 'input',
        block_id: 'person',
        optional: true,
        label: plainText('One person', 75),
        hint: plainText('Left empty, the next level of the ladder is told now.', 150),
        element: { type: 'users_select', action_id: 'value', placeholder: plainText('Choose a person', 75) },
      },
    ],
  };
}
