import type { Position } from '../document/position.ts';
import type { Labels } from '../labels/labels.ts';
import type { Expr } from '../promql/ast.ts';
import type { Template } from '../template/tree.ts';

/** Rules that are evaluated together, in order, at one instant. */
export interface RuleGroup {
  readonly name: string;
  readonly file: string;
  readonly at: Position;
  /** undefined: the global evaluation interval. */
  readonly intervalMs: number | undefined;
  /** The most alerts or series one rule may yield; 0 is no limit. */
  readonly limit: number;
  /** How far in the past the group looks. */
  readonly queryOffsetMs: number;
  readonly rules: readonly Rule[];
}

export type Rule = AlertingRule | RecordingRule;

export interface AlertingRule {
  readonly kind: 'alerting';
  /** Stable across restarts and reloads as long as group, name and labels are: instances are stored under it. */
  readonly key: string;
  readonly name: string;
  /** The expression as written. */
  readonly source: string;
  readonly expr: Expr;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: readonly TextTemplate[];
  readonly annotations: readonly TextTemplate[];
  readonly at: Position;
  /** Where an offset of `source` stands in the file. */
  readonly sourceAt: (offset: number) => Position;
}

export interface RecordingRule {
  readonly kind: 'recording';
  readonly key: string;
  readonly name: string;
  readonly source: string;
  readonly expr: Expr;
  readonly labels: Labels;
  readonly at: Position;
  readonly sourceAt: (offset: number) => Position;
}

/** A label or annotation of an alerting rule, parsed. */
export interface TextTemplate {
  readonly name: string;
  readonly text: string;
  readonly template: Template;
  readonly at: Position;
}
