import type { Clock } from '../time/clock.ts';

/** Without a reason of its own each abort would make an error with a stack. */
const ANOTHER_INSTANT = 'another instant is waited for';

/**
 * What a run does between two passes: it waits until it is woken or an instant has come. Naps for the same instant share one sleep of
 * the clock, because a burst takes one after each message.
 */
export class Nap {
  readonly #clock: Clock;
  #end: (() => void) | undefined;
  #sleep: { readonly at: number; readonly controller: AbortController } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param at Infinity: until it is woken */
  async until(at: number): Promise<void> {
    const over = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    if (this.#sleep?.at !== at) this.#sleepUntil(at);
    await over;
  }

  wake(): void {
    this.#end?.();
  }

  /** Nobody naps any more: leaves no timer behind. */
  over(): void {
    this.#sleep?.controller.abort(ANOTHER_INSTANT);
    this.#sleep = undefined;
  }

  #sleepUntil(at: number): void {
    this.over();
    const sleep = { at, controller: new AbortController() };
    this.#sleep = sleep;
    void this.#clock.sleepUntil(at, sleep.controller.signal).then(() => {
      if (this.#sleep !== sleep) return;
      this.#sleep = undefined;
      this.wake();
    });
  }
}
