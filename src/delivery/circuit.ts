const PROBE_EVERY_MS = 60_000;

/**
 * Kinds whose credentials do not work: while a kind's circuit is open, one row a minute is tried as a probe and the rest wait.
 * Kept in memory: after a restart the first attempt opens it again.
 */
export class Circuits {
  readonly #probeAt = new Map<string, number>();

  isOpen(kind: string): boolean {
    return this.#probeAt.has(kind);
  }

  /** When a row of this kind may go: `now` while the circuit is closed or a probe is due. */
  opensAt(kind: string, now: number): number {
    const at = this.#probeAt.get(kind);
    // Further away than a probe ever is: the clock was set back.
    return at === undefined || at - now > PROBE_EVERY_MS ? now : Math.max(now, at);
  }

  /** An attempt begins; while the circuit is open it is the probe, and the next may go a minute later. */
  started(kind: string, now: number): void {
    if (this.#probeAt.has(kind)) this.#probeAt.set(kind, now + PROBE_EVERY_MS);
  }

  /** @returns whether it was closed before */
  open(kind: string, now: number): boolean {
    const opened = !this.#probeAt.has(kind);
    this.#probeAt.set(kind, now + PROBE_EVERY_MS);
    return opened;
  }

  /** @returns whether it was open before */
  close(kind: string): boolean {
    return this.#probeAt.delete(kind);
  }
}
