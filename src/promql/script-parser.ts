import { UserError } from '../errors.ts';
import { searchExpression } from '../labels/expression.ts';
import { durationFault, parseDuration } from '../time/duration.ts';
import { ParseError } from './errors.ts';
import { parseFloatText } from './numeric.ts';
import { quotedEnd, unquote } from './quoted.ts';
import { readSeriesLine, type SeriesLine } from './series-notation.ts';

/** An annotation or error that an evaluation must or must not have; `matches` tests its text. */
export interface Expectation {
  readonly kind: 'fail' | 'warn' | 'info' | 'no_warn' | 'no_info' | 'ordered';
  readonly matches: ((text: string) => boolean) | undefined;
}

type EvalTime =
  | { readonly kind: 'instant'; readonly at: number }
  | { readonly kind: 'range'; readonly from: number; readonly to: number; readonly stepMs: number };

export interface EvalCommand {
  readonly kind: 'eval';
  readonly line: number;
  readonly expr: string;
  /** Where the expression begins in its line, from 1. */
  readonly exprColumn: number;
  readonly time: EvalTime;
  readonly expectations: readonly Expectation[];
  readonly series: readonly SeriesLine[];
  readonly scalar: number | undefined;
  readonly string: string | undefined;
  /** Bounds of an expected range vector. */
  readonly matrix: { readonly from: number; readonly to: number; readonly stepMs: number } | undefined;
}

export type Command =
  | { readonly kind: 'clear'; readonly line: number }
  | {
      readonly kind: 'load';
      readonly line: number;
      readonly stepMs: number;
      readonly series: readonly SeriesLine[];
      /** Classic histograms are also loaded as native ones with custom buckets. */
      readonly withNative: boolean;
      /** Start timestamps are given, which are not supported. */
      readonly startTimes: boolean;
    }
  | EvalCommand
  | { readonly kind: 'invalid'; readonly line: number; readonly column: number | undefined; readonly message: string };

/** A faulty line of a script. */
class LineFault extends Error {
  readonly line: number;
  readonly column: number | undefined;

  constructor(line: number, column: number | undefined, message: string) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/** Runs what reads a line; what it throws for people gets the line's number, and the column where one is known. */
function onLine<T>({ number, indent }: Line, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParseError) {
      throw new LineFault(number, indent + error.span.start + 1, `parse error: ${error.reason}`);
    }
    if (error instanceof UserError) throw new LineFault(number, undefined, error.message);
    throw error;
  }
}

const LOAD = /^load(_with_nhcb)?\s+(\S+)$/;
const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(\S+)\s+)?(.+)$/;
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/;
const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;
const EXPECT_RANGE = /^expect range vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/;
const EXPECT_STRING = /^expect string(?: (.*))?$/;
const LEGACY_FAILURE = /^expected_fail_(message|regexp)\s+(.+)$/;
const START_TIMES = /^\S*@st\s/;

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

/** Splits a script into commands. A faulty line becomes an `invalid` command, so that the rest is still run. */
export function parseScript(text: string): Command[] {
  return blocksOf(text).flatMap((block) => {
    const [head, ...body] = block;
    if (!head) return [];
    try {
      return onLine(head, () => parseBlock(head, body));
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      const { line, column, message } = error;
      return [{ kind: 'invalid' as const, line, column, message }];
    }
  });
}

/** Runs of lines without an empty one; a comment counts as empty. A command may also follow another without a gap. */
function blocksOf(text: string): Line[][] {
  const blocks: Line[][] = [];
  let open: Line[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const starts = /^(?:[cC][lL][eE][aA][rR](?:\s|$)|load(?:_with_nhcb)?\s|eval(?:_\w+)?\s)/.test(line);
    if (line === '' || line.startsWith('#') || starts) {
      if (open.length > 0) blocks.push(open);
      open = [];
    }
    if (line !== '' && !line.startsWith('#')) open.push({ number: i + 1, indent: raw.indexOf(line), text: line });
  }
  if (open.length > 0) blocks.push(open);
  return blocks;
}

function parseBlock(head: Line, body: readonly Line[]): Command[] {
  if (/^clear(?:\s|$)/i.test(head.text)) return [{ kind: 'clear', line: head.number }];
  const load = LOAD.exec(head.text);
  if (load) {
    const series = body.filter(({ text }) => !START_TIMES.test(text));
    return [
      {
        kind: 'load',
        line: head.number,
        stepMs: durationOf(load[2] ?? ''),
        series: series.map((line) => onLine(line, () => readSeriesLine(line.text))),
        withNative: load[1] !== undefined,
        startTimes: series.length < body.length,
      },
    ];
  }
  const instant = INSTANT.exec(head.text);
  if (instant) {
    const time: EvalTime = { kind: 'instant', at: durationOf(instant[2] ?? '0') };
    return [parseEval({ head, body, time, expr: instant[3] ?? '', suffix: instant[1] })];
  }
  const range = RANGE.exec(head.text);
  if (range) {
    const [, suffix, from = '', to = '', step = '', expr = ''] = range;
    const time: EvalTime = { kind: 'range', ...rangeOf(from, to, step) };
    return [parseEval({ head, body, time, expr, suffix })];
  }
  throw new UserError('invalid_script', `unexpected line: ${head.text}`);
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new UserError('invalid_script', durationFault(text));
  return ms;
}

function rangeOf(from: string, to: string, step: string): { from: number; to: number; stepMs: number } {
  const range = { from: durationOf(from), to: durationOf(to), stepMs: durationOf(step) };
  if (range.to < range.from) {
    throw new UserError('invalid_script', `the end of the range (${to}) is before its start (${from})`);
  }
  return range;
}

interface EvalParts {
  readonly head: Line;
  readonly body: readonly Line[];
  readonly time: EvalTime;
  readonly expr: string;
  readonly suffix: string | undefined;
}

function parseEval({ head, body, time, expr, suffix }: EvalParts): EvalCommand {
  const expectations: Expectation[] = [];
  const series: SeriesLine[] = [];
  let scalar: number | undefined;
  let string: string | undefined;
  let matrix: EvalCommand['matrix'];
  if (suffix !== undefined) expectations.push({ kind: suffix as Expectation['kind'], matches: undefined });
  for (const line of body) {
    const { text } = line;
    const bounds = EXPECT_RANGE.exec(text);
    const wanted = EXPECT_STRING.exec(text);
    const expectation = bounds || wanted ? undefined : onLine(line, () => parseExpectation(text));
    const number = parseFloatText(text);
    if (bounds) {
      const [, from = '', to = '', step = ''] = bounds;
      matrix = onLine(line, () => rangeOf(from, to, step));
    } else if (wanted) string = stringOf(wanted[1] ?? '');
    else if (expectation) {
      expectations.push(expectation);
      onLine(line, () => refuseContradiction(expectations));
    } else if (number !== undefined) scalar = number;
    else series.push(onLine(line, () => readSeriesLine(text)));
    if (time.kind === 'instant' && !matrix && (series.at(-1)?.values.length ?? 0) > 1) {
      throw new LineFault(line.number, undefined, 'several values need "expect range vector from … to … step …"');
    }
  }
  const exprColumn = head.indent + head.text.lastIndexOf(expr) + 1;
  const line = head.number;
  return { kind: 'eval', line, expr, exprColumn, time, expectations, series, scalar, string, matrix };
}

function refuseContradiction(expectations: readonly Expectation[]): void {
  const count = (kind: Expectation['kind']): number => expectations.filter((e) => e.kind === kind).length;
  for (const level of ['info', 'warn'] as const) {
    if (count(level) > 0 && count(`no_${level}`) > 0) {
      throw new UserError('invalid_script', `${level} and no_${level} cannot be expected together`);
    }
  }
}

function parseExpectation(text: string): Expectation | undefined {
  const legacy = LEGACY_FAILURE.exec(text);
  if (legacy) return { kind: 'fail', matches: tester(legacy[1] === 'regexp' ? 'regex' : 'msg', legacy[2] ?? '') };
  const found = EXPECT.exec(text);
  if (!found) {
    if (text.startsWith('expect ')) throw new UserError('invalid_script', `invalid expect statement: ${text}`);
    return undefined;
  }
  const kind = found[1] as Expectation['kind'];
  return { kind, matches: found[3] === undefined ? undefined : tester(found[2], found[3]) };
}

function tester(form: string | undefined, text: string): (candidate: string) => boolean {
  const wanted = text.trim();
  if (form !== 'regex') return (candidate) => candidate === wanted;
  const expression = searchExpression(wanted);
  return (candidate) => expression.found(candidate);
}

/** Quoted or bare. */
function stringOf(text: string): string {
  const quoted = /^["'`]/.test(text) && quotedEnd(text, 0) === text.length;
  return (quoted ? unquote(text) : undefined) ?? text;
}
