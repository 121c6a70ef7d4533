import type { Migration } from '../migrate.ts';

export const swapReminders: Migration = {
  id: '0002-swap-reminders',
  sql: `
    ALTER TABLE oncall_swaps ADD COLUMN asked_by TEXT;
    CREATE TABLE oncall_swap_reminders (
      swap INTEGER NOT NULL REFERENCES oncall_swaps (seq),
      side TEXT NOT NULL CHECK (side IN ('from', 'to')),
      at INTEGER NOT NULL,
      PRIMARY KEY (swap, side)
    ) STRICT, WITHOUT ROWID;
  `,
};
