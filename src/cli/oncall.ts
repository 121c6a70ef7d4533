import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { readTextFile, shownPath } from '../config/files.ts';
import { loadConfig } from '../config/load.ts';
import { isOnCallDocument, readOnCallDocument } from '../config/on-call.ts';
import { parseYaml } from '../document/yaml.ts';
import { UserError } from '../errors.ts';
import { createOncallCalendar, type Stranger, type Unreachability } from '../oncall/calendar.ts';
import { readTime } from '../oncall/override.ts';
import { createRoster, type Roster } from '../oncall/roster.ts';
import type { Schedule } from '../oncall/schedule.ts';
import { createDirectory, type DirectoryConfig } from '../people/directory.ts';
import { Db } from '../sqlite/db.ts';
import { isCurrent } from '../sqlite/migrate.ts';
import { stateMigrations } from '../sqlite/migrations/index.ts';
import { SqliteOncallStore } from '../sqlite/oncall-store.ts';
import { SqlitePeopleStore } from '../sqlite/people-store.ts';
import { systemClock } from '../time/clock.ts';
import { isoInstant } from '../time/instant.ts';
import { dayAndTime } from '../time/wall-clock.ts';
import { defineArrangements } from './oncall-arrangements.ts';
import { defineCalls } from './oncall-calls.ts';
import { defineImport } from './oncall-import.ts';
import type { DefineCommand } from './run.ts';
import type { Terminal } from './terminal.ts';

interface OncallOptions {
  readonly config: string;
  readonly schedule?: string;
  readonly at?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

/** What the answers are made of: the files, and what was arranged in Slack where the bot keeps its state. */
interface Sources {
  readonly roster: Roster;
  readonly schedules: readonly Schedule[];
  /** Who of those on call is known by no Slack account; empty where no database says whom Slack knows. */
  readonly strangers: (now: number) => readonly Stranger[];
}

const DAY_MS = 86_400_000;
const SHIFTS_AHEAD_MS = 28 * DAY_MS;
const GAPS_AHEAD_MS = 30 * DAY_MS;

/** `watchroom oncall`: the same answers as in Slack, from the files and, where there is one, the bot's database. */
export const oncall: DefineCommand = (program, terminal) => {
  const group = program.command('oncall').description('who is on call, when, and where nobody is');
  const define = (name: string, summary: string): Command =>
    group
      .command(name)
      .description(summary)
      .option('--config <file>', 'the configuration', 'watchroom.yml')
      .option('--schedule <name>', 'only this schedule')
      .option('--json', 'print data as JSON');
  const range = (command: Command, ahead: string): Command =>
    command
      .option('--from <time>', "ISO 8601, or a date or local time in the schedule's zone (default: now)")
      .option('--to <time>', `likewise; not included (default: ${ahead} later)`);
  const answer = (
    command: Command,
    run: (sources: Sources, options: OncallOptions, terminal: Terminal) => void,
  ): void => {
    command.action((options: OncallOptions) =>
      withSources(options, terminal, (sources) => run(sources, options, terminal)),
    );
  };
  const who = define('who', 'who is on call, until when, and who is next');
  answer(
    who.option('--at <time>', "ISO 8601, or a date or local time in the schedule's zone (default: now)"),
    printWho,
  );
  answer(range(define('shifts', 'final shifts, overrides and swaps applied'), '28 days'), printShifts);
  answer(range(define('gaps', 'time with nobody on call'), '30 days'), printGaps);
  defineImport(group, terminal);
  defineCalls(group, terminal);
  defineArrangements(group, terminal);
};

function withSources(options: OncallOptions, terminal: Terminal, run: (sources: Sources) => void): void {
  const { schedules: all, directory, state } = readFiles(options.config, terminal);
  const wanted =
    options.schedule === undefined ? undefined : (directory.schedules[options.schedule] ?? options.schedule);
  const schedules = all.filter(({ name }) => (wanted ?? name) === name);
  if (schedules.length === 0) throw new UserError('not_found', missingWords(all, options));
  const opened = state !== undefined && existsSync(state) ? new Db(state) : undefined;
  // One of an older release is left to `serve`, which brings it up to date.
  const db = opened && isCurrent(opened, stateMigrations) ? opened : undefined;
  try {
    const people = db && new SqlitePeopleStore(db);
    const known = people && createDirectory(() => directory, people);
    const roster =
      db && known
        ? createRoster(
            () => schedules,
            new SqliteOncallStore(db),
            () => known.leavers(),
          )
        : createRoster(() => schedules);
    const calendar = known && createOncallCalendar(roster, known);
    const knows = (people?.users().length ?? 0) > 0;
    run({ roster, schedules, strangers: (now) => (knows ? (calendar?.strangers(now) ?? []) : []) });
  } finally {
    opened?.close();
  }
}

/** A watchroom.yml, or a file of schedules alone. */
function readFiles(file: string, { cwd, environment }: Terminal): Files {
  const path = resolve(cwd, file);
  const text = readTextFile(path, shownPath(path, cwd));
  const document = parseYaml(text.text, text.path);
  if (isOnCallDocument(document)) {
    const schedules = readOnCallDocument(document).schedules.map(({ value }) => value);
    return { schedules, directory: { schedules: {}, users: {} }, state: undefined };
  }
  const config = loadConfig(path, { cwd, environment, missingEnvironment: 'warning' });
  const state = join(resolve(config.baseDir, config.settings.storage.path), 'state.db');
  return { schedules: config.onCall.schedules, directory: config.settings.directory, state };
}

interface Files {
  readonly schedules: readonly Schedule[];
  readonly directory: DirectoryConfig;
  /** Where the bot keeps its state. */
  readonly state: string | undefined;
}

function missingWords(known: readonly Schedule[], { config, schedule }: OncallOptions): string {
  if (known.length === 0) return `${config} names no schedules: see schedule_files`;
  return `no schedule is called ${schedule}; there are ${known.map(({ name }) => name).join(', ')}`;
}

function printWho({ roster, schedules }: Sources, { at, json }: OncallOptions, terminal: Terminal): void {
  const answers = schedules.flatMap((schedule) => {
    const holder = roster.holder(schedule.name, instantOf(at, schedule.zone, systemClock.now()));
    return holder ? [holder] : [];
  });
  if (json) {
    const data = answers.map(({ schedule, current, until, next }) => ({
      schedule,
      user: current?.user ?? null,
      until: until === undefined ? null : instant(until),
      next: next?.user ?? null,
    }));
    terminal.out(`${JSON.stringify(data, null, 2)}\n`);
    return;
  }
  for (const { schedule, zone, current, until, next } of answers) {
    const end = until === undefined ? '' : ` until ${dayAndTime(until, zone)}`;
    const why = current && current.source !== 'rotation' ? ` (${current.source})` : '';
    terminal.out(`${schedule}  ${current?.user ?? 'NOBODY'}${why}${end}${next ? `, then ${next.user}` : ''}\n`);
  }
}

function printShifts({ roster, schedules }: Sources, options: OncallOptions, terminal: Terminal): void {
  const all = schedules
    .flatMap((schedule) => {
      const { from, to } = rangeOf(options, schedule.zone, SHIFTS_AHEAD_MS);
      const all = [...roster.shifts(schedule.name, from, to), ...roster.beside(schedule.name, from, to)];
      return all.map((shift) => ({ ...shift, zone: schedule.zone }));
    })
    .toSorted((a, b) => a.start - b.start);
  if (options.json) {
    const data = all.map(({ schedule, user, start, end }) => ({
      schedule,
      user,
      start: instant(start),
      end: instant(end),
    }));
    terminal.out(`${JSON.stringify(data, null, 2)}\n`);
    return;
  }
  for (const { schedule, zone, start, end, user, source } of all) {
    const why = source === 'rotation' ? '' : `  (${source})`;
    terminal.out(`${dayAndTime(start, zone)} – ${dayAndTime(end, zone)}  ${schedule}  ${user}${why}\n`);
  }
}

function printGaps(sources: Sources, options: OncallOptions, terminal: Terminal): void {
  const { roster, schedules, strangers } = sources;
  const all = schedules.flatMap((schedule) => {
    const { from, to } = rangeOf(options, schedule.zone, GAPS_AHEAD_MS);
    const { name, zone } = schedule;
    return roster.gaps(name, from, to).map((gap) => ({ ...gap, schedule: name, zone }));
  });
  if (options.json) {
    const data = all.map(({ schedule, start, end }) => ({ schedule, start: instant(start), end: instant(end) }));
    terminal.out(`${JSON.stringify(data, null, 2)}\n`);
    return;
  }
  for (const { schedule, zone, start, end } of all) {
    terminal.out(`${dayAndTime(start, zone)} – ${dayAndTime(end, zone)}  ${schedule}  nobody is on call\n`);
  }
  if (all.length === 0) terminal.out('no gaps: somebody is on call at every moment\n');
  for (const { schedule, user, start, why } of strangers(systemClock.now())) {
    terminal.out(
      `${schedule}  ${user} ${UNREACHABLE[why]}${start === undefined ? '' : ` (on call from ${instant(start)})`}\n`,
    );
  }
}

const UNREACHABLE: Readonly<Record<Unreachability, string>> = {
  unknown: 'is nobody we know',
  no_account: 'has no Slack account',
  deactivated: 'is deactivated in Slack',
  guest: 'is a guest in Slack and cannot act on alerts',
  do_not_disturb: 'has Do Not Disturb on',
};

function rangeOf({ from, to }: OncallOptions, zone: string, ahead: number): { from: number; to: number } {
  const start = instantOf(from, zone, systemClock.now());
  const end = instantOf(to, zone, start + ahead);
  if (start >= end) throw new UserError('bad_time', '--to must be after --from');
  return { from: start, to: end };
}

/** ISO 8601 with an offset, epoch seconds, or a date or local time in the schedule's zone. */
function instantOf(text: string | undefined, zone: string, fallback: number): number {
  if (text === undefined) return fallback;
  if (/^\d{9,11}$/.test(text)) return Number(text) * 1000;
  const read = readTime(text, zone);
  if (read.kind === 'invalid') throw new UserError('bad_time', read.message);
  return read.at;
}

/** `2026-01-26T03:30:00Z`. */
function instant(at: number): string {
  return isoInstant(at).replace('.000Z', 'Z');
}
