import type { AuditRow } from '../audit/chain.ts';
import type { AuditStore } from '../audit/store.ts';
import type { Db } from './db.ts';

const COLUMNS = 'seq, at, actor_id AS actorId, actor_name AS actorName, via, action, target, before, after, hash';

export class SqliteAuditStore implements AuditStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  append(row: AuditRow): void {
    this.#db.run(
      `INSERT INTO audit (seq, at, actor_id, actor_name, via, action, target, before, after, hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.seq,
      row.at,
      row.actorId,
      row.actorName,
      row.via,
      row.action,
      row.target,
      row.before,
      row.after,
      row.hash,
    );
  }

  last(): AuditRow | undefined {
    return this.#db.get<AuditRow>(`SELECT ${COLUMNS} FROM audit ORDER BY seq DESC LIMIT 1`);
  }

  after(seq: number, limit: number): AuditRow[] {
    return this.#db.all<AuditRow>(`SELECT ${COLUMNS} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`, seq, limit);
  }

  written(): number {
    return this.#db.get<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'audit'`)?.seq ?? 0;
  }
}
