import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeTicks, valueAxis } from '../../src/chart/axis.ts';
import { chartNumber, chartUnit } from '../../src/chart/chart-unit.ts';
import { svgToPng } from '../../src/chart/png.ts';
import { type AlertChart, chartSvg } from '../../src/chart/svg.ts';

const NOW = Date.parse('2026-11-19T21:38:00Z');
const MINUTE = 60_000;
const LATENCY: AlertChart = {
  title: 'p99 latency · fraud-detector',
  points: [0.11, 0.12, 0.14, 0.12, 0.16, 0.19, 0.31, 0.42, 0.53, 0.44, 0.412],
  endsAt: NOW,
  spanMs: 60 * MINUTE,
  unit: 'seconds',
  limit: 0.2,
  bad: 'above',
  firedAt: NOW - 12 * MINUTE,
  zone: 'Asia/Kolkata',
};

/** Width, height and number of dark pixels of a PNG, read back without the code under test. */
function header(png: Buffer): { width: number; height: number } {
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

describe('an alert’s chart', () => {
  it('says the value, the limit, when it fired and until when it looks, in human units and the team’s zone', () => {
    const svg = chartSvg(LATENCY) ?? '';
    for (const words of ['>412 ms<', '>limit 200 ms<', '>fired 02:56<', '>03:08 IST<', '>400 ms<', '>02:40<'])
      expect(svg).toContain(words);
  });

  it('draws the part beyond the limit in its own colour, on the side that is bad', () => {
    const clip = (svg: string): number[] =>
      (/<clipPath id="bad"><rect x="0" y="([\d.]+)" width="640" height="([\d.]+)"/.exec(svg) ?? [])
        .slice(1)
        .map(Number);
    const [top, height] = clip(chartSvg(LATENCY) ?? '');
    expect([top, height]).toEqual([0, expect.any(Number)]);
    const [below] = clip(chartSvg({ ...LATENCY, bad: 'below' }) ?? '');
    expect(below).toBe(height);
  });

  it('leaves gaps open and says that there is no data now', () => {
    const svg = chartSvg({ ...LATENCY, points: [0.1, 0.1, null, 0.2, 0.2, null, null, null] }) ?? '';
    expect(svg.match(/<path d="(M[^"]*)"/)?.[1]?.split('M')).toHaveLength(3);
    expect(svg).toContain('>no data<');
    expect(svg).toContain('>last 200 ms<');
  });

  it('is not drawn where there is nothing to draw', () => {
    expect(chartSvg({ ...LATENCY, points: [] })).toBeUndefined();
    expect(chartSvg({ ...LATENCY, points: [null, Number.NaN, 3, Number.POSITIVE_INFINITY] })).toBeUndefined();
  });

  it('marks no first fire that lies before what it shows', () => {
    expect(chartSvg({ ...LATENCY, firedAt: NOW - 90 * MINUTE })).not.toContain('fired');
  });

  it('becomes a picture of twice its size in which the words are really drawn', async () => {
    const svg = chartSvg(LATENCY) ?? '';
    const png = await svgToPng(svg);
    expect(header(png)).toEqual({ width: 1280, height: 440 });
    // The renderer drops text silently where it has no font.
    expect(png.length).toBeGreaterThan((await svgToPng(svg.replaceAll(/<text.*<\/text>/g, ''))).length * 1.3);
  });

  it('stays well-formed whatever the labels hold', async () => {
    const title = 'a<script>&"\u0000\u001b\ud800]]>';
    const png = await svgToPng(chartSvg({ ...LATENCY, title, unit: '</text>' }) ?? '');
    expect(header(png).width).toBe(1280);
  });

  it('can be drawn from any numbers', () => {
    const value = fc.oneof(fc.double(), fc.constant(null), fc.integer());
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 0, maxLength: 80 }),
        fc.option(fc.double({ noNaN: true }), { nil: undefined }),
        fc.constantFrom('seconds', 'ratio', 'bytes', 'percent', undefined),
        fc.constantFrom<'above' | 'below'>('above', 'below'),
        (points, limit, unit, bad) => {
          const { limit: _, unit: __, ...rest } = LATENCY;
          const given = { ...(limit === undefined ? {} : { limit }), ...(unit === undefined ? {} : { unit }) };
          const svg = chartSvg({ ...rest, points, bad, ...given });
          expect(svg ?? '').not.toMatch(/NaN|Infinity|undefined/);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('axes', () => {
  it('start at zero for what grows from nothing, and not for what moves in a narrow band', () => {
    expect(valueAxis([0.11, 0.53]).low).toBe(0);
    expect(valueAxis([0.91, 0.94]).low).toBeGreaterThan(0.9);
  });

  it('name round values inside their range', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e12, max: 1e12, noNaN: true }), { minLength: 1 }), (values) => {
        const { low, high, ticks } = valueAxis(values);
        expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
        expect(Math.max(...values)).toBeLessThanOrEqual(high);
        expect(ticks.length).toBeLessThanOrEqual(6);
        expect(ticks.every((tick) => tick >= low && tick <= high)).toBe(true);
      }),
    );
  });

  it('fall on round local times in a zone that is half an hour off', () => {
    const ticks = timeTicks(NOW - 6 * 60 * MINUTE, NOW, 'Asia/Kolkata').map(({ text }) => text);
    expect(ticks).toEqual(['22:00', '23:00', '00:00', '01:00', '02:00', '03:00']);
  });

  it('use one unit for all numbers, the one in which a person would say the largest', () => {
    expect(chartUnit(0.53, 'seconds').name).toBe('ms');
    expect(chartUnit(90, 'seconds').name).toBe('s');
    expect(chartUnit(1.5e9, 'bytes').name).toBe('GB');
    expect(chartNumber(0.0741, chartUnit(0.0741, 'ratio'))).toBe(7.41);
  });
});
