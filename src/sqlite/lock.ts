import Database from 'better-sqlite3';

/** Long enough for a predecessor that is just ending. */
const WAIT_MS = 2000;

/**
 * Exclusive use of a folder, as SQLite's own lock on a file in it. The kernel lets it go with the process, however that ends, so
 * there is no stale lock to clean up and no process id to be mistaken for another's.
 */
export class FolderLock {
  readonly #db: Database.Database;

  private constructor(db: Database.Database) {
    this.#db = db;
  }

  /** Undefined where another process holds it. */
  static take(file: string): FolderLock | undefined {
    const db = new Database(file, { timeout: WAIT_MS });
    try {
      db.exec('BEGIN EXCLUSIVE');
      return new FolderLock(db);
    } catch (error) {
      db.close();
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
      throw error;
    }
  }

  release(): void {
    this.#db.close();
  }
}
