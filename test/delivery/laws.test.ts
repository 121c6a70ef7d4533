import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/delivery/backoff.ts';
import { Budgets, type BudgetUse } from '../../src/delivery/budget.ts';
import { Lanes } from '../../src/delivery/lanes.ts';
import type { SendResult } from '../../src/delivery/outbox.ts';
import { createRowIds } from '../../src/delivery/row-id.ts';
import { seeded, T0, World } from './harness.ts';

const DAY = 86_400_000;

const results: fc.Arbitrary<SendResult> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<SendResult>({ kind: 'sent' }) },
  { weight: 2, arbitrary: fc.constant<SendResult>({ kind: 'retry', reason: 'HTTP 500' }) },
  { weight: 1, arbitrary: fc.constant<SendResult>({ kind: 'retry', reason: 'timeout', ambiguous: true }) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 0, max: 120_000 })
      .map<SendResult>((afterMs) => ({ kind: 'retry', reason: '429', afterMs })),
  },
  { weight: 1, arbitrary: fc.constant<SendResult>({ kind: 'rejected', scope: 'content', reason: 'no_text' }) },
  { weight: 1, arbitrary: fc.constant<SendResult>({ kind: 'rejected', scope: 'destination', reason: 'is_archived' }) },
  { weight: 1, arbitrary: fc.constant<SendResult>({ kind: 'rejected', scope: 'credentials', reason: 'invalid_auth' }) },
);

const drafts = fc.array(
  fc.record({
    destination: fc.constantFrom('slack:#a', 'slack:#b', 'slack:#c'),
    priority: fc.constantFrom('P1' as const, 'P2' as const, 'P3' as const, 'P4' as const),
    order: fc.constantFrom('', 'i1', 'i2'),
    coalesce: fc.constantFrom('', '', 'card1', 'card2'),
    waitMs: fc.constantFrom(0, 0, 0, 500, 5000),
  }),
  { minLength: 1, maxLength: 25 },
);

describe('for any load and any answers', () => {
  it('every row ends, ordered rows stay ordered, and the newest of what was merged is what arrives', async () => {
    await fc.assert(
      fc.asyncProperty(drafts, fc.array(results, { maxLength: 40 }), fc.nat(), async (load, script, seed) => {
        const world = new World(seed);
        const uses: BudgetUse = { key: 'all', perMinute: 120, burst: 3 };
        world.slack.uses = (entry) => [uses, { key: entry.destination, perMinute: 60, burst: 1 }];
        world.slack.answer = (_entry, nth) => script[nth - 1] ?? { kind: 'sent' };
        let now = 0;
        const newest = new Map<string, number>();
        for (const [i, { destination, priority, order, coalesce, waitMs }] of load.entries()) {
          now += waitMs;
          await world.until(now);
          // The pages of one incident are merged only among themselves.
          const id = world.put({
            destination,
            priority,
            payload: i,
            ...(order === '' ? {} : { orderKey: order }),
            ...(coalesce === '' ? {} : { coalesceKey: `${coalesce} ${order}` }),
          });
          newest.set(id, i);
        }
        await world.until(now + 2 * DAY);
        for (const { state } of world.store.depth()) expect(['sent', 'dead']).toContain(state);
        expect(world.courier.nextDue()).toBeGreaterThan(world.clock.now());

        const dead = new Set(world.dead.map(({ entry }) => entry.id));
        for (const [id, payload] of newest) {
          const sent = world.slack.accepted.filter((one) => one.id === id);
          if (dead.has(id)) continue;
          expect(sent.at(-1)?.payload, `row of draft ${payload}`).toBe(payload);
        }
        for (const destination of ['slack:#a', 'slack:#b', 'slack:#c']) {
          for (const order of ['i1', 'i2']) {
            const ids = world.slack.accepted
              .filter((one) => one.destination === destination && one.entry.orderKey === order)
              .map((one) => one.id);
            expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('what the courier holds in memory is what the store says', () => {
    fc.assert(
      fc.property(
        drafts,
        fc.array(fc.tuple(fc.constantFrom('claim', 'requeue', 'sent', 'update'), fc.nat(24)), { maxLength: 60 }),
        (load, acts) => {
          const world = new World();
          const lanes = new Lanes(world.store);
          lanes.update();
          const ids = load.map(({ destination, priority, order, coalesce }, i) =>
            world.put({
              destination,
              priority,
              payload: i,
              ...(order === '' ? {} : { orderKey: order }),
              ...(coalesce === '' ? {} : { coalesceKey: coalesce }),
            }),
          );
          for (const [act, n] of acts) {
            const id = ids[n % ids.length] ?? '';
            const lane = world.store.lanes().find((one) => one.id === id);
            if (act === 'update') lanes.update();
            else if (act === 'claim' && lane) {
              world.store.claim(id);
              lanes.refresh(lane);
            } else if (world.store.entry(id)?.state === 'attempting') {
              if (act === 'sent') world.store.markSent(id, T0, '');
              else world.store.requeue(id, { notBefore: T0 + n, reason: '', attempts: 1, ambiguous: false });
            }
          }
          lanes.update();
          const held = [...lanes.destinations()].flatMap((destination) => lanes.of(destination));
          const bySeq = (a: { seq: number }, b: { seq: number }) => a.seq - b.seq;
          // One that lost its only row to another lane may be listed until its turn comes; none may be missing or differ.
          expect(held.toSorted(bySeq)).toEqual(expect.arrayContaining(world.store.lanes().toSorted(bySeq)));
          for (const destination of lanes.destinations()) {
            const urgency = lanes
              .of(destination)
              .map((lane) => `${lane.priority} ${String(lane.seq).padStart(9, '0')}`);
            expect(urgency).toEqual(urgency.toSorted((a, b) => (a < b ? -1 : 1)));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('backoff', () => {
  it('grows to five minutes, is jittered over all of its range, and never undercuts Retry-After', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (attempts, r) => {
          const wait = backoffMs(attempts, () => r);
          expect(wait).toBeGreaterThanOrEqual(100);
          expect(wait).toBeLessThanOrEqual(Math.min(300_000, 1000 * 2 ** Math.min(30, attempts - 1)));
          expect(backoffMs(attempts, () => r, 42_000)).toBeGreaterThanOrEqual(42_000);
        },
      ),
    );
    const many = Array.from({ length: 1000 }, (_, i) => backoffMs(9, () => i / 1000));
    expect(Math.max(...many) - Math.min(...many)).toBeGreaterThan(250_000);
  });
});

describe('budgets', () => {
  it('never let more through in any window than rate × window + burst', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 50, maxLength: 300 }),
        (perMinute, burst, gaps) => {
          const use = { key: 'k', perMinute, burst };
          const budgets = new Budgets();
          const sent: number[] = [];
          let now = T0;
          for (const gap of gaps) {
            now += gap;
            if (budgets.fitsAt([use], now) > now) continue;
            budgets.take([use], now);
            sent.push(now);
          }
          for (const [i, from] of sent.entries())
            for (const to of sent.slice(i))
              expect(sent.filter((at) => at >= from && at <= to).length).toBeLessThanOrEqual(
                burst + ((to - from) * perMinute) / 60_000 + 1e-6,
              );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('say an instant at which it really fits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6000 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(50),
        (perMinute, burst, n) => {
          const use = { key: 'k', perMinute, burst };
          const budgets = new Budgets();
          let now = T0;
          for (let i = 0; i < n; i += 1) {
            now = budgets.fitsAt([use], now);
            expect(budgets.fitsAt([use], now)).toBe(now);
            budgets.take([use], now);
          }
        },
      ),
    );
  });

  it('stay closed as long as they were told, an earlier word does not shorten it, and none is remembered for ever', () => {
    const use = { key: 'k', perMinute: 60, burst: 5 };
    const budgets = new Budgets();
    budgets.close([use], T0 + 30_000, T0);
    budgets.close([use], T0 + 1000, T0);
    expect(budgets.fitsAt([use], T0)).toBe(T0 + 30_000);
    budgets.close([{ ...use, key: 'year' }], T0 + 365 * DAY, T0);
    expect(budgets.fitsAt([{ ...use, key: 'year' }], T0)).toBe(T0 + 3_600_000);
    for (let i = 0; i < 10_000; i += 1) budgets.take([{ ...use, key: `channel ${i}` }], T0);
    budgets.sweep(T0 + 2 * 3_600_000);
    expect(budgets.size).toBe(0);
  });
});

describe('row ids', () => {
  it('ascend, whatever the clock and the random numbers do, and over a restart', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 ** 45 }), { minLength: 2, maxLength: 60 }),
        fc.nat(),
        (times, seed) => {
          let next = createRowIds(seed % 3 === 0 ? () => 0.999999 : seeded(seed), '');
          let last = '';
          for (const [i, at] of times.entries()) {
            if (i % 7 === 6) next = createRowIds(() => 0, last);
            const id = next(at);
            expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
            expect(id > last).toBe(true);
            last = id;
          }
        },
      ),
    );
  });
});
