import { join } from 'node:path';
import { createAudit } from '../../src/audit/trail.ts';
import { SqliteAuditStore } from '../../src/sqlite/audit-store.ts';
import { Db } from '../../src/sqlite/db.ts';

/** A row that was given up, and why. */
export interface DeadRow {
  readonly kind: string;
  readonly destination: string;
  readonly reason: string;
}

/** What the program itself wrote down, read after it has ended: only that it is whole, never whether people were told. */
export interface Ledgers {
  readonly outboxLeft: number;
  readonly outboxDead: readonly DeadRow[];
  /** Rows of which the audit trail says that people may see them twice, by kind. */
  readonly inDoubt: ReadonlyMap<string, number>;
  readonly openIncidents: number;
  readonly audit: { readonly ok: boolean; readonly rows: number };
  /** SQLite's own verdict on both files. */
  readonly integrity: readonly string[];
}

export function readLedgers(folder: string): Ledgers {
  const state = new Db(join(folder, 'data/state.db'));
  const metrics = new Db(join(folder, 'data/metrics.db'));
  try {
    const count = (sql: string): number => state.get<{ n: number }>(sql)?.n ?? -1;
    const { ok, rows } = createAudit({ store: new SqliteAuditStore(state) }).verify();
    return {
      outboxLeft: count(`SELECT count(*) AS n FROM outbox WHERE state IN ('queued', 'attempting')`),
      outboxDead: state.all<DeadRow>(
        `SELECT kind, destination, last_reason AS reason FROM outbox WHERE state = 'dead'`,
      ),
      inDoubt: new Map(
        state
          .all<{ kind: string; n: number }>(
            `SELECT after ->> 'kind' AS kind, count(*) AS n FROM audit WHERE action = 'delivery.ambiguous' GROUP BY 1`,
          )
          .map(({ kind, n }) => [kind, n]),
      ),
      openIncidents: count(`SELECT count(*) AS n FROM incidents WHERE state <> 'resolved'`),
      audit: { ok, rows },
      integrity: [state, metrics].map(
        (db) => db.get<{ integrity_check: string }>('PRAGMA integrity_check')?.integrity_check ?? 'no answer',
      ),
    };
  } finally {
    state.close();
    metrics.close();
  }
}
