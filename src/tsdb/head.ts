import type { Labels } from '../labels/labels.ts';
import type { Matcher } from '../labels/matcher.ts';
import type { Clock } from '../time/clock.ts';
import { Batch, replayBatch } from './batch.ts';
import { Blocks, encodeBlock, groupOf } from './block.ts';
import type { Run } from './chunk.ts';
import { Postings } from './postings.ts';
import type { Appender, AppendResult, Queryable, Series } from './queryable.ts';
import { packableUntil, retentionCutoff, WINDOW_MS, windowStart } from './retention.ts';
import { cutRun, joinRuns } from './run.ts';
import type { SamplesStore } from './store.ts';
import { type Point, Stream } from './stream.ts';

const DEFAULT_SERIES_LIMIT = 200_000;
/** A sample further ahead of the clock than this is refused: one wrong clock must not close a series to all later samples. */
const FURTHEST_AHEAD_MS = 10 * 60_000;
/** Epoch ms beyond which no instant is meant: the year 9999. */
const LATEST_INSTANT = 253_402_300_799_999;

export interface HeadOptions {
  /** Without a store samples live in memory only: tests, backtests, queries over files. */
  readonly store?: SamplesStore;
  /** Without a clock only absurd instants are refused as too far ahead. */
  readonly clock?: Pick<Clock, 'now'>;
  readonly seriesLimit?: number;
}

/**
 * The samples: appended to, queried, and made durable. Everything is visible at once, durable after `commit`, and back after a
 * crash: the constructor replays what the store holds.
 */
export class Head implements Queryable, Appender {
  readonly #store: SamplesStore | undefined;
  readonly #clock: Pick<Clock, 'now'> | undefined;
  readonly #limit: number;
  readonly #postings = new Postings<Stream>();
  readonly #byKey = new Map<string, Stream>();
  readonly #batch = new Batch();
  readonly #blocks: Blocks;
  #nextId = 1;
  /** Highest series id that the store should hold. */
  #newestId = 0;
  /** Earliest instant at which a sample is still taken; earlier ones are packed away or beyond retention. */
  #oldest = Number.NEGATIVE_INFINITY;

  constructor(options: HeadOptions = {}) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#limit = options.seriesLimit ?? DEFAULT_SERIES_LIMIT;
    this.#blocks = new Blocks(options.store);
    if (options.store) this.#replay(options.store);
  }

  get seriesCount(): number {
    return this.#postings.size;
  }

  append(labels: Labels, t: number, v: number): AppendResult {
    return this.#append(labels, t, v);
  }

  appendStale(labels: Labels, t: number): AppendResult {
    return this.#byKey.has(labels.key) ? this.#append(labels, t, 'stale') : 'appended';
  }

  commit(): void {
    if (this.#batch.size === 0) return;
    const store = this.#store;
    if (store) {
      store.tx(() => {
        this.#saveSeries(store);
        store.addBatch(this.#batch.encode());
      });
    }
    this.#batch.clear();
  }

  select(matchers: readonly Matcher[], from: number, to: number): Series[] {
    const found: Series[] = [];
    for (const stream of this.#postings.match(matchers)) {
      if (stream.lastT < from || stream.firstT > to) continue;
      const run = this.#cut(stream, from, to);
      if (run.times.length > 0) found.push({ labels: stream.labels, times: run.times, values: run.values });
    }
    return found;
  }

  /** The label sets of series that have samples around these instants: no sample is read for it. */
  labelSets(matchers: readonly Matcher[], from: number, to: number): Labels[] {
    return [...this.#alive(matchers, from, to)].map((stream) => stream.labels);
  }

  labelNames(matchers: readonly Matcher[], from: number, to: number): string[] {
    const names = new Set<string>();
    for (const stream of this.#alive(matchers, from, to)) for (const [name] of stream.labels) names.add(name);
    return [...names].sort();
  }

  labelValues(name: string, matchers: readonly Matcher[], from: number, to: number): string[] {
    const values = new Set<string>();
    for (const stream of this.#alive(matchers, from, to)) values.add(stream.labels.get(name));
    values.delete('');
    return [...values].sort();
  }

  /**
   * Packs finished windows into compressed blocks and deletes their batches. Needs a store; without one it does nothing.
   * One window per transaction, so that a long backlog does not hold the database.
   */
  pack(now: number): void {
    const store = this.#store;
    if (!store) return;
    this.commit();
    const until = packableUntil(now);
    for (;;) {
      const from = this.#firstWindowInMemory();
      if (from === undefined || from + WINDOW_MS > until) break;
      this.#packWindow(store, from);
    }
    if (until > this.#oldest) this.#oldest = until;
    store.removeBatchesBefore(until);
  }

  /** Forgets samples older than `retentionMs` and series that have none left, here and in the store. */
  prune(now: number, retentionMs: number): void {
    const cutoff = retentionCutoff(now, retentionMs);
    const store = this.#store;
    const dead: Stream[] = [];
    for (const stream of this.#postings) {
      if (stream.lastT < cutoff) dead.push(stream);
      else stream.dropBefore(cutoff);
    }
    this.commit();
    store?.tx(() => {
      store.removeBlocksBefore(cutoff);
      store.removeBatchesBefore(cutoff);
      store.removeSeries(dead.map((stream) => stream.id));
    });
    this.#blocks.forgetBefore(cutoff);
    for (const stream of dead) {
      this.#postings.remove(stream);
      this.#byKey.delete(stream.labels.key);
    }
    if (cutoff > this.#oldest) this.#oldest = cutoff;
  }

  #append(labels: Labels, t: number, point: Point): AppendResult {
    if (!Number.isSafeInteger(t) || t > LATEST_INSTANT) return 'too_far_ahead';
    if (this.#clock && t > this.#clock.now() + FURTHEST_AHEAD_MS) return 'too_far_ahead';
    if (t < this.#oldest) return 'too_old';
    let stream = this.#byKey.get(labels.key);
    if (!stream) {
      if (this.#postings.size >= this.#limit) return 'series_limit';
      stream = this.#create(this.#nextId, labels);
    }
    const before = stream.lastT;
    const result = stream.append(t, point);
    if (result === 'appended' && stream.lastT !== before) this.#batch.add(stream.id, t, point);
    return result;
  }

  #create(id: number, labels: Labels): Stream {
    const stream = new Stream(id, labels);
    this.#byKey.set(labels.key, stream);
    this.#postings.add(stream);
    this.#nextId = Math.max(this.#nextId, id + 1);
    this.#newestId = Math.max(this.#newestId, id);
    return stream;
  }

  /**
   * Adds the series that the store lacks. The store is asked rather than a list kept, because a commit may have been part of a
   * transaction that was rolled back.
   */
  #saveSeries(store: SamplesStore): void {
    const known = store.newestSeriesId();
    if (known >= this.#newestId) return;
    const missing = [...this.#postings].filter((stream) => stream.id > known);
    store.addSeries(missing);
    this.#newestId = missing.at(-1)?.id ?? known;
  }

  #replay(store: SamplesStore): void {
    const byId = new Map<number, Stream>();
    for (const stored of store.series()) {
      const stream = this.#create(stored.id, stored.labels);
      stream.firstT = stored.firstT;
      stream.lastT = stored.lastT;
      byId.set(stored.id, stream);
    }
    this.#oldest = this.#blocks.packedUntil;
    for (const batch of store.batches()) {
      replayBatch(batch.data, (id, t, point) => {
        if (t >= this.#oldest) byId.get(id)?.append(t, point);
      });
    }
  }

  #cut(stream: Stream, from: number, to: number): Run {
    const inMemory = stream.firstInMemory ?? Number.POSITIVE_INFINITY;
    const packed = from < inMemory && stream.firstT < inMemory ? this.#blocks.runs(stream.id, from, to) : [];
    const runs = [...packed, ...stream.runs(from, to)];
    return joinRuns(runs.map((run) => cutRun(run, from, to)).filter((run) => run.times.length > 0));
  }

  *#alive(matchers: readonly Matcher[], from: number, to: number): Iterable<Stream> {
    for (const stream of this.#postings.match(matchers)) {
      if (stream.lastT >= from && stream.firstT <= to) yield stream;
    }
  }

  #firstWindowInMemory(): number | undefined {
    let first: number | undefined;
    for (const stream of this.#postings) {
      const t = stream.firstInMemory;
      if (t !== undefined && (first === undefined || t < first)) first = t;
    }
    return first === undefined ? undefined : windowStart(first);
  }

  #packWindow(store: SamplesStore, from: number): void {
    const toT = from + WINDOW_MS;
    const groups = new Map<number, { stream: Stream; run: Run }[]>();
    for (const stream of this.#postings) {
      const run = joinRuns(stream.runs(from, toT - 1).map((part) => cutRun(part, from, toT - 1)));
      if (run.times.length === 0) continue;
      const group = groups.get(groupOf(stream.id));
      if (group) group.push({ stream, run });
      else groups.set(groupOf(stream.id), [{ stream, run }]);
    }
    const blocks = store.tx(() =>
      [...groups].map(([group, parts]) => {
        const data = encodeBlock(parts.map(({ stream, run }) => ({ id: stream.id, run })));
        store.coverSeries(
          parts.map(({ stream }) => ({ id: stream.id, firstT: stream.firstT, lastT: lastBefore(stream, toT) })),
        );
        return { id: store.addBlock({ group, fromT: from, toT }, data), group, fromT: from, toT };
      }),
    );
    for (const block of blocks) this.#blocks.add(block);
    for (const stream of this.#postings) stream.dropBefore(toT);
    if (toT > this.#oldest) this.#oldest = toT;
  }
}

/** How far blocks cover a series: its newest sample or the window's end, whichever comes first. */
function lastBefore(stream: Stream, toT: number): number {
  return Math.min(stream.lastT, toT - 1);
}
