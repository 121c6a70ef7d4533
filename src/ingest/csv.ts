import { DocumentError } from '../document/position.ts';
import { Labels } from '../labels/labels.ts';
import { parseTimestamp } from '../time/instant.ts';
import type { ParsedSample } from './exposition.ts';
import { parseFloatLiteral } from './float-literal.ts';

/** The label that says which file a value came from. */
export const CSV_SERIES_LABEL = 'series';
const TIME_COLUMNS: ReadonlySet<string> = new Set(['timestamp', 't']);
const MOST_COLUMNS = 10_000;

interface Cell {
  readonly text: string;
  readonly line: number;
  readonly col: number;
}

/** Whether a text is CSV as `parseCsv` reads it, told by its first line. */
export function looksLikeCsv(text: string): boolean {
  return /^\u{feff}?\s*"?(?:timestamp|t)"?\s*(?:,|\r?\n)/iu.test(text);
}

/**
 * Samples of a CSV table: the first column (`timestamp` or `t`) is epoch seconds or ISO 8601 in UTC, every other one a metric named
 * after its header. An empty cell is no sample. Rows may be in any order; the samples are in order of time. Quotes as in RFC 4180.
 * @param series value of the label `series`: the file's path within its folder
 * @throws DocumentError with the place of the first cell that cannot be read.
 */
export function parseCsv(text: string, file: string, series: string): ParsedSample[] {
  const rows = rowsOf(text.replace(/^\u{feff}/u, ''), file);
  const [header, ...body] = rows;
  if (!header) throw fault(file, { text: '', line: 1, col: 1 }, 'has no header row');
  const columns = columnsOf(header, file, series);
  const samples: (ParsedSample & { readonly timestamp: number })[] = [];
  for (const row of body) {
    const [time] = row;
    if (!time) continue;
    if (row.length !== header.length) {
      throw fault(file, time, `the row has ${row.length} cells, the header ${header.length}`);
    }
    const timestamp = parseTimestamp(time.text.trim());
    if (timestamp === undefined) {
      throw fault(file, time, `${JSON.stringify(time.text)} is neither epoch seconds nor an ISO 8601 time`);
    }
    for (const [i, labels] of columns.entries()) {
      const cell = row[i + 1];
      const trimmed = cell?.text.trim() ?? '';
      if (!cell || trimmed === '') continue;
      const value = parseFloatLiteral(trimmed, 0, trimmed.length);
      if (value === undefined) throw fault(file, cell, `${JSON.stringify(cell.text)} is not a number`);
      samples.push({ labels, value, timestamp });
    }
  }
  return samples.sort((a, b) => a.timestamp - b.timestamp);
}

function columnsOf(header: readonly Cell[], file: string, series: string): Labels[] {
  const [time, ...metrics] = header;
  if (!time || !TIME_COLUMNS.has(time.text.trim().toLowerCase())) {
    throw fault(file, time ?? { text: '', line: 1, col: 1 }, 'the first column must be called timestamp or t');
  }
  if (metrics.length === 0) throw fault(file, time, 'there is no column of values');
  if (metrics.length > MOST_COLUMNS) throw fault(file, time, `more than ${MOST_COLUMNS} columns`);
  const seen = new Set<string>();
  return metrics.map((cell) => {
    const name = cell.text.trim();
    if (name === '') throw fault(file, cell, 'a column needs a name: it becomes the name of the metric');
    if (seen.has(name)) throw fault(file, cell, `two columns are called ${JSON.stringify(name)}`);
    seen.add(name);
    return Labels.of([
      ['__name__', name],
      [CSV_SERIES_LABEL, series],
    ]);
  });
}

/** The rows with at least one character; line and column count from 1. */
function rowsOf(text: string, file: string): Cell[][] {
  const rows: Cell[][] = [];
  let row: Cell[] = [];
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at <= text.length; ) {
    const col = at - lineStart + 1;
    const startLine = line;
    let value: string;
    if (text[at] === '"') {
      const end = closingQuote(text, at);
      if (end === undefined) throw fault(file, { text: '', line, col }, 'a quoted cell is not closed');
      value = text.slice(at + 1, end).replaceAll('""', '"');
      for (let i = at; i < end; i++) {
        if (text[i] !== '\n') continue;
        line += 1;
        lineStart = i + 1;
      }
      at = end + 1;
      if (!/^(?:,|\r?\n|\r?$)/.test(text.slice(at, at + 2))) {
        throw fault(file, { text: '', line, col: at - lineStart + 1 }, 'text after the end of a quoted cell');
      }
    } else {
      let end = at;
      while (end < text.length && text[end] !== ',' && text[end] !== '\n') end += 1;
      value = text.slice(at, end).replace(/\r$/, '');
      at = end;
    }
    row.push({ text: value, line: startLine, col });
    if (text[at] === '\r') at += 1;
    if (text[at] !== ',') {
      if (row.length > 1 || value.trim() !== '') rows.push(row);
      row = [];
      line += 1;
      lineStart = at + 1;
    }
    at += 1;
  }
  return rows;
}

function closingQuote(text: string, open: number): number | undefined {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] !== '"') continue;
    if (text[at + 1] !== '"') return at;
    at += 1;
  }
  return undefined;
}

function fault(file: string, { line, col }: Cell, message: string): DocumentError {
  return new DocumentError([{ severity: 'error', at: { file, line, col }, message }]);
}
