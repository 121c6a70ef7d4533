import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sparkline } from '../../src/chart/sparkline.ts';

describe('a sparkline', () => {
  it('shows at a glance where the limit was crossed: the upper half is beyond it', () => {
    expect(sparkline([1, 1, 1, 2.1, 3, 1], { limit: 2 })).toBe('▁▁▁▅█▁');
  });

  it('keeps a crossing visible beside a peak that dwarfs it', () => {
    const spark = sparkline([0.1, 0.21, 50], { limit: 0.2 });
    expect('▅▆▇█').toContain(spark.charAt(1));
    expect('▁▂▃▄').toContain(spark.charAt(0));
  });

  it('leaves a gap where there was no data, and says nothing where there never was any', () => {
    expect(sparkline([1, null, Number.NaN, 2])).toBe('▁  █');
    expect(sparkline([null, null])).toBe('');
    expect(sparkline([])).toBe('');
  });

  it('does not drown a short peak when it has to merge points', () => {
    const points = Array.from({ length: 240 }, (_, i) => (i === 100 ? 9 : 1));
    expect(sparkline(points, { width: 24 })).toContain('█');
    const dip = points.map((value) => -value);
    expect(sparkline(dip, { width: 24, bad: 'below' })).toContain('▁');
  });

  it('draws a flat line in the middle', () => {
    expect(sparkline([5, 5, 5])).toBe('▄▄▄');
  });

  it('has one character per point up to its width, for any numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double()), { maxLength: 100 }), fc.double(), (points, limit) => {
        const spark = sparkline(points, { limit, width: 24 });
        const known = points.some((point) => point !== null && Number.isFinite(point));
        expect(spark.length).toBe(known ? Math.min(24, points.length) : 0);
        expect(spark).toMatch(/^[▁▂▃▄▅▆▇█ ]*$/u);
      }),
    );
  });
});
