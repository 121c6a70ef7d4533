import { createHash } from 'node:crypto';

/** One row of the trail as kept. `before` and `after` are JSON texts, '' for absent. */
export interface AuditRow {
  readonly seq: number;
  readonly at: number;
  readonly actorId: string;
  readonly actorName: string;
  readonly via: string;
  readonly action: string;
  readonly target: string;
  readonly before: string;
  readonly after: string;
  /** Of this row and, through its predecessor's, of all before it. */
  readonly hash: string;
}

/** The predecessor of the first row. */
export const GENESIS = '0'.repeat(64);

/** SHA-256 over the predecessor's hash and the row's fields in fixed order, as a JSON list so that no two rows read the same. */
export function chainHash(previous: string, row: Omit<AuditRow, 'hash'>): string {
  const { seq, at, actorId, actorName, via, action, target, before, after } = row;
  const fields = JSON.stringify([seq, at, actorId, actorName, via, action, target, before, after]);
  return createHash('sha256').update(previous).update(fields).digest('hex');
}

/** What is wrong with a trail, at the first row that shows it. */
export type ChainFault =
  /** The row, or one before it that was changed together with its hash, is not what was written. */
  | { readonly kind: 'altered'; readonly seq: number }
  /** Rows are missing before this one. */
  | { readonly kind: 'missing'; readonly seq: number }
  /** The last rows are gone: more were written than there are. */
  | { readonly kind: 'cut_off'; readonly seq: number };

export type ChainVerdict =
  | { readonly ok: true; readonly rows: number }
  | { readonly ok: false; readonly rows: number; readonly fault: ChainFault };

/**
 * Walks the whole trail.
 * @param rows ascending by seq
 * @param written how many rows were ever written
 */
export function verifyChain(rows: Iterable<AuditRow>, written: number): ChainVerdict {
  let previous = GENESIS;
  let seq = 0;
  for (const row of rows) {
    seq += 1;
    if (row.seq !== seq) return { ok: false, rows: seq - 1, fault: { kind: 'missing', seq: row.seq } };
    if (row.hash !== chainHash(previous, row)) return { ok: false, rows: seq - 1, fault: { kind: 'altered', seq } };
    previous = row.hash;
  }
  return seq < written ? { ok: false, rows: seq, fault: { kind: 'cut_off', seq: seq + 1 } } : { ok: true, rows: seq };
}
