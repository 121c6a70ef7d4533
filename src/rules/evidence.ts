import { UserError } from '../errors.ts';
import type { Labels } from '../labels/labels.ts';
import type { Expr } from '../promql/ast.ts';
import { constantOf } from '../promql/limit.ts';
import type { VectorSample } from '../promql/value.ts';
import type { Series } from '../tsdb/queryable.ts';
import { isStaleAt } from '../tsdb/staleness.ts';
import type { AlertInstance } from './alert-instance.ts';
import { type Measure, measureOf, presenceOf } from './measure.ts';
import type { RuleQueries } from './queries.ts';
import type { AlertingRule } from './rule.ts';
import { phraseOf, unitOf } from './unit.ts';

const TREND_STEP_MS = 180_000;
const TREND_POINTS = 21;
/** One hour: 21 points, 3 minutes apart, ends included. */
export const TREND_SPAN_MS = TREND_STEP_MS * (TREND_POINTS - 1);

/** What can be known of a rule from its text. */
export interface RuleFacts {
  readonly measure: Measure | undefined;
  readonly presence: readonly Expr[];
  readonly unit: string | undefined;
  readonly phrase: string | undefined;
}

const known = new WeakMap<Expr, RuleFacts>();

export function factsOf(rule: AlertingRule): RuleFacts {
  let facts = known.get(rule.expr);
  if (!facts) {
    const measure = measureOf(rule.expr);
    const side = measure?.side ?? rule.expr;
    facts = { measure, presence: presenceOf(rule.expr), unit: unitOf(side), phrase: phraseOf(side) };
    known.set(rule.expr, facts);
  }
  return facts;
}

/**
 * What one evaluation of one rule looks up beside the result itself: asked for only when an instance needs it, and once for all
 * instances of the rule.
 */
export class Surroundings {
  readonly #queries: RuleQueries;
  readonly #facts: RuleFacts;
  readonly #at: number;
  #present: ByLabels<VectorSample> | undefined;
  #limits: ByLabels<VectorSample> | undefined;
  #trends: ByLabels<Series> | undefined;

  constructor(queries: RuleQueries, facts: RuleFacts, at: number) {
    this.#queries = queries;
    this.#facts = facts;
    this.#at = at;
  }

  /**
   * Whether the rule could speak of these labels now; `value` where what it measures has one. NaN is no data: it is what a ratio or
   * a quantile gives where nothing was counted.
   */
  presence(series: Labels): { readonly seen: boolean; readonly value?: number } {
    if (this.#facts.presence.length === 0) return { seen: true };
    this.#present ??= new ByLabels(
      this.#facts.presence.flatMap((expr) => this.#queries.instant(expr, this.#at)).filter(({ v }) => !Number.isNaN(v)),
    );
    const found = this.#present.covering(series);
    if (!found) return { seen: false };
    return this.#facts.measure && this.#facts.presence.length === 1 ? { seen: true, value: found.v } : { seen: true };
  }

  /** The limit for these labels: the right side's constant or current value, else the annotation `threshold`. */
  limit(series: Labels, annotations: Labels): AlertInstance['limit'] {
    const { measure } = this.#facts;
    if (!measure) return undefined;
    const value = this.#limitValue(measure, series) ?? thresholdOf(annotations);
    return value === undefined ? undefined : { operator: measure.operator, value };
  }

  #limitValue(measure: Measure, series: Labels): number | undefined {
    const constant = constantOf(measure.limit);
    if (constant !== undefined) return constant;
    this.#limits ??= new ByLabels(optional(() => this.#queries.instant(measure.limit, this.#at)));
    const found = this.#limits.covering(series) ?? this.#limits.within(series);
    return found && Number.isFinite(found.v) ? found.v : undefined;
  }

  /** The last hour of what is measured, for these labels. */
  trend(series: Labels): readonly (number | null)[] {
    const { measure } = this.#facts;
    if (!measure) return [];
    const from = this.#at - TREND_SPAN_MS;
    this.#trends ??= new ByLabels(optional(() => this.#queries.range(measure.side, from, this.#at, TREND_STEP_MS)));
    const found = this.#trends.covering(series);
    if (!found) return [];
    const points: (number | null)[] = Array.from({ length: TREND_POINTS }, () => null);
    for (const [i, t] of found.times.entries()) {
      const v = found.values[i];
      if (v !== undefined && Number.isFinite(v) && !isStaleAt(found.values, i))
        points[Math.round((t - from) / TREND_STEP_MS)] = v;
    }
    return points;
  }
}

/** Cards can do without: a limit or a trend that cannot be computed must not keep the alert from firing. */
function optional<T>(query: () => readonly T[]): readonly T[] {
  try {
    return query();
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** Looks results up by an instance's labels: usually they are equal, but a comparison with `on(…)` keeps only some labels. */
class ByLabels<T extends { readonly labels: Labels }> {
  readonly #all: readonly T[];
  readonly #byKey: ReadonlyMap<string, T>;

  constructor(all: readonly T[]) {
    this.#all = all;
    this.#byKey = new Map(all.map((one) => [one.labels.without('__name__').key, one]));
  }

  /** One that has every label of `series`. */
  covering(series: Labels): T | undefined {
    return this.#byKey.get(series.key) ?? this.#all.find((one) => includes(one.labels, series));
  }

  /** One whose every label `series` has. */
  within(series: Labels): T | undefined {
    return this.#all.find((one) => includes(series, one.labels));
  }
}

function includes(outer: Labels, inner: Labels): boolean {
  return inner.pairs.every(([name, value]) => name === '__name__' || outer.get(name) === value);
}

function thresholdOf(annotations: Labels): number | undefined {
  const text = annotations.get('threshold').trim();
  const value = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
