import type { LadderFault, LadderRepair } from '../../incident/auditor.ts';
import { type SlackMessage, section } from './block.ts';
import { bold, code, esc, mrkdwn } from './mrkdwn.ts';

/** For whoever runs the bot: a P1 would have paged nobody more. */
export function renderRepair({ alertName, incidentId, fault }: LadderRepair): SlackMessage {
  const words = esc(faultWords(fault));
  return {
    text: mrkdwn`Escalation of ${esc(alertName, 80)} was broken and has been mended`,
    blocks: [
      section(
        mrkdwn`🛠️ Escalation of ${bold(esc(alertName, 80))} (${code(incidentId.slice(0, 8))}) was broken and has been mended: ${words}. Pages go on from here.`,
      ),
    ],
  };
}

function faultWords(fault: LadderFault): string {
  switch (fault) {
    case 'never_started':
      return 'nothing had been started, although paging: has an entry for it';
    case 'stopped_wrongly':
      return 'it had stopped, although nobody has acknowledged';
    case 'no_step':
      return 'no step was pending';
    case 'step_too_far':
      return 'its next step lay further ahead than any wait of its policy';
    case 'step_overdue':
      return 'its next step was minutes late';
  }
}
