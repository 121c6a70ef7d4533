import type { Labels } from '../labels/labels.ts';
import type { Series } from '../tsdb/queryable.ts';

export interface VectorSample {
  readonly labels: Labels;
  readonly t: number;
  readonly v: number;
}

/** What an expression evaluates to at an instant, or (a matrix) over a range. */
export type Value =
  | { readonly kind: 'scalar'; readonly t: number; readonly v: number }
  | { readonly kind: 'vector'; readonly samples: readonly VectorSample[] }
  | { readonly kind: 'matrix'; readonly series: readonly Series[] }
  | { readonly kind: 'string'; readonly t: number; readonly value: string };

export type ValueType = Value['kind'];

/**
 * A sample under evaluation. `t` is the sample's own time where it comes straight from a selector, else the evaluation's. Where an
 * operation takes the metric name away, `dropName` is set and the name stays until the end of the query (Prometheus 3's delayed name
 * removal), so that it can still be grouped by or replaced.
 */
export interface Item extends VectorSample {
  readonly dropName: boolean;
}

/** Samples `lo <= i < hi` of one series that lie in the range `(start, end]` (epoch ms). Holds no stale markers. */
export interface Window {
  readonly labels: Labels;
  readonly dropName: boolean;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly lo: number;
  readonly hi: number;
  readonly start: number;
  readonly end: number;
}

/** A type as Prometheus' messages name it. */
export function documentedType(type: ValueType): string {
  switch (type) {
    case 'vector':
      return 'instant vector';
    case 'matrix':
      return 'range vector';
    case 'scalar':
    case 'string':
      return type;
  }
}

export const METRIC_NAME = '__name__';
/** The labels that say what a value is, not which series it belongs to. */
export const METADATA_NAMES = [METRIC_NAME, '__type__', '__unit__'] as const;
const METADATA: ReadonlySet<string> = new Set(METADATA_NAMES);
const nameless = new WeakMap<Labels, Labels>();

/** The labels without the metric's name, type and unit: what is left when an operation changes what a value means. */
export function withoutName(labels: Labels): Labels {
  let known = nameless.get(labels);
  if (!known) {
    known = labels.filter((name) => !METADATA.has(name));
    nameless.set(labels, known);
  }
  return known;
}
