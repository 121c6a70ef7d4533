import type { Migration } from '../migrate.ts';

export const delivery: Migration = {
  id: '0001-delivery',
  // AUTOINCREMENT: a seq must never come again after rows were pruned, since it is the order of sending.
  sql: `
    CREATE TABLE outbox (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL,
      destination TEXT NOT NULL,
      lane TEXT NOT NULL,
      payload TEXT NOT NULL,
      priority TEXT NOT NULL CHECK (priority IN ('P1', 'P2', 'P3', 'P4')),
      coalesce_key TEXT,
      order_key TEXT,
      fallback_of TEXT,
      caused_at INTEGER NOT NULL,
      time_to_live_ms INTEGER,
      created_at INTEGER NOT NULL,
      not_before INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('queued', 'attempting', 'sent', 'dead')),
      revision INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      crashes INTEGER NOT NULL DEFAULT 0,
      degraded INTEGER NOT NULL DEFAULT 0,
      ambiguous INTEGER NOT NULL DEFAULT 0,
      late_told INTEGER NOT NULL DEFAULT 0,
      last_reason TEXT,
      ended_at INTEGER
    ) STRICT;
    CREATE INDEX outbox_lanes ON outbox (destination, lane, seq, priority) WHERE state = 'queued';
    CREATE UNIQUE INDEX outbox_coalesce ON outbox (coalesce_key, destination, kind)
      WHERE state = 'queued' AND coalesce_key IS NOT NULL;
    CREATE INDEX outbox_changes ON outbox (revision, destination, lane) WHERE state = 'queued';
    CREATE INDEX outbox_expiry ON outbox (expires_at) WHERE state = 'queued';
    CREATE INDEX outbox_attempting ON outbox (seq) WHERE state = 'attempting';
    CREATE INDEX outbox_late ON outbox (created_at)
      WHERE priority = 'P1' AND late_told = 0 AND state IN ('queued', 'attempting');
    CREATE INDEX outbox_ended ON outbox (state, ended_at) WHERE ended_at IS NOT NULL;
    CREATE TABLE outbox_revision (value INTEGER NOT NULL) STRICT;
    INSERT INTO outbox_revision VALUES (0);

    CREATE TABLE pagerduty_trigger (
      dedup_key TEXT PRIMARY KEY,
      routing_key TEXT NOT NULL,
      url TEXT NOT NULL,
      triggered_at INTEGER NOT NULL
    ) STRICT;
  `,
};

/**
 * What is sent stands apart from what becomes of it: SQLite writes a row anew for each change of its state, and a message of twenty
 * alerts takes more pages than the rest of the row. Which lanes changed is remembered by the one process that writes.
 */
export const outboxPayloads: Migration = {
  id: '0002-outbox-payloads',
  sql: `
    CREATE TABLE outbox_payloads (
      seq INTEGER PRIMARY KEY REFERENCES outbox (seq) ON DELETE CASCADE,
      payload TEXT NOT NULL
    ) STRICT;
    INSERT INTO outbox_payloads SELECT seq, payload FROM outbox;
    DROP INDEX outbox_changes;
    DROP TABLE outbox_revision;
    ALTER TABLE outbox DROP COLUMN payload;
    ALTER TABLE outbox DROP COLUMN revision;
  `,
};

/** A webhook's message is written once, as it goes out. */
export const outboxBodies: Migration = {
  id: '0004-outbox-bodies',
  sql: `
    ALTER TABLE outbox_payloads ADD COLUMN body TEXT;
    UPDATE outbox_payloads SET body = payload -> '$.message', payload = json_object('integration', payload -> '$.integration')
    WHERE seq IN (SELECT seq FROM outbox WHERE kind = 'webhook');
  `,
};

/** Each cost a page in every commit of every message, to be read at the start, once an hour, or when something expires. */
export const outboxFewerIndexes: Migration = {
  id: '0003-outbox-fewer-indexes',
  sql: `
    DROP INDEX outbox_attempting;
    DROP INDEX outbox_ended;
    DROP INDEX outbox_expiry;
  `,
};
