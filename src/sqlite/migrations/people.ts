import type { Migration } from '../migrate.ts';

export const people: Migration = {
  id: '0001-people',
  sql: `
    CREATE TABLE slack_users (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      email TEXT,
      zone TEXT,
      standing TEXT NOT NULL CHECK (standing IN ('member', 'guest', 'stranger', 'bot', 'gone')),
      seen_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX slack_users_email ON slack_users (email COLLATE NOCASE) WHERE email IS NOT NULL;
  `,
};
