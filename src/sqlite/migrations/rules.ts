import type { Migration } from '../migrate.ts';

/**
 * `rule_instances` holds every alert instance that is pending or open; `alert_feed` what the other side has not confirmed yet. Its
 * numbers must never come back after rows were deleted, hence AUTOINCREMENT, nor after this database was made anew beside an older
 * state database that remembers them, hence the start at the wall clock's milliseconds. Times are epoch ms.
 */
export const rules: Migration = {
  id: '0001-rules',
  sql: `
    CREATE TABLE rule_instances (
      rule_key TEXT NOT NULL,
      labels TEXT NOT NULL,
      state TEXT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (rule_key, labels)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE alert_feed (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      alerts TEXT NOT NULL
    ) STRICT;
    INSERT INTO sqlite_sequence (name, seq) VALUES ('alert_feed', CAST(strftime('%s', 'now') AS INTEGER) * 1000);
  `,
};
