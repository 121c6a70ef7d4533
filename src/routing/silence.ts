import { UserError } from '../errors.ts';
import type { Labels } from '../labels/labels.ts';
import { type Matcher, matchesAll } from '../labels/matcher.ts';

/**
 * Besides its `endsAt`, when a silence ends by itself:
 * - `at`: only then.
 * - `resolved`: when every alert it matched has been resolved for `forMs`. Does nothing before it has matched one.
 * - `unmatched`: when it has matched no open alert for `forMs`, counted from its start.
 */
export type SilenceEnd =
  | { readonly kind: 'at' }
  | { readonly kind: 'resolved'; readonly forMs: number }
  | { readonly kind: 'unmatched'; readonly forMs: number };

/** What a person asks for. */
export interface SilenceDraft {
  /** Any of these sets, all matchers of a set. Alertmanager's API knows one set. */
  readonly matcherSets: readonly (readonly Matcher[])[];
  readonly startsAt: number;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
  readonly end?: SilenceEnd;
}

/** As stored. What it does is a pure function of this row and `now`. */
export interface Silence extends Required<SilenceDraft> {
  readonly id: string;
  readonly updatedAt: number;
  /** It has matched an open alert since it started. */
  readonly matched: boolean;
  /** Since when it matches no open alert; undefined while it matches one, or (for `resolved`) before it ever did. */
  readonly quietSince?: number;
  /** The `endsAt` of which its author has been warned. */
  readonly warnedFor?: number;
}

export type SilenceState = 'pending' | 'active' | 'expired';

/** Silences are kept this long after their end, as in Alertmanager. */
export const SILENCE_RETENTION_MS = 120 * 3_600_000;
export const MOST_SILENCES = 2000;
const MOST_SILENCE_MATCHERS = 32;
const LONGEST_COMMENT = 4096;

/** The end is exclusive: nothing is muted at or after `endsAt`. */
export function silenceState(silence: Pick<Silence, 'startsAt' | 'endsAt'>, now: number): SilenceState {
  if (now >= silence.endsAt) return 'expired';
  return now < silence.startsAt ? 'pending' : 'active';
}

export function silenceMatches(silence: Pick<Silence, 'matcherSets'>, labels: Labels): boolean {
  return silence.matcherSets.some((set) => matchesAll(set, labels));
}

/** @throws UserError `invalid_silence` with what Alertmanager's API would complain about. */
export function checkSilence(draft: SilenceDraft, now: number): void {
  const refuse = (message: string): never => {
    throw new UserError('invalid_silence', message);
  };
  if (draft.matcherSets.length === 0) refuse('at least one matcher required');
  for (const set of draft.matcherSets) {
    if (set.length === 0) refuse('at least one matcher required');
    if (set.length > MOST_SILENCE_MATCHERS) refuse(`more than ${MOST_SILENCE_MATCHERS} matchers`);
    if (set.some((m) => m.name === '')) refuse('a matcher needs a label name');
    if (set.every(matchesEmpty)) refuse('at least one matcher must not match the empty string');
  }
  if (!Number.isSafeInteger(draft.startsAt)) refuse('the start is not an instant');
  if (!Number.isSafeInteger(draft.endsAt)) refuse('the end is not an instant');
  if (draft.endsAt <= draft.startsAt) refuse('start time must be before end time');
  if (draft.endsAt <= now) refuse("end time can't be in the past");
  if (draft.comment.length > LONGEST_COMMENT) refuse(`comment longer than ${LONGEST_COMMENT} characters`);
  if (draft.end && draft.end.kind !== 'at' && draft.end.forMs <= 0) refuse('a silence cannot end after no time');
}

/** Alertmanager's rule: `!=` and `!~` count as restricting, whatever they would match. */
function matchesEmpty(m: Matcher): boolean {
  switch (m.operator) {
    case '=':
      return m.value === '';
    case '=~':
      return m.matches('');
    case '!=':
    case '!~':
      return false;
  }
}

/** A new silence cannot begin in the past. */
export function newSilence(draft: SilenceDraft, id: string, now: number): Silence {
  const startsAt = Math.max(draft.startsAt, now);
  const end = draft.end ?? { kind: 'at' };
  return {
    ...draft,
    end,
    id,
    startsAt,
    updatedAt: now,
    matched: false,
    ...(end.kind === 'unmatched' && { quietSince: startsAt }),
  };
}

/**
 * What becomes of a silence that a person changes. History stays true: what is already in force keeps its matchers and start, so
 * other changes expire it and make a new one; one that has expired never comes back.
 */
export type SilenceEdit =
  | { readonly kind: 'update'; readonly silence: Silence }
  | { readonly kind: 'replace'; readonly expired?: Silence; readonly silence: Silence };

export function editSilence(previous: Silence, draft: SilenceDraft, newId: string, now: number): SilenceEdit {
  // Alertmanager's clients know no ends but a time: what they do not say stays.
  const end = draft.end ?? previous.end;
  if (canUpdate(previous, draft, now)) {
    const isActive = silenceState(previous, now) === 'active';
    const { startsAt } = isActive ? previous : draft;
    const begun = isActive && end.kind !== previous.end.kind ? begin(end, now) : {};
    return { kind: 'update', silence: { ...previous, ...draft, ...begun, end, startsAt, updatedAt: now } };
  }
  const silence = newSilence({ ...draft, end }, newId, now);
  if (silenceState(previous, now) === 'expired') return { kind: 'replace', silence };
  return { kind: 'replace', expired: expireSilence(previous, now), silence };
}

/**
 * One in force ends in another way from now on. It has hidden what it was made for: if that has been resolved meanwhile, the time
 * without an open match counts from now.
 */
function begin(end: SilenceEnd, now: number): Partial<Pick<Silence, 'matched' | 'quietSince'>> {
  switch (end.kind) {
    case 'at':
      return {};
    case 'resolved':
      return { matched: true, quietSince: now };
    case 'unmatched':
      return { quietSince: now };
  }
}

function canUpdate(previous: Silence, draft: SilenceDraft, now: number): boolean {
  if (!sameMatchers(previous, draft)) return false;
  const toSecond = (at: number): number => Math.floor(at / 1000);
  switch (silenceState(previous, now)) {
    case 'active':
      return toSecond(draft.startsAt) === toSecond(previous.startsAt) && draft.endsAt >= now;
    case 'pending':
      return draft.startsAt >= now;
    case 'expired':
      return false;
  }
}

function sameMatchers(a: Pick<Silence, 'matcherSets'>, b: Pick<Silence, 'matcherSets'>): boolean {
  const print = (silence: Pick<Silence, 'matcherSets'>): string =>
    JSON.stringify(silence.matcherSets.map((set) => set.map((m) => [m.name, m.operator, m.value])));
  return print(a) === print(b);
}

/** How long before its end the author of a silence is warned. */
const WARN_BEFORE_MS = 15 * 60_000;
/** Whoever asked for less than this needs no reminder. */
const SHORTEST_WARNED_MS = 30 * 60_000;

/** When the author is to hear that an active silence ends soon; undefined where there is nothing (more) to say. */
export function warnSilenceAt(silence: Silence): number | undefined {
  const { startsAt, endsAt, warnedFor } = silence;
  return warnedFor === endsAt || endsAt - startsAt < SHORTEST_WARNED_MS ? undefined : endsAt - WARN_BEFORE_MS;
}

/** Ends it now. A pending one never starts; an expired one stays as it was. */
export function expireSilence(silence: Silence, now: number): Silence {
  switch (silenceState(silence, now)) {
    case 'expired':
      return silence;
    case 'active':
      return { ...silence, endsAt: now, updatedAt: now };
    case 'pending':
      return { ...silence, startsAt: now, endsAt: now, updatedAt: now };
  }
}

/** Takes note of whether an active silence matches an open alert; returns the same object where nothing changed. */
export function observeSilence(silence: Silence, matchesOpen: boolean, now: number): Silence {
  if (silence.end.kind === 'at' || silenceState(silence, now) !== 'active') return silence;
  if (matchesOpen) {
    if (silence.matched && silence.quietSince === undefined) return silence;
    const { quietSince: _, ...rest } = silence;
    return { ...rest, matched: true };
  }
  if (silence.quietSince !== undefined) return silence;
  return silence.matched || silence.end.kind === 'unmatched' ? { ...silence, quietSince: now } : silence;
}

/** The instant at which it ends by itself as things stand: `endsAt`, or earlier by its end mode. */
export function silenceEnd(silence: Silence): number {
  if (silence.end.kind === 'at' || silence.quietSince === undefined) return silence.endsAt;
  return Math.min(silence.endsAt, silence.quietSince + silence.end.forMs);
}
