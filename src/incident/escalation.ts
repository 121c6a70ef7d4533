import type { Priority } from '../alert/priority.ts';
import type { Position } from '../document/position.ts';

/**
 * Whom a level of a policy tells. `schedule`: who is on call; `schedule_secondary`: who comes on call next; `user_group`: every member
 * of a Slack user group; `channel`: everybody in a channel, by a mention there.
 */
export type TargetKind = 'schedule' | 'schedule_secondary' | 'user' | 'user_group' | 'channel';

export interface EscalationTarget {
  readonly kind: TargetKind;
  /** As the policy calls it. */
  readonly id: string;
  /** Where the file names it. */
  readonly at?: Position;
}

export interface EscalationLevel {
  readonly targets: readonly EscalationTarget[];
  /** How long this level has to answer before the next one is told. */
  readonly delayMs: number;
  /** The same for incidents of a priority, where it is another. */
  readonly delayMsOf?: Readonly<Partial<Record<Priority, number>>>;
}

/** Who is told, in which order, when nobody answers. */
export interface EscalationPolicy {
  readonly name: string;
  readonly description: string;
  /** At least one. */
  readonly levels: readonly EscalationLevel[];
  /** How often the whole chain is told, all in all. At least 1. */
  readonly passes: number;
  /** `notice`: people are told once, in their business hours, by direct message alone. Absent: they are paged. */
  readonly manner?: 'notice';
}

/** The policy with the delays that hold for incidents of a priority. */
export function forPriority(policy: EscalationPolicy, priority: Priority): EscalationPolicy {
  if (policy.levels.every(({ delayMsOf }) => delayMsOf?.[priority] === undefined)) return policy;
  const levels = policy.levels.map((level) => ({ ...level, delayMs: level.delayMsOf?.[priority] ?? level.delayMs }));
  return { ...policy, levels };
}

/** After the last pass the channel is mentioned and the last level is told again this often, until somebody acknowledges. */
export const FINAL_REPEAT_MS = 30 * 60_000;

/** What the ladder does at one of its steps. Passes and levels count from 0. */
export type LadderAction =
  | { readonly kind: 'page'; readonly pass: number; readonly level: number; readonly waitMs: number }
  /** Past the last pass. `first` is the moment when the channel is mentioned. */
  | { readonly kind: 'page_last'; readonly first: boolean; readonly level: number; readonly waitMs: number };

/** Step `step` of the ladder (from 0); there is always a next one, because a ladder ends only by an acknowledgement. */
export function ladderAction(policy: EscalationPolicy, step: number): LadderAction {
  const count = policy.levels.length;
  const pass = Math.floor(step / count);
  const last = count - 1;
  if (pass >= policy.passes) {
    return { kind: 'page_last', first: step === policy.passes * count, level: last, waitMs: FINAL_REPEAT_MS };
  }
  const level = step % count;
  return { kind: 'page', pass, level, waitMs: policy.levels[level]?.delayMs ?? FINAL_REPEAT_MS };
}

/** When each of the first `count` steps comes, if every level has somebody: what `check` and the card foretell. */
export function ladderTimes(policy: EscalationPolicy, startedAt: number, count: number): number[] {
  const times: number[] = [];
  let at = startedAt;
  for (let step = 0; step < count; step += 1) {
    times.push(at);
    at += ladderAction(policy, step).waitMs;
  }
  return times;
}
