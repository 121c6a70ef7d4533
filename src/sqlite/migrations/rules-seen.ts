import type { Migration } from '../migrate.ts';

export const rulesSeen: Migration = {
  id: '0002-rules-seen',
  sql: `
    CREATE TABLE rules_seen (
      rule TEXT PRIMARY KEY,
      at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
