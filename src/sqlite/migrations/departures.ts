import type { Migration } from '../migrate.ts';

export const departures: Migration = {
  id: '0002-departures',
  sql: `
    CREATE TABLE departures (
      key TEXT PRIMARY KEY,
      email TEXT,
      slack_id TEXT,
      name TEXT,
      left_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
