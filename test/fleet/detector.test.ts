import { describe, expect, it } from 'vitest';
import { RollingZScore, SlidingCounts, stabilityIndex } from '../../src/fleet/detector.ts';

describe('the rolling z-score', () => {
  const quiet = Array.from({ length: 200 }, (_, i) => Math.sin(i));

  it('does not let the tested point hide itself: one outlier scores far above the most it could reach among its own', () => {
    const detector = new RollingZScore(120);
    for (const point of quiet) detector.observe(point);
    detector.observe(50);
    // With the point inside a window of n, no |z| can exceed (n - 1)/√n: about 10.9 here.
    expect(detector.value).toBeGreaterThan(60);
  });

  it('equals the plain formula over the points before, also after the window has turned many times', () => {
    const detector = new RollingZScore(100);
    const points = Array.from({ length: 1234 }, (_, i) => Math.sin(i * 1.7) * 3 + 100 + (i % 7));
    for (const point of points) detector.observe(point);
    const window = points.slice(-101, -1);
    const mean = window.reduce((a, b) => a + b, 0) / 100;
    const deviation = Math.sqrt(window.reduce((a, b) => a + (b - mean) ** 2, 0) / 100);
    expect(detector.value).toBeCloseTo(Math.abs(points.at(-1)! - mean) / deviation, 9);
  });

  it('says nothing before it has a hundred points, nor where nothing varies', () => {
    const detector = new RollingZScore(500);
    for (const point of quiet.slice(0, 99)) detector.observe(point);
    expect(detector.value).toBe(0);
    const flat = new RollingZScore(100);
    for (let i = 0; i < 300; i += 1) flat.observe(5);
    expect(flat.value).toBe(0);
  });
});

describe('the stability index', () => {
  it('is 0 for the reference itself and does not move when one outlier stretches the range', () => {
    expect(stabilityIndex([100, 100, 100, 100])).toBe(0);
    expect(stabilityIndex([100, 100, 100, 101])).toBeLessThan(0.0001);
  });

  it('is the textbook value for a known shift', () => {
    expect(stabilityIndex([40, 10])).toBeCloseTo(
      (0.8 - 0.5) * Math.log(0.8 / 0.5) + (0.2 - 0.5) * Math.log(0.2 / 0.5),
      12,
    );
  });

  it('stays finite where a bin is empty', () => {
    expect(Number.isFinite(stabilityIndex([0, 50]))).toBe(true);
  });
});

describe('sliding counts', () => {
  it('forget the old, so that a rate falls again', () => {
    const window = new SlidingCounts(1, 10);
    for (let i = 0; i < 10; i += 1) window.add([1], 1);
    expect(window.totals).toEqual([10]);
    for (let i = 0; i < 10; i += 1) window.add([0], 1);
    expect(window.totals).toEqual([0]);
    for (let i = 0; i < 5000; i += 1) window.add([2], 1);
    expect([window.totals[0], window.weight]).toEqual([20, 10]);
  });
});
