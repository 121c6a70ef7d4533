import { resolve } from 'node:path';
import { sparkline } from '../chart/sparkline.ts';
import { readTextFile, shownPath } from '../config/files.ts';
import { UserError } from '../errors.ts';
import { parseExposition } from '../ingest/exposition.ts';
import { Engine } from '../promql/engine.ts';
import { parseExpr } from '../promql/parser.ts';
import type { Value } from '../promql/value.ts';
import { parseDuration } from '../time/duration.ts';
import { parseInstant } from '../time/instant.ts';
import { Head } from '../tsdb/head.ts';
import type { DefineCommand } from './run.ts';
import type { Terminal } from './terminal.ts';

interface QueryOptions {
  readonly data: string;
  readonly at?: string;
  readonly range?: string;
  readonly step?: string;
  readonly json?: boolean;
}

/** `watchroom query`: an instant query over a file of samples; `--range` draws each series. */
export const query: DefineCommand = (program, terminal) => {
  program
    .command('query')
    .description('evaluate PromQL over an OpenMetrics file')
    .argument('<expr>', 'a PromQL expression')
    .requiredOption('--data <file>', 'samples in OpenMetrics or Prometheus text form, with timestamps')
    .option('--at <time>', 'ISO 8601 or epoch seconds; default: the newest sample')
    .option('--range <duration>', 'evaluate over this long before --at and draw it')
    .option('--step <duration>', 'resolution of --range', '15s')
    .option('--json', 'print data as JSON')
    .action((text: string, options: QueryOptions) => {
      const expr = parseExpr(text);
      const { head, newest } = loadSamples(resolve(terminal.cwd, options.data), terminal);
      const at = options.at === undefined ? newest : instantOf(options.at);
      const engine = new Engine();
      if (options.range === undefined) {
        const { value } = engine.instant(head, expr, at);
        terminal.out(options.json ? `${JSON.stringify(plain(value))}\n` : printValue(value));
        return;
      }
      const span = durationOf(options.range);
      const { value } = engine.range(head, expr, {
        from: at - span,
        to: at,
        stepMs: durationOf(options.step ?? '15s'),
      });
      terminal.out(options.json ? `${JSON.stringify(plain(value))}\n` : drawMatrix(value));
    });
};

function loadSamples(path: string, terminal: Terminal): { head: Head; newest: number } {
  const { text } = readTextFile(path, shownPath(path, terminal.cwd));
  const { samples } = parseExposition(text, text.trimEnd().endsWith('# EOF') ? 'openmetrics' : 'text');
  const head = new Head();
  let newest = Number.NEGATIVE_INFINITY;
  for (const { labels, value, timestamp } of samples) {
    if (timestamp === undefined)
      throw new UserError('no_timestamps', `${path}: a sample without a timestamp cannot be placed in time`);
    head.append(labels, timestamp, value);
    newest = Math.max(newest, timestamp);
  }
  if (samples.length === 0) throw new UserError('no_samples', `${path} holds no samples`);
  return { head, newest };
}

function instantOf(text: string): number {
  const at = /^\d+(?:\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) : parseInstant(text);
  if (at === undefined)
    throw new UserError('bad_time', `${JSON.stringify(text)} is neither ISO 8601 nor epoch seconds`);
  return at;
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0)
    throw new UserError('bad_duration', `expected a duration such as 5m or 1h, got ${JSON.stringify(text)}`);
  return ms;
}

function plain(value: Value): unknown {
  switch (value.kind) {
    case 'scalar':
    case 'string':
      return value;
    case 'vector':
      return value.samples.map(({ labels, t, v }) => ({ labels: labels.toJSON(), t, v: String(v) }));
    case 'matrix':
      return value.series.map(({ labels, times, values }) => ({
        labels: labels.toJSON(),
        points: [...times].map((t, index) => [t, String(values[index])]),
      }));
  }
}

function printValue(value: Value): string {
  switch (value.kind) {
    case 'scalar':
      return `${value.v}\n`;
    case 'string':
      return `${value.value}\n`;
    case 'vector':
      return value.samples.length === 0
        ? '(no series)\n'
        : value.samples.map(({ labels, v }) => `${labels.toString()}  ${v}\n`).join('');
    case 'matrix':
      return drawMatrix(value);
  }
}

function drawMatrix(value: Value): string {
  if (value.kind !== 'matrix') return printValue(value);
  if (value.series.length === 0) return '(no series)\n';
  return value.series
    .map(({ labels, values }) => {
      const points = [...values];
      const finite = points.filter(Number.isFinite);
      return `${labels.toString()}\n  ${sparkline(points)}  ${Math.min(...finite)} … ${Math.max(...finite)}, last ${points.at(-1)}\n`;
    })
    .join('');
}
