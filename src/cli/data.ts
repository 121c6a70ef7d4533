import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { shownPath } from '../config/files.ts';
import { DocumentError } from '../document/position.ts';
import { UserError } from '../errors.ts';
import { looksLikeCsv, parseCsv } from '../ingest/csv.ts';
import { type ParsedSample, parseExposition } from '../ingest/exposition.ts';
import { Head } from '../tsdb/head.ts';
import type { Terminal } from './terminal.ts';

const LARGEST_FILE_BYTES = 512 * 1024 * 1024;

/** Samples from files, ready for queries. */
export interface Data {
  readonly head: Head;
  /** Time of the oldest and of the newest sample, epoch ms. */
  readonly oldest: number;
  readonly newest: number;
  /** Samples that another one of the same series and time kept out. */
  readonly doubled: number;
}

/**
 * Reads an OpenMetrics or Prometheus text file with timestamps, a CSV file, or a folder of CSV files (also in folders below it).
 * @throws DocumentError or UserError where a file cannot be read, or where there are no samples.
 */
export function loadData(path: string, terminal: Terminal): Data {
  const absolute = resolve(terminal.cwd, path);
  const samples = isFolder(absolute, terminal) ? folderSamples(absolute, terminal) : fileSamples(absolute, terminal);
  if (samples.length === 0) throw new UserError('no_samples', `${shownPath(absolute, terminal.cwd)} holds no samples`);
  samples.sort((a, b) => a.timestamp - b.timestamp);
  const head = new Head();
  let doubled = 0;
  for (const { labels, value, timestamp } of samples) {
    switch (head.append(labels, timestamp, value)) {
      case 'appended':
        break;
      case 'duplicate_timestamp':
      case 'out_of_order':
        doubled += 1;
        break;
      case 'series_limit':
        throw new UserError('too_many_series', `${shownPath(absolute, terminal.cwd)} holds too many series`);
      case 'too_old':
      case 'too_far_ahead':
        throw new UserError('bad_time', `${labels.toString()}: no sample can be at ${timestamp / 1000} s`);
    }
  }
  return { head, oldest: samples[0]?.timestamp ?? 0, newest: samples.at(-1)?.timestamp ?? 0, doubled };
}

type TimedSample = ParsedSample & { readonly timestamp: number };

function isFolder(path: string, terminal: Terminal): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(path, terminal, error);
  }
}

function folderSamples(folder: string, terminal: Terminal): TimedSample[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.toLowerCase().endsWith('.csv'))
    .toSorted();
  if (files.length === 0) throw new UserError('no_samples', `${shownPath(folder, terminal.cwd)} holds no CSV file`);
  const samples: TimedSample[] = [];
  for (const file of files) {
    const path = join(folder, file);
    for (const sample of timed(
      parseCsv(read(path, terminal), shownPath(path, terminal.cwd), relative(folder, path)),
      path,
    )) {
      samples.push(sample);
    }
  }
  return samples;
}

function fileSamples(path: string, terminal: Terminal): TimedSample[] {
  const text = read(path, terminal);
  const shown = shownPath(path, terminal.cwd);
  if (path.toLowerCase().endsWith('.csv') || looksLikeCsv(text))
    return timed(parseCsv(text, shown, basename(path)), shown);
  const { samples } = parseExposition(text, text.trimEnd().endsWith('# EOF') ? 'openmetrics' : 'text');
  return timed(samples, shown);
}

function timed(samples: readonly ParsedSample[], shown: string): TimedSample[] {
  return samples.map((sample) => {
    const { timestamp } = sample;
    if (timestamp === undefined) {
      throw new UserError(
        'no_timestamps',
        `${shown}: ${sample.labels.toString()} has no timestamp to place it in time`,
      );
    }
    return { ...sample, timestamp };
  });
}

function read(path: string, terminal: Terminal): string {
  try {
    if (statSync(path).size > LARGEST_FILE_BYTES) throw new UserError('too_large', `${path} is larger than 512 MiB`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, terminal, error);
  }
}

function unreadable(path: string, terminal: Terminal, error: unknown): DocumentError {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const at = { file: shownPath(path, terminal.cwd), line: 1, col: 1 };
  return new DocumentError([{ severity: 'error', at, message: `cannot be read: ${reason}` }]);
}
