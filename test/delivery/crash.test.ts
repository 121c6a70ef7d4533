import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutboxEntry } from '../../src/delivery/outbox.ts';
import type { OutboxStore } from '../../src/delivery/store.ts';
import { World } from './harness.ts';

const HOUR = 3_600_000;
const WRITES = new Set<string | symbol>(['claim', 'markSent', 'requeue', 'markDead', 'tx', 'interrupted']);

class Killed extends Error {}

/** Ends the process at its k-th step; a step is a database write or a send, and the end comes before or after it takes effect. */
class Fate {
  steps = 0;
  dead = false;
  readonly #at: number;
  readonly #when: 'before' | 'after';
  readonly #onDeath: () => void;

  constructor(at: number, when: 'before' | 'after', onDeath: () => void) {
    this.#at = at;
    this.#when = when;
    this.#onDeath = onDeath;
  }

  step<T>(effect: () => T): T {
    if (this.dead) throw new Killed();
    this.steps += 1;
    const mine = this.steps === this.#at;
    if (mine && this.#when === 'before') this.#die();
    const result = effect();
    if (this.dead) throw new Killed();
    if (mine) this.#die();
    return result;
  }

  #die(): never {
    this.dead = true;
    this.#onDeath();
    throw new Killed();
  }
}

function mortal(store: OutboxStore, fate: Fate): OutboxStore {
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...args: unknown[]) => unknown;
      if (WRITES.has(key)) return (...args: unknown[]) => fate.step(() => call(...args));
      return (...args: unknown[]) => {
        if (fate.dead) throw new Killed();
        return call(...args);
      };
    },
  });
}

/** Runs one process until it is killed or has nothing to do for a virtual hour. */
async function live(world: World, at: number, when: 'before' | 'after'): Promise<Fate> {
  let die: () => void = () => undefined;
  const death = new Promise<void>((resolve) => {
    die = resolve;
  });
  const fate = new Fate(at, when, () => die());
  world.overrides = { store: mortal(world.store, fate), notifiers: [dying(world, fate)] };
  world.restart();
  await Promise.race([world.until(world.clock.now() - T_ZERO + HOUR).catch(() => undefined), death]);
  // What the dead process still had to say goes nowhere.
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  return fate;
}

const T_ZERO = new World().clock.now();

function dying(world: World, fate: Fate) {
  return {
    kind: 'slack',
    budgets: (entry: OutboxEntry) => world.slack.budgets(entry),
    send: (entry: OutboxEntry) => fate.step(() => world.slack.send(entry)),
  };
}

/** Seven rows on three destinations: a retry, a coalesced edit, an ordered pair. */
function load(world: World): void {
  const flaky = new Set(['a2']);
  world.slack.answer = (entry) => {
    if (flaky.delete(String(entry.payload))) return { kind: 'retry', reason: 'HTTP 500' };
    return { kind: 'sent' };
  };
  for (const payload of ['a1', 'a2', 'a3']) world.put({ destination: 'slack:#a', payload });
  world.put({ destination: 'slack:#b', coalesceKey: 'card', payload: 'b1' });
  world.put({ destination: 'slack:#c', orderKey: 'i', priority: 'P3', payload: 'c-trigger' });
  world.put({ destination: 'slack:#c', orderKey: 'i', priority: 'P1', payload: 'c-resolve' });
}
const EXPECTED = ['a1', 'a2', 'a3', 'b1', 'c-trigger', 'c-resolve'];

function copies(world: World): Map<string, number> {
  const counts = new Map<string, number>();
  for (const payload of world.slack.payloads()) counts.set(String(payload), (counts.get(String(payload)) ?? 0) + 1);
  return counts;
}

describe('kill -9 between any two steps', () => {
  it('loses nothing and repeats at most one message per destination, whichever step it hits', async () => {
    const calm = new World();
    load(calm);
    const { steps } = await live(calm, Number.POSITIVE_INFINITY, 'before');
    expect([...copies(calm).values()]).toEqual(EXPECTED.map(() => 1));
    expect(steps).toBeGreaterThan(15);

    let duplicated = 0;
    for (const when of ['before', 'after'] as const) {
      for (let k = 1; k <= steps; k += 1) {
        const world = new World();
        load(world);
        const fate = await live(world, k, when);
        expect(fate.dead, `step ${k} was reached`).toBe(true);
        await live(world, Number.POSITIVE_INFINITY, 'before');
        const counts = copies(world);
        expect([...counts.keys()].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
          EXPECTED.toSorted((a, b) => (a < b ? -1 : 1)),
        );
        const extras = new Map<string, number>();
        for (const sent of world.slack.accepted.filter((one, i, all) => all.findIndex((o) => o.id === one.id) !== i))
          extras.set(sent.destination, (extras.get(sent.destination) ?? 0) + 1);
        for (const [destination, count] of extras)
          expect(count, `${destination} at ${when} ${k}`).toBeLessThanOrEqual(1);
        duplicated += extras.size;
        expect(world.dead).toEqual([]);
        const c = world.slack.payloads().filter((payload) => String(payload).startsWith('c-'));
        expect(c.lastIndexOf('c-trigger')).toBeLessThan(c.indexOf('c-resolve'));
        // A repeat says so: the notifier may look for the message before it posts again.
        for (const [i, sent] of world.slack.accepted.entries())
          if (world.slack.accepted.findIndex((o) => o.id === sent.id) !== i) expect(sent.entry.ambiguous).toBe(true);
      }
    }
    expect(duplicated, 'the loop reached the moment between send and mark').toBeGreaterThan(0);
  });

  it('delivers everything, or says what it gave up, over any series of kills', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom('before' as const, 'after' as const)), {
          maxLength: 6,
        }),
        async (kills) => {
          const world = new World();
          load(world);
          for (const [at, when] of kills) await live(world, at, when);
          await live(world, Number.POSITIVE_INFINITY, 'before');
          const counts = copies(world);
          const gone = world.dead.map(({ entry }) => String(entry.payload));
          for (const payload of EXPECTED) {
            expect((counts.get(payload) ?? 0) > 0 || gone.includes(payload), payload).toBe(true);
            expect(counts.get(payload) ?? 0).toBeLessThanOrEqual(1 + kills.length);
          }
          for (const { state } of world.store.depth()) expect(['sent', 'dead']).toContain(state);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('quarantines the row that kills the process, and only that one', async () => {
    const world = new World();
    for (let i = 0; i < 6; i += 1) world.put({ destination: `slack:#${i}`, payload: i });
    world.slack.answer = () => ({ kind: 'sent' });
    for (let life = 0; life < 10 && world.dead.length === 0; life += 1) {
      let die: () => void = () => undefined;
      const death = new Promise<void>((resolve) => {
        die = resolve;
      });
      const fate = new Fate(Number.POSITIVE_INFINITY, 'before', () => undefined);
      const poison = dying(world, fate);
      world.overrides = {
        store: mortal(world.store, fate),
        notifiers: [
          {
            ...poison,
            send: (entry: OutboxEntry) => {
              if (entry.payload === 3) {
                fate.dead = true;
                die();
                throw new Killed();
              }
              // The others are slower than the crash.
              return new Promise((resolve) => setImmediate(resolve)).then(() => poison.send(entry));
            },
          },
        ],
      };
      world.restart();
      await Promise.race([world.until(world.clock.now() - T_ZERO + HOUR).catch(() => undefined), death]);
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(world.dead.map(({ entry, reason }) => [entry.payload, reason.kind])).toEqual([[3, 'quarantined']]);
    expect([...copies(world).keys()].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['0', '1', '2', '4', '5']);
  });

  it('still sends what merely happened to be under way when the machine went down, three times in a row', async () => {
    const world = new World();
    world.put({ destination: 'slack:#a', payload: 'slow' });
    for (let life = 1; life <= 3; life += 1) {
      const fate = new Fate(Number.POSITIVE_INFINITY, 'before', () => undefined);
      const death = new Promise<void>((resolve) => {
        world.slack.answer = () => {
          fate.dead = true;
          resolve();
          throw new Killed();
        };
      });
      world.overrides = { store: mortal(world.store, fate) };
      world.restart();
      await Promise.race([world.until(world.clock.now() - T_ZERO + HOUR).catch(() => undefined), death]);
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    world.slack.answer = () => ({ kind: 'sent' });
    world.overrides = {};
    world.restart();
    await world.until(world.clock.now() - T_ZERO + 1000);
    expect(world.slack.attempts).toHaveLength(4);
    expect(world.slack.payloads()).toEqual(['slow']);
    expect(world.dead).toEqual([]);
  });
});
