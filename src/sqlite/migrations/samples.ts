import type { Migration } from '../migrate.ts';

/**
 * `sample_batches` is what was appended since, one row per scrape or push; the compactor turns it into `sample_blocks`, one row per
 * two-hour window and 64 series. Times are epoch ms.
 */
export const samples: Migration = {
  id: '0001-samples',
  sql: `
    CREATE TABLE sample_series (
      id INTEGER PRIMARY KEY,
      labels TEXT NOT NULL,
      first_t INTEGER,
      last_t INTEGER
    ) STRICT;
    CREATE TABLE sample_batches (
      seq INTEGER PRIMARY KEY,
      min_t INTEGER NOT NULL,
      max_t INTEGER NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
    CREATE TABLE sample_blocks (
      id INTEGER PRIMARY KEY,
      series_group INTEGER NOT NULL,
      from_t INTEGER NOT NULL,
      to_t INTEGER NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
  `,
};
