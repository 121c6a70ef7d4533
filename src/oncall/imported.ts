import { isoInstant } from '../time/instant.ts';
import { dateOfDay, dayAndTime, localDay, startOfLocalDay, wallReadings } from '../time/wall-clock.ts';
import { wallClockAt } from '../time/zone.ts';
import type { CalendarRead, CalendarShift } from './ical-import.ts';
import { type FittedRotation, fitRotation } from './rotation-fit.ts';
import { type Schedule, type Shift, shifts } from './schedule.ts';

export interface ImportSettings {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** A calendar's name of a person → who that is here. */
  readonly people: ReadonlyMap<string, string>;
}

export interface ImportedSchedule {
  /** An `oncall_schedule:` document. */
  readonly text: string;
  /** The same as data: what the document means. */
  readonly shifts: readonly Shift[];
  /** What it came to, in words. */
  readonly summary: string;
  readonly warnings: readonly string[];
}

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
/** With more exceptions than this for each turn it is no rotation that a person would want to read. */
const MOST_OVERRIDES = 0.5;

/** A calendar's shifts as a schedule of ours: the rotation behind them with its exceptions, or, where there is none, a plain list. */
export function importSchedule(read: CalendarRead, settings: ImportSettings): ImportedSchedule {
  const { name, people } = settings;
  const named = read.shifts.map((shift) => ({ ...shift, user: people.get(shift.user) ?? shift.user }));
  const from = Math.max(settings.from, named[0]?.start ?? settings.from);
  const to = Math.min(settings.to, Math.max(from, ...named.map(({ end }) => end)));
  const final = finalShifts(named, read.zone, from, to);
  const fit = fitRotation(final, read.zone);
  const isRotation = fit !== undefined && fit.overrides.length <= final.length * MOST_OVERRIDES;
  const header = ['oncall_schedule:', `  name: ${quoted(name)}`, `  timezone: ${read.zone}`];
  const body = isRotation
    ? [...rotationLines(fit), ...overrideLines(fit.overrides, read.zone)]
    : overrideLines(final, read.zone);
  const users = [...new Set(final.map(({ user }) => user))];
  return {
    text: `${[...header, ...body].join('\n')}\n`,
    shifts: final,
    summary: `${counted(users.length, 'person', 'people')}, ${isRotation ? rotationWords(fit) : `${counted(final.length, 'shift')} without a rotation behind them`}, until ${dayAndTime(to, read.zone)}`,
    warnings: [
      ...read.problems.map(({ line, message }) => `line ${line}: left out: ${message}`),
      ...overlapWarnings(named, read.zone),
      ...users.flatMap((user) =>
        /^[^\s@]+@[^\s@]+$|^[UW][A-Z0-9]{5,20}$/.test(user)
          ? []
          : [`${user}: is no e-mail address; say who it is: --person ${JSON.stringify(`${user}=NAME@EXAMPLE.COM`)}`],
      ),
    ],
  };
}

/** A higher level covers a lower one; on one level whoever began first keeps the time. */
function finalShifts(list: readonly CalendarShift[], zone: string, from: number, to: number): Shift[] {
  const overrides = list.toSorted((a, b) => a.level - b.level || b.start - a.start);
  const schedule: Schedule = { name: '', zone, layers: [], overrides };
  return shifts(schedule, from, to);
}

function overlapWarnings(list: readonly CalendarShift[], zone: string): string[] {
  const warnings: string[] = [];
  for (const level of new Set(list.map((shift) => shift.level))) {
    let last: CalendarShift | undefined;
    for (const shift of list.filter((one) => one.level === level)) {
      if (last && shift.start < last.end && shift.user !== last.user) {
        const until = dayAndTime(Math.min(last.end, shift.end), zone);
        warnings.push(
          `line ${shift.line}: ${shift.user} overlaps ${last.user} of line ${last.line}, who keeps it until ${until}`,
        );
      }
      if (!last || shift.end > last.end) last = shift;
    }
  }
  return warnings;
}

function rotationWords({ rotation: { turn }, overrides }: FittedRotation): string {
  const days =
    turn.count === 7 ? 'a weekly rotation' : turn.count === 1 ? 'a daily rotation' : `turns of ${turn.count} days`;
  return `${days}, ${counted(overrides.length, 'override')}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function rotationLines({ rotation, startDay }: FittedRotation): string[] {
  const { turn, handoffTime, members } = rotation;
  const time = `${two(Math.floor(handoffTime / 60))}:${two(handoffTime % 60)}`;
  const weekday = turn.unit === 'days' ? turn.weekday : undefined;
  return [
    '  rotation:',
    `    type: ${weekday === undefined ? 'daily' : 'weekly'}`,
    ...(turn.count === (weekday === undefined ? 1 : 7)
      ? []
      : [`    interval: ${weekday === undefined ? turn.count : turn.count / 7}`]),
    `    handoff_time: "${time}"`,
    ...(weekday === undefined ? [] : [`    handoff_day: ${WEEKDAYS[weekday - 1]}`]),
    `    start: "${dateText(startDay)}"`,
    '    members:',
    ...members.map((member) => `      - ${quoted(member)}`),
  ];
}

function overrideLines(list: readonly Pick<Shift, 'user' | 'start' | 'end'>[], zone: string): string[] {
  if (list.length === 0) return [];
  const lines = list.map(
    ({ user, start, end }) =>
      `    - { start: "${timeText(start, zone)}", end: "${timeText(end, zone)}", user: ${quoted(user)} }`,
  );
  return ['  overrides:', ...lines];
}

/** As a person would write it where that means one instant, else exactly. */
function timeText(at: number, zone: string): string {
  const day = localDay(at, zone);
  if (startOfLocalDay(day, zone) === at) return dateText(day);
  const { hour, minute, second } = wallClockAt(at, zone);
  const text = `${dateText(day)} ${two(hour)}:${two(minute)}${second === 0 ? '' : `:${two(second)}`}`;
  const readings = wallReadings(text.replace(' ', 'T'), zone);
  return readings.length === 1 && readings[0] === at ? text : isoInstant(at).replace('.000Z', 'Z');
}

function dateText(day: number): string {
  const { year, month, day: date } = dateOfDay(day);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(date)}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** JSON is YAML, whatever a calendar's titles hold. */
function quoted(text: string): string {
  return /^[\w.+-]+(?:@[\w.-]+)?$/.test(text) && !/^(?:\d|true$|false$|null$|yes$|no$|on$|off$|[+-.])/i.test(text)
    ? text
    : JSON.stringify(text.toWellFormed());
}
