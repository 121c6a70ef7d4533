import type { Position } from '../document/position.ts';
import { UserError } from '../errors.ts';
import { isoWeekday, localDay, type TimeOfDay, wallInstant } from '../time/wall-clock.ts';
import type { PlacedMember } from './members.ts';
import type { Override } from './override.ts';
import { type Rotation, turns } from './rotation.ts';

/** Hours of the day in which a layer holds, on these weekdays (1 = Monday). Ends on the next day where `to` is not after `from`. */
export interface LayerWindow {
  readonly weekdays: readonly number[];
  readonly from: TimeOfDay;
  readonly to: TimeOfDay;
}

/** When a layer holds; without windows and days it always does. */
export interface LayerTimes {
  readonly windows: readonly LayerWindow[];
  /** In force from this instant on. A rotation is changed by ending its layer and beginning another: what was stays as it was. */
  readonly from?: number;
  /** Not included. */
  readonly until?: number;
  /** `skip`: not on the schedule's holidays. `only`: on no other day. */
  readonly holidays?: 'skip' | 'only';
}

/** People who take turns. */
export interface RotationLayer extends LayerTimes {
  readonly rotation: Rotation;
}

/** Whoever holds another schedule. */
export interface ScheduleLayer extends LayerTimes {
  readonly schedule: string;
  /** Where the file names it. */
  readonly at?: Position;
}

export type Layer = RotationLayer | ScheduleLayer;

/** Somebody is away, [start, end): turns of theirs in it have nobody in their layer, so lower layers show, or a gap. */
export interface Leave {
  readonly user: string;
  readonly start: number;
  readonly end: number;
}

/** Who is on call: layers, of which a later one covers the earlier ones, and overrides on top of all. */
export interface Schedule {
  readonly name: string;
  readonly zone: string;
  readonly layers: readonly Layer[];
  /** Those of the file. */
  readonly overrides: readonly Override[];
  readonly leave?: readonly Leave[];
  /** Local days, as in `localDay`. */
  readonly holidays?: readonly number[];
  /** Everybody whom the file names, in its order. */
  readonly members?: readonly PlacedMember[];
}

/** Why this person. */
export type ShiftSource = 'rotation' | 'swap' | 'override';

/** One person on call, [start, end). */
export interface Shift {
  readonly schedule: string;
  readonly start: number;
  readonly end: number;
  readonly user: string;
  readonly source: ShiftSource;
}

/** A turn in one layer, before later layers, swaps and overrides. */
export interface LayerShift {
  readonly start: number;
  readonly end: number;
  readonly user: string;
}

/** A shift as a swap remembers it: by whose it is and when it begins, not by clock times, so it follows the shift. */
export interface SwapLeg {
  readonly schedule: string;
  readonly shiftStart: number;
  readonly shiftEnd: number;
  /** Whose turn it is by rotation. */
  readonly from: string;
  /** Who does it instead. */
  readonly to: string;
}

/** What was arranged at run time, on top of the file. */
export interface Arrangements {
  readonly overrides: readonly Override[];
  readonly swaps: readonly SwapLeg[];
  /** Final shifts of another schedule that a layer names; without it such a layer has nobody. */
  readonly included?: (schedule: string, from: number, to: number) => readonly Shift[];
  /** From when on a person is gone for good: then their turns, swaps and overrides have nobody. */
  readonly goneFrom?: (user: string) => number | undefined;
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly user: string;
  readonly source: ShiftSource;
}

const NOTHING: Arrangements = { overrides: [], swaps: [] };
const MOST_PIECES = 100_000;

/**
 * Who is on call in [from, to), in order, without overlap; time that no shift covers has nobody. Shifts are cut to the range.
 * "On call at t" is the same question about [t, t + 1).
 * @throws UserError `range_too_long` for more than 100,000 shifts.
 */
export function shifts(schedule: Schedule, from: number, to: number, arranged: Arrangements = NOTHING): Shift[] {
  const legs = arranged.swaps.filter((leg) => leg.schedule === schedule.name);
  let pieces: Piece[] = [];
  for (const layer of schedule.layers)
    pieces = cover(pieces, layerPieces(schedule, layer, { from, to }, { ...arranged, swaps: legs }));
  // Among overrides the later one wins: those of the file first, then in the order in which they were made.
  for (const { start, end, user, effect } of [...schedule.overrides, ...arranged.overrides]) {
    if (start >= to || end <= from || effect === 'add') continue;
    pieces =
      effect === 'remove'
        ? pieces.flatMap((piece) => present(piece, [{ user, start, end }]))
        : cover(pieces, whileThere({ start, end, user, source: 'override' }, arranged));
  }
  // Where nobody else is on call, whoever was added is alone.
  return inRange(cover(additions(schedule, from, to, arranged), pieces), schedule, from, to);
}

/** Who is on call beside whoever `shifts` names, by overrides that add somebody; people may overlap each other. */
export function beside(schedule: Schedule, from: number, to: number, arranged: Arrangements = NOTHING): Shift[] {
  const added = [...schedule.overrides, ...arranged.overrides].filter(
    ({ effect, start, end }) => effect === 'add' && start < to && end > from,
  );
  if (added.length === 0) return [];
  const alone = shifts(schedule, from, to, arranged);
  return added
    .flatMap(({ user, start, end }) => whileThere({ user, start, end, source: 'override' }, arranged))
    .flatMap((piece) =>
      inRange(
        present(
          piece,
          alone.filter(({ user }) => user === piece.user),
        ),
        schedule,
        from,
        to,
      ),
    )
    .toSorted((a, b) => a.start - b.start);
}

/** Added people as one line of time, the later one on top. */
function additions(schedule: Schedule, from: number, to: number, arranged: Arrangements): Piece[] {
  let pieces: Piece[] = [];
  for (const { start, end, user, effect } of [...schedule.overrides, ...arranged.overrides]) {
    if (effect !== 'add' || start >= to || end <= from) continue;
    pieces = cover(pieces, whileThere({ start, end, user, source: 'override' }, arranged));
  }
  return pieces;
}

function inRange(pieces: readonly Piece[], schedule: Schedule, from: number, to: number): Shift[] {
  return pieces.flatMap((piece) => {
    const start = Math.max(piece.start, from);
    const end = Math.min(piece.end, to);
    return start < end ? [{ schedule: schedule.name, start, end, user: piece.user, source: piece.source }] : [];
  });
}

/** The person on call at an instant; undefined in a gap. */
export function onCallAt(schedule: Schedule, at: number, arranged: Arrangements = NOTHING): Shift | undefined {
  return shifts(schedule, at, at + 1, arranged)[0];
}

/** Times in [from, to) with nobody on call. */
export function gaps(
  schedule: Schedule,
  from: number,
  to: number,
  arranged: Arrangements = NOTHING,
): { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  let covered = from;
  for (const shift of shifts(schedule, from, to, arranged)) {
    if (shift.start > covered) found.push({ start: covered, end: shift.start });
    covered = shift.end;
  }
  if (covered < to) found.push({ start: covered, end: to });
  return found;
}

/** The turns of every layer that overlap [from, to), whole but for where their layer begins or ends: what swaps are about. */
export function layerShifts(schedule: Schedule, from: number, to: number): LayerShift[] {
  return schedule.layers.flatMap((layer) => ('rotation' in layer ? layerTurns(layer, from, to) : []));
}

function layerTurns({ rotation, from: first, until }: RotationLayer, from: number, to: number): LayerShift[] {
  const begins = first ?? Number.NEGATIVE_INFINITY;
  const ends = until ?? Number.POSITIVE_INFINITY;
  const found: LayerShift[] = [];
  for (const turn of turns(rotation, Math.max(from, begins), Math.min(to, ends))) {
    if (found.length > MOST_PIECES)
      throw new UserError('range_too_long', 'The range has too many shifts; ask for less.');
    found.push({ ...turn, start: Math.max(turn.start, begins), end: Math.min(turn.end, ends) });
  }
  return found;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function layerPieces(schedule: Schedule, layer: Layer, { from, to }: Range, arranged: Arrangements): Piece[] {
  const held =
    'rotation' in layer
      ? layerTurns(layer, from, to).map((turn): Piece => {
          const leg = arranged.swaps.find(
            (candidate) => candidate.from === turn.user && candidate.shiftStart === turn.start,
          );
          return { ...turn, user: leg?.to ?? turn.user, source: leg ? 'swap' : 'rotation' };
        })
      : (arranged.included?.(layer.schedule, Math.max(from, layer.from ?? from), Math.min(to, layer.until ?? to)) ??
        []);
  const always = layer.windows.length === 0 && layer.holidays === undefined;
  const open = always ? undefined : openTimes(schedule, layer, from, to);
  const pieces = open ? held.flatMap((piece) => open.flatMap((time) => clip(piece, time.start, time.end))) : [...held];
  return pieces
    .flatMap((piece) => present(piece, schedule.leave ?? []))
    .flatMap((piece) => whileThere(piece, arranged))
    .toSorted((a, b) => a.start - b.start);
}

function whileThere(piece: Piece, { goneFrom }: Arrangements): Piece[] {
  return clip(piece, Number.NEGATIVE_INFINITY, goneFrom?.(piece.user) ?? Number.POSITIVE_INFINITY);
}

/** What is left of a piece while its person is not away. */
function present(piece: Piece, leave: readonly Leave[]): Piece[] {
  let left = [piece];
  for (const { user, start, end } of leave) {
    if (user !== piece.user || start >= piece.end || end <= piece.start) continue;
    left = left.flatMap((part) => [
      ...clip(part, Number.NEGATIVE_INFINITY, start),
      ...clip(part, end, Number.POSITIVE_INFINITY),
    ]);
  }
  return left;
}

const WHOLE_DAYS: readonly LayerWindow[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 0 }];

/** When the layer's windows are open, in order and merged, over a range somewhat wider than asked. */
function openTimes(schedule: Schedule, layer: Layer, from: number, to: number): { start: number; end: number }[] {
  const times: { start: number; end: number }[] = [];
  const zone = 'rotation' in layer ? layer.rotation.zone : schedule.zone;
  const holidays = new Set(schedule.holidays);
  for (let day = localDay(from, zone) - 1; day <= localDay(to, zone) + 1; day += 1) {
    if (layer.holidays !== undefined && holidays.has(day) !== (layer.holidays === 'only')) continue;
    for (const window of layer.windows.length > 0 ? layer.windows : WHOLE_DAYS) {
      if (!window.weekdays.includes(isoWeekday(day))) continue;
      const start = wallInstant(day, window.from, zone);
      const end = wallInstant(window.to > window.from ? day : day + 1, window.to, zone);
      if (start < end) times.push({ start, end });
    }
  }
  const merged: { start: number; end: number }[] = [];
  for (const time of times.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && time.start <= last.end) last.end = Math.max(last.end, time.end);
    else merged.push({ ...time });
  }
  return merged;
}

function clip(piece: Piece, start: number, end: number): Piece[] {
  const cut = { ...piece, start: Math.max(piece.start, start), end: Math.min(piece.end, end) };
  return cut.start < cut.end ? [cut] : [];
}

/** `top` over `base`; both sorted and without overlap in themselves, and so is the result. */
function cover(base: readonly Piece[], top: readonly Piece[]): Piece[] {
  if (base.length === 0) return [...top];
  const result: Piece[] = [...top];
  let first = 0;
  for (const piece of base) {
    // Pieces of `top` that end before this one begins end before all later ones begin, too.
    while ((top[first]?.end ?? Number.POSITIVE_INFINITY) <= piece.start) first += 1;
    let { start } = piece;
    for (let index = first; start < piece.end; index += 1) {
      const above = top[index];
      if (!above || above.start >= piece.end) {
        result.push({ ...piece, start });
        break;
      }
      if (above.start > start) result.push({ ...piece, start, end: above.start });
      start = Math.max(start, above.end);
    }
  }
  return result.toSorted((a, b) => a.start - b.start);
}
