import type { Actor } from '../incident/actions.ts';
import type { Effects } from './effect.ts';
import type { InteractionOf } from './interaction.ts';
import type { SlackDeps } from './ports.ts';

/** Which of the two slash commands a subcommand belongs to; their names are configurable. */
export type CommandFamily = 'alert' | 'oncall';

export interface CommandRequest {
  readonly actor: Actor;
  readonly channel: string;
  /** What follows the subcommand, tidied; `words` are its parts. */
  readonly rest: string;
  readonly words: readonly string[];
  /** Whether a modal can be opened: not for words in a message. */
  readonly opensForms: boolean;
  /** Domain instant of the act. */
  readonly now: number;
}

/** A subcommand: one file and one line in `commands/index.ts`. */
export interface Subcommand {
  readonly family: CommandFamily;
  readonly name: string;
  readonly aliases: readonly string[];
  /** `silence NAME|ID DURATION [comment]`. */
  readonly usage: string;
  readonly summary: string;
  readonly run: (request: CommandRequest, deps: SlackDeps) => Effects;
}

export interface ActRequest<Kind extends 'action' | 'submission' | 'shortcut'> {
  readonly interaction: InteractionOf<Kind>;
  readonly actor: Actor;
  readonly now: number;
}

/** A button or menu: what happens when it is used. */
export interface ActionHandler {
  readonly actionId: string;
  readonly run: (request: ActRequest<'action'>, deps: SlackDeps) => Effects;
}

/** A modal's submission. */
export interface ModalHandler {
  readonly callbackId: string;
  readonly submit: (request: ActRequest<'submission'>, deps: SlackDeps) => Effects;
}

/** An entry of Slack's shortcut menu. `message` ones stand on a message, the others are everywhere, also in threads. */
export interface ShortcutHandler {
  readonly callbackId: string;
  readonly type: 'global' | 'message';
  readonly name: string;
  readonly description: string;
  readonly run: (request: ActRequest<'shortcut'>, deps: SlackDeps) => Effects;
}

export function defineCommand(
  command: Omit<Subcommand, 'aliases'> & { readonly aliases?: readonly string[] },
): Subcommand {
  return { aliases: [], ...command };
}

export function defineAction(actionId: string, run: ActionHandler['run']): ActionHandler {
  return { actionId, run };
}

export function defineModal(callbackId: string, submit: ModalHandler['submit']): ModalHandler {
  return { callbackId, submit };
}

export function defineShortcut(shortcut: ShortcutHandler): ShortcutHandler {
  return shortcut;
}
