import { LONGEST_HOLD_MS } from '../delivery/budget.ts';
import type { Clock } from '../time/clock.ts';

/** What a 429 asks for where it names no time. */
const UNNAMED_MS = 1000;

/**
 * Methods that Slack does not want to hear of for a while: its limits hold for a method and workspace, for posts also per channel.
 * Whoever would call before the time is over gets the same refusal without asking.
 */
export class QuietTimes {
  readonly #wire: Clock;
  readonly #until = new Map<string, number>();

  constructor(wire: Clock) {
    this.#wire = wire;
  }

  /** Milliseconds until this call may be made; 0 where it may be made now. */
  leftMs(method: string, args: Readonly<Record<string, unknown>>): number {
    const until = this.#until.get(keyOf(method, args)) ?? 0;
    const left = until - this.#wire.now();
    // Longer than any time that is ever kept: the clock was set back.
    return left > LONGEST_HOLD_MS ? 0 : Math.max(0, left);
  }

  /** Slack answered 429. */
  begin(method: string, args: Readonly<Record<string, unknown>>, retryAfterMs = UNNAMED_MS): void {
    const now = this.#wire.now();
    for (const [key, until] of this.#until) if (until <= now) this.#until.delete(key);
    this.#until.set(keyOf(method, args), now + Math.min(retryAfterMs, LONGEST_HOLD_MS));
  }
}

function keyOf(method: string, { channel }: Readonly<Record<string, unknown>>): string {
  return method === 'chat.postMessage' && typeof channel === 'string' ? `${method} ${channel}` : method;
}
