import type { TriggerBook, TriggerPlace } from '../notifiers/pagerduty.ts';
import type { Db } from './db.ts';

export class SqliteTriggerBook implements TriggerBook {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  place(dedupKey: string): TriggerPlace | undefined {
    return this.#db.get<TriggerPlace>(
      'SELECT routing_key AS routingKey, url FROM pagerduty_trigger WHERE dedup_key = ?',
      dedupKey,
    );
  }

  remember(dedupKey: string, place: TriggerPlace, at: number): void {
    this.#db.run(
      `INSERT INTO pagerduty_trigger (dedup_key, routing_key, url, triggered_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (dedup_key) DO UPDATE SET routing_key = excluded.routing_key, url = excluded.url,
         triggered_at = excluded.triggered_at`,
      dedupKey,
      place.routingKey,
      place.url,
      at,
    );
  }

  forget(dedupKey: string): void {
    this.#db.run('DELETE FROM pagerduty_trigger WHERE dedup_key = ?', dedupKey);
  }
}
