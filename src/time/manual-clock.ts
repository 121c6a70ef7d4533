import type { Clock } from './clock.ts';

/** A clock that stands still until it is moved: timelines in tests, replays of history. */
export class ManualClock implements Clock {
  #now: number;
  #waiting: { at: number; wake: () => void }[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  set(now: number): void {
    this.#now = now;
    const due = this.#waiting.filter((sleeper) => sleeper.at <= now);
    this.#waiting = this.#waiting.filter((sleeper) => sleeper.at > now);
    for (const sleeper of due) sleeper.wake();
  }

  async sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    if (at <= this.#now || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.push({ at, wake });
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
