import { type ChartLine, terminalChart } from '../chart/terminal-chart.ts';
import { UserError } from '../errors.ts';
import { Engine, type QueryResult, type TimeRange } from '../promql/engine.ts';
import { formatValue } from '../promql/numeric.ts';
import { parseExpr } from '../promql/parser.ts';
import type { Value } from '../promql/value.ts';
import { prometheusBackend } from '../remote/prometheus.ts';
import { systemClock } from '../time/clock.ts';
import { parseDuration } from '../time/duration.ts';
import { isoInstant, parseTimestamp } from '../time/instant.ts';
import { loadData } from './data.ts';
import type { DefineCommand } from './run.ts';
import type { Terminal } from './terminal.ts';

interface QueryOptions {
  readonly data?: string;
  readonly url?: string;
  readonly at?: string;
  readonly range?: string;
  readonly step?: string;
  readonly width?: string;
  readonly json?: boolean;
}

const DEFAULT_COLUMNS = 80;
const MOST_COLUMNS = 240;
const POINTS_PER_CHART = 240;

/** `watchroom query`: PromQL over files of samples or a Prometheus API; `--range` draws a chart. */
export const query: DefineCommand = (program, terminal) => {
  program
    .command('query')
    .description('evaluate PromQL over files of samples or a Prometheus API; --range draws a chart')
    .argument('<expr>', 'a PromQL expression')
    .option('--data <path>', 'OpenMetrics or Prometheus text with timestamps, a CSV file, or a folder of CSV files')
    .option('--url <url>', 'Prometheus, Thanos, Mimir, VictoriaMetrics or a running watchroom')
    .option(
      '--at <time>',
      'ISO 8601 (UTC unless it says otherwise) or epoch seconds; default: the newest sample, or now',
    )
    .option('--range <duration>', 'evaluate over this long before --at and draw it')
    .option('--step <duration>', 'resolution of --range; default: 240 points, whole seconds')
    .option('--width <columns>', 'width of the chart; default: that of the terminal')
    .option('--json', 'print data as JSON')
    .action(async (text: string, options: QueryOptions, command: { error(message: string): never }) => {
      if ((options.data === undefined) === (options.url === undefined)) {
        command.error('error: name one source of samples: --data PATH or --url URL');
      }
      const { result, range } = await answer(text, options, terminal);
      for (const note of [...result.warnings, ...result.infos]) terminal.err(`${note}\n`);
      if (options.json) terminal.out(`${JSON.stringify(plain(result.value))}\n`);
      else terminal.out(range ? drawn(result.value, range, widthOf(options, terminal)) : printValue(result.value));
    });
};

interface Answer {
  readonly result: QueryResult;
  readonly range: TimeRange | undefined;
}

async function answer(text: string, options: QueryOptions, terminal: Terminal): Promise<Answer> {
  const at = options.at === undefined ? undefined : instantOf(options.at);
  if (options.url !== undefined) {
    const backend = prometheusBackend(options.url);
    const range = rangeOf(options, at ?? systemClock.now());
    return { result: range ? await backend.range(text, range) : await backend.instant(text, at), range };
  }
  const expr = parseExpr(text);
  const { head, newest, doubled } = loadData(options.data ?? '', terminal);
  if (doubled > 0) terminal.err(`${doubled} samples left out: another one of the same series and time came first\n`);
  const range = rangeOf(options, at ?? newest);
  const engine = new Engine();
  return { result: range ? engine.range(head, expr, range) : engine.instant(head, expr, at ?? newest), range };
}

function rangeOf({ range, step }: QueryOptions, to: number): TimeRange | undefined {
  if (range === undefined) {
    if (step !== undefined) throw new UserError('bad_option', '--step is the resolution of --range, which is missing');
    return undefined;
  }
  const span = durationOf(range);
  const stepMs = step === undefined ? Math.max(1, Math.ceil(span / POINTS_PER_CHART / 1000)) * 1000 : durationOf(step);
  return { from: to - span, to, stepMs };
}

function instantOf(text: string): number {
  const at = parseTimestamp(text);
  if (at === undefined) {
    throw new UserError('bad_time', `${JSON.stringify(text)} is neither ISO 8601 nor epoch seconds`);
  }
  return at;
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) {
    throw new UserError('bad_duration', `expected a duration such as 5m or 1h, got ${JSON.stringify(text)}`);
  }
  return ms;
}

function widthOf({ width }: QueryOptions, terminal: Terminal): number {
  if (width === undefined) return Math.min(MOST_COLUMNS, terminal.columns ?? DEFAULT_COLUMNS);
  const columns = Number(width);
  if (!Number.isInteger(columns) || columns < 1 || columns > 1000) {
    throw new UserError('bad_option', `--width is a number of characters up to 1000, not ${JSON.stringify(width)}`);
  }
  return columns;
}

function plain(value: Value): unknown {
  switch (value.kind) {
    case 'scalar':
      return { ...value, v: formatValue(value.v) };
    case 'string':
      return value;
    case 'vector':
      return value.samples.map(({ labels, t, v }) => ({ labels: labels.toJSON(), t, v: formatValue(v) }));
    case 'matrix':
      return value.series.map(({ labels, times, values }) => ({
        labels: labels.toJSON(),
        points: [...times].map((t, index) => [t, formatValue(values[index] ?? Number.NaN)]),
      }));
  }
}

function printValue(value: Value): string {
  switch (value.kind) {
    case 'scalar':
      return `${formatValue(value.v)}\n`;
    case 'string':
      return `${value.value}\n`;
    case 'vector':
      return value.samples.length === 0
        ? '(no series)\n'
        : value.samples.map(({ labels, v }) => `${labels.toString()}  ${formatValue(v)}\n`).join('');
    case 'matrix':
      return value.series.length === 0 ? '(no series)\n' : value.series.map(printSeries).join('');
  }
}

/** A range vector at an instant: each sample on a line of its own, with its time. */
function printSeries({ labels, times, values }: MatrixSeries): string {
  const points = [...times].map((t, i) => `  ${isoInstant(t)}  ${formatValue(values[i] ?? Number.NaN)}\n`);
  return `${labels.toString()}\n${points.join('')}`;
}

type MatrixSeries = Extract<Value, { kind: 'matrix' }>['series'][number];

function drawn(value: Value, { from, to }: TimeRange, width: number): string {
  if (value.kind !== 'matrix' || value.series.length === 0) return printValue(value);
  const lines = value.series.map(
    ({ labels, times, values }): ChartLine => ({ name: labels.toString(), times, values }),
  );
  return terminalChart(lines, { from, to, width, format: shortNumber });
}

/** For the legend: not all the digits that a double has. */
function shortNumber(v: number): string {
  if (!Number.isFinite(v)) return formatValue(v);
  return formatValue(Math.abs(v) >= 1e6 ? Math.round(v) : Number(v.toPrecision(6)));
}
