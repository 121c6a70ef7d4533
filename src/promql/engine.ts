import type { Labels } from '../labels/labels.ts';
import type { Series } from '../tsdb/queryable.ts';

export interface VectorSample {
  readonly labels: Labels;
  readonly t: number;
  readonly v: number;
}

/** What an expression evaluates to at an instant. */
export type Value =
  | { readonly kind: 'scalar'; readonly t: number; readonly v: number }
  | { readonly kind: 'vector'; readonly samples: readonly VectorSample[] }
  | { readonly kind: 'matrix'; readonly series: readonly Series[] }
  | { readonly kind: 'string'; readonly t: number; readonly value: string };
