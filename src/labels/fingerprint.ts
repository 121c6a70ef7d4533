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
const ASCII = 0x7f;
const ANY_BYTE = 0xff;

/**
 * 64-bit FNV-1a over the sorted labels with a 0xff byte after each name and value: the same number Prometheus' common/model
 * and Alertmanager print, so that fingerprints can be compared across systems.
 */
export function fingerprint(labels: Labels): Fingerprint {
  const hash = { high: OFFSET_HIGH, low: OFFSET_LOW };
  for (let index = 0; index < labels.size; index += 1) {
    mix(hash, labels.nameAt(index), ASCII);
    mix(hash, labels.valueAt(index), ASCII);
  }
  return hex(hash.high) + hex(hash.low);
}

/** The same hash of any text: 16 lower-case hex digits. */
export function hashText(text: string): string {
  const hash = { high: OFFSET_HIGH, low: OFFSET_LOW };
  mix(hash, text, ASCII);
  return hex(hash.high) + hex(hash.low);
}

/** Numbers beyond 2^31 are slow to print. */
function hex(half: number): string {
  return digits(half >>> 24) + digits(half >>> 16) + digits(half >>> 8) + digits(half);
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function digits(half: number): string {
  return BYTES[half & 0xff] ?? '';
}

interface Hash {
  high: number;
  low: number;
}

/**
 * A text in UTF-8 and its separator. Nearly all texts are ASCII, and a call out of JavaScript costs more than to hash one.
 * @param most the greatest code that is a byte of its own; beyond it the text is not what is hashed but its UTF-8, a byte a character
 */
function mix(hash: Hash, text: string, most: number): void {
  let { high, low } = hash;
  for (let index = 0; index <= text.length; index += 1) {
    const byte = index < text.length ? text.charCodeAt(index) : SEPARATOR;
    if (byte > most && index < text.length) return mix(hash, Buffer.from(text).toString('latin1'), ANY_BYTE);
    const mixed = (low ^ byte) >>> 0;
    const product = mixed * PRIME_LOW;
    low = product >>> 0;
    // Below 2^42, so exact: the upper half times the prime, the carry, and 2^40 times the lower half.
    high = (high * PRIME_LOW + Math.floor(product / HALF) + mixed * 256) >>> 0;
  }
  hash.high = high;
  hash.low = low;
}
