import type { Migration } from '../migrate.ts';

export const storm: Migration = {
  id: '0001-storm',
  sql: `
    ALTER TABLE silences ADD COLUMN warned_for INTEGER;

    CREATE TABLE storms (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      started_at INTEGER NOT NULL,
      last_group_at INTEGER NOT NULL,
      refreshed_at INTEGER NOT NULL,
      due_at INTEGER,
      ended_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX storms_open ON storms ((1)) WHERE ended_at IS NULL;

    CREATE TABLE canopies (
      id TEXT PRIMARY KEY,
      storm_id TEXT NOT NULL REFERENCES storms (id),
      channel TEXT NOT NULL,
      ref_channel TEXT,
      ref_ts TEXT,
      replaces_channel TEXT,
      replaces_ts TEXT,
      UNIQUE (storm_id, channel)
    ) STRICT;
    CREATE INDEX canopies_ref ON canopies (ref_ts, ref_channel);

    ALTER TABLE cards ADD COLUMN storm_id TEXT REFERENCES storms (id);
    ALTER TABLE cards ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1));
    CREATE INDEX cards_created ON cards (created_at) WHERE view = 'card';
    CREATE INDEX cards_storm ON cards (storm_id) WHERE storm_id IS NOT NULL;
  `,
};
