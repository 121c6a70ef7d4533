import type { Migration } from '../migrate.ts';

export const pagerduty: Migration = {
  id: '0002-pagerduty',
  // One trigger place per destination: two services that hear of one incident have different keys.
  sql: `
    CREATE TABLE pagerduty_places (
      destination TEXT NOT NULL,
      dedup_key TEXT NOT NULL,
      routing_key TEXT NOT NULL,
      url TEXT NOT NULL,
      triggered_at INTEGER NOT NULL,
      PRIMARY KEY (destination, dedup_key)
    ) STRICT, WITHOUT ROWID;
    DROP TABLE pagerduty_trigger;

    CREATE TABLE pagerduty_incidents (
      incident_id TEXT NOT NULL,
      receiver TEXT NOT NULL,
      position INTEGER NOT NULL,
      dedup_key TEXT NOT NULL,
      open INTEGER NOT NULL,
      PRIMARY KEY (incident_id, receiver, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX pagerduty_incidents_key ON pagerduty_incidents (dedup_key) WHERE open = 1;
  `,
};
