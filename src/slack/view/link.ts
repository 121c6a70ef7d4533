import { humanDuration } from '../../time/duration.ts';
import type { SlackMessage } from './block.ts';
import { code, esc, mrkdwn } from './mrkdwn.ts';
import { renderNotice } from './notice.ts';

/** Buttons and commands do not reach us. */
export function renderLinkDown(forMs: number, failure: string | undefined): SlackMessage {
  const why = failure === undefined ? mrkdwn`` : mrkdwn` (${esc(failure, 300)})`;
  return renderNotice(
    mrkdwn`:warning: Buttons and commands in Slack have not reached Watchroom for ${esc(humanDuration(forMs))}${why}. Alerts are posted and escalate as ever; whoever wants to act uses ${code('watchroom alert')} or the API until then.`,
  );
}

export function renderLinkUp(): SlackMessage {
  return renderNotice(mrkdwn`Buttons and commands in Slack reach Watchroom again.`);
}
