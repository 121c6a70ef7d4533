import { timeTicks, valueAxis } from './axis.ts';

/** One line of a chart: points in order of time, epoch ms; those without a finite value are gaps. */
export interface ChartLine {
  readonly name: string;
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface TerminalChartOptions {
  readonly from: number;
  readonly to: number;
  /** Characters per line, axis included. */
  readonly width: number;
  /** Lines of the plot, axes not included. */
  readonly height?: number;
  /** Writes a value of the legend. */
  readonly format: (value: number) => string;
}

/** What the lines are drawn with, in turn: told apart without colour. */
const MARKS = ['●', '▲', '■', '◇', '✚', '○', '△', '□', '◆', '✖'] as const;
const DEFAULT_HEIGHT = 14;
const NARROWEST_PLOT = 16;

/**
 * A chart in plain text: values on the left, times in UTC below, and what each mark stands for with its lowest, highest and last
 * value. Points that fall into one column are drawn from the lowest to the highest. Beyond ten lines the rest is only counted.
 */
export function terminalChart(lines: readonly ChartLine[], options: TerminalChartOptions): string {
  const drawn = lines.slice(0, MARKS.length);
  const finite = drawn.flatMap(({ values }) => Array.from(values).filter(Number.isFinite));
  const legend = drawn.map((line, i) => legendOf(line, MARKS[i] ?? '?', options));
  const rest = lines.length > drawn.length ? [`… and ${lines.length - drawn.length} more series`] : [];
  if (finite.length === 0) return [...legend, ...rest, ''].join('\n');
  return [...plot(drawn, finite, options), '', ...legend, ...rest, ''].join('\n');
}

function legendOf({ name, values }: ChartLine, mark: string, { format }: TerminalChartOptions): string {
  const all = Array.from(values);
  const finite = all.filter(Number.isFinite);
  const last = all.at(-1);
  const range =
    finite.length === 0 ? 'no finite value' : `min ${format(lowest(finite))}  max ${format(highest(finite))}`;
  return `${mark} ${name}  ${range}${last === undefined ? '' : `  last ${format(last)}`}`;
}

function plot(lines: readonly ChartLine[], finite: readonly number[], options: TerminalChartOptions): string[] {
  const { low, high, ticks } = valueAxis([lowest(finite), highest(finite)]);
  const height = options.height ?? DEFAULT_HEIGHT;
  const texts = axisNumbers(ticks);
  const margin = Math.max(...texts.map((text) => text.length), 1);
  const width = Math.max(NARROWEST_PLOT, options.width - margin - 2);
  const rowOf = (value: number): number => {
    const share = (value - low) / (high - low);
    return height - 1 - Math.min(height - 1, Math.max(0, Math.round(share * (height - 1)) || 0));
  };
  const span = options.to - options.from;
  const columnOf = (at: number): number => {
    const share = span === 0 ? 0.5 : (at - options.from) / span;
    return Math.min(width - 1, Math.max(0, Math.round(share * (width - 1))));
  };
  const grid = Array.from({ length: height }, () => new Array<string>(width).fill(' '));
  for (const [i, line] of lines.entries()) draw(grid, line, MARKS[i] ?? '?', { rowOf, columnOf });
  const labels = new Map(ticks.map((tick, i) => [rowOf(tick), texts[i] ?? '']));
  const rows = grid.map((cells, row) => {
    const label = labels.get(row);
    return `${(label ?? '').padStart(margin)} ${label === undefined ? '│' : '┤'}${cells.join('')}`.trimEnd();
  });
  return [...rows, ...timeAxis(options, { margin, width, columnOf })];
}

interface Scales {
  readonly rowOf: (value: number) => number;
  readonly columnOf: (at: number) => number;
}

function draw(grid: string[][], { times, values }: ChartLine, mark: string, { rowOf, columnOf }: Scales): void {
  const extents = new Map<number, { top: number; bottom: number }>();
  for (const [i, value] of Array.from(values).entries()) {
    if (!Number.isFinite(value)) continue;
    const column = columnOf(times[i] ?? 0);
    const row = rowOf(value);
    const known = extents.get(column);
    extents.set(column, { top: Math.min(row, known?.top ?? row), bottom: Math.max(row, known?.bottom ?? row) });
  }
  for (const [column, { top, bottom }] of extents) {
    for (let row = top; row <= bottom; row++) {
      const cells = grid[row];
      if (cells) cells[column] = mark;
    }
  }
}

interface Frame {
  readonly margin: number;
  readonly width: number;
  readonly columnOf: (at: number) => number;
}

function timeAxis({ from, to }: TerminalChartOptions, { margin, width, columnOf }: Frame): string[] {
  const line = new Array<string>(width).fill('─');
  const below = new Array<string>(width + margin).fill(' ');
  let free = 0;
  for (const { at, text } of timeTicks(from, to, 'UTC')) {
    const column = columnOf(at);
    line[column] = '┬';
    const start = Math.max(0, Math.min(width - text.length, column - Math.floor(text.length / 2)));
    if (start < free) continue;
    for (const [i, character] of Array.from(text).entries()) below[start + i] = character;
    free = start + text.length + 1;
  }
  const indent = ' '.repeat(margin);
  return [`${indent} └${line.join('')}`, `${indent}  ${below.join('').trimEnd()} UTC`];
}

/** The ticks with as few digits as tell them apart; powers of ten where plain digits would run long. */
function axisNumbers(ticks: readonly number[]): string[] {
  const largest = Math.max(...ticks.map(Math.abs));
  const long = largest >= 1e9 || (largest !== 0 && largest < 1e-4);
  for (let digits = 1; ; digits++) {
    const texts = ticks.map((tick) =>
      long ? tick.toExponential(digits) : String(Number(tick.toPrecision(digits + 2))),
    );
    if (digits >= 12 || new Set(texts).size === texts.length) return texts;
  }
}

function lowest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

function highest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}
