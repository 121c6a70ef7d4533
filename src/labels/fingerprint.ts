import type { Labels } from './labels.ts';

/** 16 lower-case hex digits identifying a label set. */
export type Fingerprint = string;

/** FNV's 64-bit offset basis 0xcbf29ce484222325, in two halves: BigInt costs forty times as much. */
const OFFSET_HIGH = 0xcbf29ce4;
const OFFSET_LOW = 0x84222325;
/** FNV's 64-bit prime is 2^40 + 0x1b3. */
const PRIME_LOW = 0x1b3;
const HALF = 0x1_0000_0000;
const SEPARATOR = 0xff;
/** Nothing of it outlives a call. */
let scratch = Buffer.allocUnsafe(8192);

/**
 * 64-bit FNV-1a over the sorted labels with a 0xff byte after each name and value: the same number Prometheus' common/model
 * and Alertmanager print, so that fingerprints can be compared across systems.
 */
export function fingerprint(labels: Labels): Fingerprint {
  const end = write(labels);
  let high = OFFSET_HIGH;
  let low = OFFSET_LOW;
  for (let index = 0; index < end; index += 1) {
    const mixed = (low ^ (scratch[index] ?? 0)) >>> 0;
    const product = mixed * PRIME_LOW;
    low = product >>> 0;
    // Below 2^42, so exact: the upper half times the prime, the carry, and 2^40 times the lower half.
    high = (high * PRIME_LOW + Math.floor(product / HALF) + mixed * 256) >>> 0;
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

/** Every name and value in UTF-8, each with its separator, into `scratch`. @returns how many bytes. */
function write(labels: Labels): number {
  const most = labels.pairs.reduce((sum, [name, value]) => sum + 3 * (name.length + value.length) + 2, 0);
  if (most > scratch.length) scratch = Buffer.allocUnsafe(2 * most);
  let end = 0;
  for (const [name, value] of labels.pairs) {
    end += scratch.write(name, end);
    scratch[end] = SEPARATOR;
    end += 1 + scratch.write(value, end + 1);
    scratch[end] = SEPARATOR;
    end += 1;
  }
  return end;
}
