import { PRIORITIES } from '../alert/priority.ts';
import type { Lane } from './store.ts';

/** A row that has waited this long may pass more urgent ones now and then. */
export const AGED_MS = 600_000;
/** How many rows may pass an aged one of the same destination before it has its turn. */
export const PASSES = 4;

/** Most urgent first, then oldest. */
export function compareLanes(a: Lane, b: Lane): number {
  return urgency(a) - urgency(b) || a.seq - b.seq;
}

/**
 * The aged lane whose turn it is at its destination: the oldest one, once `PASSES` rows went before it. So a flood of urgent rows
 * starves nobody, and a backlog after an outage delays a fresh P1 by one row in five at most.
 * @param lanes of one destination, as `compareLanes` orders them
 * @param passes rows sent there since the last aged one
 */
export function agedTurn(lanes: readonly Lane[], now: number, passes: number): Lane | undefined {
  if (passes < PASSES) return undefined;
  let oldest: Lane | undefined;
  // Of one priority the first is the oldest, so four looks are enough among however many.
  for (let place = 0; place < lanes.length; place = nextPriority(lanes, place)) {
    const lane = lanes[place];
    if (lane && isAged(lane, now) && (!oldest || lane.seq < oldest.seq)) oldest = lane;
  }
  return oldest;
}

/** The place of the first lane after this one that is less urgent. */
function nextPriority(lanes: readonly Lane[], place: number): number {
  const [first] = lanes.slice(place, place + 1);
  let low = place + 1;
  let high = lanes.length;
  while (first && low < high) {
    const middle = (low + high) >> 1;
    if (lanes[middle]?.priority === first.priority) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** P1 needs no help. */
export function isAged(lane: Lane, now: number): boolean {
  return lane.priority !== 'P1' && now - lane.createdAt > AGED_MS;
}

function urgency(lane: Lane): number {
  return PRIORITIES.indexOf(lane.priority);
}
