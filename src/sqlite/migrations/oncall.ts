import type { Migration } from '../migrate.ts';

export const oncall: Migration = {
  id: '0001-oncall',
  sql: `
    CREATE TABLE oncall_overrides (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      schedule TEXT NOT NULL,
      user TEXT NOT NULL,
      start_at INTEGER NOT NULL,
      end_at INTEGER NOT NULL,
      created_by TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      CHECK (start_at < end_at)
    ) STRICT;
    CREATE INDEX oncall_overrides_schedule ON oncall_overrides (schedule, end_at);

    CREATE TABLE oncall_swaps (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      state TEXT NOT NULL CHECK (state IN ('offered', 'agreed', 'withdrawn', 'void')),
      schedule TEXT NOT NULL,
      from_user TEXT NOT NULL,
      to_user TEXT,
      shift_start INTEGER NOT NULL,
      shift_end INTEGER NOT NULL,
      in_return TEXT,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX oncall_swaps_schedule ON oncall_swaps (schedule, shift_end);
  `,
};
