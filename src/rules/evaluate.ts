import { UserError } from '../errors.ts';
import { Labels } from '../labels/labels.ts';
import { parseExpr } from '../promql/parser.ts';
import type { VectorSample } from '../promql/value.ts';
import { type AlertInstance, further } from './alert-instance.ts';
import { factsOf, Surroundings, TREND_SPAN_MS } from './evidence.ts';
import { type Expand, expander } from './expand.ts';
import { type Hold, type InstanceState, type Observation, transition } from './instance.ts';
import type { RuleQueries } from './queries.ts';
import type { AlertingRule, RecordingRule, RuleGroup } from './rule.ts';

const METRIC_NAME = '__name__';
const TREND_REFRESH_MS = 60_000;

/** Everything an evaluation depends on beside the rule and its instances. */
export interface EvaluationContext {
  readonly queries: RuleQueries;
  readonly externalLabels: Labels;
  readonly externalUrl: string;
  readonly hold: Omit<Hold, 'forMs' | 'keepFiringForMs'>;
  /** Whether to draw trends; replays and rule tests need none. */
  readonly trends: boolean;
}

/** A sample to append at the evaluation's (offset) instant. */
export interface RuleSample {
  readonly labels: Labels;
  readonly v: number;
}

/**
 * What an evaluation of a rule came to. After an error nothing has changed: instances are as they were, nothing is appended, and no
 * series counts as ended.
 */
export type RuleOutcome =
  | {
      readonly kind: 'ok';
      /** Those that are pending or open, and those that ended just now. */
      readonly instances: readonly AlertInstance[];
      readonly samples: readonly RuleSample[];
    }
  | { readonly kind: 'error'; readonly message: string };

/** The instances of one rule by `labels.key`. */
export type Instances = ReadonlyMap<string, AlertInstance>;

/** Evaluates an alerting rule at `now`. Pure but for its queries. */
export function evaluateAlerting(
  rule: AlertingRule,
  group: RuleGroup,
  previous: Instances,
  context: EvaluationContext,
  now: number,
): RuleOutcome {
  return guarded(() => new AlertingEvaluation(rule, group, context, now).run(previous));
}

/** Evaluates a recording rule at `now`. */
export function evaluateRecording(
  rule: RecordingRule,
  group: RuleGroup,
  context: EvaluationContext,
  now: number,
): RuleOutcome {
  return guarded(() => {
    const result = context.queries.instant(rule.expr, now - group.queryOffsetMs);
    refuseTooMany(group, result.length, 'series');
    const seen = new Set<string>();
    const samples = result.map((sample): RuleSample => {
      const labels = sample.labels.with([[METRIC_NAME, rule.name], ...ruleLabels(rule)]);
      if (seen.has(labels.key)) throw duplicate('rule', labels);
      seen.add(labels.key);
      return { labels, v: sample.v };
    });
    return { kind: 'ok', instances: [], samples };
  });
}

function ruleLabels(rule: RecordingRule): readonly (readonly [string, string])[] {
  return rule.labels.pairs;
}

function guarded(run: () => RuleOutcome): RuleOutcome {
  try {
    return run();
  } catch (error) {
    if (error instanceof UserError) return { kind: 'error', message: error.message };
    throw error;
  }
}

function refuseTooMany(group: RuleGroup, count: number, what: string): void {
  if (group.limit > 0 && count > group.limit) {
    throw new UserError('query_limit', `exceeded limit of ${group.limit} with ${count} ${what}`);
  }
}

function duplicate(what: 'alert' | 'rule', labels: Labels): UserError {
  return new UserError(
    'query_failed',
    `vector contains metrics with the same labelset after applying ${what} labels: ${labels.toString()}`,
  );
}

class AlertingEvaluation {
  readonly #rule: AlertingRule;
  readonly #group: RuleGroup;
  readonly #context: EvaluationContext;
  readonly #now: number;
  readonly #hold: Hold;
  readonly #surroundings: Surroundings;
  readonly #expand: (series: Labels, value: number) => Expand;

  constructor(rule: AlertingRule, group: RuleGroup, context: EvaluationContext, now: number) {
    const at = now - group.queryOffsetMs;
    this.#rule = rule;
    this.#group = group;
    this.#context = context;
    this.#now = now;
    this.#hold = { ...context.hold, forMs: rule.forMs, keepFiringForMs: rule.keepFiringForMs };
    this.#surroundings = new Surroundings(context.queries, factsOf(rule), at);
    this.#expand = expander({
      externalLabels: context.externalLabels,
      externalUrl: context.externalUrl,
      query: (expr) => context.queries.instant(parseExpr(expr), at),
    });
  }

  run(previous: Instances): RuleOutcome {
    const result = this.#context.queries.instant(this.#rule.expr, this.#now - this.#group.queryOffsetMs);
    refuseTooMany(this.#group, result.length, 'alerts');
    const next = new Map<string, AlertInstance>();
    for (const sample of result) {
      const instance = this.#seen(sample, previous);
      if (next.has(instance.labels.key)) throw duplicate('alert', instance.labels);
      next.set(instance.labels.key, instance);
    }
    for (const [key, instance] of previous) if (!next.has(key)) next.set(key, this.#unseen(instance));
    const instances = [...next.values()].filter((instance) => instance.state.kind !== 'inactive');
    return { kind: 'ok', instances, samples: instances.flatMap((instance) => this.#samples(instance)) };
  }

  /** The instance of a sample in the result: the condition is true. */
  #seen(sample: VectorSample, previous: Instances): AlertInstance {
    const series = sample.labels.without(METRIC_NAME);
    const expand = this.#expand(sample.labels, sample.v);
    const labels = series.with([
      ...this.#rule.labels.map((label) => [label.name, expand(label)] as const),
      ['alertname', this.#rule.name],
    ]);
    const annotations = Labels.of(this.#rule.annotations.map((one) => [one.name, expand(one)] as const));
    const before = previous.get(labels.key);
    const state = transition(before?.state ?? { kind: 'inactive' }, 'true', this.#hold, this.#now);
    const base = before ?? this.#fresh(labels, series, sample.v);
    return this.#measured({ ...base, series, annotations, state, value: sample.v }, base.state);
  }

  /** The instance of labels that are not in the result: false, or not to be seen. */
  #unseen(instance: AlertInstance): AlertInstance {
    const { seen, value } =
      this.#hold.missing === 'resolve'
        ? { seen: true, value: undefined }
        : this.#surroundings.presence(instance.series);
    const observation: Observation = seen ? 'false' : 'missing';
    const state = transition(instance.state, observation, this.#hold, this.#now);
    return { ...instance, state, ...(value !== undefined && { value }) };
  }

  #fresh(labels: Labels, series: Labels, value: number): AlertInstance {
    return {
      ruleKey: this.#rule.key,
      group: this.#group.name,
      labels,
      external: this.#context.externalLabels,
      series,
      annotations: Labels.empty,
      state: { kind: 'inactive' },
      value,
      firstValue: value,
      peak: value,
      trend: [],
      trendAt: 0,
      trendSpanMs: TREND_SPAN_MS,
      toldAt: 0,
      toldValue: Number.NaN,
    };
  }

  /** Fills in what cards show, once the instance fires. */
  #measured(instance: AlertInstance, before: InstanceState): AlertInstance {
    if (instance.state.kind !== 'firing') return instance;
    const facts = factsOf(this.#rule);
    const { annotations, series, value } = instance;
    const begins = before.kind !== 'firing' && before.kind !== 'no_data';
    const limit = this.#surroundings.limit(series, annotations);
    const unit = annotations.get('unit') || facts.unit;
    const metric = annotations.get('metric') || facts.phrase;
    const measured: AlertInstance = {
      ...instance,
      ...(limit && { limit }),
      ...(unit !== undefined && { unit }),
      ...(metric !== undefined && { metric }),
      firstValue: begins ? value : instance.firstValue,
      peak: begins ? value : further(instance.peak, value, limit ?? instance.limit),
    };
    const stale = begins || this.#now - instance.trendAt >= TREND_REFRESH_MS;
    if (!this.#context.trends || !stale) return measured;
    return { ...measured, trend: this.#surroundings.trend(series), trendAt: this.#now };
  }

  /** ALERTS and ALERTS_FOR_STATE, as Prometheus writes them; an open instance without data has the alertstate `no_data`. */
  #samples(instance: AlertInstance): RuleSample[] {
    const { state, labels } = instance;
    if (state.kind === 'inactive' || state.kind === 'resolved') return [];
    return [
      {
        labels: labels.with([
          [METRIC_NAME, 'ALERTS'],
          ['alertstate', state.kind],
        ]),
        v: 1,
      },
      { labels: labels.with([[METRIC_NAME, 'ALERTS_FOR_STATE']]), v: Math.floor(state.activeAt / 1000) },
    ];
  }
}
