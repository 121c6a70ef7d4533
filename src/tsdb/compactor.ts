import type { Job } from '../time/loop.ts';
import type { Head } from './head.ts';
import { DEFAULT_RETENTION_MS, WINDOW_MS } from './retention.ts';

const EVERY_MS = WINDOW_MS / 8;

/** Packs finished windows and drops what is beyond retention, every quarter of an hour. */
export class Compactor implements Job {
  readonly name = 'compactor';
  readonly #head: Head;
  readonly #retentionMs: number;
  #due: number;

  /** @param start epoch ms of the first run. */
  constructor(head: Head, start: number, retentionMs: number = DEFAULT_RETENTION_MS) {
    this.#head = head;
    this.#retentionMs = retentionMs;
    this.#due = start;
  }

  nextDue(): number {
    return this.#due;
  }

  async run(now: number): Promise<void> {
    this.#head.pack(now);
    this.#head.prune(now, this.#retentionMs);
    this.#due = now + EVERY_MS;
  }
}
