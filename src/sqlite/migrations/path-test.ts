import type { Migration } from '../migrate.ts';

export const pathTest: Migration = {
  id: '0001-path-test',
  sql: `
    CREATE TABLE path_tests (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      run INTEGER,
      person TEXT NOT NULL,
      path TEXT NOT NULL CHECK (path IN ('slack', 'sms', 'email')),
      at INTEGER NOT NULL,
      row TEXT,
      rang INTEGER,
      answered_at INTEGER
    ) STRICT;
    CREATE INDEX path_tests_person ON path_tests (person, path, seq);
    CREATE INDEX path_tests_run ON path_tests (run);
  `,
};
