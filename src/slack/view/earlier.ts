import type { MessageRef } from '../../incident/card.ts';
import { context, type SlackMessage } from './block.ts';
import { fit } from './limits.ts';
import { link, mrkdwn } from './mrkdwn.ts';
import { archiveUrl } from './page.ts';

/** Says of a card that was posted anew where the earlier one stands, which can no longer be edited. */
export function withEarlier(message: SlackMessage, earlier: MessageRef): SlackMessage {
  const line = mrkdwn`continues ${link(archiveUrl(earlier), 'an earlier card')} that can no longer be edited`;
  return fit({ text: message.text, blocks: [...message.blocks, context(line)] });
}

/** What a card that was posted twice says where it does not live on. */
export function renderTwin(living: MessageRef): SlackMessage {
  const text = mrkdwn`Posted twice, because Slack’s first answer was lost: ${link(archiveUrl(living), 'the card')} goes on there.`;
  return { text, blocks: [context(text)] };
}
