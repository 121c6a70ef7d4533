import { describe, expect, it } from 'vitest';
import { svgToPng } from '../../src/chart/png.ts';
import { type WeeksChart, weeksSvg } from '../../src/chart/weeks-svg.ts';
import { dayNumber } from '../../src/time/wall-clock.ts';

const at = (text: string): number => Date.parse(text);
const MONDAY = dayNumber({ year: 2026, month: 1, day: 19 });

const chart = (change: Partial<WeeksChart> = {}): WeeksChart => ({
  title: 'primary',
  zone: 'Asia/Kolkata',
  monday: MONDAY,
  count: 2,
  now: at('2026-01-21T10:00Z'),
  pieces: [
    { who: 'Asha', start: at('2026-01-18T18:30Z'), end: at('2026-01-26T03:30Z'), arranged: false },
    { who: '', start: at('2026-01-26T03:30Z'), end: at('2026-01-27T03:30Z'), arranged: false },
    { who: 'Bilal', start: at('2026-01-27T03:30Z'), end: at('2026-02-01T18:30Z'), arranged: true },
  ],
  ...change,
});

/** Left edge and width of every bar, in pixels; a bar is 38 high. */
function bars(svg: string): { x: number; width: number; fill: string }[] {
  return [...svg.matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)" height="38" rx="4" fill="(#\w+)"/g)].map(
    ([, x, width, fill]) => ({ x: Number(x), width: Number(width), fill: fill ?? '' }),
  );
}

describe('the picture of the weeks ahead', () => {
  it('draws hours to scale: a week of one person is a whole row, nine hours of Monday three eighths of a day', () => {
    const [asha, mondayMorning, nobody, bilal] = bars(weeksSvg(chart()));
    expect(asha).toMatchObject({ x: 13, width: 614 });
    expect(mondayMorning?.width).toBeCloseTo((88 * 9) / 24 - 2, 0);
    expect(nobody?.width).toBeCloseTo(88 - 2, 0);
    expect(bilal?.x).toBeCloseTo((nobody?.x ?? 0) + 88, 0);
  });

  it('gives each person one colour, says nobody in red, and marks what was arranged', () => {
    const svg = weeksSvg(chart());
    const [asha, morning, nobody, bilal] = bars(svg);
    expect(morning?.fill).toBe(asha?.fill);
    expect(new Set([asha?.fill, nobody?.fill, bilal?.fill]).size).toBe(3);
    expect(svg).toContain('>nobody</text>');
    expect(svg).toContain('override or swap');
    expect(weeksSvg(chart({ pieces: chart().pieces.slice(0, 1) }))).not.toContain('override or swap');
  });

  it('a day on which clocks change is as wide as any other', () => {
    const zone = 'America/New_York';
    const monday = dayNumber({ year: 2026, month: 3, day: 2 });
    const pieces = [{ who: 'Asha', start: at('2026-03-08T05:00Z'), end: at('2026-03-09T04:00Z'), arranged: false }];
    const [sunday] = bars(weeksSvg(chart({ zone, monday, count: 1, now: at('2026-03-03T00:00Z'), pieces })));
    expect(sunday?.width).toBeCloseTo(88 - 2, 0);
  });

  it('is a picture whatever names and titles hold', async () => {
    const hostile = '<script>&"\u0000\ud800 ]]> 🦄'.repeat(20);
    const pieces = chart().pieces.map((piece) => ({ ...piece, who: hostile }));
    const png = await svgToPng(weeksSvg(chart({ title: hostile, pieces })));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.length).toBeGreaterThan(5000);
  });
});
