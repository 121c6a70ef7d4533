import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { humanDuration } from '../time/duration.ts';
import { plain } from './bot-client.ts';
import { type BotOptions, botCommands, type Outcome, printMessage } from './bot-command.ts';
import type { Terminal } from './terminal.ts';

interface Paged extends Outcome {
  readonly incident: string;
}

interface Report {
  readonly policy: string;
  readonly state: string;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly levels: readonly {
    readonly level: number;
    readonly targets: readonly string[];
    readonly outcome: string;
    readonly seconds?: number;
  }[];
  readonly unreached: readonly { readonly who: string; readonly reason: string }[];
}

interface DrillOptions extends BotOptions {
  readonly last?: boolean;
  readonly stop?: boolean;
}

/** `watchroom oncall page` and `drill`: the acts of Slack's `/oncall` on a running bot. */
export function defineCalls(group: Command, terminal: Terminal): void {
  const { define, show } = botCommands(group, terminal);
  define('page <target> <message...>', 'call a person, a schedule, a user group or a team now, as a P1').action(
    (target: string, words: string[], options: BotOptions) =>
      show(
        options,
        (bot) => bot.post<Paged>('oncall/page', { target, message: words.join(' ') }),
        (paged) => `${printMessage(paged)}\`watchroom alert show ${plain(paged.incident)}\` tells who answers\n`,
      ),
  );
  define('drill [policy]', 'rehearse the ladder in working hours; nothing counts it as an incident')
    .option('--last', 'what the last one found')
    .option('--stop', 'end the one that runs')
    .action((policy: string | undefined, options: DrillOptions) => {
      if (options.last && options.stop) throw new UserError('bad_argument', 'either --last or --stop');
      if (options.last) return show(options, (bot) => bot.get<Report>('oncall/drills/last'), printReport);
      if (options.stop) return show(options, (bot) => bot.delete<Outcome>('oncall/drills/running'), printMessage);
      return show(
        options,
        (bot) => bot.post<Outcome>('oncall/drills', { ...(policy !== undefined && { policy }) }),
        printMessage,
      );
    });
}

function printReport({ policy, state, startedBy, startedAt, levels, unreached }: Report): string {
  const lines = [
    `DRILL of ${policy} ${state.replaceAll('_', ' ')}, started by ${startedBy} ${startedAt}`,
    ...levels.map(({ level, targets, outcome, seconds }) => {
      const after = seconds === undefined ? '' : ` after ${humanDuration(seconds * 1000)}`;
      return `  ${level}  ${targets.join(', ')}  ${outcome.replaceAll('_', ' ')}${after}`;
    }),
    ...unreached.map(({ who, reason }) => `  could not be reached: ${who} (${reason.replaceAll('_', ' ')})`),
  ];
  return `${lines.map(plain).join('\n')}\n`;
}
