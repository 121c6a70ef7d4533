import { UserError } from '../errors.ts';
import { Labels } from '../labels/labels.ts';
import { Engine } from '../promql/engine.ts';
import { formatValue } from '../promql/numeric.ts';
import { parseExpr } from '../promql/parser.ts';
import { parseMetric } from '../promql/series-notation.ts';
import type { VectorSample } from '../promql/value.ts';
import { formatDuration } from '../time/duration.ts';
import type { AlertInstance } from './alert-instance.ts';
import { type EvaluationContext, evaluateAlerting, evaluateRecording, type Instances } from './evaluate.ts';
import type { Hold } from './instance.ts';
import { ruleQueries } from './queries.ts';
import type { Rule, RuleGroup } from './rule.ts';
import type { AlertTestDraft, ExprTestDraft, RuleTestDraft } from './rule-test-schema.ts';
import { TestSeries } from './rule-test-series.ts';

/** Something that failed, and which case of the test it belongs to. */
export interface TestFailure {
  readonly in:
    | { readonly kind: 'test' }
    | { readonly kind: 'input_series' | 'alert_rule_test' | 'promql_expr_test'; readonly index: number };
  readonly message: string;
}

export interface TestSettings {
  readonly evaluationIntervalMs: number;
  readonly intervalMs: number;
  readonly fuzzy: boolean;
}

const MOST_EVALUATIONS = 1_000_000;

/** As Prometheus: what is not in the result is false. */
const PROMETHEUS_HOLD: Omit<Hold, 'forMs' | 'keepFiringForMs'> = {
  intervalMs: Number.POSITIVE_INFINITY,
  missing: 'resolve',
  outageToleranceMs: Number.POSITIVE_INFINITY,
  noDataEndMs: Number.POSITIVE_INFINITY,
};

/** One entry of `tests`: series loaded step by step, every group evaluated at each step, then the expressions. */
export class RuleTestRun {
  readonly #test: RuleTestDraft;
  readonly #groups: readonly RuleGroup[];
  readonly #settings: TestSettings;
  readonly #start: number;
  readonly #series: TestSeries;
  readonly #context: EvaluationContext;
  readonly #instances = new Map<string, Instances>();
  readonly #emitted = new Map<string, ReadonlyMap<string, Labels>>();
  readonly #failures: TestFailure[] = [];

  constructor(test: RuleTestDraft, groups: readonly RuleGroup[], settings: TestSettings) {
    this.#test = test;
    this.#groups = groups;
    this.#settings = settings;
    this.#start = test.start_timestamp ?? 0;
    this.#series = new TestSeries(this.#start, settings.intervalMs);
    const engine = new Engine({ subqueryStepMs: settings.evaluationIntervalMs });
    this.#context = {
      queries: ruleQueries(engine, this.#series),
      externalLabels: Labels.of(test.external_labels ?? []),
      externalUrl: test.external_url ?? '',
      hold: PROMETHEUS_HOLD,
      trends: false,
    };
  }

  run(): readonly TestFailure[] {
    for (const [index, { series, values }] of (this.#test.input_series ?? []).entries()) {
      this.#attempt({ kind: 'input_series', index }, () => this.#series.add(`${series} ${values}`));
    }
    if (this.#failures.length > 0) return this.#failures;
    const alertTests = this.#test.alert_rule_test ?? [];
    const exprTests = this.#test.promql_expr_test ?? [];
    for (const [index, alertTest] of alertTests.entries()) {
      if (alertTest.alertname === undefined || alertTest.alertname === '') {
        this.#failures.push({ in: { kind: 'alert_rule_test', index }, message: 'an alert test needs an `alertname`' });
      }
    }
    const last = Math.max(0, ...alertTests.map((t) => t.eval_time), ...exprTests.map((t) => t.eval_time));
    if (this.#failures.length > 0 || !this.#evaluateUntil(last, alertTests)) return this.#failures;
    for (const [index, exprTest] of exprTests.entries()) {
      this.#attempt({ kind: 'promql_expr_test', index }, () => this.#checkExpr(exprTest));
    }
    return this.#failures;
  }

  #attempt(where: TestFailure['in'], run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#failures.push({ in: where, message: error.message });
    }
  }

  /** False where a rule failed: nothing after that means anything. */
  #evaluateUntil(last: number, alertTests: readonly AlertTestDraft[]): boolean {
    const step = this.#settings.evaluationIntervalMs;
    if (last / step > MOST_EVALUATIONS) {
      this.#failures.push({ in: { kind: 'test' }, message: `needs more than ${MOST_EVALUATIONS} evaluations` });
      return false;
    }
    for (let elapsed = 0; elapsed <= last; elapsed += step) {
      this.#series.loadUntil(this.#start + elapsed);
      const before = this.#failures.length;
      for (const group of this.#groups) {
        for (const rule of group.rules) this.#evaluate(rule, group, elapsed);
      }
      if (this.#failures.length > before) return false;
      for (const [index, test] of alertTests.entries()) {
        if (test.eval_time < elapsed || test.eval_time >= elapsed + step) continue;
        this.#attempt({ kind: 'alert_rule_test', index }, () => this.#checkAlerts(test));
      }
    }
    return true;
  }

  #evaluate(rule: Rule, group: RuleGroup, elapsed: number): void {
    const now = this.#start + elapsed;
    const outcome =
      rule.kind === 'alerting'
        ? evaluateAlerting(rule, group, this.#instances.get(rule.key) ?? new Map(), this.#context, now)
        : evaluateRecording(rule, group, this.#context, now);
    if (outcome.kind === 'error') {
      const message = `rule: ${rule.name}, time: ${formatDuration(elapsed)}, err: ${outcome.message}`;
      this.#failures.push({ in: { kind: 'test' }, message });
      return;
    }
    const living = outcome.instances.filter((instance) => instance.state.kind !== 'resolved');
    this.#instances.set(rule.key, new Map(living.map((instance) => [instance.labels.key, instance])));
    const at = now - group.queryOffsetMs;
    const emitted = new Map<string, Labels>();
    for (const { labels, v } of outcome.samples) {
      this.#series.append(labels, at, v);
      emitted.set(labels.key, labels);
    }
    for (const [key, labels] of this.#emitted.get(rule.key) ?? []) {
      if (!emitted.has(key)) this.#series.appendStale(labels, at);
    }
    this.#emitted.set(rule.key, emitted);
  }

  #checkAlerts(test: AlertTestDraft): void {
    const alertname = test.alertname ?? '';
    const got = [...this.#instances.values()]
      .flatMap((instances) => [...instances.values()])
      .filter((instance) => instance.state.kind === 'firing' && instance.labels.get('alertname') === alertname)
      .map(printInstance);
    const expected = (test.exp_alerts ?? []).map((alert) =>
      printAlert(Labels.of(alert?.exp_labels ?? []).with({ alertname }), Labels.of(alert?.exp_annotations ?? [])),
    );
    refuseDifference(`alertname: ${alertname}, time: ${formatDuration(test.eval_time)}`, expected, got);
  }

  #checkExpr(test: ExprTestDraft): void {
    const head = `expr: ${JSON.stringify(test.expr)}, time: ${formatDuration(test.eval_time)}`;
    const expected: VectorSample[] = (test.exp_samples ?? []).map((sample) => {
      if (sample.histogram !== undefined) throw new UserError('unsupported', 'native histograms are not supported');
      const labels = sample.labels ?? '';
      return { labels: labels.trim() === '' ? Labels.empty : parseMetric(labels), t: 0, v: sample.value ?? 0 };
    });
    let got: readonly VectorSample[];
    try {
      got = this.#context.queries.instant(parseExpr(test.expr), this.#start + test.eval_time);
    } catch (error) {
      if (error instanceof UserError) throw new UserError(error.code, `${head}, err: ${error.message}`);
      throw error;
    }
    if (sameSamples(expected, got, this.#settings.fuzzy)) return;
    refuseDifference(head, expected.map(printSample), got.map(printSample));
    throw new UserError(
      'test_failed',
      `${head}\nvalues differ only in their last digits; fuzzy_compare would accept them`,
    );
  }
}

function sameSamples(a: readonly VectorSample[], b: readonly VectorSample[], fuzzy: boolean): boolean {
  if (a.length !== b.length) return false;
  const others = new Map(b.map((sample) => [sample.labels.key, sample.v]));
  return a.every((sample) => {
    const other = others.get(sample.labels.key);
    return other !== undefined && sameValue(sample.v, other, fuzzy);
  });
}

/** `fuzzy` forgives the last bit of the mantissa. */
function sameValue(a: number, b: number, fuzzy: boolean): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return fuzzy && Math.abs(a - b) <= Number.EPSILON * Math.max(Math.abs(a), Math.abs(b));
}

/** @throws UserError that shows what is expected and missing, got and not expected, and what agrees. */
function refuseDifference(head: string, expected: readonly string[], got: readonly string[]): void {
  const left = [...expected].sort();
  const right = [...got].sort();
  if (left.join('\n') === right.join('\n')) return;
  const rest = [...right];
  const missing: string[] = [];
  const same: string[] = [];
  for (const text of left) {
    const at = rest.indexOf(text);
    if (at < 0) missing.push(text);
    else same.push(...rest.splice(at, 1));
  }
  const lines = [
    ...same.map((text) => indent('  ', text)),
    ...missing.map((text) => indent('- ', text)),
    ...rest.map((text) => indent('+ ', text)),
  ];
  throw new UserError('test_failed', `${head} (- expected, + got)\n${lines.join('\n')}`);
}

function indent(mark: string, text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${mark}${line}`)
    .join('\n');
}

function printInstance(instance: AlertInstance): string {
  return printAlert(instance.labels, instance.annotations);
}

function printAlert(labels: Labels, annotations: Labels): string {
  return `labels: ${labels.toString()}\n  annotations: ${annotations.toString()}`;
}

function printSample(sample: VectorSample): string {
  return `${sample.labels.toString()} ${formatValue(sample.v)}`;
}
