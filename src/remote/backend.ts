import type { QueryResult, TimeRange } from '../promql/engine.ts';

/** Something that answers PromQL elsewhere. Expressions go out as text: the other side may know functions that we do not. */
export interface QueryBackend {
  /** @param at epoch ms; undefined: the other side's now. @throws UserError where it cannot be asked or refuses. */
  instant(expr: string, at: number | undefined): Promise<QueryResult>;
  range(expr: string, range: TimeRange): Promise<QueryResult>;
}
