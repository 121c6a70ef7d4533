import type { Alert, AlertCondition, Evidence, LimitOperator } from '../alert/alert.ts';
import { fingerprint } from '../labels/fingerprint.ts';
import { Labels } from '../labels/labels.ts';
import type { InstanceState } from './instance.ts';

/** One rule × one label set, with all that is needed to go on after a restart. */
export interface AlertInstance {
  readonly ruleKey: string;
  readonly group: string;
  /** After templating, `alertname` among them. Its identity within the rule. */
  readonly labels: Labels;
  /**
   * The external labels when it began. The alert that leaves bears them where it has no such label itself, as from Prometheus; kept,
   * so that a reload that changes them cannot leave the alert open under its old name.
   */
  readonly external: Labels;
  /** The labels of the expression's result, without the metric name: what presence and trend are looked up by. */
  readonly series: Labels;
  readonly annotations: Labels;
  readonly state: InstanceState;
  /** The value at the last evaluation that had one. */
  readonly value: number;
  readonly firstValue: number;
  readonly peak: number;
  readonly limit?: { readonly operator: LimitOperator; readonly value: number };
  readonly unit?: string;
  readonly metric?: string;
  readonly trend: readonly (number | null)[];
  readonly trendAt: number;
  readonly trendSpanMs: number;
  /** When the feed last carried it (0: never), and with which value. */
  readonly toldAt: number;
  readonly toldValue: number;
}

/** The fact that routing hears; undefined for an instance that never fired. */
export function alertOf(instance: AlertInstance, now: number): Alert | undefined {
  const condition = conditionOf(instance.state);
  if (!condition || instance.state.kind === 'inactive' || instance.state.kind === 'pending') return undefined;
  const labels = Labels.of([...instance.external, ...instance.labels]);
  return {
    fingerprint: fingerprint(labels),
    labels,
    annotations: instance.annotations,
    startsAt: instance.state.firedAt,
    updatedAt: now,
    condition,
    generatorUrl: '',
    source: { kind: 'rule', group: instance.group, alertname: instance.labels.get('alertname') },
    evidence: evidenceOf(instance),
  };
}

/**
 * An instance that ended because nothing was seen of it for too long ends as `sender_silent`: whoever sent the metric fell silent,
 * and nobody has seen the condition to be false. It must not turn green.
 */
function conditionOf(state: InstanceState): AlertCondition | undefined {
  switch (state.kind) {
    case 'inactive':
    case 'pending':
      return undefined;
    case 'firing':
      return { kind: 'firing' };
    case 'no_data':
      return { kind: 'no_data', since: state.since };
    case 'resolved':
      switch (state.reason) {
        case 'seen_false':
        case 'rule_removed':
          return { kind: 'resolved', at: state.at };
        case 'no_data_expired':
          return { kind: 'sender_silent', at: state.at };
      }
  }
}

function evidenceOf(instance: AlertInstance): Evidence {
  const { value, firstValue, peak, limit, unit, metric, trend, trendAt, trendSpanMs } = instance;
  return {
    value,
    firstValue,
    peak,
    ...(limit && { limit }),
    ...(unit !== undefined && { unit }),
    ...(metric !== undefined && { metric }),
    trend,
    trendAt,
    trendSpanMs,
  };
}

/** Of two values the one further beyond the limit. Without an operator, and for equality, the one further from the limit, else the higher. */
export function further(a: number, b: number, limit: AlertInstance['limit']): number {
  if (Number.isNaN(a)) return b;
  if (Number.isNaN(b)) return a;
  switch (limit?.operator) {
    case '<':
    case '<=':
      return Math.min(a, b);
    case '==':
    case '!=':
      return Math.abs(b - limit.value) > Math.abs(a - limit.value) ? b : a;
    case '>':
    case '>=':
    case undefined:
      return Math.max(a, b);
  }
}
