import type { Migration } from '../migrate.ts';

export const routing: Migration = {
  id: '0001-routing',
  sql: `
    CREATE TABLE routing_revision (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      revision INTEGER NOT NULL
    ) STRICT;
    INSERT INTO routing_revision (id, revision) VALUES (1, 0);

    CREATE TABLE alerts (
      fingerprint TEXT PRIMARY KEY,
      condition TEXT NOT NULL CHECK (condition IN ('firing', 'no_data', 'resolved', 'sender_silent')),
      starts_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      until INTEGER,
      ended_at INTEGER,
      body TEXT NOT NULL
    ) STRICT;

    CREATE TABLE alert_groups (
      id TEXT PRIMARY KEY,
      group_key TEXT NOT NULL,
      route_id TEXT NOT NULL,
      receiver TEXT NOT NULL,
      labels TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      next_flush_at INTEGER,
      flushed_at INTEGER,
      remove_at INTEGER,
      is_open INTEGER NOT NULL CHECK (is_open IN (0, 1))
    ) STRICT;

    CREATE TABLE group_members (
      group_id TEXT NOT NULL REFERENCES alert_groups (id) ON DELETE CASCADE,
      fingerprint TEXT NOT NULL REFERENCES alerts (fingerprint),
      mute_kind TEXT CHECK (mute_kind IN ('silenced', 'inhibited', 'mute_time', 'inactive_time')),
      mute_by TEXT,
      mute_until INTEGER,
      retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
      PRIMARY KEY (group_id, fingerprint)
    ) STRICT;

    CREATE TABLE notification_log (
      group_key TEXT NOT NULL,
      receiver TEXT NOT NULL,
      kind TEXT NOT NULL,
      idx INTEGER NOT NULL,
      group_id TEXT NOT NULL,
      firing TEXT NOT NULL,
      resolved TEXT NOT NULL,
      heard TEXT NOT NULL,
      sent_at INTEGER NOT NULL,
      PRIMARY KEY (group_key, receiver, kind, idx)
    ) STRICT;

    CREATE TABLE silences (
      id TEXT PRIMARY KEY,
      matcher_sets TEXT NOT NULL,
      starts_at INTEGER NOT NULL,
      ends_at INTEGER NOT NULL,
      end_kind TEXT NOT NULL CHECK (end_kind IN ('at', 'resolved', 'unmatched')),
      end_after_ms INTEGER,
      matched INTEGER NOT NULL CHECK (matched IN (0, 1)),
      quiet_since INTEGER,
      created_by TEXT NOT NULL,
      comment TEXT NOT NULL,
      updated_at INTEGER NOT NULL
    ) STRICT;
  `,
};

/**
 * Whole numbers name alerts and groups among the members: a batch of alerts then appends to one page of the table's end. With the
 * groups' long ids in the key it touched a page of the key's tree for each alert: 2,483 pages written for 10,000 alerts, now some 60.
 * An alert's columns beside its body were read by nobody.
 */
export const routingNumbers: Migration = {
  id: '0002-routing-numbers',
  // No foreign key on alert_group: to check it, the removal of a group would read every member there is.
  sql: `
    CREATE TABLE numbered_alerts (
      seq INTEGER PRIMARY KEY,
      fingerprint TEXT NOT NULL UNIQUE,
      body TEXT NOT NULL
    ) STRICT;
    INSERT INTO numbered_alerts SELECT rowid, fingerprint, body FROM alerts;

    CREATE TABLE numbered_groups (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      group_key TEXT NOT NULL,
      route_id TEXT NOT NULL,
      receiver TEXT NOT NULL,
      labels TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      next_flush_at INTEGER,
      flushed_at INTEGER,
      remove_at INTEGER,
      is_open INTEGER NOT NULL CHECK (is_open IN (0, 1))
    ) STRICT;
    INSERT INTO numbered_groups
      SELECT rowid, id, group_key, route_id, receiver, labels, created_at, next_flush_at, flushed_at, remove_at, is_open
      FROM alert_groups;

    CREATE TABLE numbered_members (
      alert INTEGER NOT NULL REFERENCES numbered_alerts (seq),
      alert_group INTEGER NOT NULL,
      mute_kind TEXT CHECK (mute_kind IN ('silenced', 'inhibited', 'mute_time', 'inactive_time')),
      mute_by TEXT,
      mute_until INTEGER,
      retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
      PRIMARY KEY (alert, alert_group)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO numbered_members
      SELECT a.rowid, g.rowid, m.mute_kind, m.mute_by, m.mute_until, m.retired
      FROM group_members m JOIN alerts a ON a.fingerprint = m.fingerprint JOIN alert_groups g ON g.id = m.group_id;

    DROP TABLE group_members;
    DROP TABLE alerts;
    DROP TABLE alert_groups;
    ALTER TABLE numbered_alerts RENAME TO alerts;
    ALTER TABLE numbered_groups RENAME TO alert_groups;
    ALTER TABLE numbered_members RENAME TO group_members;
  `,
};
