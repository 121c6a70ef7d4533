import { FunctionError } from './template-error.ts';
import { type DurationValue, kindOf, type ListValue, type TimeValue, type Value } from './values.ts';

/** Checks of what a template hands to a function; each throws a FunctionError that names what was expected. */
export function expectCount(args: readonly Value[], count: number): void {
  if (args.length !== count) throw new FunctionError(`wrong number of args: want ${count} got ${args.length}`);
}

export function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  throw new FunctionError(`wrong type for value; expected string; got ${kindOf(value)}`);
}

/** Go lets an underscore stand between two digits. */
const DECIMAL = /^[+-]?(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?$/;

/** A float64 from any number, or from text as Go's ParseFloat reads it. */
export function numberOf(value: Value): number {
  switch (typeof value) {
    case 'number':
      return value;
    case 'bigint':
      return Number(value);
    case 'string': {
      const infinite = /^([+-]?)inf(?:inity)?$/i.exec(value);
      if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      if (/^[+-]?nan$/i.test(value)) return Number.NaN;
      if (DECIMAL.test(value)) return Number(value.replaceAll('_', ''));
      throw new FunctionError(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
    }
    default:
      if (isDuration(value)) return value.ms / 1000;
  }
  throw new FunctionError(`can't convert ${kindOf(value)} to float`);
}

export function listOf(value: Value): ListValue {
  if (typeof value === 'object' && value.kind === 'list') return value;
  throw new FunctionError(`wrong type for value; expected a list; got ${kindOf(value)}`);
}

export function timeOf(value: Value): TimeValue {
  if (typeof value === 'object' && value.kind === 'time') return value;
  throw new FunctionError(`wrong type for value; expected a time; got ${kindOf(value)}`);
}

export function isDuration(value: Value): value is DurationValue {
  return typeof value === 'object' && value.kind === 'duration';
}
