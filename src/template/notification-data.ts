import { type Alert, endedAt } from '../alert/alert.ts';
import type { Labels } from '../labels/labels.ts';
import { listOf, textOf } from './arguments.ts';
import { GO_ZERO_TIME_MS } from './time-members.ts';
import {
  list,
  type MapValue,
  type Method,
  method,
  type StructValue,
  struct,
  textMap,
  time,
  type Value,
} from './values.ts';

/** What a notification template is run with. */
export interface NotificationFacts {
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly Alert[];
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  readonly externalUrl: string;
  readonly groupKey: string;
  readonly truncatedAlerts: number;
}

/** Alertmanager's template data: `.Receiver`, `.Status`, `.Alerts.Firing`, `.GroupLabels.SortedPairs`, … */
export function notificationData(facts: NotificationFacts): StructValue {
  return struct('template.Data', {
    Receiver: facts.receiver,
    Status: facts.status,
    Alerts: alertList(facts.alerts),
    GroupLabels: keyValues(facts.groupLabels),
    CommonLabels: keyValues(facts.commonLabels),
    CommonAnnotations: keyValues(facts.commonAnnotations),
    ExternalURL: facts.externalUrl,
    GroupKey: facts.groupKey,
    TruncatedAlerts: BigInt(facts.truncatedAlerts),
  });
}

function alertList(alerts: readonly Alert[]): Value {
  const part = (open: boolean): Method =>
    method(() => list(alerts.filter((alert) => (endedAt(alert) === undefined) === open).map(alertValue)));
  return list(
    alerts.map(alertValue),
    new Map([
      ['Firing', part(true)],
      ['Resolved', part(false)],
    ]),
  );
}

function alertValue(alert: Alert): StructValue {
  const ended = endedAt(alert);
  return struct('template.Alert', {
    Status: ended === undefined ? 'firing' : 'resolved',
    Labels: keyValues(alert.labels),
    Annotations: keyValues(alert.annotations),
    StartsAt: time(alert.startsAt),
    EndsAt: time(ended ?? GO_ZERO_TIME_MS),
    GeneratorURL: alert.generatorUrl,
    Fingerprint: alert.fingerprint,
  });
}

/** Alertmanager's KV: a text map with SortedPairs (alertname first), Names, Values, Remove. */
export function keyValues(labels: Labels): MapValue {
  const pairs = (): (readonly [string, string])[] => [
    ...[...labels].filter(([name]) => name === 'alertname'),
    ...[...labels].filter(([name]) => name !== 'alertname'),
  ];
  return textMap(
    labels,
    new Map([
      ['SortedPairs', method(() => sortedPairs(pairs()))],
      ['Names', method(() => list(pairs().map(([name]) => name)))],
      ['Values', method(() => list(pairs().map(([, value]) => value)))],
      ['Remove', method(([names]) => keyValues(labels.without(...listOf(names).items.map(textOf))))],
    ]),
  );
}

function sortedPairs(pairs: readonly (readonly [string, string])[]): Value {
  return list(
    pairs.map(([name, value]) => struct('template.Pair', { Name: name, Value: value })),
    new Map([
      ['Names', method(() => list(pairs.map(([name]) => name)))],
      ['Values', method(() => list(pairs.map(([, value]) => value)))],
    ]),
  );
}
