import type { Migration } from '../migrate.ts';

export const drill: Migration = {
  id: '0001-drill',
  sql: `
    CREATE TABLE drills (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      policy TEXT NOT NULL,
      channel TEXT,
      started_by TEXT NOT NULL,
      started_at INTEGER NOT NULL,
      level INTEGER NOT NULL,
      next_at INTEGER,
      waiting_since INTEGER,
      state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'called_off')),
      ended_at INTEGER
    ) STRICT;
    CREATE INDEX drills_due ON drills (next_at) WHERE next_at IS NOT NULL;

    CREATE TABLE drill_levels (
      drill INTEGER NOT NULL REFERENCES drills (seq),
      level INTEGER NOT NULL,
      at INTEGER NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('called', 'empty', 'out_of_hours')),
      targets TEXT NOT NULL,
      PRIMARY KEY (drill, level)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE drill_calls (
      drill INTEGER NOT NULL REFERENCES drills (seq),
      level INTEGER NOT NULL,
      person TEXT NOT NULL,
      at INTEGER NOT NULL,
      way TEXT NOT NULL CHECK (way IN ('slack', 'sms', 'none', 'do_not_disturb')),
      row TEXT,
      acknowledged_at INTEGER,
      PRIMARY KEY (drill, level, person)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE drill_deadline (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      schedule TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;
  `,
};
