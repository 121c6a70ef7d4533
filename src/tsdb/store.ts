import type { Labels } from '../labels/labels.ts';

/** A series as the database knows it. `firstT`/`lastT` (epoch ms) cover what blocks hold; batches may reach further. */
export interface StoredSeries {
  readonly id: number;
  readonly labels: Labels;
  readonly firstT: number;
  readonly lastT: number;
}

/** Compressed samples of up to 64 neighbouring series (`group` = id / 64) over one window `fromT <= t < toT`. */
export interface StoredBlock {
  readonly id: number;
  readonly group: number;
  readonly fromT: number;
  readonly toT: number;
}

export interface StoredBatch {
  readonly minT: number;
  readonly maxT: number;
  readonly data: Uint8Array;
}

/** Where samples outlive the process. All methods join an open transaction of the same database. */
export interface SamplesStore {
  /** Runs `fn` in one transaction. */
  tx<T>(fn: () => T): T;
  series(): StoredSeries[];
  /** 0 while there is none. */
  newestSeriesId(): number;
  addSeries(series: readonly Pick<StoredSeries, 'id' | 'labels'>[]): void;
  /** Widens the time each series is known to cover. */
  coverSeries(spans: readonly Pick<StoredSeries, 'id' | 'firstT' | 'lastT'>[]): void;
  removeSeries(ids: readonly number[]): void;
  addBatch(batch: StoredBatch): void;
  /** In the order they were committed. */
  batches(): Iterable<StoredBatch>;
  /** Deletes batches that lie wholly before `t`. */
  removeBatchesBefore(t: number): void;
  blocks(): StoredBlock[];
  /** @returns the new block's id. */
  addBlock(block: Omit<StoredBlock, 'id'>, data: Uint8Array): number;
  readBlock(id: number): Uint8Array;
  /** Deletes blocks whose window ends at or before `t`. */
  removeBlocksBefore(t: number): void;
}
