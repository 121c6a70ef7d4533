import type { Workspace } from '../../src/workspace/server.ts';
import { CHANNEL_OF } from './stage.ts';

/** A card as it stands in Slack: the workspace's word, not the bot's. */
export interface SeenCard {
  readonly channel: string;
  readonly ts: string;
  /** Of the message's mark; two messages with one id are one card posted twice. */
  readonly id: string;
  readonly green: boolean;
  readonly acknowledged: boolean;
  readonly header: string;
}

/** The cards of one model in a channel, oldest first. */
export function cardsOf(workspace: Workspace, channel: string, model: string): SeenCard[] {
  return workspace.state.messages(channel).flatMap((message): SeenCard[] => {
    const payload = message.metadata?.['event_payload'];
    if (
      message.metadata?.['event_type'] !== 'watchroom_card' ||
      (message.threadTs !== undefined && message.threadTs !== message.ts)
    )
      return [];
    const said = message.blocks ? saidOf(message.blocks) : message.text;
    if (!said.includes(model)) return [];
    const header = headerOf(message.blocks) ?? message.text;
    return [
      {
        channel: message.channel,
        ts: message.ts,
        id: String((payload as Record<string, unknown> | undefined)?.['id']),
        green: header.startsWith('🟢 Resolved'),
        acknowledged: /acknowledged/i.test(said.replaceAll('"acknowledge"', '')),
        header,
      },
    ];
  });
}

/** How many cards stand closed because they were posted twice. */
export function closedTwins(workspace: Workspace): number {
  return Object.values(CHANNEL_OF)
    .flatMap((channel) => workspace.state.messages(channel))
    .filter(({ text }) => text.startsWith('Posted twice')).length;
}

/** An edit brings new blocks; a thousand old cards are not to be read again at every event. */
const known = new WeakMap<object, string>();

function saidOf(blocks: readonly unknown[]): string {
  const said = known.get(blocks) ?? JSON.stringify(blocks);
  known.set(blocks, said);
  return said;
}

function headerOf(blocks: readonly Readonly<Record<string, unknown>>[] | undefined): string | undefined {
  const header = blocks?.find((block) => block['type'] === 'header');
  const text = header?.['text'];
  return typeof text === 'object' && text !== null && 'text' in text ? String(text.text) : undefined;
}
