import { describe, expect, it } from 'vitest';
import { INBOX_MEMORY_MS } from '../../src/slack/inbox.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SlackStore } from '../../src/sqlite/slack-store.ts';

function inbox(): { db: Db; store: SlackStore } {
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  return { db, store: new SlackStore(db) };
}

describe('the inbox', () => {
  it('lets an interaction act once, however often it is delivered', () => {
    const { store } = inbox();
    let acts = 0;
    const act = (): number => (acts += 1);
    expect(store.once('action:1', 0, act)).toEqual({ kind: 'first', value: 1 });
    expect(store.once('action:1', 1000, act)).toEqual({ kind: 'duplicate' });
    expect(store.once('action:2', 1000, act)).toEqual({ kind: 'first', value: 2 });
  });

  it('forgets an act that failed, so that trying again works', () => {
    const { store } = inbox();
    expect(() =>
      store.once('action:1', 0, () => {
        throw new Error('disk full');
      }),
    ).toThrow('disk full');
    expect(store.once('action:1', 1, () => 'done')).toEqual({ kind: 'first', value: 'done' });
  });

  it('stays small', () => {
    const { db, store } = inbox();
    for (let i = 0; i < 100; i += 1) store.once(`a${i}`, i, () => i);
    store.once('later', INBOX_MEMORY_MS + 1000, () => 0);
    expect(db.get<{ n: number }>('SELECT count(*) AS n FROM slack_inbox')?.n).toBe(1);
  });
});
