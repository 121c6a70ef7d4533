import { describe, expect, it } from 'vitest';
import { ScaledClock, systemClock } from '../../src/time/clock.ts';
import { advance, type Job, Loop } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';

function every(name: string, periodMs: number, seen: string[], start: number): Job {
  let due = start;
  return {
    name,
    nextDue: () => due,
    run: async (now) => {
      seen.push(`${name}@${now}`);
      due = now + periodMs;
    },
  };
}

describe('the loop', () => {
  it('runs every deadline at its exact instant under a manual clock, in order', async () => {
    const clock = new ManualClock(0);
    const seen: string[] = [];
    await advance(clock, [every('a', 10, seen, 10), every('b', 15, seen, 15)], 30);
    expect(seen).toEqual(['a@10', 'b@15', 'a@20', 'a@30', 'b@30']);
    expect(clock.now()).toBe(30);
  });

  it('reports a job that never becomes idle instead of hanging', async () => {
    const stuck: Job = { name: 'stuck', nextDue: () => 0, run: async () => {} };
    await expect(advance(new ManualClock(5), [stuck], 10)).rejects.toThrow(/stays due/);
  });

  it('does not let a failing job stop the others, and tries it again', async () => {
    const errors: string[] = [];
    let failures = 0;
    let done: () => void = () => {};
    const finished = new Promise<void>((resolve) => {
      done = resolve;
    });
    const failing: Job = {
      name: 'failing',
      nextDue: () => (failures < 1 ? 0 : undefined),
      run: async () => {
        failures += 1;
        throw new Error('disk full');
      },
    };
    let ran = false;
    const healthy: Job = {
      name: 'healthy',
      nextDue: () => (ran ? undefined : 0),
      run: async () => {
        ran = true;
        done();
      },
    };
    const loop = new Loop([failing, healthy], {
      clock: systemClock,
      onError: (job, error) => errors.push(`${job}: ${String(error)}`),
    });
    loop.start();
    await finished;
    await loop.stop();
    expect(errors).toEqual(['failing: Error: disk full']);
  });

  it('asks again at once when it is poked', async () => {
    let due: number | undefined;
    let done: () => void = () => {};
    const finished = new Promise<void>((resolve) => {
      done = resolve;
    });
    const job: Job = {
      name: 'job',
      nextDue: () => due,
      run: async () => {
        due = undefined;
        done();
      },
    };
    const loop = new Loop([job], { clock: systemClock, onError: () => {} });
    loop.start();
    due = 0;
    loop.poke('job');
    await finished;
    await loop.stop();
    expect(due).toBeUndefined();
  });
});

describe('the scaled clock', () => {
  it('never jumps when its speed changes', () => {
    const clock = new ScaledClock({ realAt: Date.now(), domainAt: 1_000_000, speed: 1000 });
    const before = clock.now();
    clock.setSpeed(1);
    const after = clock.now();
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after - before).toBeLessThan(100_000);
  });

  it('wakes a sleeper early when the speed rises', async () => {
    const clock = new ScaledClock({ realAt: Date.now(), domainAt: 0, speed: 1 });
    const woken = clock.sleepUntil(3_600_000, new AbortController().signal);
    clock.setSpeed(10_000_000);
    await woken;
    expect(clock.now()).toBeGreaterThanOrEqual(3_600_000);
  });
});
