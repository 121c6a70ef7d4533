import { type LayerShift, layerShifts, type Schedule, type Shift, type SwapLeg } from './schedule.ts';

/** `offered`: waits for a taker. `agreed`: holds. `void`: the shift has ceased to exist. */
export type SwapState = 'offered' | 'agreed' | 'withdrawn' | 'void';

export interface Swap {
  readonly id: string;
  readonly state: SwapState;
  readonly schedule: string;
  readonly from: string;
  readonly shiftStart: number;
  readonly shiftEnd: number;
  /** The taker, once agreed; or who was asked in particular. */
  readonly to?: string;
  /** Who asked, where it was not the person whose shift it is. */
  readonly by?: string;
  /** What the taker gets in return. */
  readonly inReturn?: SwapLeg;
  readonly createdAt: number;
}

export type SwapRefusal =
  | 'unknown_shift'
  | 'shift_over'
  | 'own_shift'
  | 'not_open'
  | 'not_yours'
  | 'already_swapped'
  | 'double_booked'
  | 'asked_other';

export type SwapResult =
  | { readonly kind: 'done'; readonly swap: Swap }
  | { readonly kind: 'refused'; readonly reason: SwapRefusal };

/** The changes of hand that hold now. */
export function legsOf(swaps: readonly Swap[]): SwapLeg[] {
  return swaps.flatMap((swap) => {
    if (swap.state !== 'agreed' || swap.to === undefined) return [];
    const { schedule, shiftStart, shiftEnd, from, to } = swap;
    return [{ schedule, shiftStart, shiftEnd, from, to }, ...(swap.inReturn ? [swap.inReturn] : [])];
  });
}

/** Offers a shift. It must be the person's own by rotation, not over, and not part of another swap. */
export function offer(
  schedule: Schedule,
  swaps: readonly Swap[],
  draft: Omit<Swap, 'state' | 'createdAt' | 'shiftEnd'>,
  now: number,
): SwapResult {
  const shift = findShift(schedule, draft.from, draft.shiftStart);
  if (!shift) return { kind: 'refused', reason: 'unknown_shift' };
  if (shift.end <= now) return { kind: 'refused', reason: 'shift_over' };
  const taken = swaps.some(
    (swap) =>
      (swap.state === 'agreed' || swap.state === 'offered') &&
      swap.schedule === schedule.name &&
      swap.from === draft.from &&
      swap.shiftStart === draft.shiftStart,
  );
  if (taken) return { kind: 'refused', reason: 'already_swapped' };
  return { kind: 'done', swap: { ...draft, state: 'offered', shiftEnd: shift.end, createdAt: now } };
}

/**
 * Takes an offered shift: whoever comes first, or the one who was asked.
 * @param booked the taker's own shifts, in whatever schedule: nobody is on call twice at once.
 */
export function take(
  schedule: Schedule,
  swap: Swap,
  taker: string,
  booked: readonly Pick<Shift, 'start' | 'end'>[],
  now: number,
): SwapResult {
  if (swap.state !== 'offered') return { kind: 'refused', reason: 'not_open' };
  if (swap.to !== undefined && swap.to !== taker) return { kind: 'refused', reason: 'asked_other' };
  if (taker === swap.from) return { kind: 'refused', reason: 'own_shift' };
  if (swap.shiftEnd <= now) return { kind: 'refused', reason: 'shift_over' };
  if (!findShift(schedule, swap.from, swap.shiftStart)) return { kind: 'refused', reason: 'unknown_shift' };
  if (booked.some(({ start, end }) => start < swap.shiftEnd && end > swap.shiftStart))
    return { kind: 'refused', reason: 'double_booked' };
  return { kind: 'done', swap: { ...swap, state: 'agreed', to: taker } };
}

/** The person who was asked cannot do it. */
export function decline(swap: Swap, by: string): SwapResult {
  if (swap.state !== 'offered') return { kind: 'refused', reason: 'not_open' };
  if (swap.to !== by) return { kind: 'refused', reason: 'asked_other' };
  return { kind: 'done', swap: { ...swap, state: 'withdrawn' } };
}

/** The offerer takes the offer back; either of the two may undo the agreement until the shift begins. */
export function withdraw(swap: Swap, by: string, now: number): SwapResult {
  if (swap.state !== 'offered' && swap.state !== 'agreed') return { kind: 'refused', reason: 'not_open' };
  if (by !== swap.from && by !== swap.to) return { kind: 'refused', reason: 'not_yours' };
  if (swap.state === 'agreed' && swap.shiftStart <= now) return { kind: 'refused', reason: 'shift_over' };
  if (swap.state === 'agreed' && by === swap.to) {
    const { to: _, ...open } = swap;
    return { kind: 'done', swap: { ...open, state: 'offered' } };
  }
  return { kind: 'done', swap: { ...swap, state: 'withdrawn' } };
}

/** Swaps whose shift has ceased to exist, as after a change of the rotation; both people are to be told. */
export function voided(schedule: Schedule, swaps: readonly Swap[]): Swap[] {
  return swaps
    .filter((swap) => swap.schedule === schedule.name && (swap.state === 'offered' || swap.state === 'agreed'))
    .filter((swap) => findShift(schedule, swap.from, swap.shiftStart) === undefined)
    .map((swap) => ({ ...swap, state: 'void' }));
}

function findShift(schedule: Schedule, user: string, start: number): LayerShift | undefined {
  return layerShifts(schedule, start, start + 1).find((shift) => shift.user === user && shift.start === start);
}
