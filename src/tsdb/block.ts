import { ByteReader, ByteWriter } from './bytes.ts';
import { decodeChunk, encodeChunk, type Run } from './chunk.ts';
import type { SamplesStore, StoredBlock } from './store.ts';

/** Series per block row: neighbours in id are mostly one metric of one target, which a query reads together. */
const GROUP_SIZE = 64;

export function groupOf(seriesId: number): number {
  return Math.floor(seriesId / GROUP_SIZE);
}

/** One row: count, then per series its id and the length of its chunk, then the chunks. */
export function encodeBlock(parts: readonly { readonly id: number; readonly run: Run }[]): Uint8Array {
  const chunks = parts.map((part) => ({ id: part.id, bytes: encodeChunk(part.run) }));
  const writer = new ByteWriter();
  writer.varint(chunks.length);
  for (const { id, bytes } of chunks) {
    writer.varint(id);
    writer.varint(bytes.length);
  }
  for (const { bytes } of chunks) writer.raw(bytes);
  return writer.finish();
}

/** The samples of one series in a block, undefined where it has none there. */
function readFromBlock(data: Uint8Array, seriesId: number): Run | undefined {
  const reader = new ByteReader(data);
  const count = reader.varint();
  let before = 0;
  let wanted = -1;
  let start = 0;
  for (let i = 0; i < count; i++) {
    const id = reader.varint();
    const length = reader.varint();
    if (id === seriesId) {
      wanted = length;
      start = before;
    }
    before += length;
  }
  if (wanted < 0) return undefined;
  reader.raw(start);
  return decodeChunk(reader.raw(wanted));
}

const CACHE_BYTES = 64 * 1024 * 1024;

/** Packed samples, read from the store when a query needs them; recently used rows stay in memory up to a fixed size. */
export class Blocks {
  readonly #store: SamplesStore | undefined;
  readonly #byGroup = new Map<number, StoredBlock[]>();
  /** In order of use, oldest first. */
  readonly #cache = new Map<number, Uint8Array>();
  #cached = 0;

  constructor(store: SamplesStore | undefined) {
    this.#store = store;
    for (const block of store?.blocks() ?? []) this.add(block);
  }

  add(block: StoredBlock): void {
    const blocks = this.#byGroup.get(block.group);
    if (!blocks) this.#byGroup.set(block.group, [block]);
    else {
      blocks.push(block);
      blocks.sort((a, b) => a.fromT - b.fromT);
    }
  }

  /** Runs of one series that touch `from <= t <= to`, oldest first; not cut. */
  runs(seriesId: number, from: number, to: number): Run[] {
    const runs: Run[] = [];
    for (const block of this.#byGroup.get(groupOf(seriesId)) ?? []) {
      if (block.toT <= from || block.fromT > to) continue;
      const run = readFromBlock(this.#read(block.id), seriesId);
      if (run) runs.push(run);
    }
    return runs;
  }

  /** End of the newest window packed; samples before it are no longer taken. */
  get packedUntil(): number {
    let until = Number.NEGATIVE_INFINITY;
    for (const blocks of this.#byGroup.values()) for (const block of blocks) until = Math.max(until, block.toT);
    return until;
  }

  forgetBefore(t: number): void {
    for (const [group, blocks] of this.#byGroup) {
      const kept = blocks.filter((block) => block.toT > t);
      if (kept.length === blocks.length) continue;
      for (const block of blocks) if (block.toT <= t) this.#evict(block.id);
      if (kept.length === 0) this.#byGroup.delete(group);
      else this.#byGroup.set(group, kept);
    }
  }

  #read(id: number): Uint8Array {
    const known = this.#cache.get(id);
    if (known) {
      this.#cache.delete(id);
      this.#cache.set(id, known);
      return known;
    }
    const data = this.#store?.readBlock(id) ?? new Uint8Array([0]);
    this.#cache.set(id, data);
    this.#cached += data.length;
    for (const oldest of this.#cache.keys()) {
      if (this.#cached <= CACHE_BYTES || oldest === id) break;
      this.#evict(oldest);
    }
    return data;
  }

  #evict(id: number): void {
    this.#cached -= this.#cache.get(id)?.length ?? 0;
    this.#cache.delete(id);
  }
}
