import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

/**
 * What is wrong with a database file, in SQLite's words; undefined where it is whole, or not there yet.
 * @param depth `header` opens it and reads its schema; `every page` takes about a second per half gigabyte
 */
export function damageOf(file: string, depth: 'header' | 'every page'): string | undefined {
  if (!existsSync(file)) return undefined;
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { fileMustExist: true });
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    if (depth === 'header') return undefined;
    const verdict = String(db.pragma('quick_check(1)', { simple: true }));
    return verdict === 'ok' ? undefined : verdict;
  } catch (error) {
    if (error instanceof Database.SqliteError && /^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code)) return error.message;
    throw error;
  } finally {
    db?.close();
  }
}
