import type { Migration } from '../migrate.ts';

export const mailDigest: Migration = {
  id: '0001-mail-digest',
  sql: `
    CREATE TABLE mail_digest (
      receiver TEXT NOT NULL,
      position INTEGER NOT NULL,
      incident_id TEXT NOT NULL,
      added_at INTEGER NOT NULL,
      due_at INTEGER NOT NULL,
      PRIMARY KEY (receiver, position, incident_id)
    ) STRICT;
    CREATE INDEX mail_digest_due ON mail_digest (due_at);
  `,
};
