import { isAscii, isUtf8 } from 'node:buffer';
import type { Labels } from '../labels/labels.ts';
import {
  BRACE_OPEN,
  ExpositionError,
  HASH,
  NEWLINE,
  owned,
  Scanner,
  SPACE,
  TAB,
  unescapeHelp,
} from './exposition-scanner.ts';
import { canonicalBound, parseFloatLiteral } from './float-literal.ts';

/** Prometheus' text format 0.0.4, or OpenMetrics 1.0. They differ in blanks, timestamps, metadata and the end mark. */
export type ExpositionFormat = 'text' | 'openmetrics';

type MetricType = 'counter' | 'gauge' | 'histogram' | 'gaugehistogram' | 'summary' | 'info' | 'stateset' | 'unknown';

/** One line with a value. `timestamp` is epoch ms, where the target gave one (the formats use ms and seconds). */
export interface ParsedSample {
  readonly labels: Labels;
  readonly value: number;
  readonly timestamp: number | undefined;
}

/** What `# TYPE`, `# HELP` and `# UNIT` said about a metric family; '' where they were absent. */
export interface MetricMetadata {
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}

export interface Exposition {
  readonly samples: readonly ParsedSample[];
  /** By family name as written in the metadata lines. */
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
}

const TEXT_TYPES: Readonly<Record<string, MetricType>> = {
  __proto__: null as never,
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
  untyped: 'unknown',
};
const OPENMETRICS_TYPES: Readonly<Record<string, MetricType>> = {
  __proto__: null as never,
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  gaugehistogram: 'gaugehistogram',
  summary: 'summary',
  info: 'info',
  stateset: 'stateset',
  unknown: 'unknown',
};

/**
 * What a target answered last time, so that the next scrape need not parse or allocate label sets again: the text of each series
 * by its position, and by its text where positions moved. Label sets that are still exposed stay the same objects.
 */
export class SeriesMemory {
  #keys: string[] = [];
  #labels: Labels[] = [];
  #byKey: Map<string, Labels> | undefined;
  #nextKeys: string[] = [];
  #nextLabels: Labels[] = [];

  /** The series that starts at `offset`, if it is the one that stood at this position last time. */
  expected(text: string, offset: number): { readonly key: string; readonly labels: Labels } | undefined {
    const position = this.#nextKeys.length;
    const key = this.#keys[position];
    const labels = this.#labels[position];
    if (key === undefined || labels === undefined || !text.startsWith(key, offset)) return undefined;
    const after = text.charCodeAt(offset + key.length);
    if (after !== SPACE && after !== TAB) return undefined;
    if (!key.endsWith('}') && blanksLeadToBrace(text, offset + key.length)) return undefined;
    return { key, labels };
  }

  known(key: string): Labels | undefined {
    this.#byKey ??= new Map(this.#keys.map((k, i) => [k, this.#labels[i] as Labels]));
    return this.#byKey.get(key);
  }

  remember(key: string, labels: Labels): void {
    this.#nextKeys.push(key);
    this.#nextLabels.push(labels);
  }

  /** Makes what was remembered since `begin` the memory of the next scrape. */
  turn(): void {
    this.#keys = this.#nextKeys;
    this.#labels = this.#nextLabels;
    this.#byKey = undefined;
    this.begin();
  }

  begin(): void {
    this.#nextKeys = [];
    this.#nextLabels = [];
  }
}

function blanksLeadToBrace(text: string, offset: number): boolean {
  let at = offset;
  while (text.charCodeAt(at) === SPACE || text.charCodeAt(at) === TAB) at += 1;
  return text.charCodeAt(at) === BRACE_OPEN;
}

/**
 * Reads a whole exposition, or nothing of it: the grammar is that of Prometheus' own scrape parsers, including their leniency
 * (blanks, trailing commas, a missing last newline in the classic format) and their refusals (`1e999`, negative timestamps in the
 * classic format, a missing `# EOF` in OpenMetrics). Exemplars are checked and skipped. Bounds in `le` and `quantile` get the one
 * spelling that Prometheus 3 gives them. Series that appear twice are both returned: what to do with them is the writer's choice.
 *
 * @throws ExpositionError with line and column, also for a web page where metrics were expected.
 */
export function parseExposition(
  text: string,
  format: ExpositionFormat = 'text',
  memory: SeriesMemory = new SeriesMemory(),
): Exposition {
  const scanner = new Scanner(text, format === 'openmetrics');
  const samples: ParsedSample[] = [];
  const metadata = new Map<string, MetricMetadata>();
  const state: ParseState = { scanner, metadata, memory, type: 'unknown' };
  memory.begin();
  refuseForeign(scanner);
  let ended = false;
  while (scanner.at < text.length) {
    if (!scanner.openMetrics) scanner.skipBlanks();
    if (scanner.at >= text.length) break;
    const c = text.charCodeAt(scanner.at);
    if (c === HASH) {
      ended = comment(state);
      if (ended) break;
    } else if (c !== NEWLINE) samples.push(sample(state));
    else if (scanner.openMetrics) scanner.fail('OpenMetrics has no blank lines');
    if (!scanner.atLineEnd()) scanner.fail(`expected the end of the line, got ${scanner.seen()}`);
    if (scanner.openMetrics && scanner.at >= text.length) break;
    scanner.at += 1;
  }
  if (scanner.openMetrics && !ended)
    scanner.fail('the text does not end with # EOF; was the answer cut off?', text.length);
  memory.turn();
  return { samples, metadata };
}

interface ParseState {
  readonly scanner: Scanner;
  readonly metadata: Map<string, MetricMetadata>;
  readonly memory: SeriesMemory;
  /** Of the family that the last `# TYPE` named. */
  type: MetricType;
}

function refuseForeign(scanner: Scanner): void {
  const start = /[^ \t\r\n]/.exec(scanner.text.slice(0, 1024));
  if (start?.[0] === '<')
    scanner.fail('this is HTML, not metrics; does the path need a login, or lead to a web page?', start.index);
  if (start?.[0] === '\u{feff}') scanner.fail('a byte order mark stands before the metrics', start.index);
}

function sample(state: ParseState): ParsedSample {
  const { scanner } = state;
  const labels = series(state);
  const value = sampleValue(scanner);
  const timestamp = sampleTimestamp(scanner);
  if (scanner.openMetrics && !scanner.atLineEnd()) exemplar(scanner);
  return { labels, value, timestamp };
}

function series(state: ParseState): Labels {
  const { scanner, memory } = state;
  const from = scanner.at;
  const expected = memory.expected(scanner.text, from);
  if (expected) {
    memory.remember(expected.key, expected.labels);
    scanner.at += expected.key.length;
    return expected.labels;
  }
  const parsed = scanner.series((name, value) => {
    const bound = (name === 'le' && state.type === 'histogram') || (name === 'quantile' && state.type === 'summary');
    return bound ? canonicalBound(value) : value;
  });
  const key = owned(scanner.text.slice(from, scanner.at));
  const known = memory.known(key);
  const labels = known?.equals(parsed) ? known : parsed;
  memory.remember(key, labels);
  return labels;
}

/** Moves past the blank before a value or timestamp: exactly one space in OpenMetrics, any blanks or none in the classic format. */
function separator(scanner: Scanner, what: string): void {
  if (!scanner.openMetrics) {
    scanner.skipBlanks();
    return;
  }
  if (scanner.text.charCodeAt(scanner.at) !== SPACE)
    scanner.fail(`expected one space and ${what}, got ${scanner.seen()}`);
  scanner.at += 1;
}

function sampleValue(scanner: Scanner): number {
  separator(scanner, 'a value');
  const from = scanner.at;
  const literal = scanner.word();
  if (literal === '') scanner.fail(`expected a value, got ${scanner.seen()}`);
  const value = parseFloatLiteral(scanner.text, from, scanner.at);
  if (value === undefined) scanner.fail(`${brief(literal)} is not a number that fits a double`, from);
  return value;
}

function sampleTimestamp(scanner: Scanner): number | undefined {
  if (scanner.openMetrics) {
    if (scanner.atLineEnd() || scanner.text.startsWith(' # {', scanner.at)) return undefined;
    separator(scanner, 'a timestamp');
    return secondsTimestamp(scanner);
  }
  scanner.skipBlanks();
  if (scanner.atLineEnd()) return undefined;
  const from = scanner.at;
  const literal = scanner.word();
  const ms = /^\d{1,18}$/.test(literal) ? Number(literal) : undefined;
  if (ms === undefined) scanner.fail(`${brief(literal)} is not a timestamp in milliseconds`, from);
  scanner.skipBlanks();
  return ms;
}

function secondsTimestamp(scanner: Scanner): number {
  const from = scanner.at;
  const literal = scanner.word();
  const seconds = parseFloatLiteral(scanner.text, from, scanner.at);
  if (seconds === undefined || !Number.isFinite(seconds))
    scanner.fail(`${brief(literal)} is not a timestamp in seconds`, from);
  return Math.trunc(seconds * 1000);
}

function exemplar(scanner: Scanner): void {
  if (!scanner.text.startsWith(' # {', scanner.at))
    scanner.fail(`expected an exemplar or the end of the line, got ${scanner.seen()}`);
  scanner.at += 3;
  scanner.exemplarLabels();
  sampleValue(scanner);
  if (scanner.atLineEnd()) return;
  separator(scanner, 'a timestamp');
  secondsTimestamp(scanner);
}

/** A line that starts with `#`. @returns whether it was the end mark. */
function comment(state: ParseState): boolean {
  const { scanner } = state;
  const from = scanner.at;
  scanner.at += 1;
  if (scanner.openMetrics) {
    separator(scanner, 'HELP, TYPE, UNIT or EOF');
    if (endMark(scanner)) return true;
  } else {
    const blank = scanner.at;
    scanner.skipBlanks();
    if (scanner.at === blank) {
      scanner.restOfLine();
      return false;
    }
  }
  const keyword = /^(?:HELP|TYPE|UNIT)(?=[ \t])/.exec(scanner.text.slice(scanner.at, scanner.at + 5))?.[0];
  if (keyword === undefined || (keyword === 'UNIT' && !scanner.openMetrics)) {
    if (scanner.openMetrics) scanner.fail('OpenMetrics has no comments but HELP, TYPE, UNIT and EOF', from);
    scanner.restOfLine();
    return false;
  }
  scanner.at += keyword.length;
  separator(scanner, 'a metric name');
  const name = owned(scanner.metricName(`after ${keyword}`));
  metadataText(state, keyword, name);
  return false;
}

function endMark(scanner: Scanner): boolean {
  if (!scanner.text.startsWith('EOF', scanner.at)) return false;
  scanner.at += 3;
  if (!scanner.atLineEnd()) scanner.fail(`expected the end of the line after # EOF, got ${scanner.seen()}`);
  scanner.at += 1;
  if (scanner.at < scanner.text.length) scanner.fail('there is text after # EOF');
  return true;
}

function metadataText(state: ParseState, keyword: string, name: string): void {
  const scanner: Scanner = state.scanner;
  const { metadata } = state;
  const from = scanner.at;
  const rest = scanner.restOfLine();
  if (scanner.openMetrics ? !rest.startsWith(' ') : rest !== '' && !/^[ \t]/.test(rest))
    scanner.fail(`expected a space after the metric name ${name}`, from);
  const words = rest.slice(1);
  const before = metadata.get(name) ?? { type: 'unknown', help: '', unit: '' };
  if (keyword === 'HELP') metadata.set(name, { ...before, help: owned(unescapeHelp(words, scanner.openMetrics)) });
  else if (keyword === 'TYPE') {
    const type = (scanner.openMetrics ? OPENMETRICS_TYPES : TEXT_TYPES)[words];
    if (type === undefined) scanner.fail(`${brief(words)} is not a metric type`, from + 1);
    state.type = type;
    metadata.set(name, { ...before, type });
  } else {
    if (words !== '' && !name.endsWith(`_${words}`))
      scanner.fail(`the unit ${brief(words)} is not the end of the metric name ${name}`, from + 1);
    metadata.set(name, { ...before, unit: owned(words) });
  }
}

function brief(literal: string): string {
  return JSON.stringify(literal.length > 60 ? `${literal.slice(0, 60)}…` : literal);
}

/**
 * The text of a body that must be UTF-8.
 * @throws ExpositionError naming the line where the bytes are not.
 */
export function decodeBody(body: Uint8Array): string {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (isAscii(buffer)) return buffer.toString('latin1');
  if (isUtf8(buffer)) return buffer.toString('utf8');
  let line = 1;
  let start = 0;
  for (;;) {
    const end = buffer.indexOf(10, start);
    if (!isUtf8(buffer.subarray(start, end < 0 ? buffer.length : end))) {
      throw new ExpositionError('the line is not UTF-8; is the body compressed, or in another encoding?', line, 1);
    }
    if (end < 0) break;
    line += 1;
    start = end + 1;
  }
  throw new ExpositionError('the body is not UTF-8', 1, 1);
}
