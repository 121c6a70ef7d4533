import { nearest } from '../document/suggest.ts';
import { UserError } from '../errors.ts';
import type { Actor } from '../incident/actions.ts';
import { actionHandlers, modalHandlers, shortcutHandlers } from './actions/index.ts';
import { tidy, words } from './command-text.ts';
import { subcommands } from './commands/index.ts';
import { type Effects, reply } from './effect.ts';
import { homeView } from './home.ts';
import type { Interaction, InteractionOf, SlackUser } from './interaction.ts';
import { told, toldUnlessDone } from './outcome.ts';
import type { SlackDeps } from './ports.ts';
import { redrawn } from './redraw.ts';
import type { CommandFamily, Subcommand } from './registry.ts';
import { secondCard } from './second-card.ts';
import { INCIDENT_NOTE, renderHelp } from './view/help.ts';
import { code, mrkdwn } from './view/mrkdwn.ts';
import { renderRefusal } from './view/notice.ts';

/**
 * Takes in one interaction: at most once, in one transaction with whatever it changes. Returns what is then to be told. Never
 * throws: a defect rolls everything back, is logged, and the person is told that nothing was changed.
 */
export function take(interaction: Interaction, deps: SlackDeps): Effects {
  try {
    const once = deps.inbox.once(interaction.key, deps.wire.now(), () => handle(interaction, deps));
    return once.kind === 'first' ? once.value : [];
  } catch (error) {
    if (error instanceof UserError) return reply(renderRefusal(error.message));
    deps.log.error({ err: error, interaction: interaction.kind }, 'a Slack interaction failed');
    return reply(renderRefusal('Something went wrong on our side. Nothing was changed: please try again.'));
  }
}

function handle(interaction: Interaction, deps: SlackDeps): Effects {
  const now = deps.clock.now();
  deps.people.seen?.(interaction.user.id);
  const actor = actorOf(interaction.user, deps);
  switch (interaction.kind) {
    case 'command':
      return runCommand(interaction, familyOf(interaction.command, deps), deps);
    case 'words':
      return runWords(interaction, deps);
    case 'action': {
      const handler = actionHandlers.find(({ actionId }) => actionId === interaction.actionId);
      if (!handler) return reply(renderRefusal('This button is from an older release: use the newest card.'));
      const effects = handler.run({ interaction, actor, now }, deps);
      return [...effects, ...redrawn(interaction.view, deps, now), ...secondCard(interaction, deps)];
    }
    case 'submission': {
      const handler = modalHandlers.find(({ callbackId }) => callbackId === interaction.callbackId);
      return handler ? handler.submit({ interaction, actor, now }, deps) : [];
    }
    case 'shortcut': {
      const handler = shortcutHandlers.find(({ callbackId }) => callbackId === interaction.callbackId);
      return handler ? handler.run({ interaction, actor, now }, deps) : [];
    }
    case 'reaction': {
      const card = interaction.emoji === 'eyes' ? deps.cards.at(interaction.message) : undefined;
      if (!card) return [];
      const result = deps.actions.acknowledge(card.incidentId, actor, now);
      // A late pair of eyes is no mistake: only a refusal is worth a word.
      return result.kind === 'done' ? toldUnlessDone({ ...result, changed: true }) : told(result);
    }
    case 'home_opened':
      return [{ kind: 'home', view: homeView(deps, now) }];
  }
}

function actorOf(user: SlackUser, deps: SlackDeps): Actor {
  return { id: user.id, name: deps.people.nameOf(user.id) ?? user.name, via: 'slack' };
}

function familyOf(command: string, deps: SlackDeps): CommandFamily {
  return command.toLowerCase() === deps.settings.commands.oncall.toLowerCase() ? 'oncall' : 'alert';
}

/** A mention or a direct message is read like a slash command: `@watchroom oncall who`. */
function runWords(interaction: InteractionOf<'words'>, deps: SlackDeps): Effects {
  // Slack runs no slash commands in threads, so people send them as words.
  const text = tidy(interaction.text)
    .replace(/^@\w+\s*/, '')
    .replace(/^\/(?=\w)/, '');
  const [first = ''] = words(text.toLowerCase());
  if (first === 'oncall' || first === 'alert')
    return runCommand({ ...interaction, text: text.slice(first.length) }, first, deps);
  // "who is on call?" names a subcommand of one family alone.
  return runCommand({ ...interaction, text }, familyWith(first) ?? 'alert', deps);
}

/** The family that has a subcommand of that name. */
function familyWith(name: string): CommandFamily | undefined {
  return subcommands.find((subcommand) => isCalled(subcommand, name))?.family;
}

function isCalled(subcommand: Subcommand, name: string): boolean {
  return subcommand.name === name || subcommand.aliases.includes(name);
}

function runCommand(
  { kind, user, text, channel }: Pick<InteractionOf<'command' | 'words'>, 'kind' | 'user' | 'text' | 'channel'>,
  family: CommandFamily,
  deps: SlackDeps,
): Effects {
  const known = subcommands.filter((subcommand) => subcommand.family === family);
  const command = deps.settings.commands[family];
  const line = tidy(text);
  const [first = 'help', ...rest] = words(line);
  const name = first.toLowerCase();
  if (name === 'help')
    return reply(renderHelp(command, [...known, HELP], family === 'alert' ? INCIDENT_NOTE : undefined));
  const found = known.find((subcommand) => isCalled(subcommand, name));
  if (!found) return unknownSubcommand(name, known, family, deps);
  const request = { actor: actorOf(user, deps), channel, rest: line.slice(first.length).trim(), words: rest };
  return found.run({ ...request, opensForms: kind === 'command', now: deps.clock.now() }, deps);
}

const HELP = { usage: 'help', summary: 'this list' };

function unknownSubcommand(
  name: string,
  known: readonly Subcommand[],
  family: CommandFamily,
  deps: SlackDeps,
): Effects {
  const command = deps.settings.commands[family];
  const elsewhere = familyWith(name);
  const near =
    elsewhere === undefined
      ? nearest(name, [...known.flatMap((subcommand) => [subcommand.name, ...subcommand.aliases]), 'help'])
      : name;
  const meant = deps.settings.commands[elsewhere ?? family];
  const hint =
    near === undefined
      ? mrkdwn`${code(`${command} help`)} lists what there is`
      : mrkdwn`Did you mean ${code(`${meant} ${near}`)}?`;
  return reply(renderRefusal(`There is no ${command} ${name}.`, hint));
}
