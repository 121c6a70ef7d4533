import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { type BotOptions, clientOf } from './alert.ts';
import { plain } from './bot-client.ts';
import type { Terminal } from './terminal.ts';

interface Outcome {
  readonly message: string;
  readonly warnings?: readonly { readonly kind: string; readonly schedule?: string }[];
}

interface Arrangements {
  readonly overrides: readonly { id: string; schedule: string; user: string; by: string; start: string; end: string }[];
  readonly swaps: readonly {
    id: string;
    schedule: string;
    from: string;
    to: string | null;
    state: string;
    start: string;
    end: string;
  }[];
  readonly handoffs: readonly {
    id: string;
    schedule: string;
    incoming: string | null;
    state: string;
    start: string;
    end: string;
  }[];
}

interface ChangeOptions extends BotOptions {
  readonly schedule?: string;
  readonly date?: string;
}

/** Overrides, swaps and handoffs of a running bot: the acts of Slack's `/oncall`, for the night when Slack is down. */
export function defineArrangements(group: Command, terminal: Terminal): void {
  const define = (usage: string, summary: string): Command =>
    group
      .command(usage)
      .description(summary)
      .option('--url <url>', 'where the bot listens (default: WATCHROOM_URL, else http://127.0.0.1:9095)')
      .option('--as <name>', 'your name, where the bot asks for no token (default: the name you are logged in by)')
      .option('--json', 'print data as JSON');
  const onSchedule = (command: Command): Command =>
    command.option('--schedule <name>', 'which schedule (default: the only one)');
  const act = async (options: BotOptions, answer: Promise<Outcome>): Promise<void> => {
    const data = await answer;
    terminal.out(options.json ? `${JSON.stringify(data, undefined, 2)}\n` : printOutcome(data));
  };
  const post = (options: BotOptions, path: string, body: object): Promise<void> =>
    act(options, clientOf(options, terminal).post<Outcome>(`oncall/${path}`, body));
  const named = ({ schedule, date }: ChangeOptions): object => ({
    ...(schedule !== undefined && { schedule }),
    ...(date !== undefined && { date }),
  });

  define('arrangements', 'overrides, swaps and the last handoffs, with their ids').action(
    async (options: BotOptions) => {
      const data = await clientOf(options, terminal).get<Arrangements>('oncall/arrangements');
      terminal.out(options.json ? `${JSON.stringify(data, undefined, 2)}\n` : printArrangements(data));
    },
  );
  onSchedule(define('override <person> <when...>', 'somebody else for a while: 2h, or 2026-01-26 2026-01-27'))
    .option('--add', 'beside whoever is on call')
    .option('--remove', 'this person is not on call in that time')
    .action((person: string, when: string[], options: ChangeOptions & { add?: boolean; remove?: boolean }) => {
      if (options.add && options.remove) throw new UserError('bad_argument', 'either --add or --remove');
      const effect = options.add ? 'add' : options.remove ? 'remove' : 'replace';
      return post(options, 'overrides', { person, when: when.join(' '), effect, ...named(options) });
    });
  define('end <override>', 'end an override now, or forget one that has not begun').action(
    (id: string, options: BotOptions) =>
      act(options, clientOf(options, terminal).delete<Outcome>(`oncall/overrides/${encodeURIComponent(id)}`)),
  );
  onSchedule(define('take <person>', 'this person has the schedule from now until the shift ends')).action(
    (person: string, options: ChangeOptions) => post(options, 'take', { person, ...named(options) }),
  );
  onSchedule(define('swap <owner> <person>', "ask somebody to take a shift of the owner's"))
    .option('--date <day>', 'the shift on this day (default: the next one)')
    .action((owner: string, person: string, options: ChangeOptions) =>
      post(options, 'swaps', { owner, person, ...named(options) }),
    );
  onSchedule(define('cover <owner>', "ask the channel for somebody to take a shift of the owner's"))
    .option('--date <day>', 'the shift on this day (default: the next one)')
    .action((owner: string, options: ChangeOptions) => post(options, 'swaps', { owner, ...named(options) }));
  for (const [name, path, summary] of [
    ['accept', 'take', 'the person who was asked, or anybody where everybody was, takes the shift'],
    ['decline', 'decline', 'the person who was asked cannot take it'],
    ['undo', 'withdraw', 'one of the two takes the question back, or undoes the swap until the shift begins'],
  ] as const) {
    define(`${name} <swap> <person>`, summary).action((id: string, person: string, options: BotOptions) =>
      post(options, `swaps/${encodeURIComponent(id)}/${path}`, { person }),
    );
  }
  define('reachable <handoff> <person>', "“I'm reachable”, said by whoever comes on call").action(
    (id: string, person: string, options: BotOptions) =>
      post(options, `handoffs/${encodeURIComponent(id)}/reachable`, { person }),
  );
}

function printOutcome({ message, warnings = [] }: Outcome): string {
  const lines = warnings.map(
    ({ kind, schedule }) => `  but: ${kind.replaceAll('_', ' ')}${schedule ? ` (${schedule})` : ''}`,
  );
  return `${[message, ...lines].map(plain).join('\n')}\n`;
}

function printArrangements({ overrides, swaps, handoffs }: Arrangements): string {
  const lines = [
    ...overrides.map(
      ({ id, schedule, user, by, start, end }) => `override ${id}  ${schedule}  ${user} (by ${by})  ${start} – ${end}`,
    ),
    ...swaps.map(
      ({ id, schedule, from, to, state, start, end }) =>
        `swap ${id}  ${schedule}  ${from} → ${to ?? 'anybody'} (${state})  ${start} – ${end}`,
    ),
    ...handoffs.map(
      ({ id, schedule, incoming, state, start }) =>
        `handoff ${id}  ${schedule}  ${incoming ?? 'nobody'} (${state})  ${start}`,
    ),
  ];
  return lines.length === 0 ? 'nothing is arranged\n' : `${lines.map(plain).join('\n')}\n`;
}
