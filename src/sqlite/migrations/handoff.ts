import type { Migration } from '../migrate.ts';

export const handoff: Migration = {
  id: '0001-handoff',
  sql: `
    CREATE TABLE handoffs (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      schedule TEXT NOT NULL,
      incoming TEXT NOT NULL,
      outgoing TEXT,
      start_at INTEGER NOT NULL,
      end_at INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('waiting', 'asked', 'confirmed', 'backed', 'over')),
      due_at INTEGER,
      sign_off_at INTEGER
    ) STRICT;
    CREATE INDEX handoffs_schedule ON handoffs (schedule, seq);
    CREATE INDEX handoffs_due ON handoffs (due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX handoffs_sign_off ON handoffs (sign_off_at) WHERE sign_off_at IS NOT NULL;

    CREATE TABLE holder_watches (
      schedule TEXT PRIMARY KEY,
      user TEXT,
      look_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE gaps_deadline (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      at INTEGER NOT NULL
    ) STRICT;
  `,
};
