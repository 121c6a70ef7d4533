import { z } from 'zod';
import { DocumentError, type Position, type Problem } from '../document/position.ts';
import { readDocument } from '../document/schema.ts';
import type { Path, YamlDocument } from '../document/yaml.ts';
import { localDay, parseDate, parseTimeOfDay, type TimeOfDay, wallInstant } from '../time/wall-clock.ts';
import { parseWeekday, parseWeekdays } from '../time/weekly.ts';
import { isZone } from '../time/zone.ts';
import type { PlacedMember } from './members.ts';
import { OVERRIDE_EFFECTS, type Override } from './override.ts';
import { type Fail, instantOf, periodsOf, refuseOverlaps, refuseStrangers, under } from './periods.ts';
import type { Rotation, RotationStart, Turn } from './rotation.ts';
import type { Layer, LayerTimes, LayerWindow, Schedule } from './schedule.ts';

const Zone = z.string().refine((text) => (text === 'UTC' || text.includes('/')) && isZone(text), {
  error: 'expected an IANA time zone such as Asia/Kolkata; abbreviations (IST, EST) and offsets are ambiguous',
});

const Time = z.string({ error: 'expected a time of day in quotes, such as "09:00"' }).transform((text, context) => {
  const time = parseTimeOfDay(text);
  if (time !== undefined) return time;
  context.issues.push({
    code: 'custom',
    input: text,
    message: `expected a time of day from 00:00 to 23:59, such as "09:00"; got ${JSON.stringify(text)}`,
  });
  return z.NEVER;
});

/** A weekday by name, or a day of the month by number. */
const HandoffDay = z.union([
  z.string().transform((text, context) => {
    const weekday = parseWeekday(text);
    if (weekday !== undefined) return { kind: 'weekday' as const, weekday };
    const message = `expected a weekday such as Monday, or a day of the month; got ${JSON.stringify(text)}`;
    context.issues.push({ code: 'custom', input: text, message });
    return z.NEVER;
  }),
  z
    .int()
    .min(1)
    .max(31)
    .transform((day) => ({ kind: 'month_day' as const, day })),
]);

/** `monday`, or `monday:friday`, both ends included. */
const WeekdayRange = z.string().transform((text, context): readonly number[] => {
  const days = parseWeekdays(text);
  if (days) return days;
  context.issues.push({
    code: 'custom',
    input: text,
    message: `expected a weekday or a range such as monday:friday; got ${JSON.stringify(text)}`,
  });
  return z.NEVER;
});

const Member = z.string().trim().min(1, { error: 'a member needs a name or an e-mail address' }).max(200);

const RotationShape = z.strictObject({
  type: z.enum(['hourly', 'daily', 'weekly', 'monthly', 'custom'], {
    error: 'expected hourly, daily, weekly, monthly or custom',
  }),
  /** How many hours, days, weeks or months a turn lasts. */
  interval: z.int().min(1).max(1000).optional(),
  /** Of a custom rotation: `12h`, `3d`, `2w`. */
  shift_length: z
    .string()
    .regex(/^[1-9]\d{0,3}[hdw]$/, { error: 'expected a length such as 12h, 3d or 2w' })
    .optional(),
  handoff_time: Time.optional(),
  handoff_day: HandoffDay.optional(),
  start: z.string({ error: 'expected a date in quotes, such as "2026-01-05"' }).optional(),
  timezone: Zone.optional(),
  members: z
    .array(Member, { error: 'expected a list of people' })
    .min(1, { error: 'a rotation needs at least one member' })
    .max(500),
});
type RotationShape = z.output<typeof RotationShape>;

const Window = z.strictObject({
  weekdays: z
    .array(WeekdayRange)
    .min(1)
    .default([[1, 2, 3, 4, 5, 6, 7]]),
  from: Time,
  to: Time,
});

const LayerShape = z.strictObject({
  name: z.string().optional(),
  rotation: RotationShape.optional(),
  /** Whoever holds another schedule. */
  schedule: z.string().trim().min(1).max(200).optional(),
  restrictions: z.array(Window).max(50).default([]),
  /** In force from then on; a change of a rotation ends one layer and begins another. */
  from: z.string({ error: 'expected a date in quotes, such as "2026-06-01"' }).optional(),
  until: z.string({ error: 'expected a date in quotes, such as "2026-06-01"; it is not included' }).optional(),
  holidays: z.enum(['skip', 'only'], { error: 'expected skip or only' }).optional(),
});
type LayerShape = z.output<typeof LayerShape>;

const LeaveShape = z.strictObject({
  user: Member,
  start: z.string({ error: 'expected a date in quotes, such as "2026-08-03"' }),
  end: z.string({ error: 'expected a date in quotes, such as "2026-08-17"; it is not included' }),
  reason: z.string().optional(),
});

const OverrideShape = z.strictObject({
  start: z.string({ error: 'expected a date in quotes, such as "2026-01-26"' }),
  end: z.string({ error: 'expected a date in quotes, such as "2026-01-27"; it is not included' }),
  user: Member,
  effect: z.enum(OVERRIDE_EFFECTS, { error: 'expected replace, add or remove' }).default('replace'),
  reason: z.string().optional(),
});

const ScheduleShape = z.strictObject({
  name: z.string().trim().min(1, { error: 'a schedule needs a name' }).max(200),
  description: z.string().optional(),
  timezone: Zone,
  rotation: RotationShape.optional(),
  /** A later layer covers the earlier ones while it holds. Without layers and rotation, `overrides` are all there is. */
  layers: z.array(LayerShape).min(1).max(50).optional(),
  overrides: z.array(OverrideShape).max(10_000).default([]),
  leave: z.array(LeaveShape).max(10_000).default([]),
  /** Local days on which layers with `holidays:` hold or do not. */
  holidays: z
    .array(z.string({ error: 'expected a date in quotes, such as "2026-01-26"' }))
    .max(10_000)
    .default([]),
});
type ScheduleShape = z.output<typeof ScheduleShape>;

const ScheduleFile = z.strictObject({ oncall_schedule: ScheduleShape });

/** Whether the document is one for `readSchedule`. */
export function isScheduleDocument(document: YamlDocument): boolean {
  return hasKey(document.value, 'oncall_schedule');
}

function hasKey(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

/**
 * One `oncall_schedule:` document.
 * @throws DocumentError with every problem, each at its place.
 */
export function readSchedule(document: YamlDocument): Schedule {
  const { value, at } = readDocument(document, ScheduleFile);
  return build(value.oncall_schedule, ['oncall_schedule'], at);
}

/**
 * The `schedules:` list of watchroom.yml (each entry as under `oncall_schedule:`).
 * @param value what stands under that key; undefined gives none.
 * @throws DocumentError with every problem, each at its place.
 */
export function readInlineSchedules(value: unknown, document: YamlDocument): Schedule[] {
  if (value === undefined || value === null) return [];
  const under: YamlDocument = {
    file: document.file,
    value: { schedules: value },
    at: (path, part) => document.at(path, part),
  };
  const read = readDocument(under, z.strictObject({ schedules: z.array(ScheduleShape).max(500) }));
  return read.value.schedules.map((shape, index) => build(shape, ['schedules', index], read.at));
}

type Locate = (path: Path, part?: 'key' | 'value') => Position;

function build(shape: ScheduleShape, path: Path, at: Locate): Schedule {
  const problems: Problem[] = [];
  const fail: Fail = (where, message) => {
    problems.push({ severity: 'error', at: at([...path, ...where]), message });
  };
  const isList = shape.rotation === undefined && shape.layers === undefined && shape.overrides.length > 0;
  if (!isList && (shape.rotation === undefined) === (shape.layers === undefined)) {
    fail(['name'], 'a schedule has either `rotation:` or `layers:`');
  }
  const layers: Layer[] = [];
  if (shape.rotation) {
    layers.push({ rotation: rotationOf(shape.rotation, shape.timezone, under(fail, ['rotation'])), windows: [] });
  }
  for (const [index, layer] of (shape.layers ?? []).entries()) {
    const where: Path = ['layers', index];
    layers.push(...layerOf(layer, shape.timezone, under(fail, where), () => at([...path, ...where, 'schedule'])));
  }
  const overrides = periodsOf(shape.overrides, 'override', shape.timezone, under(fail, ['overrides']));
  // Who is added or removed does not compete with who stands in.
  const effects = shape.overrides.map(({ effect }) => effect);
  const standIns = overrides.filter(({ index }) => effects[index] === 'replace');
  refuseOverlaps(standIns, under(fail, ['overrides']));
  const leave = periodsOf(shape.leave, 'leave', shape.timezone, under(fail, ['leave']));
  refuseStrangers(leave, layers, under(fail, ['leave']));
  const holidays = shape.holidays.flatMap((text, index) => {
    const day = parseDate(text);
    if (day === undefined) fail(['holidays', index], `expected a date such as 2026-01-26; got ${JSON.stringify(text)}`);
    return day ?? [];
  });
  if (problems.length > 0) throw new DocumentError(problems);
  return {
    name: shape.name,
    zone: shape.timezone,
    layers,
    overrides: overrides.map(({ index, start, end, user }): Override => {
      const effect = effects[index];
      return { start, end, user, ...(effect !== undefined && effect !== 'replace' && { effect }) };
    }),
    leave: leave.map(({ start, end, user }) => ({ start, end, user })),
    holidays,
    members: membersOf(shape, (where) => at([...path, ...where])),
  };
}

function membersOf({ rotation, layers = [], overrides }: ScheduleShape, at: (where: Path) => Position): PlacedMember[] {
  const of = (members: readonly string[], where: Path): PlacedMember[] =>
    members.map((user, index) => ({ user, at: at([...where, index]) }));
  return [
    ...of(rotation?.members ?? [], ['rotation', 'members']),
    ...layers.flatMap((layer, index) => of(layer.rotation?.members ?? [], ['layers', index, 'rotation', 'members'])),
    ...overrides.map(({ user }, index) => ({ user, at: at(['overrides', index, 'user']) })),
  ];
}

function layerOf(shape: LayerShape, zone: string, fail: Fail, at: () => Position): Layer[] {
  const from = shape.from === undefined ? undefined : instantOf(shape.from, zone, under(fail, ['from']));
  const until = shape.until === undefined ? undefined : instantOf(shape.until, zone, under(fail, ['until']));
  if (from !== undefined && until !== undefined && from >= until)
    fail(['until'], 'the layer ends before it begins; the end date is not included');
  const times: LayerTimes = {
    windows: shape.restrictions.map(windowOf),
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
    ...(shape.holidays !== undefined && { holidays: shape.holidays }),
  };
  const { rotation, schedule } = shape;
  if (rotation && schedule === undefined)
    return [{ ...times, rotation: rotationOf(rotation, zone, under(fail, ['rotation'])) }];
  if (schedule !== undefined && !rotation) return [{ ...times, schedule, at: at() }];
  fail([], 'a layer has either `rotation:` or `schedule:`');
  return [];
}

function windowOf(window: z.output<typeof Window>): LayerWindow {
  return { weekdays: [...new Set(window.weekdays.flat())], from: window.from, to: window.to };
}

function rotationOf(shape: RotationShape, zone: string, fail: Fail): Rotation {
  const own = shape.timezone ?? zone;
  const handoffTime = shape.handoff_time ?? 0;
  const start = startOf(shape, own, handoffTime, fail);
  return {
    turn: turnOf(shape, fail),
    handoffTime,
    zone: own,
    members: shape.members,
    ...(start && { start }),
  };
}

function turnOf(shape: RotationShape, fail: Fail): Turn {
  const count = shape.interval ?? 1;
  const day = shape.handoff_day;
  if (shape.shift_length !== undefined && shape.type !== 'custom')
    fail(['shift_length'], `\`shift_length\` belongs to \`type: custom\`; a ${shape.type} rotation takes \`interval\``);
  if (shape.interval !== undefined && shape.type === 'custom')
    fail(['interval'], 'a custom rotation takes `shift_length`, not `interval`');
  switch (shape.type) {
    case 'hourly':
    case 'daily':
      if (day) fail(['handoff_day'], `${shape.type === 'daily' ? 'a daily' : 'an hourly'} rotation has no handoff day`);
      return shape.type === 'daily' ? { unit: 'days', count } : { unit: 'hours', count };
    case 'weekly':
      if (day?.kind === 'month_day') fail(['handoff_day'], 'expected a weekday such as Monday');
      return { unit: 'days', count: count * 7, weekday: day?.kind === 'weekday' ? day.weekday : 1 };
    case 'monthly':
      if (day?.kind === 'weekday') fail(['handoff_day'], 'expected a day of the month, 1 to 31');
      return { unit: 'months', count, day: day?.kind === 'month_day' ? day.day : 1 };
    case 'custom':
      return customTurn(shape, fail);
  }
}

function customTurn(shape: RotationShape, fail: Fail): Turn {
  const { shift_length: length, handoff_day: day } = shape;
  const count = Number.parseInt(length ?? '1', 10);
  if (length === undefined) fail(['type'], 'a custom rotation needs `shift_length`, such as 12h, 3d or 2w');
  if (day && !(length?.endsWith('w') && day.kind === 'weekday'))
    fail(['handoff_day'], 'only a length in weeks has a handoff day, and it is a weekday');
  if (length?.endsWith('h')) return { unit: 'hours', count };
  if (length?.endsWith('w'))
    return { unit: 'days', count: count * 7, weekday: day?.kind === 'weekday' ? day.weekday : 1 };
  return { unit: 'days', count };
}

function startOf(shape: RotationShape, zone: string, handoffTime: TimeOfDay, fail: Fail): RotationStart | undefined {
  if (shape.start === undefined) return undefined;
  const day = parseDate(shape.start);
  if (day !== undefined) return { day, at: wallInstant(day, handoffTime, zone) };
  const at = instantOf(shape.start, zone, under(fail, ['start']));
  return at === undefined ? undefined : { day: localDay(at, zone), at };
}
