import { breathe } from './breathe.ts';
import type { Clock } from './clock.ts';

/** Work with a deadline that is stored elsewhere (a column, not a timer): asked "when next?" and run when that has come. */
export interface Job {
  readonly name: string;
  /** Epoch ms at which `run` is due; undefined while there is nothing to do. Must be cheap: it is asked after every run. */
  nextDue(): number | undefined;
  /** Does everything due at `now`. A rejection is reported and the job is tried again a second later. */
  run(now: number): Promise<void>;
}

export interface LoopOptions {
  readonly clock: Clock;
  readonly onError: (job: string, error: unknown) => void;
}

const RETRY_AFTER_ERROR_MS = 1000;

/**
 * Runs jobs when they are due. Each job runs at most once at a time; jobs do not wait for each other, so that a slow network
 * never delays a rule. `poke` makes the loop ask again after something outside changed a deadline.
 */
export class Loop {
  readonly #jobs: readonly Job[];
  readonly #options: LoopOptions;
  #stopped = false;
  /** The wait each job is in, by job name; aborting it makes the job ask for its deadline anew. */
  readonly #waits = new Map<string, AbortController>();
  #running: Promise<void> | undefined;

  constructor(jobs: readonly Job[], options: LoopOptions) {
    this.#jobs = jobs;
    this.#options = options;
  }

  start(): void {
    this.#running ??= Promise.all(this.#jobs.map((job) => this.#drive(job))).then(() => undefined);
  }

  /** Asks every job, or the named one, for its deadline anew. */
  poke(name?: string): void {
    for (const [job, wait] of this.#waits) {
      // Each abort makes an exception, also where nothing is left to end; a storm pokes thousands of times.
      if ((name === undefined || job === name) && !wait.signal.aborted) wait.abort();
    }
  }

  /** Ends after the runs under way have finished. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.poke();
    await this.#running;
  }

  async #drive(job: Job): Promise<void> {
    let notBefore = Number.NEGATIVE_INFINITY;
    while (!this.#stopped) {
      const wait = new AbortController();
      this.#waits.set(job.name, wait);
      const due = job.nextDue();
      const now = this.#options.clock.now();
      if (due !== undefined && Math.max(due, notBefore) <= now) {
        try {
          await job.run(now);
        } catch (error) {
          this.#options.onError(job.name, error);
          notBefore = this.#options.clock.now() + RETRY_AFTER_ERROR_MS;
        }
        // Sockets and other jobs have their turn between two overdue runs.
        await breathe();
        continue;
      }
      const wakeAt = due === undefined ? Number.POSITIVE_INFINITY : Math.max(due, notBefore);
      await this.#options.clock.sleepUntil(wakeAt, wait.signal);
    }
  }
}

/**
 * Drives jobs over a manual clock: moves time from deadline to deadline up to and including `until`, running what is due in the
 * order given, each run awaited. Deterministic; for tests and replays.
 * @throws where a job stays due after it ran 10,000 times at one instant.
 */
export async function advance(
  clock: Clock & { set(now: number): void },
  jobs: readonly Job[],
  until: number,
): Promise<void> {
  let spins = 0;
  for (;;) {
    const now = clock.now();
    let ran = false;
    for (const job of jobs) {
      const due = job.nextDue();
      if (due !== undefined && due <= now) {
        await job.run(now);
        ran = true;
      }
    }
    if (ran) {
      spins += 1;
      if (spins > 10_000)
        throw new Error(`a job stays due at ${now}: ${jobs.map((j) => `${j.name}=${j.nextDue()}`).join(' ')}`);
      continue;
    }
    spins = 0;
    const next = Math.min(...jobs.map((job) => job.nextDue() ?? Number.POSITIVE_INFINITY));
    if (next > until) {
      if (now < until) clock.set(until);
      return;
    }
    clock.set(next);
  }
}
