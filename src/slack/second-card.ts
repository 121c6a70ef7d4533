import type { Effects } from './effect.ts';
import type { Interaction } from './interaction.ts';
import type { SlackDeps } from './ports.ts';

/**
 * A button was pressed on a message that looks like a card and is none that we know of: the other copy of one whose post was in doubt,
 * which could not be found without the right to read the history. It is pointed to the card that lives on.
 */
export function secondCard(interaction: Interaction, deps: SlackDeps): Effects {
  if (interaction.kind !== 'action' || !interaction.message) return [];
  const { message, ephemeral, threadTs, subject } = interaction;
  if (ephemeral || threadTs !== undefined || deps.cards.at(message)) return [];
  const living = deps.livingCard?.(subject, message.channel);
  return living === undefined || living.ts === message.ts ? [] : [{ kind: 'point', from: message, to: living }];
}
