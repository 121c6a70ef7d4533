import { INBOX_MEMORY_MS, type Once, type SlackInbox } from '../slack/inbox.ts';
import type { Db } from './db.ts';

/** The inbox of Slack interactions. Forgets what is older than a day with each new entry. */
export class SlackStore implements SlackInbox {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  once<T>(key: string, now: number, act: () => T): Once<T> {
    return this.#db.tx(() => {
      this.#db.run('DELETE FROM slack_inbox WHERE taken_at < ?', now - INBOX_MEMORY_MS);
      const { changes } = this.#db.run('INSERT OR IGNORE INTO slack_inbox (key, taken_at) VALUES (?, ?)', key, now);
      return changes === 0 ? { kind: 'duplicate' } : { kind: 'first', value: act() };
    });
  }
}
