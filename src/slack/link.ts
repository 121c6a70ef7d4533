import type { Clock } from '../time/clock.ts';

/** Whether interactions can reach us. Telling people goes over HTTP and does not depend on it. */
export interface SlackLiveness {
  readonly connected: boolean;
  /** Wire-clock instant since when that is so. */
  readonly since: number;
  /** Wire-clock instant of the last interaction; undefined before the first. */
  readonly lastInteractionAt: number | undefined;
  /** Why the connection could not be made, where it could not. */
  readonly failure: string | undefined;
}

/** What is known of the connection. */
export class Link {
  readonly #wire: Clock;
  #connected = false;
  #since: number;
  #lastInteractionAt: number | undefined;
  #failure: string | undefined;

  constructor(wire: Clock) {
    this.#wire = wire;
    this.#since = wire.now();
  }

  up(): void {
    this.#connected = true;
    this.#since = this.#wire.now();
    this.#failure = undefined;
  }

  down(reason: string): void {
    this.#failure = reason;
    if (!this.#connected) return;
    this.#connected = false;
    this.#since = this.#wire.now();
  }

  /** Why an attempt to come back did not work. */
  failed(reason: string): void {
    if (!this.#connected) this.#failure = reason;
  }

  heard(): void {
    this.#lastInteractionAt = this.#wire.now();
  }

  liveness(): SlackLiveness {
    return {
      connected: this.#connected,
      since: this.#since,
      lastInteractionAt: this.#lastInteractionAt,
      failure: this.#failure,
    };
  }
}
