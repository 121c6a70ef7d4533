import { LONGEST_HOLD_MS } from './budget.ts';

const FIRST_MS = 1000;
const CAP_MS = 300_000;
/** Even the luckiest jitter leaves a pause: a refusal must never be answered by a tight loop. */
const FLOOR_MS = 100;

/**
 * How long to wait after the `attempts`-th failed attempt (1 = the first): full jitter over 1 s·2^(attempts−1), at most 5 min.
 * What the other side asked for (`afterMs`, capped at an hour) is the floor, never shortened by the jitter.
 * @param random a number in [0, 1)
 */
export function backoffMs(attempts: number, random: () => number, afterMs?: number): number {
  const ceiling = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(30, Math.max(0, attempts - 1)));
  const jittered = Math.max(FLOOR_MS, Math.ceil(random() * ceiling));
  if (afterMs === undefined || Number.isNaN(afterMs)) return jittered;
  return Math.max(jittered, Math.min(LONGEST_HOLD_MS, Math.max(0, Math.ceil(afterMs))));
}
