import { isoWeekday, localDay, type TimeOfDay, wallInstant } from '../time/wall-clock.ts';
import { wallClockAt } from '../time/zone.ts';
import type { Rotation, Turn } from './rotation.ts';
import { type Schedule, type Shift, shifts } from './schedule.ts';

type Piece = Pick<Shift, 'user' | 'start' | 'end'>;

/** A rotation that says what a list of shifts says, but for some overrides. */
export interface FittedRotation {
  readonly rotation: Rotation;
  /** The first handoff that is counted from. */
  readonly startDay: number;
  /** Where the list differs from it, in order. */
  readonly overrides: readonly Piece[];
}

/** Of the turns that are seen, at most this share may be somebody else's than the rotation says. */
const MOST_STRAY = 0.2;
const MOST_MEMBERS = 50;

/**
 * Finds the rotation of days or weeks behind shifts, as a person would: the usual length, the usual handoff, the order that comes
 * again. undefined where nothing comes again, or where nobody is on call for a while, which a rotation could not say.
 * @param list in order, without overlap
 */
export function fitRotation(list: readonly Piece[], zone: string): FittedRotation | undefined {
  const [first] = list;
  const last = list.at(-1);
  if (!first || !last || list.some((piece, index) => index > 0 && piece.start !== list[index - 1]?.end))
    return undefined;
  const handoffs = list.slice(1).map(({ start }) => wallOf(start, zone));
  const time = mostCommon(handoffs.map(({ minute }) => minute));
  if (time === undefined) return undefined;
  const days = handoffs.filter(({ minute }) => minute === time).map(({ day }) => day);
  const length = mostCommon(days.slice(1).map((day, index) => day - (days[index] ?? day)));
  if (length === undefined || length < 1) return undefined;
  const phase = mostCommon(days.map((day) => day % length)) ?? 0;
  let startDay = localDay(first.start, zone);
  while (startDay % length !== phase || wallInstant(startDay, time, zone) > first.start) startDay -= 1;
  const holders: (string | undefined)[] = [];
  for (let day = startDay; wallInstant(day, time, zone) < last.end; day += length)
    holders.push(holderOf(list, wallInstant(day, time, zone), wallInstant(day + length, time, zone)));
  const members = cycleOf(holders);
  if (!members) return undefined;
  const rotation = rotationOf(startDay, length, { time, zone, members });
  return { rotation, startDay, overrides: differences(rotation, list, first.start, last.end) };
}

function rotationOf(
  startDay: number,
  length: number,
  { time, zone, members }: { readonly time: TimeOfDay; readonly zone: string; readonly members: readonly string[] },
): Rotation {
  const turn: Turn = { unit: 'days', count: length, ...(length % 7 === 0 && { weekday: isoWeekday(startDay) }) };
  const start = { day: startDay, at: wallInstant(startDay, time, zone) };
  return { turn, handoffTime: time, zone, members, start };
}

function wallOf(at: number, zone: string): { readonly day: number; readonly minute: TimeOfDay } {
  const { hour, minute } = wallClockAt(at, zone);
  return { day: localDay(at, zone), minute: hour * 60 + minute };
}

function mostCommon(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/** Who has most of [from, to). */
function holderOf(list: readonly Piece[], from: number, to: number): string | undefined {
  const held = new Map<string, number>();
  for (const { user, start, end } of list) {
    const ms = Math.min(end, to) - Math.max(start, from);
    if (ms > 0) held.set(user, (held.get(user) ?? 0) + ms);
  }
  return [...held].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/** The shortest order that comes again, seen twice at least, with few strays. */
function cycleOf(holders: readonly (string | undefined)[]): string[] | undefined {
  for (let period = 1; period <= Math.min(MOST_MEMBERS, Math.floor(holders.length / 2)); period += 1) {
    const members = Array.from({ length: period }, (_, place) => {
      const seen = holders.filter((_, index) => index % period === place);
      return seen.toSorted((a, b) => countOf(seen, b) - countOf(seen, a))[0];
    });
    const strays = holders.filter((holder, index) => holder !== members[index % period]).length;
    const known = members.flatMap((member) => member ?? []);
    if (known.length === period && strays <= holders.length * MOST_STRAY) return known;
  }
  return undefined;
}

function countOf(list: readonly (string | undefined)[], wanted: string | undefined): number {
  return list.filter((one) => one === wanted).length;
}

/** What of the list the rotation does not say. */
function differences(rotation: Rotation, list: readonly Piece[], from: number, to: number): Piece[] {
  const schedule: Schedule = { name: '', zone: rotation.zone, layers: [{ rotation, windows: [] }], overrides: [] };
  const turns = shifts(schedule, from, to);
  const found: Piece[] = [];
  for (const { user, start, end } of list) {
    for (const turn of turns.filter((one) => one.start < end && one.end > start && one.user !== user)) {
      const piece = { user, start: Math.max(start, turn.start), end: Math.min(end, turn.end) };
      const last = found.at(-1);
      if (last?.user === user && last.end === piece.start) found.splice(-1, 1, { ...last, end: piece.end });
      else found.push(piece);
    }
  }
  return found;
}
