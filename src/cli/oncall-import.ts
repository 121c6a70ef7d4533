import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { readTextFile, shownPath } from '../config/files.ts';
import { UserError } from '../errors.ts';
import { readCalendar } from '../oncall/ical-import.ts';
import { importSchedule } from '../oncall/imported.ts';
import { readTime } from '../oncall/override.ts';
import { systemClock } from '../time/clock.ts';
import { isZone } from '../time/zone.ts';
import type { Terminal } from './terminal.ts';

interface ImportOptions {
  readonly name?: string;
  readonly timezone?: string;
  readonly person: readonly string[];
  readonly from?: string;
  readonly to?: string;
}

const AHEAD_MS = 366 * 86_400_000;

/** `watchroom oncall import FILE.ics`: prints a schedule that says what the calendar says. */
export function defineImport(group: Command, terminal: Terminal): void {
  group
    .command('import')
    .description('print the schedule behind an iCalendar file, as exported by a calendar or an on-call tool')
    .argument('<file.ics>', 'the calendar; the title of each event, or its one attendee, is the person')
    .option('--name <name>', "the schedule's name (default: the calendar's, else the file's)")
    .option('--timezone <zone>', "the schedule's IANA zone (default: the calendar's)")
    .option('--person <title=address>', 'who a title means, once for each', collect, [])
    .option('--from <time>', 'what was before is not taken over (default: now)')
    .option('--to <time>', 'how far recurring events are followed (default: a year later)')
    .action((file: string, options: ImportOptions) => {
      const path = resolve(terminal.cwd, file);
      const { text } = readTextFile(path, shownPath(path, terminal.cwd));
      const named = options.timezone;
      if (named !== undefined && !(isZone(named) && (named === 'UTC' || named.includes('/'))))
        throw new UserError('bad_zone', `${options.timezone} is no IANA time zone, such as Asia/Kolkata`);
      const zone = options.timezone ?? 'UTC';
      const from = instantOf(options.from, zone, systemClock.now());
      const to = instantOf(options.to, zone, from + AHEAD_MS);
      if (from >= to) throw new UserError('bad_time', '--to must be after --from');
      const read = readCalendar(text, { from, to, ...(options.timezone !== undefined && { zone }) });
      if (read.shifts.length === 0) {
        const why = read.problems.map(({ line, message }) => `; line ${line}: ${message}`).join('');
        throw new UserError('invalid_calendar', `nobody is on call in that time${why.slice(0, 1000)}`);
      }
      const name = options.name ?? (read.name || basename(file).replace(/\.[^.]*$/, ''));
      const imported = importSchedule(read, { name, from, to, people: peopleOf(options.person) });
      terminal.out(imported.text);
      for (const warning of imported.warnings) terminal.err(`${shownPath(path, terminal.cwd)}: ${warning}\n`);
      terminal.err(`${name}: ${imported.summary}\n`);
    });
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

function peopleOf(pairs: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=');
      if (at < 1 || at === pair.length - 1)
        throw new UserError(
          'bad_person',
          `--person ${pair}: expected TITLE=ADDRESS, such as "Asha Rao=asha@example.com"`,
        );
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function instantOf(text: string | undefined, zone: string, fallback: number): number {
  if (text === undefined) return fallback;
  const read = readTime(text, zone);
  if (read.kind === 'invalid') throw new UserError('bad_time', read.message);
  return read.at;
}
