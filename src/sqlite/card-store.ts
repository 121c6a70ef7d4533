import { createHash } from 'node:crypto';
import type { CardDestination, CardView, MessageRef } from '../incident/card.ts';
import type { CardRow, CardStore } from '../incident/store.ts';
import type { Db } from './db.ts';
import { EPISODES_OF } from './episode-store.ts';

interface Row {
  readonly id: string;
  readonly incident_id: string;
  readonly episode_id: string;
  readonly view: CardView;
  readonly destination_kind: 'channel' | 'user';
  readonly destination: string;
  readonly ref_channel: string | null;
  readonly ref_ts: string | null;
  readonly replaces_channel: string | null;
  readonly replaces_ts: string | null;
  readonly created_at: number;
  readonly refreshed_at: number;
  readonly refresh_due_at: number | null;
  readonly storm_id: string | null;
  readonly held: number;
}

export class SqliteCardStore implements CardStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  add(draft: Omit<CardRow, 'id' | 'held'> & Partial<Pick<CardRow, 'held'>>): CardRow {
    const { kind, name } = destinationColumns(draft.destination);
    const identity = JSON.stringify([draft.episodeId, draft.view, kind, name, draft.createdAt]);
    const card = {
      ...draft,
      held: draft.held ?? false,
      id: createHash('sha256').update(identity).digest('hex').slice(0, 12),
    };
    this.#db.run(
      `INSERT INTO cards (id, incident_id, episode_id, view, destination_kind, destination, ref_channel, ref_ts,
         replaces_channel, replaces_ts, created_at, refreshed_at, refresh_due_at, storm_id, held)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      card.id,
      card.incidentId,
      card.episodeId,
      card.view,
      kind,
      name,
      ...refColumns(card),
      card.createdAt,
      card.refreshedAt,
      card.refreshDueAt ?? null,
      card.stormId ?? null,
      card.held ? 1 : 0,
    );
    return card;
  }

  card(id: string): CardRow | undefined {
    return this.#cards('WHERE id = ?', id)[0];
  }

  at(ref: MessageRef): CardRow | undefined {
    return this.#cards('WHERE ref_ts = ? AND ref_channel = ?', ref.ts, ref.channel)[0];
  }

  ofEpisode(episodeId: string): CardRow[] {
    return this.#cards(`WHERE episode_id = ? AND view = 'card' ORDER BY seq`, episodeId);
  }

  ofIncident(incidentId: string): CardRow[] {
    return this.#cards(
      `WHERE incident_id = ?
         OR (view = 'card' AND episode_id IN (${EPISODES_OF}))
         OR id IN (SELECT card_id FROM pages WHERE incident_id = ?)
       ORDER BY seq`,
      incidentId,
      incidentId,
      incidentId,
    );
  }

  save(card: CardRow): void {
    this.#db.run(
      `UPDATE cards SET incident_id = ?, ref_channel = ?, ref_ts = ?, replaces_channel = ?, replaces_ts = ?,
         refreshed_at = ?, refresh_due_at = ?, held = ? WHERE id = ?`,
      card.incidentId,
      ...refColumns(card),
      card.refreshedAt,
      card.refreshDueAt ?? null,
      card.held ? 1 : 0,
      card.id,
    );
  }

  due(now: number): CardRow[] {
    return this.#cards('WHERE refresh_due_at <= ? ORDER BY refresh_due_at, seq', now);
  }

  #cards(rest: string, ...values: (string | number)[]): CardRow[] {
    return this.#db.all<Row>(`SELECT * FROM cards ${rest}`, ...values).map(cardOf);
  }
}

function cardOf(row: Row): CardRow {
  const ref = refOf(row.ref_channel, row.ref_ts);
  const replaces = refOf(row.replaces_channel, row.replaces_ts);
  return {
    id: row.id,
    incidentId: row.incident_id,
    episodeId: row.episode_id,
    view: row.view,
    destination:
      row.destination_kind === 'channel'
        ? { kind: 'channel', channel: row.destination }
        : { kind: 'user', user: row.destination },
    createdAt: row.created_at,
    refreshedAt: row.refreshed_at,
    ...(ref && { ref }),
    ...(replaces && { replaces }),
    ...(row.refresh_due_at !== null && { refreshDueAt: row.refresh_due_at }),
    ...(row.storm_id !== null && { stormId: row.storm_id }),
    held: row.held === 1,
  };
}

function refOf(channel: string | null, ts: string | null): MessageRef | undefined {
  return channel !== null && ts !== null ? { channel, ts } : undefined;
}

function refColumns(card: Pick<CardRow, 'ref' | 'replaces'>): (string | null)[] {
  return [card.ref?.channel ?? null, card.ref?.ts ?? null, card.replaces?.channel ?? null, card.replaces?.ts ?? null];
}

function destinationColumns(destination: CardDestination): { kind: string; name: string } {
  switch (destination.kind) {
    case 'channel':
      return { kind: 'channel', name: destination.channel };
    case 'user':
      return { kind: 'user', name: destination.user };
  }
}
