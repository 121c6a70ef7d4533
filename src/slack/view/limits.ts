import type { Block, SlackMessage } from './block.ts';
import { clip, type Mrkdwn } from './mrkdwn.ts';

/** Ours, below Slack's 50: room for what a later edit adds. */
export const MOST_BLOCKS = 45;
/** Slack refuses a message somewhere above 13,000 characters of blocks (`msg_blocks_too_long`), below all documented limits. */
export const MOST_CHARACTERS = 12_000;
/** `chat.update` refuses a longer `text` (`msg_too_long`). */
export const LONGEST_TEXT = 3000;

/** All characters a person would read in these blocks, and those that make them buttons. */
export function characters(blocks: readonly Block[]): number {
  return JSON.stringify(blocks).length;
}

/**
 * The message within Slack's limits. What must go goes from the middle outwards: the header, the buttons and the last line are
 * what people act on, so sections are dropped first, the last of them before the first.
 */
export function fit(message: SlackMessage): SlackMessage {
  let blocks = [...message.blocks];
  while (blocks.length > MOST_BLOCKS || characters(blocks) > MOST_CHARACTERS) {
    const index = lastDroppable(blocks);
    if (index < 0) break;
    blocks = blocks.toSpliced(index, 1);
  }
  return { text: clip(message.text, LONGEST_TEXT), blocks };
}

function lastDroppable(blocks: readonly Block[]): number {
  const plainest = blocks.findLastIndex((block) => block.type === 'section' && block.accessory === undefined);
  const sections = blocks.filter((block) => block.type === 'section').length;
  if (plainest >= 0 && sections > 1) return plainest;
  return blocks.findLastIndex((block) => block.type !== 'header' && block.type !== 'actions');
}

/** The same message without anything that a strict or older surface could refuse: header as bold text, no chart. */
export function minimal(message: SlackMessage): SlackMessage {
  const blocks = message.blocks.flatMap((block): Block[] => {
    switch (block.type) {
      case 'section':
        return [{ type: 'section', text: block.text }];
      case 'header':
      case 'actions':
      case 'context':
        return [block];
      case 'divider':
      case 'input':
      case 'data_visualization':
        return [];
    }
  });
  return { text: message.text, blocks };
}

/** The last resort: no blocks at all, everything that can be read as one text. */
export function textOnly(message: SlackMessage): { readonly text: Mrkdwn; readonly blocks: readonly [] } {
  const lines = message.blocks.flatMap((block): string[] => {
    switch (block.type) {
      case 'section':
        return [block.text.text];
      case 'context':
        return block.elements.map((element) => element.text);
      case 'header':
      case 'actions':
      case 'divider':
      case 'input':
      case 'data_visualization':
        return [];
    }
  });
  return { text: clip([message.text, ...lines].join('\n') as Mrkdwn, LONGEST_TEXT), blocks: [] };
}
