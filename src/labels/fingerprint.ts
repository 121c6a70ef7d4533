import type { Labels } from './labels.ts';

/** 16 lower-case hex digits identifying a label set. */
export type Fingerprint = string;

const encoder = new TextEncoder();
/** FNV's 64-bit offset basis 0xcbf29ce484222325, in two halves: BigInt costs forty times as much. */
const OFFSET_HIGH = 0xcbf29ce4;
const OFFSET_LOW = 0x84222325;
/** FNV's 64-bit prime is 2^40 + 0x1b3. */
const PRIME_LOW = 0x1b3;
const HALF = 0x1_0000_0000;
const SEPARATOR = 0xff;

/**
 * 64-bit FNV-1a over the sorted labels with a 0xff byte after each name and value: the same number Prometheus' common/model
 * and Alertmanager print, so that fingerprints can be compared across systems.
 */
export function fingerprint(labels: Labels): Fingerprint {
  let high = OFFSET_HIGH;
  let low = OFFSET_LOW;
  const byte = (value: number): void => {
    const mixed = (low ^ value) >>> 0;
    const product = mixed * PRIME_LOW;
    low = product >>> 0;
    // Below 2^42, so exact: the upper half times the prime, the carry, and 2^40 times the lower half.
    high = (high * PRIME_LOW + Math.floor(product / HALF) + mixed * 256) >>> 0;
  };
  const text = (value: string): void => {
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        for (const rest of encoder.encode(value.slice(index))) byte(rest);
        break;
      }
      byte(code);
    }
    byte(SEPARATOR);
  };
  for (const [name, value] of labels.pairs) {
    text(name);
    text(value);
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}
