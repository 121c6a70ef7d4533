import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { Labels } from '../labels/labels.ts';
import type { Clock } from '../time/clock.ts';
import type { Job } from '../time/loop.ts';
import type { Appender } from '../tsdb/queryable.ts';
import { type MetricMetadata, parseExposition, SeriesMemory } from './exposition.ts';
import { ExpositionClient } from './exposition-request.ts';
import { TargetFiles } from './file-discovery.ts';
import type { DiscoveredGroup, ScrapeConfig } from './schema.ts';
import { type RefusalReason, TargetSeries } from './target-series.ts';
import { type DroppedTarget, discoverTargets, type Target } from './targets.ts';

const FILE_LOOK_MS = 5000;
const STRAGGLER_AFTER_MS = 1000;

/** What is known about one target, for `/api/v1/targets` and for people. */
export interface TargetStatus {
  readonly job: string;
  readonly url: string;
  readonly labels: Labels;
  readonly discoveredLabels: Labels;
  readonly health: 'up' | 'down' | 'unknown';
  /** Why the last scrape failed; '' where it did not. */
  readonly lastError: string;
  /** Samples that the last scrape could not store; '' where it stored all. */
  readonly lastWarning: string;
  /** How many samples were not taken since the start, by why. */
  readonly refused: ReadonlyMap<RefusalReason, number>;
  /** Domain time of the last scrape. */
  readonly lastScrapeAt: number | undefined;
  /** Real time that it took. */
  readonly lastDurationMs: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface ScraperOptions {
  readonly configs: readonly ScrapeConfig[];
  readonly appender: Appender;
  /** The domain's clock: when to scrape, and what time samples get. */
  readonly clock: Clock;
  /** Real time: how long a scrape may take and took. */
  readonly wire: Clock;
  /** What relative paths in the configuration are relative to. */
  readonly baseDir?: string;
  /** One line when something changes for the worse or the better. */
  readonly log?: (line: string) => void;
  /** false scrapes every target at multiples of its interval, for reproducible timelines; otherwise targets are spread over it. */
  readonly spread?: boolean;
  /**
   * How much real time a run waits for its scrapes. A slower target goes on alone and the others keep their times; Infinity waits for
   * all, for reproducible timelines.
   */
  readonly stragglerAfterMs?: number;
}

/** Gathers metrics from targets. Samples carry the time their scrape was due, so that they are evenly spaced. */
export interface Scraper extends Job {
  /** Swaps the jobs: targets that stay keep their state, those that go are marked as ended. */
  reload(configs: readonly ScrapeConfig[]): void;
  targets(): readonly TargetStatus[];
  dropped(): readonly DroppedTarget[];
  /** What targets said about their metrics, by family name; differing statements stand beside each other. */
  metadata(): ReadonlyMap<string, readonly MetricMetadata[]>;
  /** Ends the requests under way; their targets are not marked as ended, as the next start goes on with them. */
  close(): Promise<void>;
}

export function createScraper(options: ScraperOptions): Scraper {
  return new TargetScraper(options);
}

/** One job's configuration with its connections and its target files. */
interface ScrapePool {
  readonly config: ScrapeConfig;
  readonly client: ExpositionClient;
  readonly files: TargetFiles;
  /** What the target files said. */
  groups: readonly DiscoveredGroup[];
  nextLookAt: number;
  nextReadAt: number;
}

interface TargetState {
  target: Target;
  pool: ScrapePool;
  readonly series: TargetSeries;
  readonly memory: SeriesMemory;
  readonly refused: Map<RefusalReason, number>;
  nextAt: number;
  running: Promise<void> | undefined;
  /** The last scrape outlasted its run, so runs do not wait for this target. */
  slow: boolean;
  removed: boolean;
  outcome: Pick<TargetStatus, 'health' | 'lastError' | 'lastWarning' | 'lastScrapeAt' | 'lastDurationMs'>;
  metadata: ReadonlyMap<string, MetricMetadata>;
}

class TargetScraper implements Scraper {
  readonly name = 'scraper';
  readonly #options: ScraperOptions;
  readonly #closing = new AbortController();
  #pools: ScrapePool[] = [];
  #states = new Map<string, TargetState>();
  #dropped: readonly DroppedTarget[] = [];
  #discoveryProblems: readonly string[] = [];
  #fileProblems: readonly string[] = [];

  constructor(options: ScraperOptions) {
    this.#options = options;
    this.reload(options.configs);
  }

  reload(configs: readonly ScrapeConfig[]): void {
    const old = this.#pools;
    const now = this.#options.clock.now();
    const baseDir = this.#options.baseDir ?? '.';
    this.#pools = configs.map((config) => ({
      config,
      client: new ExpositionClient(config, baseDir),
      files: new TargetFiles(
        config.fileDiscovery.flatMap((discovery) => discovery.files),
        baseDir,
      ),
      groups: [],
      nextLookAt: now,
      nextReadAt: now,
    }));
    this.#look(now);
    this.#discover(now);
    // Requests under way end on the old connections.
    const running = this.#running();
    void Promise.all(running).then(() => old.forEach((pool) => pool.client.close()));
  }

  nextDue(): number | undefined {
    let next = Number.POSITIVE_INFINITY;
    for (const state of this.#states.values()) next = Math.min(next, state.nextAt);
    for (const pool of this.#pools) if (pool.config.fileDiscovery.length > 0) next = Math.min(next, pool.nextLookAt);
    return Number.isFinite(next) ? next : undefined;
  }

  async run(now: number): Promise<void> {
    if (this.#look(now)) this.#discover(now);
    const awaited: TargetState[] = [];
    for (const state of this.#states.values()) {
      if (state.nextAt > now) continue;
      // Slots that passed while the process slept, or while the target was still busy, are lost, as in Prometheus.
      const slot = state.nextAt + Math.floor((now - state.nextAt) / state.target.intervalMs) * state.target.intervalMs;
      state.nextAt = slot + state.target.intervalMs;
      if (state.running) continue;
      state.running = this.#scrape(state, slot)
        // Such as a full disk: said, and no reason to hold up the other targets.
        .catch((error: unknown) => this.#options.log?.(`target ${state.target.url}: ${reasonOf(error)}`))
        .finally(() => {
          state.running = undefined;
        });
      if (!state.slow) awaited.push(state);
    }
    await this.#patience(awaited);
  }

  targets(): readonly TargetStatus[] {
    return [...this.#states.values()].map(({ target, outcome, refused }) => ({
      job: target.config.jobName,
      url: target.url,
      labels: target.labels,
      discoveredLabels: target.discoveredLabels,
      intervalMs: target.intervalMs,
      timeoutMs: target.timeoutMs,
      ...outcome,
      refused,
    }));
  }

  dropped(): readonly DroppedTarget[] {
    return this.#dropped;
  }

  metadata(): ReadonlyMap<string, readonly MetricMetadata[]> {
    const all = new Map<string, MetricMetadata[]>();
    for (const state of this.#states.values()) {
      for (const [name, said] of state.metadata) {
        const known = all.get(name) ?? [];
        const same = known.some((k) => k.type === said.type && k.help === said.help && k.unit === said.unit);
        if (!same) all.set(name, [...known, said]);
      }
    }
    return all;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running());
    for (const pool of this.#pools) pool.client.close();
    this.#states.clear();
    this.#pools = [];
  }

  #running(): Promise<void>[] {
    return [...this.#states.values()].flatMap((state) => state.running ?? []);
  }

  /** Waits for scrapes, but not longer than patience lasts. */
  async #patience(states: readonly TargetState[]): Promise<void> {
    const all = Promise.all(states.flatMap((state) => state.running ?? [])).then(() => undefined);
    const patienceMs = this.#options.stragglerAfterMs ?? STRAGGLER_AFTER_MS;
    if (!Number.isFinite(patienceMs)) return all;
    const settled = new AbortController();
    const { wire } = this.#options;
    await Promise.race([all.finally(() => settled.abort()), wire.sleepUntil(wire.now() + patienceMs, settled.signal)]);
    for (const state of states) if (state.running) state.slow = true;
  }

  /** Looks at the target files that are due. @returns whether any says something new. */
  #look(now: number): boolean {
    let changed = false;
    const problems: string[] = [];
    for (const pool of this.#pools) {
      if (pool.config.fileDiscovery.length === 0 || pool.nextLookAt > now) continue;
      const readAll = pool.nextReadAt <= now;
      if (readAll) pool.nextReadAt = now + Math.min(...pool.config.fileDiscovery.map((file) => file.refreshMs));
      pool.nextLookAt = Math.min(now + FILE_LOOK_MS, pool.nextReadAt);
      const reading = pool.files.read(readAll);
      pool.groups = reading.groups;
      changed ||= reading.changed;
      problems.push(...reading.problems);
    }
    this.#fileProblems = this.#sayNew(problems, this.#fileProblems);
    return changed;
  }

  /** Finds all targets anew and lets the known ones keep their state. */
  #discover(now: number): void {
    const found: { target: Target; pool: ScrapePool }[] = [];
    const dropped: DroppedTarget[] = [];
    const problems: string[] = [];
    for (const pool of this.#pools) {
      const discovery = discoverTargets(pool.config, [...pool.config.staticGroups, ...pool.groups]);
      found.push(...discovery.targets.map((target) => ({ target, pool })));
      dropped.push(...discovery.dropped);
      problems.push(...discovery.problems);
    }
    this.#discoveryProblems = this.#sayNew(problems, this.#discoveryProblems);
    this.#dropped = dropped;
    this.#replaceTargets(found, now);
  }

  #sayNew(problems: readonly string[], before: readonly string[]): readonly string[] {
    for (const problem of problems) if (!before.includes(problem)) this.#options.log?.(problem);
    return problems;
  }

  #replaceTargets(found: readonly { target: Target; pool: ScrapePool }[], now: number): void {
    const before = this.#states;
    this.#states = new Map();
    for (const { target, pool } of found) {
      const known = before.get(target.id);
      before.delete(target.id);
      this.#states.set(target.id, known ? this.#keep(known, target, pool, now) : this.#newState(target, pool, now));
    }
    for (const state of before.values()) {
      state.removed = true;
      state.series.remove(now);
    }
    if (before.size > 0) this.#options.appender.commit();
  }

  #newState(target: Target, pool: ScrapePool, now: number): TargetState {
    return {
      target,
      pool,
      series: new TargetSeries(target, this.#options.appender),
      memory: new SeriesMemory(),
      refused: new Map(),
      nextAt: this.#firstSlot(target, now),
      running: undefined,
      slow: false,
      removed: false,
      outcome: { health: 'unknown', lastError: '', lastWarning: '', lastScrapeAt: undefined, lastDurationMs: 0 },
      metadata: new Map(),
    };
  }

  #keep(state: TargetState, target: Target, pool: ScrapePool, now: number): TargetState {
    if (state.target.intervalMs !== target.intervalMs) state.nextAt = this.#firstSlot(target, now);
    if (state.target.config !== target.config) state.series.retarget(target);
    state.target = target;
    state.pool = pool;
    return state;
  }

  /** The first moment from `now` on that lies at the target's own offset in the interval, which only its identity decides. */
  #firstSlot(target: Target, now: number): number {
    const hash = createHash('sha256').update(target.id).digest().readUInt32BE(0);
    const offset = this.#options.spread === false ? 0 : hash % target.intervalMs;
    const past = (((now - offset) % target.intervalMs) + target.intervalMs) % target.intervalMs;
    return past === 0 ? now : now + target.intervalMs - past;
  }

  async #scrape(state: TargetState, slot: number): Promise<void> {
    const { wire, appender } = this.#options;
    const startedAt = wire.now();
    const { target } = state;
    const request = { url: target.url, timeoutMs: target.timeoutMs, closing: this.#closing.signal };
    let error = '';
    let body: Awaited<ReturnType<ExpositionClient['fetch']>> | undefined;
    try {
      body = await state.pool.client.fetch(request);
    } catch (thrown) {
      error = reasonOf(thrown);
    }
    if (state.removed || this.#closing.signal.aborted) return;
    const durationMs = Math.max(0, wire.now() - startedAt);
    state.slow = durationMs > (this.#options.stragglerAfterMs ?? STRAGGLER_AFTER_MS);
    // From here to the commit nothing is awaited: a scrape is stored whole.
    const written = body === undefined ? error : this.#store(state, body, slot);
    const failed = typeof written === 'string';
    if (failed) state.series.endAll(slot);
    const counts = failed ? { scraped: 0, postRelabeling: 0, added: 0 } : written;
    for (const [reason, count] of failed ? [] : written.refused)
      state.refused.set(reason, (state.refused.get(reason) ?? 0) + count);
    state.series.report({ up: !failed, durationMs, ...counts }, slot);
    appender.commit();
    this.#note(state, failed ? written : '', failed ? '' : written.warning);
    state.outcome = {
      health: failed ? 'down' : 'up',
      lastError: failed ? written : '',
      lastWarning: failed ? '' : written.warning,
      lastScrapeAt: slot,
      lastDurationMs: durationMs,
    };
  }

  /** @returns why nothing of it could be stored, or what was. */
  #store(state: TargetState, body: { text: string; format: 'text' | 'openmetrics' }, slot: number) {
    try {
      const { samples, metadata } = parseExposition(body.text, body.format, state.memory);
      const written = state.series.write(samples, slot);
      if ('breach' in written) return written.breach;
      state.metadata = metadata;
      return written;
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
  }

  #note(state: TargetState, error: string, warning: string): void {
    const { outcome, target } = state;
    const who = `target ${target.url} of job ${target.config.jobName}`;
    if (error !== '' && outcome.health !== 'down') this.#options.log?.(`${who} is down: ${error}`);
    if (error === '' && outcome.health === 'down') this.#options.log?.(`${who} is up again`);
    if (warning !== '' && warning !== outcome.lastWarning) this.#options.log?.(`${who}: ${warning}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
