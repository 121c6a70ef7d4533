import type { InstanceView, RuleGroupView, RuleView } from '../../observer/port.ts';
import { isoInstant } from '../../time/instant.ts';
import { badData } from './failure.ts';
import type { Parameters } from './parameters.ts';

/** Go's zero time: never. */
const NEVER = '0001-01-01T00:00:00Z';

/** Narrows `/api/v1/rules`, as newer releases of Prometheus allow. @throws Failure `bad_data` */
export function rulesView(groups: readonly RuleGroupView[], parameters: Parameters): unknown {
  const type = parameters.get('type') ?? '';
  if (type !== '' && type !== 'alert' && type !== 'record') {
    throw badData(`invalid parameter "type": not supported value ${JSON.stringify(type)}`);
  }
  const wanted = (name: string, value: string): boolean => {
    const values = parameters.getAll(`${name}[]`);
    return values.length === 0 || values.includes(value);
  };
  const keeps = (rule: RuleView): boolean =>
    wanted('rule_name', rule.name) && (type === '' || (type === 'alert') === (rule.kind === 'alerting'));
  const withAlerts = parameters.get('exclude_alerts') !== 'true';
  const shown = groups
    .filter((group) => wanted('rule_group', group.name) && wanted('file', group.file))
    .map((group) => ({ ...group, rules: group.rules.filter(keeps) }))
    .filter((group) => group.rules.length > 0);
  return { groups: shown.map((group) => groupBody(group, withAlerts)) };
}

function groupBody(group: RuleGroupView, withAlerts: boolean): unknown {
  const last = Math.max(0, ...group.rules.map((rule) => rule.lastEvaluationAt));
  return {
    name: group.name,
    file: group.file,
    rules: group.rules.map((rule) => ruleBody(rule, withAlerts)),
    interval: group.intervalMs / 1000,
    limit: group.limit,
    evaluationTime: group.rules.reduce((sum, rule) => sum + rule.evaluationMs, 0) / 1000,
    lastEvaluation: instant(last),
  };
}

function ruleBody(rule: RuleView, withAlerts: boolean): unknown {
  const evaluation = {
    health: rule.health,
    ...(rule.lastError !== '' && { lastError: rule.lastError }),
    evaluationTime: rule.evaluationMs / 1000,
    lastEvaluation: instant(rule.lastEvaluationAt),
  };
  const { name, query, labels } = rule;
  if (rule.kind === 'recording') return { name, query, labels, ...evaluation, type: 'recording' };
  return {
    // Without data it still fires, as far as Prometheus' three states go.
    state: rule.state === 'no_data' ? 'firing' : rule.state,
    name,
    query,
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringForMs / 1000,
    labels,
    annotations: rule.annotations,
    alerts: withAlerts ? rule.instances.map(instanceBody) : [],
    ...evaluation,
    type: 'alerting',
  };
}

export function alertsBody(groups: readonly RuleGroupView[]): unknown {
  const rules = groups.flatMap((group) => group.rules);
  return { alerts: rules.flatMap((rule) => rule.instances.map(instanceBody)) };
}

function instanceBody({ labels, annotations, state, activeAt, value }: InstanceView): unknown {
  return {
    labels,
    annotations,
    state: state === 'no_data' ? 'firing' : state,
    activeAt: isoInstant(activeAt),
    value: goExponent(value),
  };
}

/** Go's `%e` with as many digits as the number needs: `1e+00`. */
function goExponent(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function instant(at: number): string {
  return at === 0 ? NEVER : isoInstant(at);
}
