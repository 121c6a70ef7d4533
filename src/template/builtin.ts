import { textOf } from './arguments.ts';
import { escapeHtml, escapeJavaScript, escapeQuery } from './escape.ts';
import { sprint, sprintln } from './print.ts';
import { sprintf } from './printf.ts';
import { FunctionError } from './template-error.ts';
import { isTrue, kindOf, list, type Value } from './values.ts';

/** Go's predefined functions, but for `and` and `or`, which the executor runs itself because they stop early. */
export const BUILTINS: ReadonlyMap<string, (...args: Value[]) => Value> = new Map<string, (...args: Value[]) => Value>([
  ['not', (value) => !isTrue(value)],
  ['eq', equalToAny],
  ['ne', (a, b) => !equal(a, b)],
  ['lt', (a, b) => less(a, b)],
  ['le', (a, b) => less(a, b) || equal(a, b)],
  ['gt', (a, b) => !(less(a, b) || equal(a, b))],
  ['ge', (a, b) => !less(a, b)],
  ['len', (value) => BigInt(length(value))],
  ['index', index],
  ['slice', slice],
  ['print', (...args) => sprint(args)],
  ['printf', (format, ...args) => sprintf(textOf(format), args)],
  ['println', (...args) => sprintln(args)],
  ['html', (...args) => escapeHtml(sprint(args))],
  ['js', (...args) => escapeJavaScript(sprint(args))],
  ['urlquery', (...args) => escapeQuery(sprint(args))],
  [
    'call',
    () => {
      throw new FunctionError('call is not available');
    },
  ],
]);

/** True where the first equals any of the others. */
function equalToAny(first: Value, ...others: Value[]): boolean {
  if (others.length === 0) throw new FunctionError('missing argument for comparison');
  return others.some((other) => equal(first, other));
}

/** Go compares like with like only: an int never equals a float64, it is an error to ask. */
function equal(a: Value, b: Value): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (typeof a !== typeof b) throw new FunctionError('incompatible types for comparison');
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (a.kind === 'time' && b.kind === 'time') return a.ms === b.ms;
  if (a.kind === 'duration' && b.kind === 'duration') return a.ms === b.ms;
  throw new FunctionError(`non-comparable type ${kindOf(a)}`);
}

function less(a: Value, b: Value): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a < b;
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b;
  if (typeof a === 'object' && typeof b === 'object' && a.kind === 'duration' && b.kind === 'duration')
    return a.ms < b.ms;
  if (typeof a === 'boolean' || typeof a === 'object' || a === undefined) {
    throw new FunctionError('invalid type for comparison');
  }
  throw new FunctionError('incompatible types for comparison');
}

function length(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'object' && value.kind === 'list') return value.items.length;
  if (typeof value === 'object' && value.kind === 'map') return value.entries.size;
  throw new FunctionError(`len of type ${kindOf(value)}`);
}

/** `index x 1 "a"` is x[1]["a"]. A key that a map lacks reads as empty, an index beyond a list is an error. */
function index(start: Value, ...path: Value[]): Value {
  let value = start;
  for (const step of path) {
    if (typeof value === 'object' && value.kind === 'map') {
      const key = textOf(step);
      value = value.entries.has(key) ? value.entries.get(key) : value.missing;
    } else if (typeof value === 'object' && value.kind === 'list') {
      value = value.items[position(step, value.items.length - 1)];
    } else if (typeof value === 'string') {
      const bytes = Buffer.from(value);
      value = BigInt(bytes[position(step, bytes.length - 1)] ?? 0);
    } else {
      throw new FunctionError(
        value === undefined ? 'index of untyped nil' : `can't index item of type ${kindOf(value)}`,
      );
    }
  }
  return value;
}

/** `slice x 1 3` is x[1:3]; of text, in bytes, as in Go. */
function slice(value: Value, ...bounds: Value[]): Value {
  const size = length(value);
  const from = bounds.length > 0 ? position(bounds[0], size) : 0;
  const to = bounds.length > 1 ? position(bounds[1], size) : size;
  if (from > to) throw new FunctionError(`invalid slice index: ${from} > ${to}`);
  if (typeof value === 'string') return Buffer.from(value).subarray(from, to).toString();
  if (typeof value === 'object' && value.kind === 'list') return list(value.items.slice(from, to));
  throw new FunctionError(`can't slice item of type ${kindOf(value)}`);
}

function position(value: Value, last: number): number {
  if (typeof value !== 'bigint') throw new FunctionError(`cannot index with type ${kindOf(value)}`);
  if (value < 0n || value > BigInt(last)) throw new FunctionError(`index out of range: ${value}`);
  return Number(value);
}
