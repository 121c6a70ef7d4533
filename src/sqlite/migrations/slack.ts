import type { Migration } from '../migrate.ts';

export const slack: Migration = {
  id: '0001-slack',
  sql: `
    CREATE TABLE slack_inbox (
      key TEXT PRIMARY KEY,
      taken_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX slack_inbox_taken_at ON slack_inbox (taken_at);
  `,
};
