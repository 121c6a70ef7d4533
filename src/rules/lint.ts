import type { Position, Problem } from '../document/position.ts';
import { Labels } from '../labels/labels.ts';
import { type Aggregation, children, type Expr, isComparison, unparen } from '../promql/ast.ts';
import { constantOf } from '../promql/limit.ts';
import { formatDuration } from '../time/duration.ts';
import { outputLabels } from './output-labels.ts';
import type { AlertingRule, Rule, RuleGroup } from './rule.ts';
import { labelsRead } from './template-labels.ts';

export interface LintOptions {
  /** How far back samples are kept; a window beyond it is warned about. */
  readonly retentionMs?: number;
}

/** What `check` says about rules that load but will disappoint: warnings, each at its place. */
export function lintRules(groups: readonly RuleGroup[], options: LintOptions = {}): Problem[] {
  const rules = groups.flatMap((group) => group.rules);
  const found = rules.flatMap((rule) => [
    ...windowProblems(rule, options),
    ...(rule.kind === 'alerting' ? alertProblems(rule) : []),
  ]);
  return [...found, ...duplicates(rules)];
}

function warn(at: Position, message: string): Problem {
  return { severity: 'warning', at, message };
}

function alertProblems(rule: AlertingRule): Problem[] {
  const labels = new Set(rule.labels.map((label) => label.name));
  const annotations = new Set(rule.annotations.filter((one) => one.text.trim() !== '').map((one) => one.name));
  const problems: Problem[] = [];
  // An expression that reads no metric is a watchdog: true from the start, on purpose.
  if (rule.forMs === 0 && readsMetrics(rule.expr)) {
    problems.push(warn(rule.at, `${rule.name} has no \`for\`: a single bad sample fires it`));
  }
  if (!labels.has('severity') && !labels.has('priority')) {
    problems.push(warn(rule.at, `${rule.name} has no label \`severity\`: it will have priority P3`));
  }
  if (!annotations.has('summary')) problems.push(warn(rule.at, `${rule.name} has no annotation \`summary\``));
  if (!annotations.has('runbook_url')) {
    problems.push(warn(rule.at, `${rule.name} has no annotation \`runbook_url\`: whoever it wakes has no plan`));
  }
  return [...problems, ...lostModelName(rule), ...lostTemplateLabels(rule), ...unreachable(rule)];
}

function readsMetrics(expr: Expr): boolean {
  return expr.kind === 'selector' || children(expr).some(readsMetrics);
}

/** Aggregations of model metrics that merge all models into one alert. */
function lostModelName(rule: AlertingRule): Problem[] {
  const culprit = find(rule.expr, (expr): expr is Aggregation => expr.kind === 'aggregation' && losesModelName(expr));
  if (!culprit) return [];
  const at = rule.sourceAt(culprit.start);
  const fix = culprit.without ? 'leave model_name out of `without`' : 'add `by (model_name)`';
  return [warn(at, `\`${culprit.operator}\` merges all models into one alert that cannot say which; ${fix}`)];
}

function losesModelName(expr: Aggregation): boolean {
  if (expr.operator === 'topk' || expr.operator === 'bottomk') return false;
  if (expr.grouping.includes('model_name') !== expr.without) return false;
  return selectors(expr).some(
    ({ name, matchers }) =>
      /^(?:ml|model)[_:]/.test(name ?? '') && !matchers.some((m) => m.name === 'model_name' && m.operator === '='),
  );
}

function selectors(expr: Expr): (Expr & { kind: 'selector' })[] {
  return expr.kind === 'selector' ? [expr] : children(expr).flatMap(selectors);
}

function find<T extends Expr>(expr: Expr, matches: (candidate: Expr) => candidate is T): T | undefined {
  if (matches(expr)) return expr;
  for (const child of children(expr)) {
    const found = find(child, matches);
    if (found) return found;
  }
  return undefined;
}

/** Labels that a template shows and that no alert of this rule can have. */
function lostTemplateLabels(rule: AlertingRule): Problem[] {
  const output = outputLabels(rule.expr);
  if (output.kind === 'any') return [];
  return [...rule.labels, ...rule.annotations].flatMap((text) =>
    [...labelsRead(text.template)]
      .filter((name) => !output.names.has(name))
      .map((name) =>
        warn(text.at, `${text.name} shows $labels.${name}, which the expression aggregates away: it will be empty`),
      ),
  );
}

/** `errors / (1 - T) > X`: a burn rate is at most 1/(1−T), so a higher X is never reached. */
function unreachable(rule: AlertingRule): Problem[] {
  const culprit = find(rule.expr, (expr): expr is Expr & { kind: 'binary' } => {
    if (expr.kind !== 'binary' || (expr.operator !== '>' && expr.operator !== '>=')) return false;
    const highest = highestBurnRate(expr.left);
    const threshold = constantOf(expr.right);
    return highest !== undefined && threshold !== undefined && threshold >= highest && isComparison(expr.operator);
  });
  if (culprit?.kind !== 'binary') return [];
  const highest = Number((highestBurnRate(culprit.left) ?? 0).toPrecision(6));
  const threshold = constantOf(culprit.right) ?? 0;
  return [
    warn(
      rule.sourceAt(culprit.right.start),
      `never fires: with this objective a burn rate is at most ${highest}, the threshold is ${threshold}`,
    ),
  ];
}

/** 1/(1−T) for `(a / b) / (1 - T)`. */
function highestBurnRate(expr: Expr): number | undefined {
  const outer = unparen(expr);
  if (outer.kind !== 'binary' || outer.operator !== '/') return undefined;
  const budget = constantOf(outer.right);
  const ratio = unparen(outer.left);
  if (budget === undefined || !(budget > 0 && budget < 1) || ratio.kind !== 'binary' || ratio.operator !== '/') {
    return undefined;
  }
  return 1 / budget;
}

function windowProblems(rule: Rule, options: LintOptions): Problem[] {
  const { retentionMs } = options;
  if (retentionMs === undefined) return [];
  const culprit = find(rule.expr, (expr): expr is Expr & { kind: 'range' | 'subquery' | 'selector' } => {
    return lookBack(expr) > retentionMs;
  });
  if (!culprit) return [];
  const kept = formatDuration(retentionMs);
  return [
    warn(
      rule.sourceAt(culprit.start),
      `looks back ${formatDuration(lookBack(culprit))}, but samples are kept for ${kept} only (\`retention\`)`,
    ),
  ];
}

function lookBack(expr: Expr): number {
  switch (expr.kind) {
    case 'selector':
      return expr.offsetMs;
    case 'range':
      return expr.rangeMs + expr.selector.offsetMs;
    case 'subquery':
      return expr.rangeMs + expr.offsetMs;
    default:
      return 0;
  }
}

/** Rules with the same name and labels: their alerts cannot be told apart, their recorded series overwrite each other. */
function duplicates(rules: readonly Rule[]): Problem[] {
  const seen = new Map<string, Rule>();
  const problems: Problem[] = [];
  for (const rule of rules) {
    const labels =
      rule.kind === 'alerting'
        ? Labels.of(rule.labels.map(({ name, text }) => [name, text] as const)).key
        : rule.labels.key;
    const key = `${rule.kind} ${rule.name} ${labels}`;
    const first = seen.get(key);
    if (!first) seen.set(key, rule);
    else {
      const { file, line } = first.at;
      problems.push(warn(rule.at, `${rule.name} with these labels is defined already at ${file}:${line}`));
    }
  }
  return problems;
}
