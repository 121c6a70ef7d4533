import { UserError } from '../errors.ts';
import type { Expr, Shift } from './ast.ts';
import { typeOf } from './check.ts';
import { Engine, type QueryResult, type Value } from './engine.ts';
import { ParseError, QueryError } from './errors.ts';
import { parseExpr } from './parser.ts';
import { compareResult, Mismatch } from './script-compare.ts';
import { type Command, type EvalCommand, type Expectation, parseScript } from './script-parser.ts';
import { ScriptStorage } from './script-storage.ts';
import { rememberText } from './source-text.ts';

export interface ScriptFailure {
  /** From 1. */
  readonly line: number;
  /** From 1, where the fault lies within the line. */
  readonly column: number | undefined;
  readonly message: string;
  /** Not answered rather than answered wrongly: native histograms, experimental syntax. Counted as failed all the same. */
  readonly refused: boolean;
}

export interface ScriptReport {
  /** Evaluations that gave what the script expects. */
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly ScriptFailure[];
}

const MINUTE = 60_000;
/** Functions whose answer depends on the evaluation time itself, so that `@` cannot stand in for it. */
const TIME_BOUND: ReadonlySet<string> = new Set([
  ...['time', 'timestamp', 'predict_linear', 'start', 'end', 'step', 'range'],
  ...['days_in_month', 'day_of_month', 'day_of_week', 'day_of_year', 'hour', 'minute', 'month', 'year'],
]);

/**
 * Runs a script in Prometheus' promqltest language. An evaluation that does not hold is counted and the script goes on. Each instant
 * evaluation is also run as the middle step of a range query, and with `@` in place of its time.
 * An expression that cannot be parsed fails like one that cannot be evaluated, so that scripts can expect that too.
 */
export function runScript(text: string): ScriptReport {
  const failures: ScriptFailure[] = [];
  let passed = 0;
  let storage = new ScriptStorage();
  const engine = new Engine();
  for (const command of parseScript(text)) {
    try {
      switch (command.kind) {
        case 'invalid':
          throw new UserError('invalid_script', command.message);
        case 'clear':
          storage = new ScriptStorage();
          break;
        case 'load':
          storage.load(command);
          break;
        case 'eval':
          evaluate(command, engine, storage);
          passed += 1;
          break;
      }
    } catch (error) {
      failures.push(failureOf(error, command));
    }
  }
  return { passed, failed: failures.length, failures };
}

function failureOf(error: unknown, command: Command): ScriptFailure {
  if (!(error instanceof UserError) && !(error instanceof Mismatch)) throw error;
  const { line } = command;
  const refused = isRefusal(error);
  if (error instanceof ParseError && command.kind === 'eval') {
    const column = command.exprColumn + error.span.start;
    return { line, column, message: `parse error: ${error.reason}`, refused };
  }
  return { line, column: command.kind === 'invalid' ? command.column : undefined, message: error.message, refused };
}

/** Whether the error says "not supported" rather than "wrong". */
function isRefusal(error: unknown): boolean {
  if (error instanceof QueryError) return error.code === 'unsupported';
  return error instanceof ParseError && error.reason.includes('not supported');
}

function evaluate(command: EvalCommand, engine: Engine, storage: ScriptStorage): void {
  if (command.series.some(({ values }) => values.includes('histogram'))) {
    throw new QueryError('unsupported', 'native histograms are not supported: the expected result has some');
  }
  const failure = command.expectations.find(({ kind }) => kind === 'fail');
  let answer: { expr: Expr; result: QueryResult };
  try {
    answer = answerOf(command, engine, storage);
  } catch (error) {
    if (!(error instanceof UserError) || !failure) throw error;
    const wanted = failure.matches === undefined ? !isRefusal(error) : failure.matches(error.message);
    if (wanted) return;
    if (isRefusal(error)) throw error;
    throw new Mismatch(`expected another error evaluating ${command.expr}, got: ${error.message}`);
  }
  if (failure) throw new Mismatch(`expected error evaluating ${command.expr}, but got none`);
  checkNotes(command, answer.result);
  compareResult(command, answer.result.value);
  if (command.time.kind === 'instant') checkOtherWays(command, answer.expr, engine, storage);
}

function answerOf(command: EvalCommand, engine: Engine, storage: ScriptStorage): { expr: Expr; result: QueryResult } {
  const expr = parseExpr(command.expr);
  const { time } = command;
  const result = time.kind === 'instant' ? engine.instant(storage, expr, time.at) : engine.range(storage, expr, time);
  return { expr, result };
}

function checkNotes({ expectations, expr }: EvalCommand, { warnings, infos }: QueryResult): void {
  const found = { warn: warnings, info: infos };
  for (const level of ['warn', 'info'] as const) {
    const notes = found[level];
    if (expectations.some(({ kind }) => kind === `no_${level}`) && notes.length > 0) {
      throw new Mismatch(`unexpected ${level} annotations evaluating ${expr}: ${notes.join('; ')}`);
    }
    const wanted = expectations.filter(({ kind }) => kind === level);
    if (wanted.length === 0) continue;
    if (notes.length === 0) throw new Mismatch(`expected ${level} annotations evaluating ${expr}, but got none`);
    requireEach(wanted, notes, expr);
  }
}

/** Every expected note must be there, and where texts are given every note must be expected. */
function requireEach(wanted: readonly Expectation[], notes: readonly string[], expr: string): void {
  const tests = wanted.map(({ matches }) => matches ?? (() => true));
  if (!tests.every((test) => notes.some(test)) || !notes.every((note) => tests.some((test) => test(note)))) {
    throw new Mismatch(`other annotations than expected evaluating ${expr}: ${notes.join('; ')}`);
  }
}

function checkOtherWays(command: EvalCommand, expr: Expr, engine: Engine, storage: ScriptStorage): void {
  if (command.time.kind !== 'instant') return;
  const { at } = command.time;
  const type = typeOf(expr);
  if (type === 'matrix' || type === 'string') return;
  const unordered: EvalCommand = {
    ...command,
    expectations: command.expectations.filter(({ kind }) => kind !== 'ordered'),
  };
  const ordered = unordered.expectations.length < command.expectations.length;
  try {
    if (!ordered && !dependsOn(expr, QUERY_BOUND)) {
      const range = engine.range(storage, expr, { from: at - MINUTE, to: at + MINUTE, stepMs: MINUTE });
      compareResult(unordered, middleOf(range.value, at, type === 'scalar'));
    }
    const pinned = dependsOn(expr, TIME_BOUND) ? undefined : pin(expr, at);
    if (!pinned) return;
    rememberText(pinned, command.expr);
    for (const t of [at - 100_000, at + 1_000_000]) compareResult(command, engine.instant(storage, pinned, t).value);
  } catch (error) {
    if (error instanceof Mismatch) throw new Mismatch(`another way of evaluating it differs: ${error.message}`);
    throw error;
  }
}

/** Functions that ask for the bounds of the query, which differ between an instant and a range. */
const QUERY_BOUND: ReadonlySet<string> = new Set(['start', 'end', 'step', 'range']);

function dependsOn(expr: Expr, names: ReadonlySet<string>): boolean {
  switch (expr.kind) {
    case 'call':
      return names.has(expr.name) || expr.args.some((arg) => dependsOn(arg, names));
    case 'aggregation':
      return dependsOn(expr.expr, names) || (expr.param !== undefined && dependsOn(expr.param, names));
    case 'binary':
      return dependsOn(expr.left, names) || dependsOn(expr.right, names);
    case 'selector':
      return names === QUERY_BOUND && (expr.at?.kind === 'start' || expr.at?.kind === 'end');
    case 'range':
      return dependsOn(expr.selector, names);
    case 'subquery':
      return (
        (names === QUERY_BOUND && expr.at !== undefined && expr.at.kind !== 'instant') || dependsOn(expr.expr, names)
      );
    case 'paren':
    case 'unary':
      return dependsOn(expr.expr, names);
    case 'number':
    case 'string':
      return false;
  }
}

function middleOf(value: Value, at: number, scalar: boolean): Value {
  if (value.kind !== 'matrix') return value;
  const samples = value.series.flatMap(({ labels, times, values }) => {
    const v = values[times.indexOf(at)];
    return v === undefined ? [] : [{ labels, t: at, v }];
  });
  return scalar ? { kind: 'scalar', t: at, v: samples[0]?.v ?? Number.NaN } : { kind: 'vector', samples };
}

/** The expression with every selector and outermost subquery pinned to an instant, unless it has an `@` of its own. */
function pin(expr: Expr, t: number): Expr {
  const pinned = <T extends Shift>(shift: T): T => (shift.at ? shift : { ...shift, at: { kind: 'instant', t } });
  switch (expr.kind) {
    case 'selector':
    case 'subquery':
      return pinned(expr);
    case 'range':
      return { ...expr, selector: pinned(expr.selector) };
    case 'call':
      return { ...expr, args: expr.args.map((arg) => pin(arg, t)) };
    case 'aggregation':
      return { ...expr, expr: pin(expr.expr, t), param: expr.param && pin(expr.param, t) };
    case 'binary':
      return { ...expr, left: pin(expr.left, t), right: pin(expr.right, t) };
    case 'paren':
    case 'unary':
      return { ...expr, expr: pin(expr.expr, t) };
    case 'number':
    case 'string':
      return expr;
  }
}
