import { type Label, Labels } from '../labels/labels.ts';
import type { SamplesStore, StoredBatch, StoredBlock, StoredSeries } from '../tsdb/store.ts';
import type { Db } from './db.ts';

interface SeriesRow {
  readonly id: number;
  readonly labels: string;
  readonly first_t: number | null;
  readonly last_t: number | null;
}

/** Samples in the metrics database. */
export class SqliteSamplesStore implements SamplesStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  tx<T>(fn: () => T): T {
    return this.#db.tx(fn);
  }

  series(): StoredSeries[] {
    return this.#db.all<SeriesRow>('SELECT id, labels, first_t, last_t FROM sample_series ORDER BY id').map((row) => ({
      id: row.id,
      labels: Labels.of(JSON.parse(row.labels) as Label[]),
      firstT: row.first_t ?? Number.POSITIVE_INFINITY,
      lastT: row.last_t ?? Number.NEGATIVE_INFINITY,
    }));
  }

  newestSeriesId(): number {
    return this.#db.get<{ id: number | null }>('SELECT max(id) AS id FROM sample_series')?.id ?? 0;
  }

  addSeries(series: readonly Pick<StoredSeries, 'id' | 'labels'>[]): void {
    for (const { id, labels } of series) {
      this.#db.run('INSERT INTO sample_series (id, labels) VALUES (?, ?)', id, JSON.stringify(labels.pairs));
    }
  }

  coverSeries(spans: readonly Pick<StoredSeries, 'id' | 'firstT' | 'lastT'>[]): void {
    for (const { id, firstT, lastT } of spans) {
      this.#db.run(
        'UPDATE sample_series SET first_t = min(coalesce(first_t, ?), ?), last_t = max(coalesce(last_t, ?), ?) WHERE id = ?',
        firstT,
        firstT,
        lastT,
        lastT,
        id,
      );
    }
  }

  removeSeries(ids: readonly number[]): void {
    for (const id of ids) this.#db.run('DELETE FROM sample_series WHERE id = ?', id);
  }

  addBatch(batch: StoredBatch): void {
    this.#db.run(
      'INSERT INTO sample_batches (min_t, max_t, data) VALUES (?, ?, ?)',
      batch.minT,
      batch.maxT,
      Buffer.from(batch.data.buffer, batch.data.byteOffset, batch.data.byteLength),
    );
  }

  /** Reads row by row: hours of batches need not fit in memory at once. */
  *batches(): Iterable<StoredBatch> {
    let after = 0;
    for (;;) {
      const row = this.#db.get<{ seq: number; min_t: number; max_t: number; data: Buffer }>(
        'SELECT seq, min_t, max_t, data FROM sample_batches WHERE seq > ? ORDER BY seq LIMIT 1',
        after,
      );
      if (!row) return;
      after = row.seq;
      yield { minT: row.min_t, maxT: row.max_t, data: row.data };
    }
  }

  removeBatchesBefore(t: number): void {
    this.#db.run('DELETE FROM sample_batches WHERE max_t < ?', t);
  }

  blocks(): StoredBlock[] {
    return this.#db.all<StoredBlock>(
      `SELECT id, series_group AS "group", from_t AS fromT, to_t AS toT FROM sample_blocks ORDER BY from_t, id`,
    );
  }

  addBlock(block: Omit<StoredBlock, 'id'>, data: Uint8Array): number {
    return this.#db.run(
      'INSERT INTO sample_blocks (series_group, from_t, to_t, data) VALUES (?, ?, ?, ?)',
      block.group,
      block.fromT,
      block.toT,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ).lastId;
  }

  readBlock(id: number): Uint8Array {
    const row = this.#db.get<{ data: Buffer }>('SELECT data FROM sample_blocks WHERE id = ?', id);
    if (!row) throw new Error(`sample block ${id} is gone`);
    return row.data;
  }

  removeBlocksBefore(t: number): void {
    this.#db.run('DELETE FROM sample_blocks WHERE to_t <= ?', t);
  }
}
