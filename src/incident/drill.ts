import type { Person } from '../people/person.ts';
import type { Actor } from './actions.ts';

/** A rehearsal of a policy: every level is called in turn and nothing is wrong. It is no incident and leaves none behind. */
export interface Drill {
  readonly id: string;
  readonly policy: string;
  /** Where it is announced and reported; undefined for nowhere. */
  readonly channel?: string;
  readonly startedBy: Actor;
  readonly startedAt: number;
  /** The level that is called next, from 0; their number, once all have been called and their time is running. */
  readonly level: number;
  /** When that is due; absent once it is over. */
  readonly nextAt?: number;
  /** Since when the next level is waited for, because nobody on it is at work. */
  readonly waitingSince?: number;
  readonly state: 'running' | 'finished' | 'called_off';
  readonly endedAt?: number;
}

/** `out_of_hours`: nobody on it was at work within the longest wait. */
export interface DrillLevel {
  readonly drillId: string;
  readonly level: number;
  readonly at: number;
  readonly outcome: 'called' | 'empty' | 'out_of_hours';
  /** What the level is called, without anybody's name: schedules and the ids that the policy uses. */
  readonly targets: readonly string[];
}

/** `none`: neither a Slack account nor another way; `do_not_disturb`: a message that is held back, and no other way. */
export type DrillWay = 'slack' | 'sms' | 'none' | 'do_not_disturb';

export interface DrillCall {
  readonly drillId: string;
  readonly level: number;
  /** The person's key. */
  readonly person: string;
  readonly at: number;
  readonly way: DrillWay;
  /** The outbox row that carries it. */
  readonly row?: string;
  readonly acknowledgedAt?: number;
}

/** Where drills are kept. Every method joins the caller's transaction. */
export interface DrillStore {
  /** Gives the drill its id. */
  add(draft: Omit<Drill, 'id'>): Drill;
  save(drill: Drill): void;
  drill(id: string): Drill | undefined;
  running(): Drill[];
  /** Newest first. */
  recent(limit: number): Drill[];
  due(now: number): Drill[];
  addLevel(level: DrillLevel): void;
  levels(drillId: string): DrillLevel[];
  /** Inserts or replaces by drill, level and person. */
  saveCall(call: DrillCall): void;
  calls(drillId: string): DrillCall[];
  /** The deadline of the next scheduled one, and what it was computed from. */
  deadline(): { readonly schedule: string; readonly at: number } | undefined;
  setDeadline(deadline: { readonly schedule: string; readonly at: number } | undefined): void;
  /** Forgets drills that began before. */
  prune(before: number): void;
  /** The earliest deadline of the drills that run. */
  nextDue(): number | undefined;
}

/** How long each level has to answer. The same for all, whatever the policy says: a rehearsal is over within the hour. */
export const DRILL_WAIT_MS = 5 * 60_000;

/** Why somebody could not be reached at all. That somebody did not answer is nobody's business but theirs. */
export type UnreachedReason = 'no_way' | 'do_not_disturb' | 'not_delivered';

export interface DrillLevelReport {
  /** From 1, as people count. */
  readonly level: number;
  readonly targets: readonly string[];
  readonly outcome: 'answered' | 'no_answer' | 'not_reached' | 'empty' | 'out_of_hours' | 'not_called';
  /** Until the first answer, in ms. */
  readonly afterMs?: number;
}

/** What a drill found. Times are told per level, never per person. */
export interface DrillReport {
  readonly drill: Drill;
  readonly levels: readonly DrillLevelReport[];
  readonly unreached: readonly { readonly who: string; readonly reason: UnreachedReason }[];
}

/** What is known of the outbox row of a call. */
export type Delivery = 'sent' | 'waiting' | 'dead';

/**
 * @param levelNames the names of all levels of the policy, so that those never called are told, too
 * @param delivery of an outbox row
 * @param written a person by key, as faces write people
 */
export function drillReport(
  drill: Drill,
  kept: { readonly levels: readonly DrillLevel[]; readonly calls: readonly DrillCall[] },
  levelNames: readonly (readonly string[])[],
  delivery: (row: string) => Delivery,
  written: (key: string) => string,
): DrillReport {
  const unreachedBy = (call: DrillCall): UnreachedReason | undefined => {
    if (call.acknowledgedAt !== undefined) return undefined;
    if (call.way === 'none') return 'no_way';
    if (call.way === 'do_not_disturb') return 'do_not_disturb';
    return call.row !== undefined && delivery(call.row) !== 'sent' ? 'not_delivered' : undefined;
  };
  const names = levelNames.length > 0 ? levelNames : kept.levels.map(({ targets }) => targets);
  const levels = names.map((targets, index): DrillLevelReport => {
    const base = { level: index + 1, targets };
    const done = kept.levels.find(({ level }) => level === index);
    if (!done) return { ...base, outcome: 'not_called' };
    if (done.outcome !== 'called') return { ...base, outcome: done.outcome };
    const calls = kept.calls.filter(({ level }) => level === index);
    const answers = calls.flatMap(({ at, acknowledgedAt }) =>
      acknowledgedAt === undefined ? [] : [acknowledgedAt - at],
    );
    if (answers.length > 0) return { ...base, outcome: 'answered', afterMs: Math.min(...answers) };
    return { ...base, outcome: calls.every(unreachedBy) ? 'not_reached' : 'no_answer' };
  });
  const unreached = new Map<string, UnreachedReason>();
  for (const call of kept.calls) {
    const reason = unreachedBy(call);
    if (reason) unreached.set(call.person, reason);
  }
  return { drill, levels, unreached: [...unreached].map(([key, reason]) => ({ who: written(key), reason })) };
}

/** The report in one line, for the weekly digest. */
export function drillGist({ drill, levels, unreached }: DrillReport): string {
  const answered = levels.filter(({ outcome }) => outcome === 'answered').length;
  const silent = levels.flatMap(({ level, targets, outcome }) => {
    if (outcome === 'answered' || outcome === 'not_called') return [];
    return [`level ${level} (${targets.join(', ')}) ${outcome.replaceAll('_', ' ')}`];
  });
  const lost = unreached.length === 0 ? [] : [`${unreached.length} could not be reached`];
  const how = drill.state === 'called_off' ? 'called off, ' : '';
  return `drill of ${drill.policy}: ${[`${how}${answered} of ${levels.length} levels answered`, ...silent, ...lost].join(', ')}`;
}

/** What people are told of a drill. Every text says DRILL before anything else. */
export type DrillNotice =
  /** In the channel. */
  | { readonly kind: 'started'; readonly drill: Drill; readonly levels: number }
  | { readonly kind: 'report'; readonly report: DrillReport }
  /** To one person. */
  | { readonly kind: 'call'; readonly drill: Drill; readonly level: number; readonly until: number }
  /** To somebody who was called and did not answer, in private. */
  | { readonly kind: 'over'; readonly drill: Drill; readonly person: Person };
