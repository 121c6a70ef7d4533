import { createHash } from 'node:crypto';
import type { MessageRef } from '../incident/card.ts';
import type { Canopy, Storm, StormStore } from '../incident/storm-store.ts';
import type { Db } from './db.ts';

interface StormRow {
  readonly id: string;
  readonly started_at: number;
  readonly last_group_at: number;
  readonly refreshed_at: number;
  readonly due_at: number | null;
  readonly ended_at: number | null;
}

interface CanopyRow {
  readonly id: string;
  readonly storm_id: string;
  readonly channel: string;
  readonly ref_channel: string | null;
  readonly ref_ts: string | null;
  readonly replaces_channel: string | null;
  readonly replaces_ts: string | null;
}

/** Storms, their messages, and which cards wait below them, in the state database. */
export class SqliteStormStore implements StormStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  current(): Storm | undefined {
    return this.#storms('WHERE ended_at IS NULL')[0];
  }

  storm(id: string): Storm | undefined {
    return this.#storms('WHERE id = ?', id)[0];
  }

  begin(draft: Omit<Storm, 'id'>): Storm {
    const seq = this.#db.get<{ seq: number }>('SELECT coalesce(max(seq), 0) + 1 AS seq FROM storms')?.seq ?? 1;
    const storm = { ...draft, id: `storm-${hash([seq, draft.startedAt])}` };
    this.#db.run(
      'INSERT INTO storms (id, started_at, last_group_at, refreshed_at, due_at) VALUES (?, ?, ?, ?, ?)',
      storm.id,
      storm.startedAt,
      storm.lastGroupAt,
      storm.refreshedAt,
      storm.dueAt ?? null,
    );
    return storm;
  }

  save(storm: Storm): void {
    this.#db.run(
      'UPDATE storms SET last_group_at = ?, refreshed_at = ?, due_at = ?, ended_at = ? WHERE id = ?',
      storm.lastGroupAt,
      storm.refreshedAt,
      storm.dueAt ?? null,
      storm.endedAt ?? null,
      storm.id,
    );
  }

  newEpisodes(after: number): Set<string> {
    const rows = this.#db.all<{ episode_id: string }>(
      `SELECT DISTINCT episode_id FROM cards WHERE view = 'card' AND created_at > ?`,
      after,
    );
    return new Set(rows.map((row) => row.episode_id));
  }

  takeIn(id: string, after: number): void {
    this.#db.run(
      `UPDATE cards SET storm_id = ? WHERE view = 'card' AND created_at > ? AND storm_id IS NULL`,
      id,
      after,
    );
  }

  incidentsOf(id: string): string[] {
    return this.#db
      .all<{ incident_id: string }>(
        `SELECT incident_id, min(seq) AS first FROM (
           SELECT incident_id, seq FROM cards WHERE storm_id = ?
           UNION ALL SELECT i.id, c.seq FROM cards c JOIN episodes e ON e.id = c.episode_id
             JOIN episode_links l ON l.episode = e.seq JOIN incidents i ON i.seq = l.incident WHERE c.storm_id = ?) GROUP BY incident_id ORDER BY first`,
        id,
        id,
      )
      .map((row) => row.incident_id);
  }

  heldCards(id: string): string[] {
    return this.#db
      .all<{ id: string }>('SELECT id FROM cards WHERE storm_id = ? AND held = 1 ORDER BY seq', id)
      .map((row) => row.id);
  }

  canopies(stormId: string): Canopy[] {
    return this.#canopies('WHERE storm_id = ? ORDER BY rowid', stormId);
  }

  canopy(id: string): Canopy | undefined {
    return this.#canopies('WHERE id = ?', id)[0];
  }

  canopyAt(ref: MessageRef): Canopy | undefined {
    return this.#canopies('WHERE ref_ts = ? AND ref_channel = ?', ref.ts, ref.channel)[0];
  }

  addCanopy(stormId: string, channel: string): Canopy {
    const canopy = { id: `canopy-${hash([stormId, channel])}`, stormId, channel };
    this.#db.run('INSERT INTO canopies (id, storm_id, channel) VALUES (?, ?, ?)', canopy.id, stormId, channel);
    return canopy;
  }

  saveCanopy({ id, ref, replaces }: Canopy): void {
    this.#db.run(
      'UPDATE canopies SET ref_channel = ?, ref_ts = ?, replaces_channel = ?, replaces_ts = ? WHERE id = ?',
      ref?.channel ?? null,
      ref?.ts ?? null,
      replaces?.channel ?? null,
      replaces?.ts ?? null,
      id,
    );
  }

  #storms(rest: string, ...values: string[]): Storm[] {
    return this.#db.all<StormRow>(`SELECT * FROM storms ${rest}`, ...values).map((row) => ({
      id: row.id,
      startedAt: row.started_at,
      lastGroupAt: row.last_group_at,
      refreshedAt: row.refreshed_at,
      ...(row.due_at !== null && { dueAt: row.due_at }),
      ...(row.ended_at !== null && { endedAt: row.ended_at }),
    }));
  }

  #canopies(rest: string, ...values: string[]): Canopy[] {
    return this.#db.all<CanopyRow>(`SELECT * FROM canopies ${rest}`, ...values).map((row) => {
      const ref = refOf(row.ref_channel, row.ref_ts);
      const replaces = refOf(row.replaces_channel, row.replaces_ts);
      return {
        id: row.id,
        stormId: row.storm_id,
        channel: row.channel,
        ...(ref && { ref }),
        ...(replaces && { replaces }),
      };
    });
  }
}

function refOf(channel: string | null, ts: string | null): MessageRef | undefined {
  return channel !== null && ts !== null ? { channel, ts } : undefined;
}

function hash(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}
