import { QueryError } from './errors.ts';

export interface Limits {
  /** Most samples that one query may read or produce. */
  readonly maxSamples: number;
  /** Most points per series of a range query. */
  readonly maxPoints: number;
}

export const DEFAULT_LIMITS: Limits = { maxSamples: 50_000_000, maxPoints: 11_000 };

/** What visiting one node of an expression costs, in samples: about the same time. */
export const VISIT_COST = 20;
/** Share of a sample that reading it once more costs, as the windows of a range query do. */
export const REREAD_COST = 1 / 8;

/**
 * Bounds the work of one query. Every sample read or produced and every node visited is counted: a deadline without a clock, the
 * same on every machine.
 */
export class Budget {
  #left: number;

  constructor(maxSamples: number) {
    this.#left = maxSamples;
  }

  /** @throws QueryError `query_limit` once the budget is used up. */
  spend(samples: number): void {
    this.#left -= samples;
    if (this.#left < 0) {
      throw new QueryError(
        'query_limit',
        'query processing would load too many samples into memory in query execution',
      );
    }
  }
}
