import type { Migration } from '../migrate.ts';

export const ticket: Migration = {
  id: '0001-ticket',
  sql: `
    CREATE TABLE ticket (
      incident_id TEXT PRIMARY KEY,
      ticket_id TEXT NOT NULL,
      url TEXT NOT NULL,
      opened_at INTEGER NOT NULL
    ) STRICT;
  `,
};
