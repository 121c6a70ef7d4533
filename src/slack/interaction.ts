import type { MessageRef } from '../incident/card.ts';

/** Who did something in Slack. */
export interface SlackUser {
  readonly id: string;
  readonly name: string;
}

/** Where a button stood that was in no message. */
export type ActedView =
  | { readonly kind: 'home' }
  | {
      readonly kind: 'modal';
      readonly id: string;
      readonly callbackId: string;
      readonly metadata: string;
      /** What its inputs hold, by block id. */
      readonly values: ReadonlyMap<string, string>;
    };

interface Base {
  /** Equal for every delivery of the same interaction. */
  readonly key: string;
  readonly user: SlackUser;
}

/** One thing a person did in Slack, whatever transport brought it. */
export type Interaction =
  | (Base & {
      readonly kind: 'command';
      readonly command: string;
      readonly text: string;
      readonly channel: string;
      readonly triggerId: string;
      readonly responseUrl: string;
    })
  | (Base & {
      readonly kind: 'action';
      readonly actionId: string;
      /** The button's value or the option chosen. */
      readonly value: string;
      /** What the action stands on: the incident id that its neighbours carry, where it has none itself. */
      readonly subject: string;
      /** Absent in modals and on the home tab. */
      readonly message?: MessageRef;
      /** The thread that the message is part of. */
      readonly threadTs?: string;
      readonly ephemeral: boolean;
      /** The modal or home tab that it stands in, where it is no message. */
      readonly view?: ActedView;
      readonly triggerId: string;
      readonly responseUrl: string;
    })
  | (Base & {
      readonly kind: 'submission';
      readonly callbackId: string;
      readonly metadata: string;
      /** Value of each input by block id. */
      readonly values: ReadonlyMap<string, string>;
    })
  | (Base & {
      readonly kind: 'shortcut';
      readonly callbackId: string;
      readonly triggerId: string;
      readonly message?: MessageRef;
    })
  | (Base & { readonly kind: 'reaction'; readonly emoji: string; readonly message: MessageRef })
  | (Base & { readonly kind: 'home_opened' })
  /** Words to the bot: a mention in a channel, or a direct message. */
  | (Base & { readonly kind: 'words'; readonly text: string; readonly channel: string; readonly threadTs?: string });

export type InteractionKind = Interaction['kind'];
export type InteractionOf<Kind extends InteractionKind> = Extract<Interaction, { readonly kind: Kind }>;
