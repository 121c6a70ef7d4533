import { isMainThread } from 'node:worker_threads';

/**
 * Where the kill campaign ends the program, in the order in which news travels. `…ing`: in a transaction that has not committed.
 * The points of the outbox take the row's kind (`after.send/email`), the others nothing.
 */
const FAIL_POINTS = [
  /** An evaluation has alerts to tell: about to commit them, and committed. */
  'feed.writing',
  'feed.written',
  /** The other thread: rows are here, one is committed and not confirmed, all are confirmed. */
  'feed.read',
  'feed.applied',
  'feed.confirmed',
  /** A group's decision with its incidents, cards and outbox rows. */
  'group.flushing',
  'group.flushed',
  /** What an earlier process had under way is queued again. */
  'outbox.recovered',
  /** A row is under way, nobody was called. */
  'outbox.claimed',
  /** The notifier is about to be asked, and has answered; then the outcome is written. */
  'before.send',
  'after.send',
  'after.mark',
  /** Within a notifier: the other side has it, and where it stands there is not yet on record. */
  'card.posted',
  'pagerduty.accepted',
  'ticket.opened',
  /** Any transaction of either database. */
  'before.commit',
  'after.commit',
] as const;
export type FailPoint = (typeof FAIL_POINTS)[number];

interface Armed {
  readonly point: FailPoint;
  /** The kind of row; undefined for any. */
  readonly kind: string | undefined;
  /** Passages until it strikes, this one included. */
  left: number;
}

const VARIABLE = 'WATCHROOM_FAILPOINT';
const armed = read(process.env[VARIABLE]);

/**
 * Ends the program by SIGKILL where `WATCHROOM_FAILPOINT` asks for it: `after.send`, `after.send:3` (the third passage in one
 * thread), `after.send/email:3`. Not set, as always but in the kill campaign, it does nothing.
 */
export function failPoint(point: FailPoint, kind?: string): void {
  if (armed === undefined || armed.point !== point) return;
  if (armed.kind !== undefined && armed.kind !== kind) return;
  armed.left -= 1;
  if (armed.left === 0) process.kill(process.pid, 'SIGKILL');
}

/** @throws where it names no fail point: a campaign that never strikes proves nothing. */
function read(text: string | undefined): Armed | undefined {
  if (text === undefined || text === '') return undefined;
  const [, name, kind, times = '1'] = /^([a-z.]+)(?:\/([a-z.]+))?(?::([1-9]\d*))?$/.exec(text) ?? [];
  const point = FAIL_POINTS.find((known) => known === name);
  if (point === undefined) throw new Error(`${VARIABLE}=${text}: expected one of ${FAIL_POINTS.join(', ')}`);
  if (isMainThread) process.stderr.write(`${VARIABLE}=${text}: this process is going to kill itself\n`);
  return { point, kind, left: Number(times) };
}
