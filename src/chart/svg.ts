import { clockTime } from '../time/wall-clock.ts';
import { dayText, timeTicks, type ValueAxis, valueAxis } from './axis.ts';
import { chartUnit } from './chart-unit.ts';
import { cut, FONT, INK, QUIET, round, type TextLook, text } from './svg-text.ts';

/** What an alert's chart shows. Values in base units, instants in epoch ms. */
export interface AlertChart {
  /** What is measured, and of what: `p99 latency · fraud-detector`. */
  readonly title: string;
  /** Equidistant, the last one at `endsAt`; null where there was no data. */
  readonly points: readonly (number | null)[];
  readonly endsAt: number;
  readonly spanMs: number;
  /** `seconds`, `ratio`, `bytes`, … */
  readonly unit?: string;
  readonly limit?: number;
  /** On which side of the limit a value is bad. */
  readonly bad: 'above' | 'below';
  /** When it first fired; marked where it lies within the span. */
  readonly firedAt?: number;
  /** IANA zone of the times along the bottom. */
  readonly zone: string;
}

export const CHART_WIDTH = 640;
export const CHART_HEIGHT = 220;
const TOP = 50;
const BOTTOM = 34;
const RIGHT = 18;
const GRID = '#e6eaef';
const BAD = '#c9252d';
const GOOD = '#2563b8';
/** Sizes of text; a phone shows the picture at half its width. */
const SMALL = 13;
const LARGE = 15;
/** Average advance of a character as a part of its size; wide enough for what axes say. */
const ADVANCE = 0.62;
/** Larger values, and smaller ones than its inverse, cannot be told from infinity and zero on a picture. */
const MOST = 1e100;
const DAY_MS = 86_400_000;

interface Frame {
  readonly left: number;
  readonly axis: ValueAxis;
  /** In the unit. */
  readonly points: readonly (number | null)[];
  readonly unit: string;
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
}

/**
 * The trend, its limit, when it fired and where it stands, as one SVG on an opaque ground of its own, so that it reads on light
 * and dark alike. @returns undefined where fewer than two points are known.
 */
export function chartSvg(chart: AlertChart): string | undefined {
  const known = chart.points.flatMap((point) => drawable(point) ?? []);
  if (known.length < 2) return undefined;
  const given = drawable(chart.limit) ?? undefined;
  const unit = chartUnit(Math.max(...known.map(Math.abs), Math.abs(given ?? 0)), chart.unit);
  // From here on every number is in the unit it is written in, so that the axis names round ones.
  const limit = given === undefined ? undefined : given * unit.factor;
  const points = chart.points.map((point) => drawable(point) && (point ?? 0) * unit.factor);
  const axis = valueAxis([...points.filter((point) => point !== null), ...(limit === undefined ? [] : [limit])]);
  const left = 20 + Math.max(...axis.ticks.map((tick) => numberText(tick, unit.name).length)) * SMALL * ADVANCE;
  const from = chart.endsAt - chart.spanMs;
  const frame: Frame = {
    left,
    axis,
    unit: unit.name,
    points,
    x: (at) => left + ((at - from) / chart.spanMs) * (CHART_WIDTH - RIGHT - left),
    y: (value) => CHART_HEIGHT - BOTTOM - ((value - axis.low) / (axis.high - axis.low)) * (CHART_HEIGHT - BOTTOM - TOP),
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${CHART_WIDTH}" height="${CHART_HEIGHT}" viewBox="0 0 ${CHART_WIDTH} ${CHART_HEIGHT}" font-family="${FONT}">`,
    `<rect x="0.5" y="0.5" width="${CHART_WIDTH - 1}" height="${CHART_HEIGHT - 1}" rx="8" fill="#ffffff" stroke="#d5dbe1"/>`,
    text({ x: 14, y: 25, size: LARGE, fill: INK, weight: 'bold' }, cut(chart.title, 56)),
    ...grid(chart, frame),
    ...limitParts(chart, frame, limit),
    ...firedParts(chart, frame),
    ...lineParts(chart, frame, limit),
    '</svg>',
  ].join('\n');
}

function grid(chart: AlertChart, frame: Frame): string[] {
  const from = chart.endsAt - chart.spanMs;
  const right = CHART_WIDTH - RIGHT;
  const values = frame.axis.ticks.flatMap((tick) => {
    const y = round(frame.y(tick));
    return [
      `<line x1="${round(frame.left)}" y1="${y}" x2="${right}" y2="${y}" stroke="${GRID}"/>`,
      text({ x: frame.left - 7, y: y + 4, size: SMALL, fill: QUIET, anchor: 'end' }, numberText(tick, frame.unit)),
    ];
  });
  const times = timeTicks(from, chart.endsAt, chart.zone)
    .filter(({ at }) => frame.x(at) < right - 104)
    .map(({ at, text: label }) => timeText(frame.x(at), label));
  // The last instant is named in full: its zone goes for all of them.
  const end = text(
    { x: right, y: CHART_HEIGHT - 11, size: SMALL, fill: INK, anchor: 'end', weight: 'bold' },
    `${chart.spanMs > DAY_MS ? `${dayText(chart.endsAt, chart.zone)}, ` : ''}${clockTime(chart.endsAt, chart.zone)}`,
  );
  return [...values, ...times, end];
}

function timeText(x: number, label: string): string {
  return text({ x, y: CHART_HEIGHT - 11, size: SMALL, fill: QUIET, anchor: 'middle' }, label);
}

/** The bad side of the limit is tinted, so that a glance tells which way is worse. */
function limitParts(chart: AlertChart, frame: Frame, limit: number | undefined): string[] {
  if (limit === undefined) return [];
  const right = CHART_WIDTH - RIGHT;
  const y = round(frame.y(limit));
  const [top, height] = chart.bad === 'above' ? [TOP, y - TOP] : [y, CHART_HEIGHT - BOTTOM - y];
  // On the bad side, where the line was not before it fired; inside the plot wherever the limit lies.
  const above = chart.bad === 'above' ? y - TOP >= 20 : CHART_HEIGHT - BOTTOM - y < 20;
  const label = `limit ${numberText(limit, frame.unit)}`;
  return [
    `<rect x="${round(frame.left)}" y="${top}" width="${round(right - frame.left)}" height="${round(Math.max(0, height))}" fill="${BAD}" fill-opacity="0.07"/>`,
    `<line x1="${round(frame.left)}" y1="${y}" x2="${right}" y2="${y}" stroke="${BAD}" stroke-width="1.25" stroke-dasharray="5 4"/>`,
    halo({ x: frame.left + 6, y: above ? y - 6 : y + 16, size: SMALL, fill: BAD }, label),
  ];
}

function firedParts(chart: AlertChart, frame: Frame): string[] {
  const { firedAt } = chart;
  if (firedAt === undefined || firedAt <= chart.endsAt - chart.spanMs || firedAt > chart.endsAt) return [];
  const x = round(frame.x(firedAt));
  const atRight = x > CHART_WIDTH - RIGHT - 46;
  return [
    `<line x1="${x}" y1="${TOP}" x2="${x}" y2="${CHART_HEIGHT - BOTTOM}" stroke="${INK}" stroke-opacity="0.55" stroke-dasharray="2 3"/>`,
    text(
      { x: atRight ? x + 1 : x, y: TOP - 5, size: SMALL, fill: INK, anchor: atRight ? 'end' : 'middle' },
      `fired ${clockTime(firedAt, chart.zone).slice(0, 5)}`,
    ),
  ];
}

/** The value's line in two colours (cut at the limit), gaps left open, and its last known value. */
function lineParts(chart: AlertChart, frame: Frame, limit: number | undefined): string[] {
  const runs = runsOf(chart, frame);
  const path = runs
    .map((run) => `M${run.map(([x, y]) => `${x} ${y}`).join('L')}${run.length === 1 ? 'h0' : ''}`)
    .join('');
  const stroke = 'fill="none" stroke-width="2.25" stroke-linejoin="round" stroke-linecap="round"';
  const last = runs.at(-1)?.at(-1);
  const value = frame.points.findLast((point) => point !== null);
  if (!last || value === undefined || value === null) return [];
  const isBad = limit !== undefined && (chart.bad === 'above' ? value > limit : value < limit);
  const parts = [`<path d="${path}" ${stroke} stroke="${GOOD}"/>`];
  if (limit !== undefined) {
    const y = round(frame.y(limit));
    const [top, height] = chart.bad === 'above' ? [0, y] : [y, CHART_HEIGHT - y];
    parts.push(
      `<clipPath id="bad"><rect x="0" y="${top}" width="${CHART_WIDTH}" height="${round(Math.max(0, height))}"/></clipPath>`,
      `<path d="${path}" ${stroke} stroke="${BAD}" clip-path="url(#bad)"/>`,
    );
  }
  const colour = isBad ? BAD : GOOD;
  parts.push(
    `<circle cx="${last[0]}" cy="${last[1]}" r="4" fill="${colour}" stroke="#ffffff" stroke-width="1.5"/>`,
    ...gapAtEnd(last[0]),
    text(
      { x: CHART_WIDTH - RIGHT, y: 25, size: LARGE, fill: colour, anchor: 'end', weight: 'bold' },
      `${frame.points.at(-1) === null ? 'last ' : ''}${numberText(value, frame.unit)}`,
    ),
  );
  return parts;
}

/** Without data up to now nobody knows whether it still holds: said, not drawn as a flat line. */
function gapAtEnd(lastX: number): string[] {
  const width = CHART_WIDTH - RIGHT - lastX;
  if (width < 24) return [];
  return [
    `<rect x="${lastX}" y="${TOP}" width="${round(width)}" height="${CHART_HEIGHT - BOTTOM - TOP}" fill="${QUIET}" fill-opacity="0.12"/>`,
    ...(width < 60
      ? []
      : [
          text(
            { x: lastX + width / 2, y: (TOP + CHART_HEIGHT - BOTTOM) / 2, size: SMALL, fill: QUIET, anchor: 'middle' },
            'no data',
          ),
        ]),
  ];
}

/** Stretches of known points, in pixels. */
function runsOf(chart: AlertChart, frame: Frame): (readonly [number, number])[][] {
  const step = chart.spanMs / (chart.points.length - 1);
  const from = chart.endsAt - chart.spanMs;
  const runs: (readonly [number, number])[][] = [];
  let run: (readonly [number, number])[] | undefined;
  for (const [index, point] of frame.points.entries()) {
    if (point === null) {
      run = undefined;
      continue;
    }
    if (!run) {
      run = [];
      runs.push(run);
    }
    run.push([round(frame.x(from + index * step)), round(frame.y(point))]);
  }
  return runs;
}

/** Text with a white edge, readable where the line runs through it. */
function halo(look: TextLook, content: string): string {
  const edge = text({ ...look, fill: '#ffffff' }, content).replace(
    '<text ',
    '<text stroke="#ffffff" stroke-width="3.5" stroke-linejoin="round" ',
  );
  return `${edge}${text(look, content)}`;
}

function numberText(value: number, unit: string): string {
  const number = Number(value.toPrecision(3));
  const written = Math.abs(number) >= 1000 && Math.abs(number) < 1e15 ? number.toLocaleString('en-US') : String(number);
  return unit === '' ? written : `${written} ${unit}`;
}

/** Neither infinities nor what would overflow on the way to pixels. */
function drawable(point: number | null | undefined): number | null {
  if (point === undefined || point === null || !(Math.abs(point) < MOST)) return null;
  return Math.abs(point) < 1 / MOST ? 0 : point;
}
