import { describe, expect, it } from 'vitest';
import { terminalChart } from '../../src/chart/terminal-chart.ts';

const FROM = Date.UTC(2026, 0, 20, 3);
const HOUR = 3_600_000;
const line = (name: string, values: readonly number[], step = HOUR / values.length) => ({
  name,
  times: values.map((_, i) => FROM + i * step),
  values,
});
const draw = (lines: Parameters<typeof terminalChart>[0], width = 60) =>
  terminalChart(lines, { from: FROM, to: FROM + HOUR, width, height: 8, format: String });

describe('a chart in the terminal', () => {
  it('has values on its left, times in UTC below and a legend with the extremes and the last value', () => {
    const chart = draw([line('{model="a"}', [0, 10, 20, 15])]);
    expect(chart).toMatch(/^ *20 ┤/m);
    expect(chart).toMatch(/^ *0 ┤●/m);
    expect(chart).toMatch(/03:00 .*03:50 .*UTC$/m);
    expect(chart).toContain('● {model="a"}  min 0  max 20  last 15');
  });

  it('keeps to its width', () => {
    for (const width of [40, 60, 120]) {
      const chart = draw([line('x', [1, 2, 3])], width);
      const plot = chart.split('\n').slice(0, 9);
      expect(Math.max(...plot.map((row) => row.length))).toBeLessThanOrEqual(width);
    }
  });

  it('tells series apart without colour, and counts those it does not draw', () => {
    const chart = draw(Array.from({ length: 12 }, (_, i) => line(`s${i}`, [i, i])));
    expect(chart).toContain('▲ s1');
    expect(chart).toContain('… and 2 more series');
  });

  it('leaves a gap where there are no points, and draws nothing for what is not finite', () => {
    const chart = draw([line('x', [1, Number.NaN, Number.NaN, Number.NaN, 1])]);
    const [row = ''] = chart.split('\n').filter((text) => text.includes('●'));
    expect(row).toMatch(/● {20,}●/);
    expect(draw([line('x', [Number.NaN])])).toBe('● x  no finite value  last NaN\n');
  });

  it('writes ticks so that they can be told apart', () => {
    const chart = draw([line('x', [1_795_150_000, 1_795_160_000])]);
    const ticks = chart.split('\n').flatMap((row) => /^ *(\S+) ┤/.exec(row)?.[1] ?? []);
    expect(ticks.length).toBeGreaterThan(1);
    expect(new Set(ticks).size).toBe(ticks.length);
  });
});
