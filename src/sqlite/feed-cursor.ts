import type { Db } from './db.ts';

/** How far the observer's alert feed has been applied; written in the transaction of what it brought. */
export class FeedCursor {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  lastSeq(): number {
    return this.#db.get<{ last_seq: number }>('SELECT last_seq FROM feed_cursor')?.last_seq ?? 0;
  }

  advance(seq: number): void {
    this.#db.run('UPDATE feed_cursor SET last_seq = ?', seq);
  }
}
