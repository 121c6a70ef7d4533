import type { Migration } from '../migrate.ts';

export const incident: Migration = {
  id: '0001-incident',
  sql: `
    CREATE TABLE incidents (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      state TEXT NOT NULL CHECK (state IN ('triggered', 'acknowledged', 'resolved')),
      state_detail TEXT NOT NULL,
      priority TEXT NOT NULL,
      alert_name TEXT NOT NULL,
      home_group TEXT NOT NULL,
      group_labels TEXT NOT NULL,
      opened_at INTEGER NOT NULL,
      reopen_at INTEGER,
      check_at INTEGER,
      check_asked INTEGER NOT NULL DEFAULT 0,
      verdict TEXT
    ) STRICT;
    CREATE INDEX incidents_open ON incidents (seq) WHERE state <> 'resolved';
    CREATE INDEX incidents_home ON incidents (home_group) WHERE state <> 'resolved' OR reopen_at IS NOT NULL;
    CREATE INDEX incidents_opened ON incidents (opened_at);
    CREATE INDEX incidents_reopen ON incidents (reopen_at) WHERE reopen_at IS NOT NULL;
    CREATE INDEX incidents_check ON incidents (check_at) WHERE check_at IS NOT NULL;

    CREATE TABLE incident_members (
      incident_id TEXT NOT NULL REFERENCES incidents (id),
      fingerprint TEXT NOT NULL,
      alert TEXT NOT NULL,
      joined_at INTEGER NOT NULL,
      left_at INTEGER,
      PRIMARY KEY (incident_id, fingerprint)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX incident_members_fingerprint ON incident_members (fingerprint);

    CREATE TABLE episodes (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      group_key TEXT NOT NULL,
      receiver TEXT NOT NULL,
      labels TEXT NOT NULL,
      incident_id TEXT NOT NULL REFERENCES incidents (id),
      opened_at INTEGER NOT NULL,
      ended_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX episodes_open ON episodes (group_key) WHERE ended_at IS NULL;
    CREATE INDEX episodes_incident ON episodes (incident_id);

    CREATE TABLE episode_members (
      episode_id TEXT NOT NULL REFERENCES episodes (id),
      fingerprint TEXT NOT NULL,
      incident_id TEXT NOT NULL REFERENCES incidents (id),
      mute TEXT,
      PRIMARY KEY (episode_id, fingerprint)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX episode_members_incident ON episode_members (incident_id);

    CREATE TABLE cards (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      incident_id TEXT NOT NULL REFERENCES incidents (id),
      episode_id TEXT NOT NULL REFERENCES episodes (id),
      view TEXT NOT NULL CHECK (view IN ('card', 'page')),
      destination_kind TEXT NOT NULL CHECK (destination_kind IN ('channel', 'user')),
      destination TEXT NOT NULL,
      ref_channel TEXT,
      ref_ts TEXT,
      replaces_channel TEXT,
      replaces_ts TEXT,
      created_at INTEGER NOT NULL,
      refreshed_at INTEGER NOT NULL,
      refresh_due_at INTEGER
    ) STRICT;
    CREATE INDEX cards_incident ON cards (incident_id);
    CREATE INDEX cards_episode ON cards (episode_id);
    CREATE INDEX cards_ref ON cards (ref_ts, ref_channel);
    CREATE INDEX cards_due ON cards (refresh_due_at) WHERE refresh_due_at IS NOT NULL;

    CREATE TABLE incident_events (
      seq INTEGER PRIMARY KEY,
      incident_id TEXT NOT NULL REFERENCES incidents (id),
      at INTEGER NOT NULL,
      fact TEXT NOT NULL
    ) STRICT;
    CREATE INDEX incident_events_incident ON incident_events (incident_id, seq);

    CREATE TABLE ladders (
      incident_id TEXT PRIMARY KEY REFERENCES incidents (id),
      policy TEXT NOT NULL,
      channel TEXT,
      business_hours INTEGER NOT NULL,
      started_at INTEGER NOT NULL,
      step INTEGER NOT NULL,
      next_at INTEGER,
      stopped TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX ladders_due ON ladders (next_at) WHERE next_at IS NOT NULL;

    CREATE TABLE ladder_steps (
      incident_id TEXT NOT NULL REFERENCES incidents (id),
      started_at INTEGER NOT NULL,
      step INTEGER NOT NULL,
      pass INTEGER NOT NULL,
      level INTEGER NOT NULL,
      at INTEGER NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('told', 'skipped')),
      who TEXT NOT NULL,
      PRIMARY KEY (incident_id, started_at, step)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE page_bundles (
      card_id TEXT PRIMARY KEY REFERENCES cards (id),
      person TEXT NOT NULL,
      opened_at INTEGER NOT NULL,
      closes_at INTEGER NOT NULL,
      closed INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX page_bundles_open ON page_bundles (closes_at) WHERE closed = 0;

    CREATE TABLE pages (
      card_id TEXT NOT NULL REFERENCES page_bundles (card_id),
      incident_id TEXT NOT NULL REFERENCES incidents (id),
      at INTEGER NOT NULL,
      PRIMARY KEY (card_id, incident_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX pages_incident ON pages (incident_id);
  `,
};

/**
 * Members go by their incident's number, so that a new incident's rows are appended; by its id, which looks like chance, each went to
 * another page of the table. What mutes an episode's alerts stands in one row per incident: it is only ever read and written whole.
 * Which incident holds an alert is known in memory, so nothing is looked up by fingerprint.
 */
export const incidentNumbers: Migration = {
  id: '0002-incident-numbers',
  sql: `
    CREATE TABLE numbered_members (
      incident INTEGER NOT NULL REFERENCES incidents (seq),
      fingerprint TEXT NOT NULL,
      alert TEXT NOT NULL,
      joined_at INTEGER NOT NULL,
      left_at INTEGER,
      UNIQUE (incident, fingerprint)
    ) STRICT;
    INSERT INTO numbered_members
      SELECT i.seq, m.fingerprint, m.alert, m.joined_at, m.left_at
      FROM incident_members m JOIN incidents i ON i.id = m.incident_id ORDER BY i.seq, m.joined_at, m.fingerprint;

    CREATE TABLE numbered_links (
      episode INTEGER NOT NULL REFERENCES episodes (seq),
      incident INTEGER NOT NULL REFERENCES incidents (seq),
      mutes TEXT NOT NULL,
      PRIMARY KEY (episode, incident)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX episode_links_incident ON numbered_links (incident);
    INSERT INTO numbered_links
      SELECT e.seq, i.seq, json_group_array(json_array(m.fingerprint, json(m.mute)))
      FROM episode_members m JOIN episodes e ON e.id = m.episode_id JOIN incidents i ON i.id = m.incident_id
      GROUP BY e.seq, i.seq;

    DROP TABLE incident_members;
    DROP TABLE episode_members;
    ALTER TABLE numbered_members RENAME TO incident_members;
    ALTER TABLE numbered_links RENAME TO episode_links;
  `,
};
