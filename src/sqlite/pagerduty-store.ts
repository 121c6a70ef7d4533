import type { TriggerBook, TriggerPlace } from '../notifiers/pagerduty.ts';
import type { PagerdutyBook, PagerdutyEntry } from '../notifiers/pagerduty-desk.ts';
import type { Db } from './db.ts';

export class SqliteTriggerBook implements TriggerBook {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  place(destination: string, dedupKey: string): TriggerPlace | undefined {
    return this.#db.get<TriggerPlace>(
      'SELECT routing_key AS routingKey, url FROM pagerduty_places WHERE destination = ? AND dedup_key = ?',
      destination,
      dedupKey,
    );
  }

  remember(destination: string, dedupKey: string, place: TriggerPlace, at: number): void {
    this.#db.run(
      `INSERT INTO pagerduty_places (destination, dedup_key, routing_key, url, triggered_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (destination, dedup_key) DO UPDATE SET routing_key = excluded.routing_key, url = excluded.url,
         triggered_at = excluded.triggered_at`,
      destination,
      dedupKey,
      place.routingKey,
      place.url,
      at,
    );
  }

  forget(destination: string, dedupKey: string): void {
    this.#db.run('DELETE FROM pagerduty_places WHERE destination = ? AND dedup_key = ?', destination, dedupKey);
  }
}

interface Row {
  readonly incident_id: string;
  readonly receiver: string;
  readonly position: number;
  readonly dedup_key: string;
  readonly open: number;
}

export class SqlitePagerdutyBook implements PagerdutyBook {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  ofIncident(incidentId: string): PagerdutyEntry[] {
    return this.#db
      .all<Row>('SELECT * FROM pagerduty_incidents WHERE incident_id = ? ORDER BY receiver, position', incidentId)
      .map((row) => ({
        incidentId: row.incident_id,
        integration: { receiver: row.receiver, kind: 'pagerduty', index: row.position },
        dedupKey: row.dedup_key,
        open: row.open === 1,
      }));
  }

  holderOf(dedupKey: string): string | undefined {
    return this.#db.get<{ incident_id: string }>(
      'SELECT incident_id FROM pagerduty_incidents WHERE dedup_key = ? AND open = 1 LIMIT 1',
      dedupKey,
    )?.incident_id;
  }

  save({ incidentId, integration, dedupKey, open }: PagerdutyEntry): void {
    this.#db.run(
      `INSERT INTO pagerduty_incidents (incident_id, receiver, position, dedup_key, open) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (incident_id, receiver, position) DO UPDATE SET dedup_key = excluded.dedup_key, open = excluded.open`,
      incidentId,
      integration.receiver,
      integration.index,
      dedupKey,
      open ? 1 : 0,
    );
  }
}
