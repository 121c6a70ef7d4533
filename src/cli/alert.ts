import { UserError } from '../errors.ts';
import { humanDuration, parseDuration } from '../time/duration.ts';
import { type BotClient, plain } from './bot-client.ts';
import { type BotOptions, botCommands, type Outcome, printMessage } from './bot-command.ts';
import type { DefineCommand } from './run.ts';

interface Summary {
  readonly id: string;
  readonly state: string;
  readonly priority: string;
  readonly alertName: string;
  readonly model?: string;
  readonly environment?: string;
  readonly measure?: string;
  readonly ageSeconds?: number;
  readonly acknowledgedBy?: string;
}

interface Detail extends Summary {
  readonly summary: string;
  readonly description: string;
  readonly runbook: string;
  readonly dashboard: string;
  readonly members: readonly { readonly label: string; readonly state: string }[];
  readonly ladder: readonly { readonly who: readonly string[]; readonly at: string; readonly state: string }[];
  readonly timeline: readonly { readonly at: string; readonly text: string }[];
}

interface Silence {
  readonly id: string;
  readonly matchers: readonly string[];
  readonly endsAt: string;
  readonly author: string;
  readonly comment: string;
  readonly hides: number;
}

interface Preview extends Outcome {
  readonly matchers: readonly string[];
  readonly groups: readonly { readonly label: string; readonly alerts: number }[];
}

interface Why {
  readonly title: string;
  readonly steps: readonly string[];
}

/** `watchroom alert`: the acts of Slack's `/alert` on a running bot, for the night when Slack is down. */
export const alert: DefineCommand = (program, terminal) => {
  const group = program
    .command('alert')
    .description('see and handle incidents of a running bot, also while Slack is down');
  const { define, show } = botCommands(group, terminal);

  define('list [text]', 'open incidents, the most urgent first')
    .option('--all', 'ended ones too')
    .action((text: string | undefined, options: BotOptions & { all?: boolean }) => {
      const search = new URLSearchParams({ ...(options.all && { all: 'true' }), ...(text !== undefined && { text }) });
      return show(options, (bot) => bot.get<Summary[]>(`incidents?${search.toString()}`), printList);
    });
  define('show <incident>', 'one incident with its timeline').action((id: string, options: BotOptions) =>
    show(options, (bot) => bot.get<Detail>(`incidents/${segment(id)}`), printDetail),
  );
  define('ack <incident>', 'it is yours: the ladder stops')
    .alias('acknowledge')
    .action((id: string, options: BotOptions) => show(options, act(id, 'acknowledge', {}), printMessage));
  define('escalate <incident>', 'tell the next level of the ladder now').action((id: string, options: BotOptions) =>
    show(options, act(id, 'escalate', {}), printMessage),
  );
  define('reassign <incident> <person>', 'call one person now, in place of whoever has it').action(
    (id: string, person: string, options: BotOptions) => show(options, act(id, 'reassign', { person }), printMessage),
  );
  define('resolve <incident>', 'close it; asks for --anyway while the condition holds')
    .option('--anyway', 'although the condition still holds')
    .action((id: string, options: BotOptions & { anyway?: boolean }) =>
      show(options, act(id, 'resolve', { anyway: options.anyway ?? false }), printMessage),
    );
  define(
    'verdict <incident> <verdict>',
    'true_positive, false_positive, not_actionable, or none to take it back',
  ).action((id: string, verdict: string, options: BotOptions) =>
    show(options, act(id, 'verdict', { verdict }), printMessage),
  );
  define(
    'silence <target> [words...]',
    'an incident, an alert name or matchers; then 2h, until resolved or until unmatched 1h; then a comment',
  )
    .option('--preview', 'only show what it would hide')
    .option('--dry-run', 'the same as --preview')
    .action((target: string, words: string[], options: BotOptions & { preview?: boolean; dryRun?: boolean }) =>
      options.preview || options.dryRun
        ? show(options, (bot) => bot.post<Preview>('silences/preview', { target }), printPreview)
        : show(options, (bot) => bot.post<Outcome>('silences', { target, ...lengthOf(words) }), printMessage),
    );
  define('silences', 'what is hidden, and until when').action((options: BotOptions) =>
    show(options, (bot) => bot.get<Silence[]>('silences'), printSilences),
  );
  define('unsilence <silence>', 'end a silence now: its id, or the alert that it hides').action(
    (id: string, options: BotOptions) =>
      show(
        options,
        (bot) => bot.delete<Outcome>(`silences/${segment(id)}`),
        () => 'The silence has ended.\n',
      ),
  );
  define('why <incident>', 'why it was heard, step by step').action((id: string, options: BotOptions) =>
    show(options, (bot) => bot.get<Why>(`incidents/${segment(id)}/why`), printWhy),
  );
  define('whynot <matchers...>', 'why an alert with these labels is not heard: alertname=X model_name=Y').action(
    (matchers: string[], options: BotOptions) => {
      const search = new URLSearchParams(matchers.map((one): [string, string] => ['filter', one]));
      return show(
        options,
        (bot) => bot.get<Why[]>(`/api/v2/whynot?${search.toString()}`),
        (all) => all.map(printWhy).join('\n'),
      );
    },
  );
};

function act(id: string, name: string, body: object): (bot: BotClient) => Promise<Outcome> {
  return (bot) => bot.post(`incidents/${segment(id)}/${name}`, body);
}

function segment(text: string): string {
  return encodeURIComponent(text);
}

interface Length {
  readonly for?: string;
  readonly until?: string;
  readonly after?: string;
  readonly comment: string;
}

/** `2h why`, `until resolved why`, `until unmatched 1h why`, `until resolved for 30m why`. */
function lengthOf(words: readonly string[]): Length {
  const [first = '', second = '', third = '', fourth = ''] = words.map((word) => word.toLowerCase());
  if (first === '') throw new UserError('bad_argument', 'for how long? 2h, or until resolved; --preview only looks');
  if (first !== 'until') return { for: first, comment: words.slice(1).join(' ') };
  if (second !== 'resolved' && second !== 'unmatched')
    throw new UserError('bad_argument', 'after until comes resolved or unmatched');
  const after = third === 'for' ? fourth : third;
  if (parseDuration(after) === undefined) return { until: second, comment: words.slice(2).join(' ') };
  return { until: second, after, comment: words.slice(third === 'for' ? 4 : 3).join(' ') };
}

function printList(incidents: readonly Summary[]): string {
  if (incidents.length === 0) return 'No open incidents.\n';
  const rows = incidents.map((one) => [
    one.priority,
    one.state === 'acknowledged' && one.acknowledgedBy ? `acknowledged by ${one.acknowledgedBy}` : one.state,
    one.alertName,
    [one.model, one.environment].filter((part) => part).join(' '),
    one.measure ?? '',
    ageOf(one),
    one.id,
  ]);
  return table(rows);
}

function ageOf({ ageSeconds }: Summary): string {
  return ageSeconds === undefined ? '' : humanDuration(ageSeconds * 1000);
}

function printDetail(one: Detail): string {
  const about = [one.model, one.environment].filter((part) => part).join(' ');
  const lines = [
    `${one.priority} ${one.alertName}${about === '' ? '' : ` · ${about}`}`,
    `${one.state}${one.acknowledgedBy ? ` by ${one.acknowledgedBy}` : ''}, open for ${ageOf(one)}, id ${one.id}`,
    one.measure ?? '',
    one.summary,
    one.description,
    one.runbook === '' ? '' : `runbook: ${one.runbook}`,
    one.dashboard === '' ? '' : `dashboard: ${one.dashboard}`,
    ...(one.members.length > 1 ? one.members : []).slice(0, 20).map(({ label, state }) => `  ${state}  ${label}`),
    ...one.ladder.map(({ who, at, state }) => `  ${state}  ${at}  ${who.join(', ')}`),
  ].filter((line) => line.trim() !== '');
  const story = one.timeline.map(({ at, text }) => `  ${at}  ${text}`);
  return `${[...lines, 'timeline:', ...story].map(plain).join('\n')}\n`;
}

function printSilences(silences: readonly Silence[]): string {
  if (silences.length === 0) return 'Nothing is silenced.\n';
  return table(
    silences.map((one) => [
      one.id.slice(0, 8),
      one.matchers.join(', '),
      `until ${one.endsAt}`,
      `hides ${one.hides}`,
      one.author,
      one.comment,
    ]),
  );
}

function printPreview({ matchers, groups, message }: Preview): string {
  const shown = groups.slice(0, 20).map(({ label, alerts }) => `  ${label}${alerts === 1 ? '' : ` × ${alerts}`}`);
  const more = groups.length > shown.length ? [`  and ${groups.length - shown.length} more`] : [];
  return `${[matchers.join(', '), message, ...shown, ...more].map(plain).join('\n')}\n`;
}

function printWhy({ title, steps }: Why): string {
  return `${[title, ...steps.map((step, index) => `${index + 1}. ${step}`)].map(plain).join('\n')}\n`;
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(plain));
  const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => row[column]?.length ?? 0)));
  const lines = clean.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .filter((_, column) => (widths[column] ?? 0) > 0)
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
