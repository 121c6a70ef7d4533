import { PRIORITIES } from '../alert/priority.ts';
import type { Lane } from './store.ts';

/** A row that has waited this long may pass more urgent ones now and then. */
export const AGED_MS = 600_000;
/** How many rows may pass an aged one of the same destination before it has its turn. */
export const PASSES = 4;

/**
 * The order in which lanes may go: most urgent first, then oldest. So that a flood of urgent rows starves nobody, an aged lane
 * goes before the others of its destination once `PASSES` of them have gone before it; so that a backlog after an outage does
 * not delay a fresh P1, it is only one in five.
 * @param passes rows sent to a destination since the last aged one
 */
export function inOrder(lanes: readonly Lane[], now: number, passes: ReadonlyMap<string, number>): Lane[] {
  const best = new Map<string, number>();
  for (const lane of lanes)
    best.set(lane.destination, Math.min(best.get(lane.destination) ?? Number.POSITIVE_INFINITY, urgency(lane)));
  const rank = (lane: Lane): number => {
    const hasTurn = isAged(lane, now) && (passes.get(lane.destination) ?? 0) >= PASSES;
    return hasTurn ? (best.get(lane.destination) ?? 0) - 0.5 : urgency(lane);
  };
  return lanes
    .map((lane) => ({ lane, rank: rank(lane) }))
    .toSorted((a, b) => a.rank - b.rank || a.lane.seq - b.lane.seq)
    .map(({ lane }) => lane);
}

function urgency(lane: Lane): number {
  return PRIORITIES.indexOf(lane.priority);
}

/** P1 needs no help. */
export function isAged(lane: Lane, now: number): boolean {
  return lane.priority !== 'P1' && now - lane.createdAt > AGED_MS;
}
