import type { Alert } from '../alert/alert.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import type { Labels } from '../labels/labels.ts';
import type { Mute } from './effects.ts';
import type { Route } from './route.ts';

/** A member of a group. */
export interface Member {
  readonly fingerprint: Fingerprint;
  /** As of the last flush or change; people saw this. */
  readonly mute?: Mute;
  /** A reload sends the alert elsewhere; it stays here only until those who heard of it here have heard its end. */
  readonly retired: boolean;
}

/** One route × one set of group_by values, with its deadlines. */
export interface AlertGroup {
  readonly id: string;
  /** Alertmanager's group key. */
  readonly key: string;
  readonly routeId: string;
  readonly receiver: string;
  readonly labels: Labels;
  readonly createdAt: number;
  /** Undefined while the group is empty. */
  readonly nextFlushAt?: number;
  /** The tick of the last flush; undefined before the first. The clock of the group's ticks. */
  readonly flushedAt?: number;
  /** Set while the group is empty: then it is forgotten, and the next alert pays group_wait again. */
  readonly removeAt?: number;
  /** An open member has been seen since the last end of all. */
  readonly open: boolean;
  readonly members: ReadonlyMap<Fingerprint, Member>;
}

/** Alertmanager looks for empty groups this often, counted from its start. */
const EMPTY_GROUP_SWEEP_MS = 30_000;

type Timing = Pick<Route, 'groupWaitMs' | 'groupIntervalMs'>;

/** The deadline of a group that has just been made. */
export function firstFlushAt(createdAt: number, timing: Timing): number {
  return createdAt + timing.groupWaitMs;
}

/**
 * When the group is due after an alert came in. Before the first flush, an alert that has been firing for longer than group_wait
 * has waited enough: at once. Later, and in an empty group that still stands, the ticks of group_interval go on.
 */
export function flushAfterInsert(group: AlertGroup, startsAt: number, timing: Timing, now: number): number {
  if (group.flushedAt === undefined) {
    if (startsAt + timing.groupWaitMs < now) return Math.min(now, group.nextFlushAt ?? now);
    const first = group.nextFlushAt ?? firstFlushAt(group.createdAt, timing);
    return Math.min(first, now + timing.groupWaitMs);
  }
  // Further ahead than that only after the clock was set back, which must not keep anybody waiting for as long.
  if (group.nextFlushAt !== undefined) return Math.min(group.nextFlushAt, now + timing.groupIntervalMs);
  const missed = Math.floor((now - group.flushedAt) / timing.groupIntervalMs);
  return group.flushedAt + (Math.max(0, missed) + 1) * timing.groupIntervalMs;
}

/**
 * The instant a flush counts for: its deadline, so that ticks do not drift with the load, unless the process came so late that a
 * whole interval has passed; then the ticks start anew from now.
 */
export function tickOf(dueAt: number, now: number, timing: Timing): number {
  return now - dueAt < timing.groupIntervalMs ? dueAt : now;
}

/** The next sweep for empty groups after `now`, on a grid that began at `origin`. */
export function nextSweep(origin: number, now: number): number {
  return origin + (Math.floor((now - origin) / EMPTY_GROUP_SWEEP_MS) + 1) * EMPTY_GROUP_SWEEP_MS;
}

/** In the order in which Alertmanager lists a group's alerts: by `job`, by `instance`, then fewer labels first, then labels. */
export function inOrder(alerts: readonly Alert[]): Alert[] {
  const placed = alerts.map((alert) => {
    const { labels } = alert;
    return { alert, labels, job: labels.get('job'), instance: labels.get('instance') };
  });
  placed.sort(
    (a, b) => compareValues(a.job, b.job) || compareValues(a.instance, b.instance) || compareLabels(a.labels, b.labels),
  );
  return placed.map(({ alert }) => alert);
}

/** Without the label last. */
function compareValues(left: string, right: string): number {
  if (left === right) return 0;
  if (left === '' || right === '') return left === '' ? 1 : -1;
  return left < right ? -1 : 1;
}

/** Alertmanager's order of label sets: fewer labels first, then by names and values. */
export function compareLabels(a: Labels, b: Labels): number {
  if (a.size !== b.size) return a.size - b.size;
  for (let index = 0; index < a.size; index += 1) {
    // The set that lacks the smaller name comes first.
    if (a.nameAt(index) !== b.nameAt(index)) return a.nameAt(index) < b.nameAt(index) ? 1 : -1;
    if (a.valueAt(index) !== b.valueAt(index)) return a.valueAt(index) < b.valueAt(index) ? -1 : 1;
  }
  return 0;
}
