import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { plain } from './bot-client.ts';
import { type BotOptions, botCommands, type Outcome } from './bot-command.ts';
import type { Terminal } from './terminal.ts';

interface Arranged extends Outcome {
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
  const { define, show } = botCommands(group, terminal);
  const onSchedule = (command: Command): Command =>
    command.option('--schedule <name>', 'which schedule (default: the only one)');
  const post = (options: BotOptions, path: string, body: object): Promise<void> =>
    show(options, (bot) => bot.post<Arranged>(`oncall/${path}`, body), printArranged);
  const named = ({ schedule, date }: ChangeOptions): object => ({
    ...(schedule !== undefined && { schedule }),
    ...(date !== undefined && { date }),
  });

  define('arrangements', 'overrides, swaps and the last handoffs, with their ids').action((options: BotOptions) =>
    show(options, (bot) => bot.get<Arrangements>('oncall/arrangements'), printArrangements),
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
      show(options, (bot) => bot.delete<Arranged>(`oncall/overrides/${encodeURIComponent(id)}`), printArranged),
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

function printArranged({ message, warnings = [] }: Arranged): string {
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
