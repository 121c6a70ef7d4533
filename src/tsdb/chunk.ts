import { ByteReader, ByteWriter } from './bytes.ts';

/** Samples of one series: `times` ascend, values are exact to the bit, NaN payloads and stale markers included. */
export interface Run {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

const DECIMAL = 1;
const XOR = 2;
const MOST_DECIMALS = 12;
/** Deltas of integers below this fit `zigzag`. */
const LARGEST_INTEGER = 2 ** 51;
const POWERS = Array.from({ length: MOST_DECIMALS + 1 }, (_, exponent) => 10 ** exponent);

/**
 * Compresses a run. Times are delta-of-delta with run lengths, so a steady scrape interval costs nothing. Values that are decimals
 * with few digits (counters, ratios) are stored as integer deltas; anything else as the significant bytes of the XOR with the
 * value before. Repeated values cost two bytes however many they are.
 */
export function encodeChunk(run: Run): Uint8Array {
  const { times, values } = run;
  const writer = new ByteWriter();
  writer.varint(times.length);
  if (times.length === 0) return writer.finish();
  encodeTimes(writer, times);
  const decimals = decimalsOf(values);
  if (decimals === undefined) {
    writer.byte(XOR);
    encodeXor(writer, values);
  } else {
    writer.byte(DECIMAL);
    writer.byte(decimals);
    encodeDecimal(writer, values, POWERS[decimals] ?? 1);
  }
  return writer.finish();
}

export function decodeChunk(bytes: Uint8Array): Run {
  const reader = new ByteReader(bytes);
  const count = reader.varint();
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  if (count === 0) return { times, values };
  decodeTimes(reader, times);
  const form = reader.byte();
  if (form === DECIMAL) decodeDecimal(reader, values);
  else if (form === XOR) decodeXor(reader, values);
  else throw new RangeError(`unknown sample encoding ${form}`);
  return { times, values };
}

function encodeTimes(writer: ByteWriter, times: Float64Array): void {
  let previous = times[0] ?? 0;
  let delta = 0;
  writer.float64(previous);
  for (let i = 1; i < times.length; ) {
    const change = (times[i] ?? 0) - previous - delta;
    delta += change;
    let length = 0;
    while (i < times.length && (length === 0 || (times[i] ?? 0) - previous === delta)) {
      previous = times[i] ?? 0;
      length += 1;
      i += 1;
    }
    writer.zigzag(change);
    writer.varint(length);
  }
}

function decodeTimes(reader: ByteReader, times: Float64Array): void {
  let at = reader.float64();
  let delta = 0;
  times[0] = at;
  for (let i = 1; i < times.length; ) {
    delta += reader.zigzag();
    const end = Math.min(times.length, i + reader.varint());
    if (end === i) throw new RangeError('empty run of sample times');
    for (; i < end; i++) {
      at += delta;
      times[i] = at;
    }
  }
}

/** The fewest decimals under which every value is an exact decimal; undefined where one is not (also NaN, ±Inf and -0). */
function decimalsOf(values: Float64Array): number | undefined {
  let decimals = 0;
  for (const value of values) {
    for (;;) {
      const power = POWERS[decimals];
      if (power === undefined) return undefined;
      const integer = Math.round(value * power);
      if (!(Math.abs(integer) < LARGEST_INTEGER)) return undefined;
      if (integer / power === value && !Object.is(value, -0)) break;
      decimals += 1;
    }
  }
  // A later value may have raised the scale beyond what an earlier, larger one can bear.
  const power = POWERS[decimals] ?? 1;
  for (const value of values) {
    const integer = Math.round(value * power);
    if (!(Math.abs(integer) < LARGEST_INTEGER) || integer / power !== value) return undefined;
  }
  return decimals;
}

function encodeDecimal(writer: ByteWriter, values: Float64Array, power: number): void {
  let previous = 0;
  for (let i = 0; i < values.length; ) {
    const integer = Math.round((values[i] ?? 0) * power);
    const delta = integer - previous;
    writer.zigzag(delta);
    previous = integer;
    i += 1;
    if (delta !== 0) continue;
    const start = i;
    while (i < values.length && Math.round((values[i] ?? 0) * power) === previous) i += 1;
    writer.varint(i - start);
  }
}

function decodeDecimal(reader: ByteReader, values: Float64Array): void {
  const power = POWERS[reader.byte()] ?? 1;
  let integer = 0;
  for (let i = 0; i < values.length; ) {
    const delta = reader.zigzag();
    integer += delta;
    const value = integer / power;
    values[i] = value;
    i += 1;
    if (delta !== 0) continue;
    const end = Math.min(values.length, i + reader.varint());
    for (; i < end; i++) values[i] = value;
  }
}

/** The bits of doubles, most significant byte first; never through a number, so that NaN payloads survive. */
function bitsOf(values: Float64Array): DataView {
  return new DataView(values.buffer, values.byteOffset, values.byteLength);
}

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

function highOf(bits: DataView, i: number): number {
  return bits.getUint32(i * 8 + (littleEndian ? 4 : 0), littleEndian);
}

function lowOf(bits: DataView, i: number): number {
  return bits.getUint32(i * 8 + (littleEndian ? 0 : 4), littleEndian);
}

function byteOf(high: number, low: number, index: number): number {
  return index < 4 ? (high >>> (24 - index * 8)) & 0xff : (low >>> (56 - index * 8)) & 0xff;
}

function encodeXor(writer: ByteWriter, values: Float64Array): void {
  const bits = bitsOf(values);
  let high = 0;
  let low = 0;
  for (let i = 0; i < values.length; ) {
    const h = highOf(bits, i);
    const l = lowOf(bits, i);
    const xorHigh = (h ^ high) >>> 0;
    const xorLow = (l ^ low) >>> 0;
    high = h;
    low = l;
    i += 1;
    if (xorHigh === 0 && xorLow === 0) {
      const start = i;
      while (i < values.length && highOf(bits, i) === high && lowOf(bits, i) === low) i += 1;
      writer.byte(0);
      writer.varint(i - start);
      continue;
    }
    let first = 0;
    while (byteOf(xorHigh, xorLow, first) === 0) first += 1;
    let last = 7;
    while (byteOf(xorHigh, xorLow, last) === 0) last -= 1;
    writer.byte((first << 4) | (last - first + 1));
    for (let b = first; b <= last; b++) writer.byte(byteOf(xorHigh, xorLow, b));
  }
}

function decodeXor(reader: ByteReader, values: Float64Array): void {
  const bits = bitsOf(values);
  let high = 0;
  let low = 0;
  const put = (i: number): void => {
    bits.setUint32(i * 8 + (littleEndian ? 4 : 0), high, littleEndian);
    bits.setUint32(i * 8 + (littleEndian ? 0 : 4), low, littleEndian);
  };
  for (let i = 0; i < values.length; ) {
    const control = reader.byte();
    let first = control >>> 4;
    for (let rest = control & 0x0f; rest > 0; rest--) {
      const byte = reader.byte();
      if (first < 4) high = (high ^ (byte << (24 - first * 8))) >>> 0;
      else low = (low ^ (byte << (56 - first * 8))) >>> 0;
      first += 1;
    }
    put(i);
    i += 1;
    if (control !== 0) continue;
    const end = Math.min(values.length, i + reader.varint());
    for (; i < end; i++) put(i);
  }
}
