import type { Labels } from './labels.ts';

/** 16 lower-case hex digits identifying a label set. */
export type Fingerprint = string;

const encoder = new TextEncoder();
const PRIME = 0x100000001b3n;
const OFFSET = 0xcbf29ce484222325n;
const MASK = 0xffffffffffffffffn;
const SEPARATOR = 255n;

/**
 * 64-bit FNV-1a over the sorted labels with a 0xff byte after each name and value: the same number Prometheus' common/model
 * and Alertmanager print, so that fingerprints can be compared across systems.
 */
export function fingerprint(labels: Labels): Fingerprint {
  let hash = OFFSET;
  const add = (text: string): void => {
    for (const byte of encoder.encode(text)) hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
    hash = ((hash ^ SEPARATOR) * PRIME) & MASK;
  };
  for (const [name, value] of labels) {
    add(name);
    add(value);
  }
  return hash.toString(16).padStart(16, '0');
}
