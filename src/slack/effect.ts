import type { MessageRef } from '../incident/card.ts';
import type { HomeView, ModalView, SlackMessage } from './view/block.ts';

/** A picture before it is rendered. */
export interface Drawing {
  readonly svg: string;
  readonly filename: string;
  readonly title: string;
  /** What a screen reader says instead of it. */
  readonly alt: string;
}

/**
 * What to tell after an act was committed. Acts are synchronous and durable; effects are words about them and may fail without
 * undoing anything.
 */
export type Effect =
  /** To the asker alone. */
  | { readonly kind: 'reply'; readonly message: SlackMessage }
  /** To everybody: in the thread `under` a card, else in `channel`, else in the channel the interaction came from. */
  | { readonly kind: 'say'; readonly message: SlackMessage; readonly under?: MessageRef; readonly channel?: string }
  /** In place of the message whose button was pressed; an ephemeral one, or a notice of ours. */
  | { readonly kind: 'replace'; readonly message: SlackMessage }
  /** Takes away the ephemeral message whose button was pressed. */
  | { readonly kind: 'dismiss' }
  /** A drawing for the asker alone, in the direct messages: a file cannot be shown to one person in a channel. */
  | { readonly kind: 'picture'; readonly picture: Drawing }
  | { readonly kind: 'modal'; readonly view: ModalView }
  /** In place of an open modal. */
  | { readonly kind: 'modal_again'; readonly viewId: string; readonly view: ModalView }
  /** In place of the modal that was submitted. Only as the answer to a submission. */
  | { readonly kind: 'modal_next'; readonly view: ModalView }
  /** In place of a second copy of a card: a link to the living one. */
  | { readonly kind: 'point'; readonly from: MessageRef; readonly to: MessageRef }
  | { readonly kind: 'home'; readonly view: HomeView }
  /** Keeps the modal open with a word under each named input. Only as the answer to a submission. */
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> };

export type Effects = readonly Effect[];

export function reply(message: SlackMessage): Effects {
  return [{ kind: 'reply', message }];
}
