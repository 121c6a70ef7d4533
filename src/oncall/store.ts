import type { Override } from './override.ts';
import type { Swap } from './swap.ts';

/** An override made at run time. */
export interface OverrideRow extends Override {
  readonly id: string;
  readonly schedule: string;
  readonly by: string;
  readonly createdAt: number;
}

/** What was arranged at run time. Every method joins the caller's transaction. */
export interface OncallStore {
  /** Of one schedule, those that end after `since`, in the order in which they were made. */
  overrides(schedule: string, since: number): OverrideRow[];
  override(id: string): OverrideRow | undefined;
  /** Gives the override its id. */
  addOverride(draft: Omit<OverrideRow, 'id'>): OverrideRow;
  /** Ends it at `at`, or removes it altogether where it has not begun. */
  endOverride(id: string, at: number): void;
  /** In the order in which they were made; without `since`, all. */
  swaps(schedule: string, since?: number): Swap[];
  /** Of all schedules: those that hold and concern time after `since`, in the order in which they were made. */
  agreedSwaps(since: number): Swap[];
  /** Of all schedules: offered or agreed, with a shift that ends after `since`. */
  openSwaps(since: number): Swap[];
  swap(id: string): Swap | undefined;
  addSwap(draft: Omit<Swap, 'id'>): Swap;
  saveSwap(swap: Swap): void;
}
