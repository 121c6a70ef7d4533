import type { Person } from '../people/person.ts';
import { localDay, wallInstant } from '../time/wall-clock.ts';

/**
 * `waiting`: the person is asked at `dueAt`. `asked`: an answer is overdue at `dueAt`. `backed`: none came, so whoever is next is
 * paged in parallel. `over`: nothing more is to be done.
 */
export type HandoffState = 'waiting' | 'asked' | 'confirmed' | 'backed' | 'over';

/** One change of who holds a schedule. People are keys, as in `Person.key`. */
export interface Handoff {
  readonly id: string;
  readonly schedule: string;
  readonly incoming: string;
  readonly outgoing?: string;
  readonly start: number;
  readonly end: number;
  readonly state: HandoffState;
  readonly dueAt?: number;
  /** When the outgoing person is told; absent once that is done. */
  readonly signOffAt?: number;
}

/** Who was last seen to hold a schedule, and when to look again. */
export interface HolderWatch {
  readonly schedule: string;
  /** Absent in a gap. */
  readonly user?: string;
  readonly lookAt: number;
}

/** Where handoffs are kept. Every method joins the caller's transaction. */
export interface HandoffStore {
  watches(): HolderWatch[];
  saveWatch(watch: HolderWatch): void;
  /** Whatever was known of who holds what may have changed. */
  lookAgain(at: number): void;
  /** Gives the handoff its id. */
  addHandoff(draft: Omit<Handoff, 'id'>): Handoff;
  saveHandoff(handoff: Handoff): void;
  handoff(id: string): Handoff | undefined;
  /** The last one of a schedule. */
  latest(schedule: string): Handoff | undefined;
  due(now: number): Handoff[];
  /** When the gaps ahead are posted next; undefined before the first start. */
  gapsAt(): number | undefined;
  setGapsAt(at: number): void;
  /** The earliest of all deadlines. */
  nextDeadline(): number | undefined;
}

/** What the incoming person finds. */
export interface HandoffBrief {
  /** Open incidents, most urgent first. */
  readonly open: readonly { readonly id: string; readonly priority: string; readonly text: string }[];
  /** Silences that end within the shift, soonest first. */
  readonly silences: readonly { readonly text: string; readonly endsAt: number }[];
  /** Last week's rules with the most incidents. */
  readonly noisy: readonly { readonly rule: string; readonly incidents: number; readonly truePositives: number }[];
  /** Slack user ids or names. */
  readonly secondary: readonly string[];
}

/** What the people of a handoff are told; people are Slack user ids or names. */
export type HandoffNotice =
  | { readonly kind: 'brief'; readonly handoff: Handoff; readonly brief: HandoffBrief }
  | { readonly kind: 'signed_off'; readonly schedule: string; readonly to: string; readonly open: number }
  | { readonly kind: 'backup_added'; readonly schedule: string; readonly primary: string; readonly until: number }
  | { readonly kind: 'backup_ended'; readonly schedule: string; readonly primary: string };

export const CONFIRM_WITHIN_MS = 15 * 60_000;

const NIGHT_FROM = 22 * 60;
const NIGHT_TO = 8 * 60;

/** `at`, or, where that is between 22:00 and 08:00 in the zone, the 08:00 that follows. */
export function outOfTheNight(at: number, zone: string): number {
  const day = localDay(at, zone);
  const morning = wallInstant(day, NIGHT_TO, zone);
  if (at < morning) return morning;
  return at < wallInstant(day, NIGHT_FROM, zone) ? at : wallInstant(day + 1, NIGHT_TO, zone);
}

export function isNight(at: number, zone: string): boolean {
  return outOfTheNight(at, zone) !== at;
}

/** What becomes of a handoff whose deadline has come. */
export type HandoffDecision =
  | { readonly kind: 'ask' }
  | { readonly kind: 'wait'; readonly until: number }
  /** Each of these is paged, too, until the incoming person confirms. */
  | { readonly kind: 'back_up'; readonly people: readonly Person[] }
  | { readonly kind: 'drop'; readonly reason: 'shift_over' | 'no_account' | 'night' | 'nobody_else' };

/**
 * @param person the incoming one; undefined where nobody is known by that name
 * @param others who would be paged after them
 */
export function decideHandoff(
  handoff: Handoff,
  person: Person | undefined,
  others: readonly Person[],
  zoneOf: (person: Person) => string,
  now: number,
): HandoffDecision {
  if (handoff.end <= now) return { kind: 'drop', reason: 'shift_over' };
  if (person?.slackId === undefined) return { kind: 'drop', reason: 'no_account' };
  const from = outOfTheNight(now, zoneOf(person));
  if (handoff.state === 'waiting') return from === now ? { kind: 'ask' } : { kind: 'wait', until: from };
  if (from !== now) return { kind: 'drop', reason: 'night' };
  const people = others.filter((other) => other.key !== person.key && !isNight(now, zoneOf(other)));
  return people.length > 0 ? { kind: 'back_up', people } : { kind: 'drop', reason: 'nobody_else' };
}
