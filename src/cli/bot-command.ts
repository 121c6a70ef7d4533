import type { Command } from 'commander';
import { BotClient, plain } from './bot-client.ts';
import type { Terminal } from './terminal.ts';

/** What every command that speaks to a running bot takes. */
export interface BotOptions {
  readonly url?: string;
  readonly as?: string;
  readonly json?: boolean;
}

/** What an act answers. */
export interface Outcome {
  readonly message: string;
}

export interface BotCommands {
  /** A command below the group, with the options of `BotOptions`. */
  readonly define: (usage: string, summary: string) => Command;
  /** Asks the bot and prints its answer, as data with `--json`. */
  readonly show: <T>(
    options: BotOptions,
    ask: (bot: BotClient) => Promise<T>,
    print: (answer: T) => string,
  ) => Promise<void>;
}

/** The commands of one group (`watchroom alert`, `watchroom oncall`) that speak to a running bot, also while Slack is down. */
export function botCommands(group: Command, terminal: Terminal): BotCommands {
  return {
    define: (usage, summary) =>
      group
        .command(usage)
        .description(summary)
        .option('--url <url>', 'where the bot listens (default: WATCHROOM_URL, else http://127.0.0.1:9095)')
        .option('--as <name>', 'your name, where the bot asks for no token (default: the name you are logged in by)')
        .option('--json', 'print data as JSON'),
    show: async (options, ask, print) => {
      const answer = await ask(clientOf(options, terminal));
      terminal.out(options.json ? `${JSON.stringify(answer, undefined, 2)}\n` : print(answer));
    },
  };
}

export function printMessage({ message }: Outcome): string {
  return `${plain(message)}\n`;
}

function clientOf(options: BotOptions, { environment }: Terminal): BotClient {
  return new BotClient({
    url: options.url ?? environment['WATCHROOM_URL'] ?? 'http://127.0.0.1:9095',
    token: environment['WATCHROOM_TOKEN'],
    actor: options.as ?? environment['USER'] ?? environment['LOGNAME'] ?? '',
  });
}
