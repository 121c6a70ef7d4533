import type { Migration } from '../migrate.ts';

export const feed: Migration = {
  id: '0001-feed',
  sql: `
    -- The last row of the observer's alert feed that was applied; one row.
    CREATE TABLE feed_cursor (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      last_seq INTEGER NOT NULL
    ) STRICT;
    INSERT INTO feed_cursor (id, last_seq) VALUES (1, 0);
  `,
};
