import { dayOfMonth, isoWeekday, localDay, monthNumber, type TimeOfDay, wallInstant } from '../time/wall-clock.ts';

/**
 * How long each turn is. Days, weeks and months are turns of the wall clock: 23 or 25 hours where clocks change. Hours are
 * elapsed time.
 */
export type Turn =
  | { readonly unit: 'hours'; readonly count: number }
  /** `weekday` (1 = Monday) where turns begin on a given day of the week. */
  | { readonly unit: 'days'; readonly count: number; readonly weekday?: number }
  /** `day` 29–31 means the last day in shorter months. */
  | { readonly unit: 'months'; readonly count: number; readonly day: number };

/** When a rotation began, where the file says so. A day without a time begins at handoff time. */
export interface RotationStart {
  readonly day: number;
  readonly at: number;
}

/** People who take turns. */
export interface Rotation {
  readonly turn: Turn;
  readonly handoffTime: TimeOfDay;
  readonly zone: string;
  /** As the file names them; at least one. The same person may appear more than once. */
  readonly members: readonly string[];
  readonly start?: RotationStart;
}

/** A member's turn, [start, end). */
export interface RotationTurn {
  readonly start: number;
  readonly end: number;
  readonly user: string;
}

/** Monday, 1970-01-05: where turns are counted from if the file names no start. */
const EPOCH_DAY = 4;
const HOUR_MS = 3_600_000;

/** The first handoff day on or after the file's start, else on or after 1970-01-05. */
function anchorDay({ turn, start }: Rotation): number {
  const from = start?.day ?? EPOCH_DAY;
  switch (turn.unit) {
    case 'hours':
      return from;
    case 'days':
      return turn.weekday === undefined ? from : from + ((turn.weekday - isoWeekday(from) + 7) % 7);
    case 'months': {
      const day = dayOfMonth(monthNumber(from), turn.day);
      return day >= from ? day : dayOfMonth(monthNumber(from) + 1, turn.day);
    }
  }
}

/** The instant at which turn `index` begins. Never decreases; two turns begin together where a whole day is skipped. */
function turnStart(rotation: Rotation, anchor: number, index: number): number {
  const { turn, handoffTime, zone } = rotation;
  switch (turn.unit) {
    case 'hours': {
      const first = rotation.start?.at ?? wallInstant(anchor, handoffTime, zone);
      return first + index * turn.count * HOUR_MS;
    }
    case 'days':
      return wallInstant(anchor + index * turn.count, handoffTime, zone);
    case 'months':
      return wallInstant(dayOfMonth(monthNumber(anchor) + index * turn.count, turn.day), handoffTime, zone);
  }
}

/** The turn under way at `at`; negative before turn 0. Of turns that begin together the last one counts. */
function turnIndex(rotation: Rotation, anchor: number, at: number): number {
  let index = estimate(rotation, anchor, at);
  while (turnStart(rotation, anchor, index) > at) index -= 1;
  while (turnStart(rotation, anchor, index + 1) <= at) index += 1;
  return index;
}

function estimate(rotation: Rotation, anchor: number, at: number): number {
  const { turn, zone } = rotation;
  switch (turn.unit) {
    case 'hours':
      return Math.floor((at - turnStart(rotation, anchor, 0)) / (turn.count * HOUR_MS));
    case 'days':
      return Math.floor((localDay(at, zone) - anchor) / turn.count);
    case 'months':
      return Math.floor((monthNumber(localDay(at, zone)) - monthNumber(anchor)) / turn.count);
  }
}

/**
 * Every turn that overlaps [from, to), whole, in order: they tile time without gap or overlap from the rotation's start on.
 */
export function* turns(rotation: Rotation, from: number, to: number): Generator<RotationTurn> {
  const anchor = anchorDay(rotation);
  const begins = rotation.start?.at ?? Number.NEGATIVE_INFINITY;
  // With a start, the turn under way at that moment is the first member's, even if it is cut short.
  const first = rotation.start ? turnIndex(rotation, anchor, rotation.start.at) : 0;
  for (let index = turnIndex(rotation, anchor, Math.max(from, begins)); ; index += 1) {
    const start = turnStart(rotation, anchor, index);
    const end = turnStart(rotation, anchor, index + 1);
    if (start >= to) return;
    const user = rotation.members[modulo(index - first, rotation.members.length)];
    const cut = Math.max(start, begins);
    // A turn of a day that does not exist is empty.
    if (user !== undefined && cut < end && cut < to) yield { start: cut, end, user };
  }
}

function modulo(index: number, count: number): number {
  return ((index % count) + count) % count;
}
