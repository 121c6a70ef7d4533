const PROBE_EVERY_MS = 60_000;

/**
 * Credentials that do not work, by name: while a circuit is open, one row a minute is tried as a probe and the rest wait.
 * Kept in memory: after a restart the first attempt opens it again.
 */
export class Circuits {
  readonly #probeAt = new Map<string, number>();

  isOpen(credentials: string): boolean {
    return this.#probeAt.has(credentials);
  }

  /** When a row with these credentials may go: `now` while the circuit is closed or a probe is due. */
  opensAt(credentials: string, now: number): number {
    const at = this.#probeAt.get(credentials);
    // Further away than a probe ever is: the clock was set back.
    return at === undefined || at - now > PROBE_EVERY_MS ? now : Math.max(now, at);
  }

  /** An attempt begins; while the circuit is open it is the probe, and the next may go a minute later. */
  started(credentials: string, now: number): void {
    if (this.#probeAt.has(credentials)) this.#probeAt.set(credentials, now + PROBE_EVERY_MS);
  }

  /** @returns whether it was closed before */
  open(credentials: string, now: number): boolean {
    const opened = !this.#probeAt.has(credentials);
    this.#probeAt.set(credentials, now + PROBE_EVERY_MS);
    return opened;
  }

  /** @returns whether it was open before */
  close(credentials: string): boolean {
    return this.#probeAt.delete(credentials);
  }
}
