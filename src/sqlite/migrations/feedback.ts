import type { Migration } from '../migrate.ts';

export const feedback: Migration = {
  id: '0001-feedback',
  sql: `
    CREATE TABLE feedback_incidents (
      incident_id TEXT PRIMARY KEY,
      rule TEXT NOT NULL,
      model TEXT NOT NULL,
      environment TEXT NOT NULL,
      priority TEXT NOT NULL,
      opened_at INTEGER NOT NULL,
      acknowledged_at INTEGER,
      resolved_at INTEGER,
      notifications INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX feedback_incidents_opened ON feedback_incidents (opened_at);

    CREATE TABLE feedback_pages (
      incident_id TEXT NOT NULL REFERENCES feedback_incidents (incident_id) ON DELETE CASCADE,
      at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX feedback_pages_incident ON feedback_pages (incident_id);

    CREATE TABLE verdicts (
      seq INTEGER PRIMARY KEY,
      incident_id TEXT NOT NULL REFERENCES feedback_incidents (incident_id) ON DELETE CASCADE,
      verdict TEXT NOT NULL CHECK (verdict IN ('true_positive', 'false_positive', 'not_actionable')),
      by_id TEXT NOT NULL,
      at INTEGER NOT NULL,
      undone_at INTEGER
    ) STRICT;
    CREATE INDEX verdicts_incident ON verdicts (incident_id, seq);
    CREATE UNIQUE INDEX verdicts_standing ON verdicts (incident_id) WHERE undone_at IS NULL;

    CREATE TABLE rule_first_fired (
      rule TEXT PRIMARY KEY,
      at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE digest_deadline (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      at INTEGER NOT NULL,
      schedule TEXT NOT NULL
    ) STRICT;
  `,
};
