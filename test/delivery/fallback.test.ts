import { describe, expect, it } from 'vitest';
import { CauseGate, causeOf, type FallbackPath, fallbackDraft } from '../../src/delivery/fallback.ts';
import { deadText } from '../../src/delivery/settle.ts';
import { T0, World } from './harness.ts';

const MINUTE = 60_000;
const PATHS: readonly FallbackPath[] = [
  {
    kind: 'slack',
    destination: 'slack:#ml-alerts',
    content: (entry, why) => ({ payload: { text: entry.payload, why } }),
  },
  {
    kind: 'slack',
    destination: 'slack:#fallback',
    content: (entry, why) => ({ payload: { text: entry.payload, why } }),
  },
  { kind: 'pagerduty', destination: 'pagerduty:last', content: (entry) => ({ payload: { text: entry.payload } }) },
];

function worldWithFallbacks(paths = PATHS): World {
  const world = new World();
  world.overrides = {
    onDead: (entry, reason) => {
      world.dead.push({ entry, reason });
      const draft = fallbackDraft(entry, deadText(reason), paths, (kind) => world.courier.isCircuitOpen(kind));
      if (draft) world.enqueue(draft);
    },
  };
  world.restart();
  return world;
}

describe('a fallback', () => {
  it('goes to the next path that was not tried', async () => {
    const world = worldWithFallbacks();
    world.slack.answer = (entry) =>
      entry.destination === 'slack:#ml-alerts'
        ? { kind: 'rejected', scope: 'destination', reason: 'is_archived' }
        : { kind: 'sent' };
    const id = world.put({ priority: 'P1', payload: 'card' });
    await world.until(0);
    expect(world.slack.accepted).toHaveLength(1);
    expect(world.slack.accepted[0]).toMatchObject({
      destination: 'slack:#fallback',
      payload: { text: 'card', why: 'rejected (destination): is_archived' },
    });
    expect(world.slack.accepted[0]?.entry).toMatchObject({ priority: 'P1', fallbackOf: { id } });
  });

  it('ends after the last path, and every failure was told to the hook', async () => {
    const world = worldWithFallbacks();
    world.slack.answer = () => ({ kind: 'rejected', scope: 'destination', reason: 'channel_not_found' });
    world.pager.answer = () => ({ kind: 'rejected', scope: 'destination', reason: 'HTTP 404' });
    world.put({ payload: 'card' });
    await world.until(24 * 60 * MINUTE);
    expect(world.dead.map(({ entry }) => entry.destination)).toEqual([
      'slack:#ml-alerts',
      'slack:#fallback',
      'pagerduty:last',
    ]);
    expect(world.store.depth()).toEqual([
      { kind: 'pagerduty', state: 'dead', count: 1 },
      { kind: 'slack', state: 'dead', count: 2 },
    ]);
  });

  it('avoids a kind whose credentials do not work', async () => {
    const world = worldWithFallbacks();
    world.slack.answer = () => ({ kind: 'rejected', scope: 'credentials', reason: 'invalid_auth' });
    world.put({ priority: 'P1', payload: 'page' });
    await world.until(61 * MINUTE);
    expect(world.pager.payloads()).toEqual([{ text: 'page' }]);
  });

  it('skips a path that cannot say it', () => {
    const world = new World();
    const id = world.put({ payload: 'card' });
    const entry = world.store.entry(id);
    if (!entry) throw new Error('no row');
    const mute: FallbackPath = { kind: 'slack', destination: 'slack:#mute', content: () => undefined };
    const last = PATHS.slice(2);
    expect(fallbackDraft(entry, 'why', [mute, ...last], () => false)?.destination).toBe('pagerduty:last');
    expect(fallbackDraft(entry, 'why', [mute], () => false)).toBeUndefined();
  });
});

describe('self-alerts', () => {
  it('speak once per cause in a quarter of an hour', () => {
    const gate = new CauseGate();
    expect([0, 1, 14 * MINUTE, 15 * MINUTE, 16 * MINUTE].map((t) => gate.allows('a', T0 + t))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
    expect(gate.allows('b', T0)).toBe(true);
  });

  it('speak again after the clock was set back', () => {
    const gate = new CauseGate();
    expect(gate.allows('a', T0)).toBe(true);
    expect(gate.allows('a', T0 - 24 * 60 * MINUTE)).toBe(true);
  });

  it('stay few under a flood of different causes', () => {
    const gate = new CauseGate();
    let told = 0;
    for (let i = 0; i < 50_000; i += 1) if (gate.allows(`cause ${i}`, T0)) told += 1;
    expect(told).toBe(1000);
    expect(gate.allows('later', T0 + 15 * MINUTE)).toBe(true);
  });

  it('are about a destination and a cause, not about a message', () => {
    const world = new World();
    const [a, b] = [world.put({ payload: 1 }), world.put({ payload: 2 })].map((id) => world.store.entry(id));
    if (!a || !b) throw new Error('no row');
    const reason = { kind: 'rejected', scope: 'destination', reason: 'is_archived' } as const;
    expect(causeOf(a, reason)).toBe(causeOf(b, reason));
    expect(causeOf(a, reason)).not.toBe(causeOf(a, { ...reason, reason: 'channel_not_found' }));
    expect(causeOf(a, { kind: 'expired', lastReason: 'x' })).toBe(causeOf(b, { kind: 'expired', lastReason: 'y' }));
  });
});
