/**
 * Where instants come from. All instants are epoch milliseconds named `now` or `…At`; all durations are milliseconds named `…Ms`.
 *
 * Two clocks exist at run time and must not be mixed: the domain's (rules, groups, ladders, silences; the demo scales it) and the
 * wire's (HTTP timeouts, Retry-After, outbox attempts, signatures), which is always real time.
 */
export interface Clock {
  now(): number;
  /** Resolves when `now() >= at`, or at once when the signal aborts. Never rejects. */
  sleepUntil(at: number, signal: AbortSignal): Promise<void>;
}

// setTimeout fires at once beyond 2^31-1 ms, and a suspended machine wakes late: sleep in slices.
const LONGEST_SLEEP_MS = 60_000;

async function sleepRealMs(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, LONGEST_SLEEP_MS));
    signal.addEventListener('abort', done, { once: true });
  });
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleepUntil(at, signal) {
    while (!signal.aborted && Date.now() < at) await sleepRealMs(at - Date.now(), signal);
  },
};

/** A point where the scale of a scaled clock changed: domain time `domainAt` stood at real time `realAt`. */
export interface ClockAnchor {
  readonly realAt: number;
  readonly domainAt: number;
  readonly speed: number;
}

/** Domain time that runs `speed` times as fast as real time; the speed may change at any moment and time never jumps. */
export class ScaledClock implements Clock {
  #anchor: ClockAnchor;
  readonly #sleepers = new Set<AbortController>();

  constructor(anchor: ClockAnchor) {
    this.#anchor = anchor;
  }

  get anchor(): ClockAnchor {
    return this.#anchor;
  }

  now(): number {
    const { realAt, domainAt, speed } = this.#anchor;
    return domainAt + Math.round((Date.now() - realAt) * speed);
  }

  setSpeed(speed: number): void {
    this.setAnchor({ realAt: Date.now(), domainAt: this.now(), speed });
  }

  /** Takes over another clock's anchor, so that two threads tell the same time. */
  setAnchor(anchor: ClockAnchor): void {
    this.#anchor = anchor;
    for (const sleeper of this.#sleepers) sleeper.abort();
  }

  async sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.now() < at) {
      // One controller per slice that both the caller and a change of speed may end.
      const slice = new AbortController();
      const forward = (): void => slice.abort();
      signal.addEventListener('abort', forward, { once: true });
      this.#sleepers.add(slice);
      await sleepRealMs(Math.max(1, (at - this.now()) / this.#anchor.speed), slice.signal);
      this.#sleepers.delete(slice);
      signal.removeEventListener('abort', forward);
    }
  }
}
