import { isOpen } from '../alert/alert.ts';
import type { Labels } from '../labels/labels.ts';
import { type Matcher, matchesAll } from '../labels/matcher.ts';
import type { GroupView } from '../routing/effects.ts';
import type { VerdictKind } from './actions.ts';

export const PREVIEWED_MS = 7 * 86_400_000;

/** What a silence hides now, and what it would have hidden in the seven days before. */
export interface SilencePreview {
  /** Open alerts that match, whether or not something mutes them already. */
  readonly alerts: number;
  /** Of these, how many are muted already. */
  readonly muted: number;
  /** The groups that they are in, the fullest first. Routes that share a group's labels are one here: people see one problem. */
  readonly groups: readonly { readonly label: string; readonly alerts: number }[];
  /** The models that they are about, in the order of the alphabet. */
  readonly models: readonly string[];
  readonly lastWeek: HiddenLastWeek;
}

/**
 * Of the incidents that were opened in the last seven days. A notification counts as hidden where every alert of its incident
 * matches: it would have been sent, if shorter, for the sake of one that does not.
 */
export interface HiddenLastWeek {
  readonly notifications: number;
  readonly incidents: number;
  /** Of the incidents, how many somebody acknowledged. */
  readonly acknowledged: number;
  /** Of the incidents, how many were called a true positive. */
  readonly truePositives: number;
}

/** An incident of the last week as far as a preview asks. */
export interface PastIncident {
  readonly incidentId: string;
  /** The name of the alert that opened it. */
  readonly rule: string;
  /** How often people were told of it. */
  readonly notifications: number;
  readonly acknowledgedAt?: number;
  /** The verdict that stands. */
  readonly verdict?: VerdictKind;
}

/** @param matchers all must match, as in a silence */
export function hiddenNow(
  matchers: readonly Matcher[],
  groups: readonly GroupView[],
): Omit<SilencePreview, 'lastWeek'> {
  const hidden = new Map<string, { readonly model: string; muted: boolean }>();
  const byLabel = new Map<string, Set<string>>();
  for (const group of groups) {
    for (const alert of group.alerts) {
      if (!isOpen(alert) || !matchesAll(matchers, alert.labels)) continue;
      const { fingerprint } = alert;
      const known = hidden.get(fingerprint);
      const isMuted = group.mutes.has(fingerprint);
      // One that a single route mutes is still heard by way of another.
      if (known) known.muted &&= isMuted;
      else hidden.set(fingerprint, { model: alert.labels.get('model_name'), muted: isMuted });
      const label = groupLabel(group);
      const members = byLabel.get(label);
      if (members) members.add(fingerprint);
      else byLabel.set(label, new Set([fingerprint]));
    }
  }
  const all = [...hidden.values()];
  return {
    alerts: all.length,
    muted: all.filter(({ muted }) => muted).length,
    groups: [...byLabel]
      .map(([label, members]) => ({ label, alerts: members.size }))
      .toSorted((a, b) => b.alerts - a.alerts || (a.label < b.label ? -1 : 1)),
    models: [...new Set(all.map(({ model }) => model).filter((model) => model !== ''))].toSorted(),
  };
}

/** @param labelsOf the labels of every alert that was in an incident */
export function hiddenLastWeek(
  matchers: readonly Matcher[],
  incidents: readonly PastIncident[],
  labelsOf: (incidentId: string) => readonly Labels[],
): HiddenLastWeek {
  const sum = { notifications: 0, incidents: 0, acknowledged: 0, truePositives: 0 };
  // Most silences name an alert, and most incidents are others': their alerts need not be read.
  const names = matchers.filter(({ name }) => name === 'alertname');
  for (const incident of incidents) {
    if (!names.every((matcher) => matcher.matches(incident.rule))) continue;
    const labels = labelsOf(incident.incidentId);
    if (labels.length === 0 || !labels.every((own) => matchesAll(matchers, own))) continue;
    sum.notifications += incident.notifications;
    sum.incidents += 1;
    sum.acknowledged += incident.acknowledgedAt === undefined ? 0 : 1;
    sum.truePositives += incident.verdict === 'true_positive' ? 1 : 0;
  }
  return sum;
}

/** `ModelSlow fraud production`: the values that name the group, its alert's name first. */
function groupLabel({ labels, receiver }: GroupView): string {
  const name = labels.get('alertname');
  const rest = labels.pairs.filter(([key, value]) => key !== 'alertname' && value !== '').map(([, value]) => value);
  return [...(name === '' ? [] : [name]), ...rest].join(' ') || `everything for ${receiver}`;
}

/** `12 notifications of 5 incidents (3 acknowledged, 2 true positives)`, the same from every face. */
export function lastWeekWords({ notifications, incidents, acknowledged, truePositives }: HiddenLastWeek): string {
  if (incidents === 0) return 'nothing';
  const said = `${count(notifications, 'notification')} of ${count(incidents, 'incident')}`;
  const worth = [
    acknowledged > 0 ? `${acknowledged.toLocaleString('en-US')} acknowledged` : undefined,
    truePositives > 0 ? count(truePositives, 'true positive') : undefined,
  ].filter((part) => part !== undefined);
  return `${said} (${worth.length > 0 ? worth.join(', ') : 'none acknowledged'})`;
}

/** `3 open alerts of 2 groups`, `nothing`. */
export function hiddenNowWords({ alerts, groups, muted }: Omit<SilencePreview, 'lastWeek'>): string {
  if (alerts === 0) return 'nothing';
  const already = muted === 0 ? '' : `, ${muted === alerts ? 'all' : muted.toLocaleString('en-US')} muted already`;
  return `${count(alerts, 'open alert')} of ${count(groups.length, 'group')}${already}`;
}

function count(n: number, singular: string): string {
  return `${n.toLocaleString('en-US')} ${singular}${n === 1 ? '' : 's'}`;
}
