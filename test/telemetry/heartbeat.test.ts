import { describe, expect, it } from 'vitest';
import { brokenLink, Heartbeat, type LoopState, type Silence } from '../../src/telemetry/heartbeat.ts';
import { advance } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';

const NOW = Date.UTC(2026, 10, 20);
const WHOLE: LoopState = {
  seenAt: NOW - 15_000,
  staleAfterMs: 60_000,
  databaseAnswers: true,
  slackRefuses: false,
  unheard: false,
  disconnectedMs: 0,
};

describe('a loop is whole', () => {
  it.each<[string, Partial<LoopState>, Silence | undefined]>([
    ['with everything in place', {}, undefined],
    ['at the edge of staleness', { seenAt: NOW - 60_000 }, undefined],
    ['not after it', { seenAt: NOW - 60_001 }, 'stale'],
    ['not before anything was seen', { seenAt: undefined }, 'no_watchdog'],
    ['not without its database', { databaseAnswers: false }, 'database'],
    ['not where Slack refuses the token', { slackRefuses: true }, 'slack_refuses'],
    ['not where nobody could be told of what was not delivered', { unheard: true }, 'unheard'],
    ['while a socket is renewed', { disconnectedMs: 60_000 }, undefined],
    ['not where interactions stay away', { disconnectedMs: 60_001 }, 'slack_disconnected'],
  ])('%s', (_, change, expected) => {
    expect(brokenLink({ ...WHOLE, ...change }, NOW)).toBe(expected);
  });
});

function pulse() {
  const wire = new ManualClock(NOW);
  const sent: number[] = [];
  const changes: (Silence | undefined)[] = [];
  const state = { watchdogAt: undefined as number | undefined, interval: 30_000 as number | undefined };
  const job = new Heartbeat({
    wire,
    intervalMs: () => state.interval,
    watchdogAt: () => state.watchdogAt,
    state: () => ({
      staleAfterMs: 60_000,
      databaseAnswers: true,
      slackRefuses: false,
      unheard: false,
      disconnectedMs: 0,
    }),
    send: (now) => void sent.push((now - NOW) / 1000),
    onChange: (silence) => void changes.push(silence),
  });
  return { wire, sent, changes, state, job, until: (s: number) => advance(wire, [job], NOW + s * 1000) };
}

describe('the heart', () => {
  it('needs to see the rule evaluated again after a start: what stood there proves nothing', async () => {
    const { sent, state, until } = pulse();
    state.watchdogAt = 1;
    await until(120);
    expect(sent).toEqual([]);
    state.watchdogAt = 2;
    await until(180);
    expect(sent).toEqual([150, 180]);
  });

  it('tells once why it stopped, and once that it beats again', async () => {
    const { changes, state, until } = pulse();
    for (let s = 0; s <= 120; s += 30) {
      state.watchdogAt = s + 1;
      await until(s);
    }
    await until(600);
    state.watchdogAt = 1000;
    await until(630);
    expect(changes).toEqual([undefined, 'stale', undefined]);
  });

  it('follows an interval that a reload changed, and beats for nobody where none is configured', async () => {
    const { sent, state, until } = pulse();
    const evaluated = async (to: number): Promise<void> => {
      for (let s = 0; s <= to; s += 5) {
        state.watchdogAt = s + 1;
        await until(s);
      }
    };
    await evaluated(60);
    const before = sent.length;
    state.interval = undefined;
    await until(200);
    expect(sent.length).toBe(before);
  });

  it('beats on after the clock was set back', async () => {
    const { wire, sent, state, job } = pulse();
    state.watchdogAt = 1;
    await job.run(wire.now());
    state.watchdogAt = 2;
    wire.set(NOW + 30_000);
    await job.run(wire.now());
    expect(sent).toHaveLength(1);
    wire.set(NOW - 3_600_000);
    expect(job.nextDue()).toBeLessThanOrEqual(wire.now());
  });
});
