import { parseDuration } from '../time/duration.ts';
import { dateOfDay, localDay, parseDate, parseTimeOfDay, startOfLocalDay } from '../time/wall-clock.ts';
import { readTime } from './override.ts';

/** What some written words mean as a stretch of time, [start, end), or why they mean none. */
export type WrittenPeriod =
  | { readonly kind: 'period'; readonly start: number; readonly end: number }
  | { readonly kind: 'invalid'; readonly message: string };

type Point =
  | { readonly kind: 'point'; readonly at: number; readonly day?: number; readonly used: number }
  | { readonly kind: 'invalid'; readonly message: string };

const LONGEST_MS = 366 * 86_400_000;
const SHORTEST_MS = 60_000;
const HINT = 'Write a length (2h), a day (2026-01-26), or from when to when (2026-01-26 09:00 2026-01-27 18:00)';

/**
 * Reads `2h`, `until 18:00`, `2026-01-26`, `2026-01-26 2026-01-28`, `22:00 06:00`, `2026-01-26 09:00 8h`, with `from`, `to`, `until`
 * and `for` where people put them. Dates are local midnights of the schedule's zone and an end date is not included; a time of day
 * alone is its next occurrence. What is over, empty, does not exist or exists twice is refused with what to write instead.
 */
export function readPeriod(parts: readonly string[], zone: string, now: number): WrittenPeriod {
  const isUntil = /^(?:until|till|to)$/i.test(parts[0] ?? '');
  const words = parts.filter((word) => !/^(?:from|until|till|to|for|-)$/i.test(word));
  if (words.length === 0) return invalid(`From when to when? ${HINT}.`);
  const length = lengthOf(words[0]);
  if (length !== undefined) return period(now, now + length, words.slice(1), now);
  const first = readPoint(words, zone, now);
  if (first.kind === 'invalid') return first;
  const rest = words.slice(first.used);
  if (isUntil) return period(now, first.at, rest, now);
  if (rest.length === 0) {
    if (first.day === undefined) return invalid(`Until when? ${HINT}.`);
    return period(
      begin(first.at, now, startOfLocalDay(first.day + 1, zone)),
      startOfLocalDay(first.day + 1, zone),
      [],
      now,
    );
  }
  const lasts = lengthOf(rest[0]);
  if (lasts !== undefined) return period(first.at, first.at + lasts, rest.slice(1), now);
  const second = readPoint(rest, zone, Math.max(first.at, now));
  if (second.kind === 'invalid') return second;
  if (second.at <= first.at) {
    const included = first.day !== undefined && first.day === second.day ? '; the end date is not included' : '';
    return invalid(`That ends before it begins${included}. ${HINT}.`);
  }
  const start = first.day === undefined ? first.at : begin(first.at, now, startOfLocalDay(first.day + 1, zone));
  return period(start, second.at, rest.slice(second.used), now);
}

/** A day that has begun is meant from now on: what was is not changed. */
function begin(midnight: number, now: number, nextMidnight: number): number {
  return midnight < now && now < nextMidnight ? now : midnight;
}

function period(start: number, end: number, left: readonly string[], now: number): WrittenPeriod {
  const [word] = left;
  if (word !== undefined) return invalid(`“${word}” is not part of a time. ${HINT}.`);
  if (end <= now) return invalid('That is over already: the past is not changed. Give an end that is to come.');
  if (start < now)
    return invalid('That begins in the past, which is not changed. Begin it now: give only its end (until 18:00).');
  if (end - start < SHORTEST_MS) return invalid(`That is shorter than a minute. ${HINT}.`);
  if (end - start > LONGEST_MS) return invalid('That is longer than a year: change the schedule itself.');
  return { kind: 'period', start, end };
}

/** `2026-01-26`, `2026-01-26 09:00`, `2026-01-26T09:00Z`, `09:00`, `now` at the beginning of some words. */
function readPoint(words: readonly string[], zone: string, after: number): Point {
  const [first = '', second = ''] = words;
  if (first.toLowerCase() === 'now') return { kind: 'point', at: after, used: 1 };
  if (parseTimeOfDay(first) !== undefined) return nextTime(first, zone, after);
  const day = parseDate(first);
  const isBoth = day !== undefined && parseTimeOfDay(second) !== undefined;
  const read = readTime(isBoth ? `${first} ${second}` : first, zone);
  if (read.kind === 'invalid') return invalid(read.message);
  return { kind: 'point', at: read.at, used: isBoth ? 2 : 1, ...(read.dateOnly && day !== undefined && { day }) };
}

/** The first time after `after` at which a wall clock shows it. */
function nextTime(time: string, zone: string, after: number): Point {
  for (const ahead of [0, 1]) {
    const { year, month, day } = dateOfDay(localDay(after, zone) + ahead);
    const date = [String(year).padStart(4, '0'), ...[month, day].map((n) => String(n).padStart(2, '0'))].join('-');
    const read = readTime(`${date} ${time}`, zone);
    if (read.kind === 'invalid') return invalid(read.message);
    if (read.at > after) return { kind: 'point', at: read.at, used: 1 };
  }
  return invalid(`${time} does not come within a day.`);
}

function lengthOf(word: string | undefined): number | undefined {
  const ms = parseDuration((word ?? '').toLowerCase());
  return ms === undefined || ms === 0 ? undefined : ms;
}

function invalid(message: string): { readonly kind: 'invalid'; readonly message: string } {
  return { kind: 'invalid', message };
}
