import { type Alert, endedAt, isOpen } from '../../alert/alert.ts';
import type { Labels } from '../../labels/labels.ts';
import { matchesAll } from '../../labels/matcher.ts';
import type { Dispatcher } from '../../routing/dispatcher.ts';
import { compareLabels } from '../../routing/group.ts';
import { withRootCause } from '../../routing/root-cause.ts';
import type { AlertStatus } from '../../routing/status.ts';
import { isoInstant } from '../../time/instant.ts';
import type { AlertFilter } from './filter.ts';

/** Alertmanager's gettableAlert, its fields in the order in which it writes them. */
export interface AlertView {
  readonly annotations: Readonly<Record<string, string>>;
  readonly endsAt: string;
  readonly fingerprint: string;
  readonly receivers: readonly ReceiverName[];
  readonly startsAt: string;
  readonly status: {
    readonly inhibitedBy: readonly string[];
    /** Names of time intervals; newer than 0.25, whose clients do not read it. */
    readonly mutedBy: readonly string[];
    readonly silencedBy: readonly string[];
    readonly state: 'active' | 'suppressed';
  };
  readonly updatedAt: string;
  readonly generatorURL?: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface ReceiverName {
  readonly name: string;
}

export interface GroupView {
  readonly alerts: readonly AlertView[];
  readonly labels: Readonly<Record<string, string>>;
  readonly receiver: ReceiverName;
}

/** The open alerts that a filter lets through, by fingerprint. */
export function alertsView(dispatcher: Dispatcher, filter: AlertFilter, now: number): AlertView[] {
  const statusOf = dispatcher.statusAt(now);
  return dispatcher
    .alerts(now)
    .flatMap((alert) => {
      if (!isOpen(alert) || !matchesAll(filter.matchers, alert.labels)) return [];
      const receivers = dispatcher.receiversOf(alert.labels);
      if (!receivers.some(filter.receiver)) return [];
      const status = statusOf(alert);
      return passes(status, filter) ? [viewOfAlert(alert, { status, receivers, mutedBy: [] }, dispatcher, now)] : [];
    })
    .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
}

/** The groups that have open alerts which a filter lets through, by labels and receiver. */
export function groupsView(dispatcher: Dispatcher, filter: AlertFilter, now: number): GroupView[] {
  const statusOf = dispatcher.statusAt(now);
  const timeMutes = dispatcher.groupTimeMutes(now);
  const shown = dispatcher
    .groups(now)
    .filter((group) => filter.receiver(group.receiver) && (filter.muted || !timeMutes.has(group.key)))
    .map((group) => ({
      ...group,
      alerts: group.alerts.filter(
        (alert) => isOpen(alert) && matchesAll(filter.matchers, alert.labels) && passes(statusOf(alert), filter),
      ),
    }))
    .filter((group) => group.alerts.length > 0);
  // As Alertmanager: an alert's receivers are those of the groups that are shown.
  const receivers = new Map<string, string[]>();
  for (const { receiver, alerts } of shown) {
    for (const { fingerprint } of alerts) receivers.set(fingerprint, [...(receivers.get(fingerprint) ?? []), receiver]);
  }
  return shown
    .sort(
      (a, b) => compareLabels(a.labels, b.labels) || compareTexts(a.receiver, b.receiver) || compareTexts(a.key, b.key),
    )
    .map(({ key, labels, receiver, alerts }) => {
      const mute = timeMutes.get(key);
      const viewed = alerts.map((alert) => {
        const names = (receivers.get(alert.fingerprint) ?? []).sort();
        const shownStatus = { status: statusOf(alert), receivers: names, mutedBy: mute ? [mute.by] : [] };
        return viewOfAlert(alert, shownStatus, dispatcher, now);
      });
      return { alerts: viewed, labels: labels.toJSON(), receiver: { name: receiver } };
    });
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function viewOfAlert(
  alert: Alert,
  shown: { readonly status: AlertStatus; readonly receivers: readonly string[]; readonly mutedBy: readonly string[] },
  dispatcher: Dispatcher,
  now: number,
): AlertView {
  const { status, mutedBy } = shown;
  const causes = { rootCause: (labels: Labels) => dispatcher.rootCauseOf(labels) };
  const suppressed = status.silencedBy.length + status.inhibitedBy.length + mutedBy.length > 0;
  return {
    annotations: withRootCause(alert, causes).annotations.toJSON(),
    endsAt: isoInstant(endOf(alert, now + dispatcher.config.resolveTimeoutMs)),
    fingerprint: alert.fingerprint,
    receivers: shown.receivers.map((name) => ({ name })),
    startsAt: isoInstant(alert.startsAt),
    status: {
      inhibitedBy: status.inhibitedBy,
      mutedBy,
      silencedBy: status.silencedBy,
      state: suppressed ? 'suppressed' : 'active',
    },
    updatedAt: isoInstant(alert.updatedAt),
    ...(alert.generatorUrl !== '' && { generatorURL: alert.generatorUrl }),
    labels: alert.labels.toJSON(),
  };
}

/** Every alert has an end in Alertmanager's model; one of our own rules fires until its rule says otherwise, so it gets `otherwise`. */
function endOf(alert: Alert, otherwise: number): number {
  const ended = endedAt(alert);
  if (ended !== undefined) return ended;
  return alert.condition.kind === 'firing' ? (alert.condition.until ?? otherwise) : otherwise;
}

function passes({ silencedBy, inhibitedBy }: AlertStatus, filter: AlertFilter): boolean {
  if (silencedBy.length === 0 && inhibitedBy.length === 0) return filter.active;
  return (filter.silenced || silencedBy.length === 0) && (filter.inhibited || inhibitedBy.length === 0);
}
