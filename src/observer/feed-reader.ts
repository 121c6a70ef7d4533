import type { Alert } from '../alert/alert.ts';
import { alertFromJson } from '../alert/json.ts';
import { failPoint } from '../fail-point.ts';
import type { Job } from '../time/loop.ts';
import type { Observer } from './port.ts';

export interface FeedReaderOptions {
  readonly observer: Observer;
  readonly transact: <T>(fn: () => T) => T;
  /** How far the feed was applied, in the same database as what `apply` writes. */
  readonly cursor: { lastSeq(): number; advance(seq: number): void };
  /** Takes the alerts in; called inside the transaction that moves the cursor. */
  readonly apply: (alerts: readonly Alert[], now: number) => void;
  /** The loop should ask for the deadline anew. */
  readonly wake: () => void;
}

const ROWS_AT_ONCE = 200;

/**
 * Brings the observer's alert feed into the state database: each row exactly once, in order. The rows a crash left unconfirmed come
 * again and are skipped by the cursor.
 */
export class FeedReader implements Job {
  readonly name = 'feed';
  readonly #options: FeedReaderOptions;
  #waiting = true;

  constructor(options: FeedReaderOptions) {
    this.#options = options;
    options.observer.onFeed(() => {
      this.#waiting = true;
      options.wake();
    });
  }

  nextDue(): number | undefined {
    return this.#waiting ? 0 : undefined;
  }

  async run(now: number): Promise<void> {
    const { observer, transact, cursor, apply } = this.#options;
    this.#waiting = false;
    try {
      const rows = await observer.feed(ROWS_AT_ONCE);
      if (rows.length > 0) failPoint('feed.read');
      for (const row of rows) {
        transact(() => {
          if (row.seq <= cursor.lastSeq()) return;
          apply(row.alerts.map(alertFromJson), now);
          cursor.advance(row.seq);
        });
        failPoint('feed.applied');
      }
      const last = rows.at(-1);
      if (last) {
        await observer.confirm(last.seq);
        failPoint('feed.confirmed');
      }
      if (rows.length === ROWS_AT_ONCE) this.#waiting = true;
    } catch (error) {
      this.#waiting = true;
      throw error;
    }
  }
}
