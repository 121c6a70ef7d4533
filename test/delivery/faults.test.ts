import { describe, expect, it } from 'vitest';
import type { OutboxEntry, SendResult } from '../../src/delivery/outbox.ts';
import { World } from './harness.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('what the other side answers', () => {
  const retries: [string, SendResult][] = [
    ['a server error', { kind: 'retry', reason: 'HTTP 500' }],
    ['a refused connection', { kind: 'retry', reason: 'ECONNREFUSED' }],
    ['429 for a second', { kind: 'retry', reason: 'HTTP 429', afterMs: 1000 }],
    ['429 for half a minute', { kind: 'retry', reason: 'HTTP 429', afterMs: 30_000 }],
    ['429 for an hour', { kind: 'retry', reason: 'HTTP 429', afterMs: HOUR }],
    ['429 for a year, by mistake', { kind: 'retry', reason: 'HTTP 429', afterMs: 365 * 24 * HOUR }],
    ['a delay that is no number', { kind: 'retry', reason: 'HTTP 429', afterMs: Number.NaN }],
    ['a negative delay', { kind: 'retry', reason: 'HTTP 429', afterMs: -5 }],
    ['a timeout after the body was written', { kind: 'retry', reason: 'timeout', ambiguous: true }],
  ];

  for (const limited of [false, true]) {
    for (const [name, result] of retries) {
      it(`delivers after ${name}${limited ? ', under a rate limit of its own' : ''}`, async () => {
        const world = new World();
        if (limited) world.slack.uses = () => [{ key: 'k', perMinute: 60, burst: 1 }];
        world.slack.answer = (_entry, attempt) => (attempt <= 3 ? result : { kind: 'sent' });
        const id = world.put({ payload: 'x' });
        await world.until(23 * HOUR);
        expect(world.state(id)).toBe('sent');
        expect(world.slack.attempts).toHaveLength(4);
        const floor = result.kind === 'retry' ? Math.min(HOUR, result.afterMs ?? 0) : 0;
        for (const [i, attempt] of world.slack.attempts.entries()) {
          const before = world.slack.attempts[i - 1];
          if (before && floor > 0) expect(attempt.at - before.at).toBeGreaterThanOrEqual(floor);
        }
        expect(world.dead).toEqual([]);
      });
    }
  }

  it('backs off a dead destination: few attempts an hour, never a tight loop', async () => {
    const world = new World();
    world.slack.answer = () => ({ kind: 'retry', reason: 'HTTP 503' });
    world.put({ payload: 'x' });
    await world.until(HOUR);
    expect(world.slack.attempts.length).toBeGreaterThan(12);
    expect(world.slack.attempts.length).toBeLessThan(60);
  });

  it('does not hammer a dead destination because many rows wait for it', async () => {
    const world = new World();
    world.slack.answer = () => ({ kind: 'retry', reason: 'HTTP 503' });
    for (let i = 0; i < 500; i += 1) world.put({ orderKey: `${i}`, payload: i });
    await world.until(10 * MINUTE);
    expect(world.slack.attempts.length).toBeLessThan(100);
  });

  it('says whether an earlier attempt may have arrived, so that the notifier can look for the message', async () => {
    const world = new World();
    world.slack.answer = (_entry, attempt) =>
      attempt === 1
        ? { kind: 'retry', reason: 'HTTP 500' }
        : attempt === 2
          ? { kind: 'retry', reason: 'timeout', ambiguous: true }
          : attempt === 3
            ? { kind: 'retry', reason: 'HTTP 500' }
            : { kind: 'sent' };
    world.put({ payload: 'x' });
    await world.until(HOUR);
    expect(world.slack.attempts.map((sent) => sent.entry.ambiguous)).toEqual([false, false, true, true]);
    expect(world.slack.attempts.map((sent) => sent.entry.attempts)).toEqual([1, 2, 3, 4]);
  });

  it('tries rejected content once more in a simpler form, at once', async () => {
    const world = new World();
    world.slack.simpler = () => 'plain';
    world.slack.answer = (entry) =>
      entry.payload === 'blocks' ? { kind: 'rejected', scope: 'content', reason: 'invalid_blocks' } : { kind: 'sent' };
    const id = world.put({ payload: 'blocks' });
    await world.until(0);
    expect(world.slack.attempts.map((sent) => [sent.payload, sent.entry.degraded])).toEqual([
      ['blocks', false],
      ['plain', true],
    ]);
    expect(world.state(id)).toBe('sent');
  });

  it('gives up when the simpler form is rejected as well, and keeps the row for a look', async () => {
    const world = new World();
    world.slack.simpler = () => 'plain';
    world.slack.answer = () => ({ kind: 'rejected', scope: 'content', reason: 'invalid_blocks' });
    const id = world.put({ payload: 'blocks' });
    await world.until(HOUR);
    expect(world.slack.attempts).toHaveLength(2);
    expect(world.dead.map(({ reason }) => reason)).toEqual([
      { kind: 'rejected', scope: 'content', reason: 'invalid_blocks' },
    ]);
    expect(world.store.entry(id)).toMatchObject({ state: 'dead', lastReason: 'rejected (content): invalid_blocks' });
  });

  it('gives content that arrives after a rejected one its own chance', async () => {
    const world = new World();
    world.slack.simpler = () => 'plain';
    world.slack.answer = (entry) => {
      if (entry.payload === 'v1') {
        world.put({ coalesceKey: 'card', payload: 'v2' });
        return { kind: 'rejected', scope: 'content', reason: 'invalid_blocks' };
      }
      return { kind: 'sent' };
    };
    world.put({ coalesceKey: 'card', payload: 'v1' });
    await world.until(0);
    expect(world.slack.attempts.map((sent) => [sent.payload, sent.entry.degraded])).toEqual([
      ['v1', false],
      ['v2', false],
    ]);
  });

  it('does not retry an archived channel', async () => {
    const world = new World();
    world.slack.simpler = () => 'plain';
    world.slack.answer = () => ({ kind: 'rejected', scope: 'destination', reason: 'is_archived' });
    world.put({ payload: 'x' });
    await world.until(HOUR);
    expect(world.slack.attempts).toHaveLength(1);
    expect(world.dead.map(({ reason }) => reason.kind)).toEqual(['rejected']);
  });

  it('waits with everything of a kind whose token was revoked, probes once a minute, and then sends P1 first', async () => {
    const world = new World();
    world.slack.answer = () => ({ kind: 'rejected', scope: 'credentials', reason: 'token_revoked' });
    for (let i = 0; i < 20; i += 1) world.put({ destination: `slack:#c${i}`, priority: 'P3', payload: i });
    world.put({ kind: 'pagerduty', destination: 'pagerduty:a', payload: 'page' });
    await world.until(10 * MINUTE);
    expect(world.circuits).toEqual(['slack open']);
    expect(world.courier.isCircuitOpen('slack')).toBe(true);
    expect(world.pager.payloads()).toEqual(['page']);
    // At most the attempts that were under way at once, then one a minute.
    expect(world.slack.attempts.length).toBeLessThanOrEqual(8 + 10);
    expect(world.dead).toEqual([]);
    world.put({ destination: 'slack:#urgent', priority: 'P1', payload: 'urgent' });
    world.slack.answer = () => ({ kind: 'sent' });
    await world.until(12 * MINUTE);
    expect(world.circuits).toEqual(['slack open', 'slack closed']);
    expect(world.slack.payloads()).toHaveLength(21);
    expect(world.slack.payloads()[0]).toBe('urgent');
    expect(world.slack.accepted.every((sent) => sent.entry.attempts === 1)).toBe(true);
  });

  it('stops all kinds that share the credentials', async () => {
    const world = new World();
    const kind = (name: string) => ({
      kind: name,
      credentials: 'slack',
      send: (entry: OutboxEntry) => world.slack.send(entry),
    });
    world.overrides = { notifiers: [kind('slack.card'), kind('slack.line')] };
    world.restart();
    world.slack.answer = () => ({ kind: 'rejected', scope: 'credentials', reason: 'token_revoked' });
    world.put({ kind: 'slack.card', payload: 'card' });
    await world.until(0);
    world.put({ kind: 'slack.line', destination: 'slack:#other', payload: 'line' });
    await world.until(30_000);
    expect(world.slack.attempts).toHaveLength(1);
    expect(world.courier.isCircuitOpen('slack.line')).toBe(true);
    expect(world.circuits).toEqual(['slack open']);
  });

  it('stops what one receiver’s password was refused for, and no other receiver of its kind', async () => {
    const world = new World();
    const keyOf = (entry: OutboxEntry): string => `mail ${String(entry.payload)}`;
    world.overrides = {
      notifiers: [{ kind: 'email', credentials: keyOf, send: (entry: OutboxEntry) => world.slack.send(entry) }],
    };
    world.restart();
    world.slack.answer = (entry) =>
      entry.payload === 'bad' ? { kind: 'rejected', scope: 'credentials', reason: '535' } : { kind: 'sent' };
    world.put({ kind: 'email', destination: 'email:asha', payload: 'bad' });
    world.put({ kind: 'email', destination: 'email:bilal', payload: 'bad' });
    await world.until(0);
    world.put({ kind: 'email', destination: 'email:chitra', payload: 'good' });
    world.put({ kind: 'email', destination: 'email:dev', payload: 'good' });
    await world.until(10 * MINUTE);
    expect(world.slack.payloads()).toEqual(['good', 'good']);
    expect(world.circuits).toEqual(['mail bad open']);
    // Each of the two tries once for itself, and then one of them is the probe of every minute.
    expect(world.slack.attempts.filter(({ payload }) => payload === 'bad').length).toBeLessThanOrEqual(13);
    world.slack.answer = () => ({ kind: 'sent' });
    await world.until(12 * MINUTE);
    expect(world.slack.payloads()).toEqual(['good', 'good', 'bad', 'bad']);
    expect(world.circuits).toEqual(['mail bad open', 'mail bad closed']);
  });

  it('does not take a timeout of the probe for working credentials', async () => {
    const world = new World();
    world.slack.answer = (_entry, attempt) =>
      attempt === 2 ? { kind: 'retry', reason: 'timeout' } : { kind: 'rejected', scope: 'credentials', reason: 'x' };
    world.put({ payload: 'x' });
    await world.until(30 * MINUTE);
    expect(world.circuits).toEqual(['slack open']);
  });

  it('cuts what others answer before it is kept', async () => {
    const world = new World();
    world.slack.answer = () => ({ kind: 'retry', reason: 'x'.repeat(1_000_000) });
    const id = world.put({ payload: 'x' });
    await world.until(0);
    expect(world.store.entry(id)?.lastReason?.length).toBeLessThan(600);
  });
});

describe('clock changes', () => {
  it('does not wait for a day because the clock was set back', async () => {
    const world = new World();
    world.slack.uses = () => [{ key: 'k', perMinute: 60, burst: 1 }];
    world.slack.answer = (_entry, attempt) =>
      attempt <= 2 ? { kind: 'retry', reason: 'HTTP 429', afterMs: 30_000 } : { kind: 'sent' };
    const id = world.put({ payload: 'x' });
    await world.until(0);
    world.clock.set(world.clock.now() - 24 * HOUR);
    await world.until(-24 * HOUR + 2 * MINUTE);
    expect(world.state(id)).toBe('sent');
  });
});

describe('a database that refuses', () => {
  it('does not send twice because a result could not be written', async () => {
    const world = new World();
    let full = true;
    const store = new Proxy(world.store, {
      get(target, key) {
        if (key === 'markSent' && full)
          return () => {
            throw new Error('SQLITE_FULL');
          };
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    world.overrides = { store };
    world.restart();
    const id = world.put({ payload: 'x' });
    world.put({ payload: 'y' });
    await world.until(10_000);
    expect(world.slack.payloads()).toEqual(['x']);
    full = false;
    await world.until(20_000);
    expect(world.slack.payloads()).toEqual(['x', 'y']);
    expect(world.state(id)).toBe('sent');
    expect(world.log.filter((line) => line.message === 'an outbox result could not be saved')).toHaveLength(1);
  });
});
