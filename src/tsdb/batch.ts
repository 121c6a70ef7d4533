import { ByteReader, ByteWriter } from './bytes.ts';
import { isStaleAt, writeStale, writeValue } from './staleness.ts';
import type { Point } from './stream.ts';

const FORMAT = 1;
const FIRST_CAPACITY = 256;

/** Samples appended since the last commit, as columns that become one row. */
export class Batch {
  #ids: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  #times: Float64Array = new Float64Array(FIRST_CAPACITY);
  #values: Float64Array = new Float64Array(FIRST_CAPACITY);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  add(id: number, t: number, point: Point): void {
    if (this.#count === this.#ids.length) this.#grow();
    this.#ids[this.#count] = id;
    this.#times[this.#count] = t;
    if (point === 'stale') writeStale(this.#values, this.#count);
    else writeValue(this.#values, this.#count, point);
    this.#count += 1;
  }

  clear(): void {
    this.#count = 0;
  }

  /** One row. A batch whose samples share one time stores it once, as scrapes do. */
  encode(): { minT: number; maxT: number; data: Uint8Array } {
    const times = this.#times.subarray(0, this.#count);
    let minT = Number.POSITIVE_INFINITY;
    let maxT = Number.NEGATIVE_INFINITY;
    for (const t of times) {
      if (t < minT) minT = t;
      if (t > maxT) maxT = t;
    }
    const writer = new ByteWriter();
    writer.byte(FORMAT);
    writer.byte(minT === maxT ? 1 : 0);
    writer.uint32(this.#count);
    if (minT === maxT) writer.float64(minT);
    else writer.raw(bytesOf(times));
    writer.raw(bytesOf(this.#ids.subarray(0, this.#count)));
    writer.raw(bytesOf(this.#values.subarray(0, this.#count)));
    return { minT, maxT, data: writer.finish() };
  }

  #grow(): void {
    const capacity = this.#ids.length * 2;
    const ids = new Uint32Array(capacity);
    const times = new Float64Array(capacity);
    const values = new Float64Array(capacity);
    ids.set(this.#ids);
    times.set(this.#times);
    values.set(this.#values);
    this.#ids = ids;
    this.#times = times;
    this.#values = values;
  }
}

function bytesOf(column: Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

/** Calls `each` for every sample of a stored batch, in the order they were appended. */
export function replayBatch(data: Uint8Array, each: (id: number, t: number, point: Point) => void): void {
  const reader = new ByteReader(data);
  if (reader.byte() !== FORMAT) throw new RangeError('unknown batch format');
  const shared = reader.byte() === 1;
  const count = reader.uint32();
  // Copies, because a row's bytes need not be aligned.
  const times = shared
    ? new Float64Array(count).fill(reader.float64())
    : new Float64Array(reader.raw(count * 8).slice().buffer);
  const ids = new Uint32Array(reader.raw(count * 4).slice().buffer);
  const values = new Float64Array(reader.raw(count * 8).slice().buffer);
  for (let i = 0; i < count; i++) {
    each(ids[i] ?? 0, times[i] ?? 0, isStaleAt(values, i) ? 'stale' : (values[i] ?? 0));
  }
}
