/**
 * The staleness marker: Prometheus' signalling NaN 0x7ff0000000000002, which says that a series ended. It must never travel as a
 * JavaScript number: V8 may set the quiet bit of a NaN or replace its payload whenever a double is loaded or stored. It is
 * therefore written and recognised through the bits of a Float64Array only, and the quiet twin 0x7ff8000000000002 counts as stale.
 */
const STALE_HIGH = 0x7ff00000;
const STALE_LOW = 2;
const QUIET_BIT = 0x00080000;
/** Prometheus' ordinary NaN is 0x7ff8000000000001. */
const NAN_HIGH = 0x7ff80000;
const NAN_LOW = 1;

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const LOW = littleEndian ? 0 : 1;
const HIGH = littleEndian ? 1 : 0;

/** Whether these two halves of a double's bits are a stale marker: for readers of wire formats such as remote write. */
export function isStaleBits(high: number, low: number): boolean {
  return (high & ~QUIET_BIT) >>> 0 === STALE_HIGH && low >>> 0 === STALE_LOW;
}

/** Whether `values[i]` is a stale marker. */
export function isStaleAt(values: Float64Array, i: number): boolean {
  const v = values[i];
  if (v === v) return false;
  const halves = new Uint32Array(values.buffer, values.byteOffset + i * 8, 2);
  return isStaleBits(halves[HIGH] ?? 0, halves[LOW] ?? 0);
}

/** Writes the stale marker into `values[i]`. */
export function writeStale(values: Float64Array, i: number): void {
  writeBits(values, i, STALE_HIGH, STALE_LOW);
}

/** Writes `v` into `values[i]`; any NaN becomes the ordinary NaN, so that no stale marker slips in as a number. */
export function writeValue(values: Float64Array, i: number, v: number): void {
  if (v === v) values[i] = v;
  else writeBits(values, i, NAN_HIGH, NAN_LOW);
}

function writeBits(values: Float64Array, i: number, high: number, low: number): void {
  const halves = new Uint32Array(values.buffer, values.byteOffset + i * 8, 2);
  halves[HIGH] = high;
  halves[LOW] = low;
}
