import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import type { Clock } from '../../src/time/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

const HTTP = [
  ['http.client.request.start', 1],
  ['http.client.response.finish', -1],
  ['http.client.request.error', -1],
] as const;

/** What Linux knows of this thread: nanoseconds on a processor, and nanoseconds it was ready and had to wait for one. */
const SCHEDULED = '/proc/thread-self/schedstat';

/** How long other programs have kept this thread waiting; 0 where nobody can say. */
function keptWaitingMs(): number {
  try {
    return Number(readFileSync(SCHEDULED, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

/**
 * Real time with its idle stretches left out: while the program works, a second is a second, and lateness is real; where everything
 * sleeps and no request is under way, time jumps to whoever wakes first. What other programs take from it is left out as well, as far
 * as the system can tell.
 */
export class SkippingClock implements Clock {
  #offset: number;
  #waited = keptWaitingMs();
  #last = 0;
  #underWay = 0;
  /** Counts whatever happens: a turn of the event loop without any is idle. */
  #events = 0;
  #sleepers: readonly Sleeper[] = [];
  #happened: (() => void) | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(start: number) {
    this.#offset = start - performance.now() + this.#waited;
    for (const [channel, change] of HTTP) {
      const listener = (): void => {
        this.#underWay += change;
        this.#note();
      };
      subscribe(channel, listener);
      this.#listeners.push(() => unsubscribe(channel, listener));
    }
  }

  now(): number {
    this.#last = Math.max(this.#last, Math.floor(this.#offset + performance.now() - this.#waited));
    return this.#last;
  }

  async sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    this.#note();
    if (at <= this.now() || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        resolve();
      };
      const sleeper: Sleeper = { at, wake };
      this.#sleepers = [...this.#sleepers, sleeper];
      signal.addEventListener('abort', wake, { once: true });
    });
    this.#note();
  }

  /** Lets the program run until then; returns once that instant has come and nothing is under way. */
  async runTo(until: number): Promise<void> {
    for (;;) {
      await turn();
      this.#waited = keptWaitingMs();
      const now = this.now();
      for (const sleeper of this.#sleepers) if (sleeper.at <= now) sleeper.wake();
      if (!(await this.#isIdle())) continue;
      if (this.now() >= until) return;
      const next = Math.min(until, ...this.#sleepers.map(({ at }) => at));
      this.#offset += Math.max(0, next - this.now());
    }
  }

  close(): void {
    for (const stop of this.#listeners) stop();
  }

  /** Whether a few turns of the event loop bring nothing; with a request under way it waits for the next event. */
  async #isIdle(): Promise<boolean> {
    if (this.#underWay > 0) {
      const next = Math.min(...this.#sleepers.map(({ at }) => at)) - this.now();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(1, Math.min(next, 50)));
        this.#happened = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      return false;
    }
    const before = this.#events;
    for (let turns = 0; turns < 4; turns += 1) await turn();
    return this.#events === before && this.#underWay === 0;
  }

  #note(): void {
    this.#events += 1;
    this.#happened?.();
    this.#happened = undefined;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
