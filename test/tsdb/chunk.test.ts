import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeChunk, encodeChunk } from '../../src/tsdb/chunk.ts';
import { isStaleAt, writeStale } from '../../src/tsdb/staleness.ts';

const bytes = (column: Float64Array): string =>
  Buffer.from(column.buffer, column.byteOffset, column.byteLength).toString('hex');

function column(words: readonly bigint[]): Float64Array {
  return new Float64Array(new BigUint64Array(words).buffer);
}

const bits = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0x7ff0000000000002n, 0x7ff8000000000001n, 0x8000000000000000n, 0x7ff0000000000000n, 0n),
  fc.double({ noNaN: true }).map((v) => new BigUint64Array(new Float64Array([v]).buffer)[0] ?? 0n),
  fc.integer().map((v) => new BigUint64Array(new Float64Array([v / 100]).buffer)[0] ?? 0n),
);

function timesOf(deltas: readonly number[], start: number): Float64Array {
  let at = start;
  return Float64Array.from(deltas, (delta) => (at += delta));
}

describe('a chunk', () => {
  it('gives back every bit of every value and every time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(fc.constant(15_000), fc.integer({ min: 1, max: 10_000_000 })), bits), {
          maxLength: 300,
        }),
        fc.integer({ min: -1_000_000, max: 2_000_000_000_000 }),
        (samples, start) => {
          const times = timesOf(
            samples.map(([delta]) => delta),
            start,
          );
          const values = column(samples.map(([, word]) => word));
          const back = decodeChunk(encodeChunk({ times, values }));
          expect([...back.times]).toEqual([...times]);
          expect(bytes(back.values)).toBe(bytes(values));
        },
      ),
    );
  });

  it('keeps decimals exact', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1 }),
        fc.integer({ min: 0, max: 9 }),
        (numbers, digits) => {
          const values = Float64Array.from(numbers, (n) => Number(`${n}e-${digits}`));
          const times = timesOf(
            numbers.map(() => 1000),
            0,
          );
          expect(bytes(decodeChunk(encodeChunk({ times, values })).values)).toBe(bytes(values));
        },
      ),
    );
  });

  it('keeps a stale marker apart from NaN', () => {
    const values = Float64Array.of(1, 0, Number.NaN);
    writeStale(values, 1);
    const back = decodeChunk(encodeChunk({ times: Float64Array.of(1, 2, 3), values })).values;
    expect([isStaleAt(back, 0), isStaleAt(back, 1), isStaleAt(back, 2)]).toEqual([false, true, false]);
  });

  it('spends about two bytes on a sample of a busy counter and next to nothing on an idle gauge', () => {
    const times = timesOf(
      Array.from({ length: 240 }, () => 15_000),
      1_700_000_000_000,
    );
    let total = 123_456;
    const counter = Float64Array.from(times, (_, i) => (total += 100 + ((i * 37) % 90)));
    expect(encodeChunk({ times, values: counter }).length / 240).toBeLessThan(2.2);
    expect(encodeChunk({ times, values: new Float64Array(240).fill(0.25) }).length).toBeLessThan(40);
  });

  it('refuses damaged bytes instead of inventing samples', () => {
    const whole = encodeChunk({ times: Float64Array.of(1, 2, 3), values: Float64Array.of(1.5, Math.PI, Math.E) });
    expect(() => decodeChunk(whole.subarray(0, whole.length - 4))).toThrow(RangeError);
  });
});
