import Database from 'better-sqlite3';
import { failPoint } from '../fail-point.ts';

export type SqlValue = string | number | bigint | Buffer | null;

const MOST_ROWS = 64;
const CANNOT_WRITE = /^SQLITE_(?:FULL|IOERR|READONLY|CANTOPEN)/;

/**
 * One SQLite connection. Everything is synchronous, so a transaction is a function call and nothing can interleave with it.
 * Prepared statements are cached by their text.
 */
export class Db {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  /** The last write failed for want of room or for the disk's sake, and none has succeeded since as far as we know. */
  #refusesWrites = false;
  #rollbacks = 0;
  #writes = 0;

  /** @param path a file, or `:memory:`. The folder must exist. */
  constructor(path: string) {
    this.#db = new Database(path);
    this.#db.pragma('journal_mode = WAL');
    // better-sqlite3 is built so that WAL lowers this to NORMAL, under which a committed acknowledgement can vanish on power loss.
    this.#db.pragma('synchronous = FULL');
    this.#db.pragma('foreign_keys = ON');
    this.#db.pragma('busy_timeout = 5000');
    if (this.#db.pragma('synchronous', { simple: true }) !== 2) throw new Error('SQLite refused synchronous=FULL');
  }

  exec(sql: string): void {
    this.#writes += 1;
    this.#db.exec(sql);
  }

  run(sql: string, ...values: SqlValue[]): { changes: number; lastId: number } {
    this.#writes += 1;
    try {
      const info = this.#prepare(sql).run(...values);
      return { changes: info.changes, lastId: Number(info.lastInsertRowid) };
    } catch (error) {
      this.#notice(error);
      throw error;
    }
  }

  /**
   * Inserts many rows by few statements, of at most 64 rows each: a call costs more than a small row. All in the transaction that is
   * under way.
   * @param head up to and without VALUES  @param rows equally long
   */
  insert(head: string, rows: readonly (readonly SqlValue[])[], { onConflict = '' } = {}): void {
    const tail = onConflict === '' ? '' : ` ON CONFLICT ${onConflict}`;
    let start = 0;
    // Powers of two, so that few statements are prepared.
    for (let size = MOST_ROWS; size >= 1; size /= 2) {
      for (; rows.length - start >= size; start += size) {
        const values = rows.slice(start, start + size);
        const one = `(${(values[0] ?? []).map(() => '?').join(', ')})`;
        this.run(`${head} VALUES ${values.map(() => one).join(', ')}${tail}`, ...values.flat());
      }
    }
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  /** Runs `fn` in one transaction (IMMEDIATE); inside another one it simply joins it. Throwing rolls everything back. */
  tx<T>(fn: () => T): T {
    if (this.#db.inTransaction) return fn();
    try {
      this.#prepare('BEGIN IMMEDIATE').run();
      const result = fn();
      failPoint('before.commit');
      this.#prepare('COMMIT').run();
      failPoint('after.commit');
      return result;
    } catch (error) {
      this.#notice(error);
      this.#rollbacks += 1;
      // A full disk ends the transaction by itself.
      if (this.#db.inTransaction) this.#prepare('ROLLBACK').run();
      throw error;
    }
  }

  /** Grows with every statement that may write and every rollback: what was read at the same number still stands. */
  get version(): number {
    return this.#writes + this.#rollbacks;
  }

  /** How many transactions have been rolled back: whoever remembers rows must forget them when it grows. */
  get rollbacks(): number {
    return this.#rollbacks;
  }

  /** A consistent copy while the database is in use. */
  async backup(file: string): Promise<void> {
    await this.#db.backup(file);
  }

  /** Whether the database can be used at this moment: read, and after a write that failed written again. */
  answers(): boolean {
    try {
      if (this.#refusesWrites) {
        // Writes the number that stands there already: the smallest write there is.
        const version = Number(this.#db.pragma('user_version', { simple: true }));
        this.#db.pragma(`user_version = ${version}`);
        this.#refusesWrites = false;
      }
      return this.get('SELECT 1') !== undefined;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#db.close();
  }

  #notice(error: unknown): void {
    if (error instanceof Database.SqliteError && CANNOT_WRITE.test(error.code)) this.#refusesWrites = true;
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** All stores of one database commit together through this. */
export type Transact = <T>(fn: () => T) => T;
