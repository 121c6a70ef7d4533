import type { Labels } from '../labels/labels.ts';
import { decodeChunk, encodeChunk, type Run } from './chunk.ts';
import type { AppendResult } from './queryable.ts';
import { windowStart } from './retention.ts';
import { isStaleAt, writeStale, writeValue } from './staleness.ts';

/** Samples per closed chunk: 20 minutes at 15 s are 80, one hour 240. */
const CHUNK_SAMPLES = 240;
const FIRST_CAPACITY = 16;

interface ClosedChunk {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** What to append: a number, or the end of the series. */
export type Point = number | 'stale';

/**
 * One series in memory: closed chunks, compressed, and one open chunk as plain columns. Chunks never span two windows, so a
 * window can be packed away as a whole. The open columns only ever grow: readers may keep views of them.
 */
export class Stream {
  readonly id: number;
  readonly labels: Labels;
  /** Bounds of all samples ever seen, packed ones included; firstT > lastT while there are none. */
  firstT: number = Number.POSITIVE_INFINITY;
  lastT: number = Number.NEGATIVE_INFINITY;
  #closed: ClosedChunk[] = [];
  /** The newest closed chunk that was read, unpacked: most windows reach into just that one. */
  #unpacked: { readonly chunk: ClosedChunk; readonly run: Run } | undefined;
  #times: Float64Array = new Float64Array(FIRST_CAPACITY);
  #values: Float64Array = new Float64Array(FIRST_CAPACITY);
  #count = 0;

  constructor(id: number, labels: Labels) {
    this.id = id;
    this.labels = labels;
  }

  append(t: number, point: Point): AppendResult {
    if (t < this.lastT) return 'out_of_order';
    if (t === this.lastT) return this.#isRepeat(point) ? 'appended' : 'duplicate_timestamp';
    if (this.#count === CHUNK_SAMPLES || (this.#count > 0 && windowStart(t) !== windowStart(this.#times[0] ?? 0))) {
      this.#close();
    }
    if (this.#count === this.#times.length) this.#grow();
    this.#times[this.#count] = t;
    if (point === 'stale') writeStale(this.#values, this.#count);
    else writeValue(this.#values, this.#count, point);
    this.#count += 1;
    this.lastT = t;
    if (t < this.firstT) this.firstT = t;
    return 'appended';
  }

  /** Chunks in memory that touch `from <= t <= to`, oldest first; not cut to the bounds. */
  runs(from: number, to: number): Run[] {
    const runs: Run[] = [];
    for (const chunk of this.#closed) {
      if (chunk.from > to) return runs;
      if (chunk.to >= from) runs.push(this.#unpack(chunk));
    }
    if (this.#count > 0 && (this.#times[0] ?? 0) <= to && this.lastT >= from) {
      runs.push({ times: this.#times.subarray(0, this.#count), values: this.#values.subarray(0, this.#count) });
    }
    return runs;
  }

  /** Earliest sample still in memory. */
  get firstInMemory(): number | undefined {
    return this.#closed[0]?.from ?? (this.#count > 0 ? this.#times[0] : undefined);
  }

  /** Lets go of chunks that end before `t`. */
  dropBefore(t: number): void {
    if (this.#count > 0 && this.lastT < t) {
      this.#closed = [];
      this.#unpacked = undefined;
      this.#count = 0;
      // Views of the old columns may be in use: start new ones.
      this.#times = new Float64Array(FIRST_CAPACITY);
      this.#values = new Float64Array(FIRST_CAPACITY);
      return;
    }
    const kept = this.#closed.findIndex((chunk) => chunk.to >= t);
    if (kept === -1) {
      this.#closed = [];
      this.#unpacked = undefined;
    } else if (kept > 0) this.#closed = this.#closed.slice(kept);
  }

  /** Whether the newest sample has just this value; a newest sample that is packed away counts as different. */
  #isRepeat(point: Point): boolean {
    const last = this.#count - 1;
    if (last < 0) return false;
    const stale = isStaleAt(this.#values, last);
    return point === 'stale' ? stale : !stale && Object.is(this.#values[last], point);
  }

  #unpack(chunk: ClosedChunk): Run {
    if (this.#unpacked?.chunk === chunk) return this.#unpacked.run;
    const run = decodeChunk(chunk.bytes);
    if (chunk === this.#closed.at(-1)) this.#unpacked = { chunk, run };
    return run;
  }

  #close(): void {
    const times = this.#times.subarray(0, this.#count);
    const bytes = encodeChunk({ times, values: this.#values.subarray(0, this.#count) });
    this.#unpacked = undefined;
    this.#closed.push({ from: times[0] ?? 0, to: times[this.#count - 1] ?? 0, bytes });
    // The next chunk will be about as long. New columns, because readers may hold views of these.
    const capacity = Math.max(FIRST_CAPACITY, this.#count);
    this.#times = new Float64Array(capacity);
    this.#values = new Float64Array(capacity);
    this.#count = 0;
  }

  #grow(): void {
    const capacity = Math.min(CHUNK_SAMPLES, this.#times.length * 2);
    const times = new Float64Array(capacity);
    const values = new Float64Array(capacity);
    times.set(this.#times);
    values.set(this.#values);
    this.#times = times;
    this.#values = values;
  }
}
