import type { Labels } from '../../labels/labels.ts';
import type { Level } from '../annotations.ts';
import type { Expr, Span } from '../ast.ts';
import type { Item, ValueType, Window } from '../value.ts';

/** One call at one instant. Arguments are evaluated when asked for; `i` counts from 0. */
export interface CallContext {
  /** Evaluation time, epoch ms. */
  readonly t: number;
  /** The whole query's bounds and step, epoch ms and ms; an instant query has `start === end` and step 0. */
  readonly query: { readonly start: number; readonly end: number; readonly stepMs: number };
  /** The arguments as written, parentheses around them removed. */
  readonly args: readonly Expr[];
  scalar(i: number): number;
  string(i: number): string;
  vector(i: number): readonly Item[];
  windows(i: number): readonly Window[];
  note(level: Level, message: string, span: Span): void;
  /** Remembers per call in the expression what `make` derives from a label set. */
  relabelled(labels: Labels, make: (labels: Labels) => Labels): Labels;
}

/** What an argument list may look like. */
export interface Signature {
  readonly args: readonly ValueType[];
  /** How many times the last argument may occur beyond being required: 0 exactly once, n up to n times (or none), -1 any number. */
  readonly variadic: number;
  readonly returns: ValueType;
  /** Behind a feature flag in Prometheus 3: works here, but not everywhere. */
  readonly experimental?: true;
}

/**
 * `series`: one result per series of the range argument, undefined for none; the name is dropped unless `keepsName`.
 * `map`: each value of the first argument; the name is dropped. `vector`, `scalar`: the whole result.
 */
export type FunctionSpec = Signature &
  (
    | {
        readonly kind: 'series';
        readonly keepsName?: true;
        readonly evaluate: (window: Window, call: CallContext) => number | undefined;
      }
    | { readonly kind: 'map'; readonly prepare: (call: CallContext) => (v: number) => number }
    | { readonly kind: 'vector'; readonly evaluate: (call: CallContext) => Item[] }
    | { readonly kind: 'scalar'; readonly evaluate: (call: CallContext) => number }
  );

/** A function over one range vector and nothing else. */
export function overRange(
  evaluate: (window: Window, call: CallContext) => number | undefined,
  options: { keepsName?: true; experimental?: true } = {},
): FunctionSpec {
  return { kind: 'series', args: ['matrix'], variadic: 0, returns: 'vector', evaluate, ...options };
}

/** A function of each value of an instant vector. */
export function ofEach(f: (v: number) => number): FunctionSpec {
  return { kind: 'map', args: ['vector'], variadic: 0, returns: 'vector', prepare: () => f };
}

/** Index of the range vector among a signature's arguments. */
export function matrixIndex(spec: Signature): number {
  return spec.args.indexOf('matrix');
}
