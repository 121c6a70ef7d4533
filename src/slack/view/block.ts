import { clip, type Mrkdwn, plain, safeUrl } from './mrkdwn.ts';

/** Block Kit as far as we use it. Own types, because `mrkdwn` here admits only escaped text. https://docs.slack.dev/reference/block-kit */
export interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: true;
}

/** `verbatim`: bare addresses and channel names in untrusted text are not made into links. */
export interface MrkdwnText {
  readonly type: 'mrkdwn';
  readonly text: Mrkdwn;
  readonly verbatim: true;
}

export interface Confirm {
  readonly title: PlainText;
  readonly text: PlainText;
  readonly confirm: PlainText;
  readonly deny: PlainText;
}

export interface Button {
  readonly type: 'button';
  readonly action_id: string;
  readonly text: PlainText;
  readonly value?: string;
  readonly url?: string;
  readonly style?: 'primary';
  readonly confirm?: Confirm;
}

export interface Option {
  readonly text: PlainText;
  readonly value: string;
}

export interface StaticSelect {
  readonly type: 'static_select';
  readonly action_id: string;
  readonly placeholder: PlainText;
  readonly options: readonly Option[];
  readonly initial_option?: Option;
}

export interface TextInput {
  readonly type: 'plain_text_input';
  readonly action_id: string;
  readonly initial_value?: string;
  readonly placeholder?: PlainText;
  readonly max_length?: number;
  readonly multiline?: true;
  /** Which keys tell us of it, where its block dispatches. */
  readonly dispatch_action_config?: {
    readonly trigger_actions_on: readonly ('on_enter_pressed' | 'on_character_entered')[];
  };
}

export interface UsersSelect {
  readonly type: 'users_select';
  readonly action_id: string;
  readonly placeholder: PlainText;
}

export type Element = Button | StaticSelect;

export type Block =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: MrkdwnText; readonly accessory?: Button; readonly block_id?: string }
  | { readonly type: 'context'; readonly elements: readonly MrkdwnText[] }
  | { readonly type: 'divider' }
  | { readonly type: 'actions'; readonly block_id?: string; readonly elements: readonly Element[] }
  | {
      readonly type: 'input';
      readonly block_id: string;
      readonly label: PlainText;
      readonly element: TextInput | StaticSelect | UsersSelect;
      readonly optional?: boolean;
      readonly hint?: PlainText;
      /** Every change is told at once, not only with the form. */
      readonly dispatch_action?: boolean;
    }
  | ChartBlock;

/**
 * Slack's native chart, of the newer blocks: only where the profile says `modern`.
 * https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
 */
export interface ChartBlock {
  readonly type: 'data_visualization';
  readonly title: string;
  readonly chart: {
    readonly type: 'line';
    readonly series: readonly {
      readonly name: string;
      readonly data: readonly { readonly label: string; readonly value: number }[];
    }[];
    readonly axis_config: { readonly categories: readonly string[]; readonly y_label: string };
  };
}

/** What a message is: `text` for lock screens and screen readers, blocks for the eye. */
export interface SlackMessage {
  readonly text: Mrkdwn;
  readonly blocks: readonly Block[];
}

export interface ModalView {
  readonly type: 'modal';
  readonly callback_id: string;
  readonly title: PlainText;
  readonly submit?: PlainText;
  readonly close?: PlainText;
  readonly private_metadata?: string;
  readonly blocks: readonly Block[];
}

export interface HomeView {
  readonly type: 'home';
  readonly blocks: readonly Block[];
}

/** Which blocks may be used: `modern` ones are not on every surface and client yet. */
export type BlockProfile = 'classic' | 'modern';

export const LONGEST_HEADER = 150;
export const LONGEST_SECTION = 3000;
export const LONGEST_BUTTON = 75;

export function plainText(text: string, most: number): PlainText {
  return { type: 'plain_text', text: plain(text, most) || '…', emoji: true };
}

function mrkdwnText(text: Mrkdwn, most: number): MrkdwnText {
  return { type: 'mrkdwn', text: clip(text, most), verbatim: true };
}

export function header(text: string): Block {
  return { type: 'header', text: plainText(text, LONGEST_HEADER) };
}

export function section(text: Mrkdwn, accessory?: Button): Block {
  const base = { type: 'section', text: mrkdwnText(text, LONGEST_SECTION) } as const;
  return accessory === undefined ? base : { ...base, accessory };
}

export function context(text: Mrkdwn): Block {
  return { type: 'context', elements: [mrkdwnText(text, 2000)] };
}

export function divider(): Block {
  return { type: 'divider' };
}

export function actions(blockId: string, elements: readonly Element[]): Block {
  return { type: 'actions', block_id: blockId, elements };
}

/** A button; `primary` is the green one. Nothing is red: the danger is the alert, not the button. */
export function button(
  actionId: string,
  label: string,
  value: string,
  look: { readonly primary?: boolean; readonly confirm?: Confirm } = {},
): Button {
  return {
    type: 'button',
    action_id: actionId,
    text: plainText(label, LONGEST_BUTTON),
    value,
    ...(look.primary === true ? { style: 'primary' } : {}),
    ...(look.confirm ? { confirm: look.confirm } : {}),
  };
}

/** A button that opens an address, or undefined where the address is not http(s). */
export function urlButton(actionId: string, label: string, value: string, url: string): Button | undefined {
  const safe = safeUrl(url);
  return safe === undefined ? undefined : { ...button(actionId, label, value), url: safe };
}

export function option(label: string, value: string): Option {
  return { text: plainText(label, 75), value };
}

/** Drops the undefined ones. */
export function present<T>(items: readonly (T | undefined)[]): T[] {
  return items.filter((item): item is T => item !== undefined);
}
