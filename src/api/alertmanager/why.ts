import { alertName, isOpen } from '../../alert/alert.ts';
import { Labels } from '../../labels/labels.ts';
import { type Matcher, matchesAll } from '../../labels/matcher.ts';
import type { InstanceView, RuleView } from '../../observer/port.ts';
import type { Dispatcher } from '../../routing/dispatcher.ts';
import type { Explanation } from '../../routing/explain.ts';
import { humanDuration } from '../../time/duration.ts';
import { isoInstant } from '../../time/instant.ts';
import { whyOf } from '../../trace/why.ts';
import { type AlertView, viewOfAlert } from './alert-view.ts';
import type { AlertmanagerPorts } from './ports.ts';
import { refusal } from './refusal.ts';
import { viewOfSilence } from './silence-view.ts';

/** The way of one alert from its rule to each message, or to the step that stopped it. Times are RFC 3339. */
interface Trace {
  readonly title: string;
  /** What each station decided, in order, for people. */
  readonly steps: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** null where no such alert is known: then the rest says what would happen to one. */
  readonly alert: AlertView | null;
  readonly rules: readonly object[];
  readonly inhibitedBy: object | null;
  readonly silencedBy: readonly object[];
  readonly routes: readonly object[];
  /** The incident that holds it, its messages in Slack and who was called; null where it has not come so far. */
  readonly incident: object | null;
}

type Ports = Pick<AlertmanagerPorts, 'dispatcher' | 'rules' | 'zone' | 'told' | 'nameOf'>;

const MOST_TRACES = 20;
const MOST_INSTANCES = 3;

/** `GET /api/v2/why?fingerprint=…`: one alert that is known. @throws Refusal 400, 404 */
export async function why(fingerprint: string | null, ports: Ports, now: number): Promise<Trace> {
  if (fingerprint === null) throw refusal(400, 'the parameter fingerprint is missing');
  const alert = ports.dispatcher.alert(fingerprint, now);
  if (!alert) throw refusal(404, `no alert with the fingerprint ${fingerprint} is known`);
  return traceOf(ports.dispatcher.explain(alert.labels, now), await ports.rules(), ports, now);
}

/**
 * `GET /api/v2/whynot?filter=…`: the alerts that the matchers fit; where there is none, what would become of one with just the labels
 * that the matchers set by `=`, and what its rule says. @throws Refusal 400
 */
export async function whyNot(matchers: readonly Matcher[], ports: Ports, now: number): Promise<Trace[]> {
  if (matchers.length === 0) throw refusal(400, 'the parameter filter is missing');
  const { dispatcher } = ports;
  const rules = await ports.rules();
  const found = dispatcher
    .alerts(now)
    .filter((alert) => matchesAll(matchers, alert.labels))
    .sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.updatedAt - a.updatedAt)
    .slice(0, MOST_TRACES);
  if (found.length > 0) return found.map((alert) => traceOf(dispatcher.explain(alert.labels, now), rules, ports, now));
  const labels = Labels.of(matchers.filter((m) => m.operator === '=').map((m) => [m.name, m.value] as const));
  if (labels.size === 0) throw refusal(404, 'no alert fits these matchers; give labels by = to ask what would happen');
  return [traceOf(dispatcher.explain(labels, now), rules, ports, now)];
}

function traceOf(explanation: Explanation, rules: readonly RuleView[], ports: Ports, now: number): Trace {
  const { alert, labels, inhibitedBy, silencedBy, routes } = explanation;
  const told = alert && ports.told?.(alert.fingerprint);
  const end = alert && ports.told ? { found: told } : undefined;
  const words = whyOf(explanation, ports.zone(), now, ports.nameOf, end);
  const own = rules.filter((rule) => rule.kind === 'alerting' && rule.name === labels.get('alertname'));
  return {
    title: words.title,
    steps: [...own.flatMap((rule) => ruleSteps(rule, labels, now)), ...words.steps],
    labels: labels.toJSON(),
    alert: alert ? alertView(explanation, ports.dispatcher, now) : null,
    rules: own.map(({ group, file, name, query, health, lastError, state, lastEvaluationAt }) => ({
      group,
      file,
      name,
      query,
      state,
      health,
      lastError,
      lastEvaluation: instant(lastEvaluationAt === 0 ? undefined : lastEvaluationAt),
    })),
    inhibitedBy: inhibitedBy
      ? {
          rule: inhibitedBy.rule,
          fingerprint: inhibitedBy.source.fingerprint,
          alertname: alertName(inhibitedBy.source),
          labels: inhibitedBy.source.labels.toJSON(),
        }
      : null,
    silencedBy: silencedBy.map((silence) => viewOfSilence(silence, now)),
    routes: routes.map(({ groupLabels, nextFlushAt, flushedAt, repeatIntervalMs, integrations, ...route }) => ({
      ...route,
      groupLabels: groupLabels.toJSON(),
      nextFlushAt: instant(nextFlushAt),
      flushedAt: instant(flushedAt),
      repeatIntervalSeconds: repeatIntervalMs / 1000,
      integrations: integrations.map(({ lastToldAt, ...rest }) => ({ ...rest, lastToldAt: instant(lastToldAt) })),
    })),
    incident: told
      ? {
          ...told,
          openedAt: instant(told.openedAt),
          pages: told.pages.map(({ person, at }) => ({ person, at: instant(at) })),
        }
      : null,
  };
}

function alertView(explanation: Explanation, dispatcher: Dispatcher, now: number): AlertView | null {
  const { alert, routes } = explanation;
  if (!alert) return null;
  const shown = {
    status: dispatcher.statusAt(now)(alert),
    receivers: routes.map((route) => route.receiver),
    mutedBy: routes.flatMap((route) => route.timeMute?.by ?? []),
  };
  return viewOfAlert(alert, shown, dispatcher, now);
}

/** What a rule sees: how it is, and the instances that could be the alert that is asked about. */
function ruleSteps(rule: RuleView, labels: Labels, now: number): string[] {
  const place = `rule ${rule.name} in group ${rule.group}`;
  switch (rule.health) {
    case 'unknown':
      return [`${place} has not been evaluated yet`];
    case 'err':
      return [`${place} cannot be evaluated: ${rule.lastError}`];
    case 'ok': {
      const asked = labels.pairs.filter(([name]) => name !== 'alertname');
      const own = rule.instances.filter((instance) => asked.every(([name, value]) => instance.labels[name] === value));
      const shown = own.slice(0, MOST_INSTANCES).map((instance) => instanceStep(rule, instance, now));
      return [`${place} is ${rule.state.replace('_', ' ')}: ${rule.query}`, ...shown];
    }
  }
}

function instanceStep({ forMs }: RuleView, { labels, state, activeAt, value }: InstanceView, now: number): string {
  const lasts = humanDuration(Math.max(0, now - activeAt));
  const wait = state === 'pending' ? `, and fires after ${humanDuration(forMs)}` : '';
  return `it sees ${Labels.of(labels).without('alertname').toString()} ${state.replace('_', ' ')} for ${lasts}${wait}, at ${value}`;
}

function instant(at: number | undefined): string | null {
  return at === undefined ? null : isoInstant(at);
}
