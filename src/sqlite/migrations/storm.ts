import type { Migration } from '../migrate.ts';

export const storm: Migration = {
  id: '0001-storm',
  sql: `
    ALTER TABLE silences ADD COLUMN warned_for INTEGER;

    CREATE TABLE storms (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      channel TEXT NOT NULL,
      started_at INTEGER NOT NULL,
      last_group_at INTEGER NOT NULL,
      ended_at INTEGER,
      ref_channel TEXT,
      ref_ts TEXT,
      replaces_channel TEXT,
      replaces_ts TEXT,
      refresh_due_at INTEGER,
      refreshed_at INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX storms_open ON storms (1) WHERE ended_at IS NULL;

    ALTER TABLE cards ADD COLUMN storm_id TEXT REFERENCES storms (id);
    ALTER TABLE cards ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1));
    CREATE INDEX cards_created ON cards (created_at) WHERE view = 'card';
    CREATE INDEX cards_storm ON cards (storm_id) WHERE storm_id IS NOT NULL;
  `,
};
