/**
 * What a template computes with: Go's values as far as templates can tell them apart. `number` is a float64, `bigint` an int
 * (Go prints 1000000 for the one and 1e+06 for the other), `undefined` is nil.
 */
export type Value =
  | undefined
  | string
  | boolean
  | number
  | bigint
  | MapValue
  | ListValue
  | StructValue
  | TimeValue
  | DurationValue;

/** Something with a name that is computed when asked for; a template may hand it arguments. */
export interface Method {
  readonly kind: 'method';
  readonly call: (args: readonly Value[]) => Value;
}

/** String keys to values; a key that is absent reads as `missing` ('' for labels). Methods come before keys, as in Go. */
export interface MapValue {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Value>;
  readonly missing: Value;
  readonly methods?: ReadonlyMap<string, Method>;
}

export interface ListValue {
  readonly kind: 'list';
  readonly items: readonly Value[];
  readonly methods?: ReadonlyMap<string, Method>;
}

/** A fixed set of fields; asking for another is an error. */
export interface StructValue {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: ReadonlyMap<string, Value | Method>;
}

/** An instant (epoch ms) seen in a time zone (IANA name, `UTC` by default). */
export interface TimeValue {
  readonly kind: 'time';
  readonly ms: number;
  readonly zone: string;
}

export interface DurationValue {
  readonly kind: 'duration';
  readonly ms: number;
}

/** Labels, annotations: text to text, absent reads as empty. */
export function textMap(pairs: Iterable<readonly [string, string]>, methods?: ReadonlyMap<string, Method>): MapValue {
  return { kind: 'map', entries: new Map(pairs), missing: '', ...(methods && { methods }) };
}

export function list(items: readonly Value[], methods?: ReadonlyMap<string, Method>): ListValue {
  return { kind: 'list', items, ...(methods && { methods }) };
}

export function struct(name: string, fields: Readonly<Record<string, Value | Method>>): StructValue {
  return { kind: 'struct', name, fields: new Map(Object.entries(fields)) };
}

export function method(call: (args: readonly Value[]) => Value): Method {
  return { kind: 'method', call };
}

export function time(ms: number, zone = 'UTC'): TimeValue {
  return { kind: 'time', ms, zone };
}

/** Go's truth: not false, 0, nil, '' or empty. A struct is true, an instant too. */
export function isTrue(value: Value): boolean {
  switch (typeof value) {
    case 'undefined':
      return false;
    case 'boolean':
      return value;
    case 'string':
      return value !== '';
    case 'number':
      return value !== 0;
    case 'bigint':
      return value !== 0n;
    default:
      switch (value.kind) {
        case 'map':
          return value.entries.size > 0;
        case 'list':
          return value.items.length > 0;
        case 'struct':
        case 'time':
          return true;
        case 'duration':
          return value.ms !== 0;
      }
  }
}

/** The word for a value's kind in error messages, as Go names it. */
export function kindOf(value: Value): string {
  switch (typeof value) {
    case 'undefined':
      return 'nil';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'number':
      return 'float64';
    case 'bigint':
      return 'int';
    default:
      return value.kind === 'struct' ? value.name : value.kind;
  }
}
