import { isoInstant, parseInstant } from '../time/instant.ts';
import { parseDate, startOfLocalDay, wallReadings } from '../time/wall-clock.ts';

/** `replace`: one person instead of whoever it would be. `add`: one more, beside them. `remove`: not this person. */
export const OVERRIDE_EFFECTS = ['replace', 'add', 'remove'] as const;
export type OverrideEffect = (typeof OVERRIDE_EFFECTS)[number];

/** A change of who is on call for a while: [start, end). */
export interface Override {
  /** Absent: `replace`. */
  readonly effect?: OverrideEffect;
  /** Absent for one that stands in the schedule's file. */
  readonly id?: string;
  readonly start: number;
  readonly end: number;
  readonly user: string;
  /** Who made it, for those made at run time. */
  readonly by?: string;
}

/** What a written time means in a zone, or why it cannot be taken. */
export type WrittenTime =
  | { readonly kind: 'instant'; readonly at: number; readonly dateOnly: boolean }
  | { readonly kind: 'invalid'; readonly message: string };

const LOCAL = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)$/;
const EXACT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * `2026-01-26` is local midnight (the first instant of that day), `2026-01-26 09:00` a local time, with `Z` or an offset an exact
 * instant. A local time that does not exist or comes twice is refused with what it could mean.
 */
export function readTime(text: string, zone: string): WrittenTime {
  const day = parseDate(text);
  if (day !== undefined) return { kind: 'instant', at: startOfLocalDay(day, zone), dateOnly: true };
  if (EXACT.test(text)) {
    const at = parseInstant(text.replace(' ', 'T'));
    if (at !== undefined) return { kind: 'instant', at, dateOnly: false };
  }
  const local = LOCAL.exec(text);
  if (!local || parseDate(local[1] ?? '') === undefined || !isTime(local[2] ?? '')) {
    return invalid(`expected a date (2026-01-26) or a local time (2026-01-26 09:00); got ${JSON.stringify(text)}`);
  }
  const [first, second] = wallReadings(`${local[1]}T${local[2]}`, zone);
  if (first === undefined) {
    return invalid(`${text} does not exist in ${zone}: clocks go forward over it. Write the time before or after it`);
  }
  if (second !== undefined) {
    const readings = [first, second].map((at) => isoInstant(at).replace(':00.000Z', 'Z'));
    return invalid(`${text} comes twice in ${zone}, because clocks go back. Write ${readings.join(' or ')}`);
  }
  return { kind: 'instant', at: first, dateOnly: false };
}

function isTime(text: string): boolean {
  return /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/.test(text);
}

function invalid(message: string): WrittenTime {
  return { kind: 'invalid', message };
}
