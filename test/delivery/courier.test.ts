import { describe, expect, it } from 'vitest';
import { pagerdutyBudget, SLACK_UPDATE_BUDGET, slackPostBudget } from '../../src/delivery/budget.ts';
import { T0, World } from './harness.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('the courier', () => {
  it('sends what was put in, once, and marks it', async () => {
    const world = new World();
    const id = world.put({ payload: 'fraud-detector is slow' });
    await world.until(HOUR);
    expect(world.slack.payloads()).toEqual(['fraud-detector is slow']);
    expect(world.state(id)).toBe('sent');
  });

  it('says nothing about a change that was rolled back', async () => {
    const world = new World();
    expect(() =>
      world.db.tx(() => {
        world.put({ payload: 'never happened' });
        throw new Error('the change failed');
      }),
    ).toThrow();
    await world.until(HOUR);
    expect(world.slack.attempts).toEqual([]);
  });

  it('keeps one destination in order while another one is down', async () => {
    const world = new World();
    world.slack.answer = (entry) =>
      entry.destination === 'slack:#down' ? { kind: 'retry', reason: 'HTTP 503' } : { kind: 'sent' };
    world.put({ destination: 'slack:#down', payload: 'a1' });
    world.put({ destination: 'slack:#down', payload: 'a2' });
    for (const payload of ['b1', 'b2', 'b3']) world.put({ payload });
    await world.until(0);
    expect(world.slack.payloads()).toEqual(['b1', 'b2', 'b3']);
    world.slack.answer = () => ({ kind: 'sent' });
    await world.until(HOUR);
    expect(world.slack.payloads().slice(3)).toEqual(['a1', 'a2']);
  });

  it('sends P1 before everything that waits for the same destination', async () => {
    const world = new World();
    for (const [priority, payload] of [
      ['P4', 'd'],
      ['P3', 'c'],
      ['P2', 'b'],
      ['P1', 'a1'],
      ['P1', 'a2'],
    ] as const)
      world.put({ priority, payload });
    await world.until(0);
    expect(world.slack.payloads()).toEqual(['a1', 'a2', 'b', 'c', 'd']);
  });

  it('never lets a resolve overtake its trigger, even when the trigger has a lower priority', async () => {
    const world = new World();
    world.slack.uses = () => [{ key: 'k', perMinute: 60, burst: 1 }];
    world.put({ priority: 'P3', payload: 'other' });
    world.put({ priority: 'P3', orderKey: 'incident 1', payload: 'trigger' });
    world.put({ priority: 'P1', orderKey: 'incident 1', payload: 'resolve' });
    await world.until(MINUTE);
    expect(world.slack.payloads()).toEqual(['trigger', 'resolve', 'other']);
  });

  it('holds a resolve back while its trigger is being retried, and lets the rest of the channel pass', async () => {
    const world = new World();
    world.slack.answer = (entry) =>
      entry.payload === 'trigger' && entry.attempts < 4 ? { kind: 'retry', reason: 'HTTP 500' } : { kind: 'sent' };
    world.put({ orderKey: 'incident 1', payload: 'trigger' });
    world.put({ orderKey: 'incident 1', payload: 'resolve' });
    world.put({ orderKey: 'incident 2', payload: 'other' });
    await world.until(HOUR);
    const order = world.slack.payloads();
    expect(order).toHaveLength(3);
    expect(order.indexOf('trigger')).toBeLessThan(order.indexOf('resolve'));
    expect(order[0]).toBe('other');
  });

  it('lets an aged digest through a flood of P1, one in five', async () => {
    const world = new World();
    world.slack.uses = () => [slackPostBudget('#ml-alerts')];
    world.put({ priority: 'P4', payload: 'digest' });
    for (let i = 0; i < 2000; i += 1) world.put({ priority: 'P1', payload: i });
    await world.until(11 * MINUTE);
    const at = world.slack.accepted.find((sent) => sent.payload === 'digest')?.at;
    expect(at).toBeGreaterThan(10 * MINUTE);
    expect(at).toBeLessThan(10 * MINUTE + 10_000);
  });

  it('sends a fresh P1 at once although an outage left a backlog of aged rows', async () => {
    const world = new World();
    world.slack.answer = () => ({ kind: 'retry', reason: 'HTTP 502' });
    for (let i = 0; i < 50; i += 1) world.put({ priority: 'P3', orderKey: `${i}`, payload: i });
    await world.until(HOUR);
    world.slack.answer = () => ({ kind: 'sent' });
    world.slack.accepted.length = 0;
    world.slack.uses = () => [slackPostBudget('#ml-alerts')];
    world.put({ priority: 'P1', payload: 'page' });
    await world.until(HOUR + 35_000);
    expect(world.slack.payloads().slice(0, 2)).toContain('page');
  });

  it('merges edits of one card that wait, and the newest wins in the place of the first', async () => {
    const world = new World();
    world.slack.uses = () => [{ key: 'k', perMinute: 60, burst: 1 }];
    world.put({ payload: 'first' });
    const a = world.put({ coalesceKey: 'card 1', payload: 'v1' });
    world.put({ payload: 'later' });
    const b = world.put({ coalesceKey: 'card 1', payload: 'v2' });
    expect(b).toBe(a);
    await world.until(MINUTE);
    expect(world.slack.payloads()).toEqual(['first', 'v2', 'later']);
  });

  it('does not mix cards with the same key on different destinations', async () => {
    const world = new World();
    world.put({ coalesceKey: 'card', payload: 'here' });
    world.put({ coalesceKey: 'card', destination: 'slack:#there', payload: 'there' });
    await world.until(MINUTE);
    expect(world.slack.accepted.map((sent) => [sent.destination, sent.payload])).toEqual([
      ['slack:#ml-alerts', 'here'],
      ['slack:#there', 'there'],
    ]);
  });

  it('never sends an older state after a newer one when an edit fails while the next one arrives', async () => {
    const world = new World();
    let first = true;
    world.slack.answer = () => {
      if (!first) return { kind: 'sent' };
      first = false;
      world.put({ coalesceKey: 'card', payload: 'resolved' });
      return { kind: 'retry', reason: 'HTTP 500' };
    };
    const id = world.put({ coalesceKey: 'card', payload: 'firing' });
    await world.until(MINUTE);
    expect(world.slack.payloads()).toEqual(['resolved']);
    expect(world.state(id)).toBe('sent');
    expect(world.store.depth()).toEqual([{ kind: 'slack', state: 'sent', count: 1 }]);
  });

  it('sends the newer edit as well when the older one was under way and succeeded', async () => {
    const world = new World();
    world.slack.answer = (entry) => {
      if (entry.payload === 'firing') world.put({ coalesceKey: 'card', payload: 'resolved' });
      return { kind: 'sent' };
    };
    world.put({ coalesceKey: 'card', payload: 'firing' });
    await world.until(MINUTE);
    expect(world.slack.payloads()).toEqual(['firing', 'resolved']);
  });

  it('gives a row that nobody can send up to the hook, not to silence', async () => {
    const world = new World();
    const id = world.put({ kind: 'telegraph', payload: 'stop' });
    const next = world.put({ kind: 'telegraph', payload: 'stop again' });
    await world.until(0);
    expect([world.state(id), world.state(next)]).toEqual(['dead', 'dead']);
    expect(world.dead.map(({ reason }) => reason.kind)).toEqual(['no_notifier', 'no_notifier']);
  });

  it('buries what is too old to be worth sending: P1 an hour and a minute after it came, the rest after a day, and says so', async () => {
    const world = new World();
    world.slack.answer = () => ({ kind: 'retry', reason: 'HTTP 503' });
    world.put({ priority: 'P1', payload: 'page' });
    world.put({ priority: 'P3', payload: 'note' });
    world.put({ priority: 'P2', payload: 'short', timeToLiveMs: 5 * MINUTE });
    const deaths: [unknown, number][] = [];
    world.overrides = { onDead: (entry) => void deaths.push([entry.payload, world.clock.now() - T0]) };
    world.restart();
    await world.until(25 * HOUR);
    expect(deaths).toEqual([
      ['short', 5 * MINUTE],
      ['page', HOUR + MINUTE],
      ['note', 24 * HOUR],
    ]);
  });

  it('tells once about a P1 that is not out after two minutes', async () => {
    const world = new World();
    world.slack.answer = () => ({ kind: 'retry', reason: 'HTTP 503' });
    world.put({ priority: 'P1', payload: 'page' });
    world.put({ priority: 'P2', payload: 'note' });
    await world.until(2 * MINUTE - 1);
    expect(world.late).toEqual([]);
    await world.until(30 * MINUTE);
    expect(world.late.map((entry) => entry.payload)).toEqual(['page']);
    world.restart();
    await world.until(31 * MINUTE);
    expect(world.late).toHaveLength(1);
  });

  it('puts a fallback into the outbox in the same transaction and sends it at once', async () => {
    const world = new World();
    world.slack.answer = () => ({ kind: 'rejected', scope: 'destination', reason: 'channel_not_found' });
    world.overrides = {
      onDead: (entry) =>
        void world.put({
          kind: 'pagerduty',
          destination: 'pagerduty:fallback',
          payload: { instead: entry.payload },
          fallbackOf: { id: entry.id, tried: [entry.destination] },
        }),
    };
    world.restart();
    const id = world.put({ payload: 'card' });
    await world.until(0);
    expect(world.pager.payloads()).toEqual([{ instead: 'card' }]);
    expect(world.pager.accepted[0]?.entry.fallbackOf).toEqual({ id, tried: ['slack:#ml-alerts'] });
  });

  it('keeps a dead row dead, and the courier alive, when the hook itself fails', async () => {
    const world = new World();
    world.slack.answer = (entry) =>
      entry.payload === 'bad' ? { kind: 'rejected', scope: 'content', reason: 'no_text' } : { kind: 'sent' };
    world.overrides = {
      onDead: () => {
        throw new Error('hook');
      },
      onLate: () => {
        throw new Error('hook');
      },
    };
    world.restart();
    const id = world.put({ payload: 'bad' });
    world.put({ payload: 'good' });
    await world.until(HOUR);
    expect(world.state(id)).toBe('dead');
    expect(world.slack.payloads()).toEqual(['good']);
  });

  it('prunes sent rows after a day and keeps dead ones for two weeks', async () => {
    const world = new World();
    world.slack.answer = (entry) =>
      entry.payload === 'bad' ? { kind: 'rejected', scope: 'content', reason: 'no_text' } : { kind: 'sent' };
    const bad = world.put({ payload: 'bad' });
    const good = world.put({ payload: 'good' });
    await world.until(23 * HOUR);
    expect(world.state(good)).toBe('sent');
    await world.until(26 * HOUR);
    expect(world.state(good)).toBe('gone');
    await world.until(13 * 24 * HOUR);
    expect(world.state(bad)).toBe('dead');
    await world.until(15 * 24 * HOUR);
    expect(world.state(bad)).toBe('gone');
  });

  it('does not wait for a slow destination before it serves an urgent one', async () => {
    const world = new World();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.slack.answer = async (entry) => {
      if (entry.payload === 'slow') await gate;
      return { kind: 'sent' };
    };
    world.put({ destination: 'slack:#slow', payload: 'slow' });
    const run = world.courier.run();
    await Promise.resolve();
    world.put({ priority: 'P1', payload: 'page' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.slack.payloads()).toEqual(['page']);
    release();
    await run;
    expect(world.slack.payloads()).toEqual(['page', 'slow']);
  });

  it('keeps room for P1 while many slow destinations are under way, and has never two attempts at one destination', async () => {
    const world = new World();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const running = new Map<string, number>();
    let most = 0;
    world.slack.answer = async (entry) => {
      const count = (running.get(entry.destination) ?? 0) + 1;
      running.set(entry.destination, count);
      most = Math.max(most, count);
      if (entry.priority !== 'P1') await gate;
      running.set(entry.destination, count - 1);
      return { kind: 'sent' };
    };
    for (let i = 0; i < 40; i += 1) world.put({ destination: `slack:#c${i % 20}`, payload: i });
    const run = world.courier.run();
    await Promise.resolve();
    expect(world.slack.attempts).toHaveLength(8);
    world.put({ priority: 'P1', payload: 'page' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.slack.payloads()).toEqual(['page']);
    release();
    await run;
    expect(world.slack.accepted).toHaveLength(41);
    expect(most).toBe(1);
  });

  it('sends a fallback at once although a slow destination keeps the run busy', async () => {
    const world = new World();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.slack.answer = async () => {
      await gate;
      return { kind: 'sent' };
    };
    world.overrides = {
      onDead: (entry) =>
        void world.put({ kind: 'pagerduty', destination: 'pagerduty:fallback', payload: entry.payload }),
    };
    world.restart();
    world.put({ destination: 'slack:#slow', payload: 'slow' });
    world.put({ kind: 'telegraph', destination: 'telegraph:x', payload: 'page' });
    const run = world.courier.run();
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.pager.payloads()).toEqual(['page']);
    release();
    await run;
  });

  it('sends a row that two processes died with alone, whatever comes in meanwhile', async () => {
    const world = new World();
    const suspect = world.put({ payload: 'suspect' });
    for (let life = 0; life < 2; life += 1) {
      world.store.claim(suspect);
      for (const { entry, crashes } of world.store.interrupted())
        world.store.requeue(entry.id, { notBefore: T0, reason: '', attempts: 1, ambiguous: true, crashes });
    }
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.slack.answer = async (entry) => {
      if (entry.payload === 'suspect') await gate;
      return { kind: 'sent' };
    };
    world.put({ destination: 'slack:#other', payload: 'bystander' });
    const run = world.courier.run();
    world.put({ destination: 'slack:#third', priority: 'P1', payload: 'newcomer' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.slack.attempts.map((sent) => sent.payload)).toEqual(['suspect']);
    release();
    await run;
    expect(world.slack.payloads()).toEqual(['suspect', 'newcomer', 'bystander']);
  });

  it('stops after the attempts under way, and the next process sends the rest', async () => {
    const world = new World();
    for (let i = 0; i < 10; i += 1) world.put({ payload: i });
    world.slack.answer = () => {
      world.courier.stop();
      return { kind: 'sent' };
    };
    await world.courier.run();
    expect(world.courier.nextDue()).toBeUndefined();
    expect(world.slack.payloads()).toEqual([0]);
    world.slack.answer = () => ({ kind: 'sent' });
    world.restart();
    await world.until(0);
    expect(world.slack.payloads()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('gives up an attempt that never ends, and counts it as one that may have arrived', async () => {
    const world = new World();
    world.overrides = { sendDeadlineMs: 20 };
    world.restart();
    world.slack.answer = (entry) => (entry.attempts === 1 ? new Promise(() => undefined) : { kind: 'sent' });
    world.put({ payload: 'hangs' });
    await world.until(MINUTE);
    expect(world.slack.accepted.map((sent) => sent.entry.ambiguous)).toEqual([true]);
  });

  it('treats a notifier that throws as a failed attempt of that row alone', async () => {
    const world = new World();
    world.slack.uses = (entry) => {
      if (entry.payload === 'broken') throw new Error('budgets');
      return [];
    };
    world.slack.answer = (entry) => {
      if (entry.payload === 'broken') throw new Error('defect');
      return { kind: 'sent' };
    };
    world.put({ orderKey: 'a', payload: 'broken' });
    world.put({ orderKey: 'b', payload: 'fine' });
    await world.until(HOUR);
    expect(world.slack.payloads()).toEqual(['fine']);
    expect(world.log.some((line) => line.level === 'error' && line.message === 'a notifier threw')).toBe(true);
  });
});

describe('rate limits', () => {
  it('posts at most about one message a second to a channel', async () => {
    const world = new World();
    world.slack.uses = () => [slackPostBudget('#ml-alerts')];
    for (let i = 0; i < 120; i += 1) world.put({ payload: i });
    await world.until(3 * MINUTE);
    const times = world.slack.accepted.map((sent) => sent.at);
    expect(times).toHaveLength(120);
    for (const [i, at] of times.entries()) {
      const inSecond = times.slice(i).filter((other) => other < at + 1000).length;
      expect(inSecond).toBeLessThanOrEqual(2);
    }
  });

  it('stays below 50 edits in every minute, whole workspace, urgent cards first', async () => {
    const world = new World();
    world.slack.uses = () => [SLACK_UPDATE_BUDGET];
    for (let i = 0; i < 200; i += 1)
      world.put({
        destination: `slack:#c${i % 7}`,
        coalesceKey: `card ${i}`,
        priority: i >= 190 ? 'P1' : 'P3',
        payload: i,
      });
    await world.until(10 * MINUTE);
    const times = world.slack.accepted.map((sent) => sent.at);
    expect(times).toHaveLength(200);
    for (const at of times) expect(times.filter((other) => other >= at && other < at + MINUTE).length).toBeLessThan(50);
    const p1 = world.slack.accepted.slice(0, 10).map((sent) => sent.entry.priority);
    expect(p1).toEqual(Array.from({ length: 10 }, () => 'P1'));
  });

  it('obeys Retry-After for exactly the method that was limited', async () => {
    const world = new World();
    world.slack.uses = (entry) => (entry.payload === 'edit' ? [SLACK_UPDATE_BUDGET] : [slackPostBudget('#ml-alerts')]);
    world.slack.answer = (entry) =>
      entry.payload === 'edit' && world.clock.now() < T0 + 30_000
        ? { kind: 'retry', reason: 'ratelimited', afterMs: 30_000 }
        : { kind: 'sent' };
    world.put({ orderKey: 'card 1', payload: 'edit' });
    world.put({ orderKey: 'card 2', payload: 'edit' });
    world.put({ orderKey: 'card 3', payload: 'post' });
    await world.until(29_999);
    expect(world.slack.attempts.map((sent) => sent.payload)).toEqual(['edit', 'post']);
    await world.until(MINUTE);
    expect(world.slack.payloads()).toEqual(['post', 'edit', 'edit']);
    expect(world.slack.accepted[1]?.at).toBeGreaterThanOrEqual(30_000);
  });

  it('asks again what a row counts against: a card that was posted meanwhile is only edited', async () => {
    const world = new World();
    let isPosted = false;
    world.slack.uses = (entry) =>
      entry.payload === 'card' && isPosted ? [SLACK_UPDATE_BUDGET] : [slackPostBudget(entry.destination)];
    world.slack.answer = (_entry, nth) =>
      nth === 1 ? { kind: 'retry', reason: 'ratelimited', afterMs: HOUR } : { kind: 'sent' };
    world.put({ orderKey: 'line', payload: 'line' });
    world.put({ orderKey: 'card', payload: 'card' });
    await world.until(10_000);
    isPosted = true;
    world.put({ destination: 'slack:#other', payload: 'other' });
    await world.until(10_000);
    expect(world.slack.payloads()).toEqual(['card', 'other']);
  });

  it('keeps two integration keys of PagerDuty apart', async () => {
    const world = new World();
    world.pager.uses = (entry) => [pagerdutyBudget(entry.destination)];
    for (let i = 0; i < 30; i += 1) {
      world.put({ kind: 'pagerduty', destination: 'pagerduty:a', payload: i });
      world.put({ kind: 'pagerduty', destination: 'pagerduty:b', payload: i });
    }
    await world.until(0);
    expect(world.pager.accepted).toHaveLength(20);
  });
});
