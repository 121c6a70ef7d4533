import type { AuditRow } from './chain.ts';

/** The trail as kept: rows are added and never changed; the database itself refuses anything else. */
export interface AuditStore {
  append(row: AuditRow): void;
  last(): AuditRow | undefined;
  /** Rows with a greater seq, ascending, at most `limit`. */
  after(seq: number, limit: number): AuditRow[];
  /** How many rows were ever written. */
  written(): number;
}
