import type { Migration } from '../migrate.ts';

/**
 * What an alert says (labels, annotations, where it comes from) apart from how it stands: the first is most of its text and hardly ever
 * changes, the second does with each word of its sender. An incident's member has the same content as its alert until that changes or
 * is forgotten, and then takes a copy. Who writes alerts knows their numbers, so nothing is looked up by fingerprint: its index cost a
 * page for every fourteen alerts.
 */
export const alertContents: Migration = {
  id: '0003-alert-contents',
  sql: `
    CREATE TABLE parted_alerts (
      seq INTEGER PRIMARY KEY,
      fingerprint TEXT NOT NULL,
      content TEXT NOT NULL,
      state TEXT NOT NULL
    ) STRICT;
    INSERT INTO parted_alerts SELECT seq, fingerprint, ${contentOf('body')}, ${stateOf('body')} FROM alerts;

    CREATE TABLE parted_group_members (
      alert INTEGER NOT NULL REFERENCES parted_alerts (seq),
      alert_group INTEGER NOT NULL,
      mute_kind TEXT CHECK (mute_kind IN ('silenced', 'inhibited', 'mute_time', 'inactive_time')),
      mute_by TEXT,
      mute_until INTEGER,
      retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
      PRIMARY KEY (alert, alert_group)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO parted_group_members SELECT * FROM group_members;

    CREATE TABLE parted_members (
      incident INTEGER NOT NULL REFERENCES incidents (seq),
      fingerprint TEXT NOT NULL,
      alert INTEGER REFERENCES parted_alerts (seq),
      content TEXT CHECK ((content IS NULL) = (alert IS NOT NULL)),
      state TEXT NOT NULL,
      joined_at INTEGER NOT NULL,
      left_at INTEGER,
      UNIQUE (incident, fingerprint)
    ) STRICT;
    INSERT INTO parted_members
      SELECT incident, fingerprint, NULL, ${contentOf('alert')}, ${stateOf('alert')}, joined_at, left_at
      FROM incident_members ORDER BY rowid;

    DROP TABLE group_members;
    DROP TABLE incident_members;
    DROP TABLE alerts;
    ALTER TABLE parted_alerts RENAME TO alerts;
    ALTER TABLE parted_group_members RENAME TO group_members;
    ALTER TABLE parted_members RENAME TO incident_members;
    CREATE INDEX incident_members_alert ON incident_members (alert) WHERE alert IS NOT NULL;
  `,
};

function contentOf(body: string): string {
  const parts = ['labels', 'annotations', 'generatorUrl', 'source'].map((name) => `'${name}', ${body} -> '$.${name}'`);
  return `json_object(${parts.join(', ')})`;
}

function stateOf(body: string): string {
  return `json_remove(${body}, '$.labels', '$.annotations', '$.generatorUrl', '$.source', '$.fingerprint')`;
}
