import type { Db } from './db.ts';

/** One step of a database's schema; applied once, in list order, each in its own transaction. Never edited after a release. */
export interface Migration {
  readonly id: string;
  readonly sql: string;
}

/** Whether the database has all that this release knows, and may be read by it as it is. */
export function isCurrent(db: Db, migrations: readonly Migration[]): boolean {
  const has = db.get("SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'") !== undefined;
  if (!has) return false;
  const applied = new Set(db.all<{ id: string }>('SELECT id FROM schema_migrations').map((row) => row.id));
  return migrations.every(({ id }) => applied.has(id));
}

/** Brings the database up to the list's end. Refuses one that was written by a newer release. */
export function migrate(db: Db, migrations: readonly Migration[]): void {
  db.exec('CREATE TABLE IF NOT EXISTS schema_migrations (id TEXT PRIMARY KEY) STRICT');
  const applied = new Set(db.all<{ id: string }>('SELECT id FROM schema_migrations').map((row) => row.id));
  const known = new Set(migrations.map((migration) => migration.id));
  const unknown = [...applied].filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new Error(`the database was written by a newer release (it has ${unknown.join(', ')}); update Watchroom`);
  }
  for (const migration of migrations) {
    if (applied.has(migration.id)) continue;
    db.tx(() => {
      db.exec(migration.sql);
      db.run('INSERT INTO schema_migrations (id) VALUES (?)', migration.id);
    });
  }
}
