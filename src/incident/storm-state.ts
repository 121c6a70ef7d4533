import { type Alert, isOpen } from '../alert/alert.ts';
import { comparePriority, type Priority } from '../alert/priority.ts';
import { probableRoot, type StormRoot } from '../routing/storm.ts';
import type { PagedIncident } from './card.ts';
import { inOneLine } from './card-state.ts';
import type { Incident } from './incident.ts';
import { writtenKey } from './level-people.ts';
import { lookAt, type MemberLook } from './membership.ts';
import type { IncidentsPorts } from './ports.ts';
import { areExplained } from './storm.ts';
import type { Storm } from './storm-store.ts';

const MINUTE_MS = 60_000;

/** What a storm probably comes from. */
export interface StormRootState extends Omit<StormRoot<string>, 'id' | 'alert'> {
  readonly incidentId: string;
  readonly alertName: string;
  /** The model, service or other part that it is about; '' where no label says. */
  readonly part: string;
  readonly since: number;
  readonly acknowledged: boolean;
  readonly runbook: string;
  readonly runbookUrl: string;
}

/** An incident of a storm that waits for somebody. */
export interface StormIncident extends PagedIncident {
  /** Slack ids or names of those who were told last. */
  readonly told: readonly string[];
  readonly isRoot: boolean;
  readonly isExplained: boolean;
}

/** Everything the message of a storm says, as data. */
export interface StormState {
  readonly id: string;
  readonly startedAt: number;
  readonly lastGroupAt: number;
  readonly endedAt?: number;
  /** Open alerts of the storm's incidents, and those that these mute; the models they are on. */
  readonly alerts: number;
  readonly models: number;
  /** How many of them have no card of their own. */
  readonly held: number;
  /** Alerts that there have been in its incidents, ended ones too. */
  readonly allAlerts: number;
  /** Alerts that began in the last minute. */
  readonly growing: number;
  readonly root?: StormRootState;
  /** Triggered incidents that the root does not explain, most urgent first. */
  readonly needsPerson: readonly StormIncident[];
  /** Every incident of the storm, open ones first, then the most urgent. */
  readonly incidents: readonly PagedIncident[];
  readonly mutedAlerts: readonly { readonly alertName: string; readonly model: string }[];
}

interface Seen {
  readonly incident: Incident;
  readonly members: readonly MemberLook[];
  readonly open: readonly MemberLook[];
}

/** What a storm's messages say at `now`, from the rows as they are. */
export function stormState(ports: IncidentsPorts, storm: Storm, now: number): StormState {
  const { store } = ports;
  const seen = store.storms.incidentsOf(storm.id).flatMap((id): Seen[] => {
    const incident = store.incident(id);
    return incident ? [{ incident, ...lookAt(ports, id, now) }] : [];
  });
  const open = seen.filter((one) => one.open.length > 0);
  const found = probableRoot(
    (open.length > 0 ? open : seen).map(({ incident, members, ...one }) => ({
      id: incident.id,
      alerts: (one.open.length > 0 ? one.open : members).map(({ alert }) => alert),
    })),
    (alert) => ports.causeOf?.(alert)?.fingerprint,
  );
  const alerts = openAlerts(ports, open, now);
  const heldCards = new Set(store.storms.heldCards(storm.id).flatMap((id) => store.cards.card(id)?.incidentId ?? []));
  const posted = open
    .filter(({ incident }) => !heldCards.has(incident.id))
    .reduce((sum, one) => sum + one.open.filter(({ mute }) => mute === undefined).length, 0);
  return {
    id: storm.id,
    startedAt: storm.startedAt,
    lastGroupAt: storm.lastGroupAt,
    ...(storm.endedAt !== undefined && { endedAt: storm.endedAt }),
    alerts: alerts.all.size,
    models: distinct([...alerts.all.values()].map(modelOf)),
    held: alerts.all.size - posted,
    allAlerts: Math.max(
      alerts.all.size,
      seen.reduce((sum, one) => sum + one.members.length, 0),
    ),
    growing: [...alerts.all.values()].filter((alert) => alert.startsAt > now - MINUTE_MS).length,
    ...(found && { root: rootState(ports, found) }),
    needsPerson: needsPerson(ports, open, found && found.explains > 0 ? found.id : undefined),
    incidents: seen
      .map((one) => inOneLine(one.incident, one))
      .toSorted(
        (a, b) => Number(a.state === 'resolved') - Number(b.state === 'resolved') || byPriority(a.priority, b.priority),
      ),
    mutedAlerts: alerts.muted.map((alert) => ({ alertName: alert.labels.get('alertname'), model: modelOf(alert) })),
  };
}

function openAlerts(
  ports: IncidentsPorts,
  open: readonly Seen[],
  now: number,
): { readonly all: ReadonlyMap<string, Alert>; readonly muted: readonly Alert[] } {
  const all = new Map<string, Alert>();
  for (const { alert } of open.flatMap((one) => one.open)) all.set(alert.fingerprint, alert);
  const muted = new Map<string, Alert>();
  for (const source of [...all.keys()]) {
    for (const alert of ports.mutedBy?.(source, now) ?? []) {
      if (!all.has(alert.fingerprint) && isOpen(alert)) muted.set(alert.fingerprint, alert);
    }
  }
  for (const [fingerprint, alert] of muted) all.set(fingerprint, alert);
  return { all, muted: [...muted.values()] };
}

function rootState(ports: IncidentsPorts, found: StormRoot<string>): StormRootState {
  const { id, alert, ...rest } = found;
  const links = ports.links(alert);
  return {
    ...rest,
    incidentId: id,
    alertName: alert.labels.get('alertname'),
    part: partOf(alert),
    since: alert.startsAt,
    acknowledged: ports.store.incident(id)?.state.kind !== 'triggered',
    runbook: links.runbook,
    runbookUrl: alert.annotations.get('runbook_url') || links.runbookUrl,
  };
}

function needsPerson(ports: IncidentsPorts, open: readonly Seen[], root: string | undefined): StormIncident[] {
  return open
    .filter(({ incident }) => incident.state.kind === 'triggered')
    .map((one): StormIncident => {
      const { incident } = one;
      const ladder = ports.store.ladders.ladder(incident.id);
      const steps = ladder ? ports.store.ladders.steps(incident.id, ladder.startedAt) : [];
      const told = steps.findLast(({ outcome }) => outcome === 'told')?.who ?? [];
      return {
        ...inOneLine(incident, one),
        told: told.map((key) => writtenKey(ports, key)),
        isRoot: incident.id === root,
        isExplained: areExplained(ports, one.open),
      };
    })
    .filter((one) => one.isRoot || (!one.isExplained && (one.priority === 'P1' || one.told.length > 0)))
    .toSorted((a, b) => Number(b.isRoot) - Number(a.isRoot) || byPriority(a.priority, b.priority));
}

function byPriority(a: Priority, b: Priority): number {
  return comparePriority(a, b);
}

function modelOf(alert: Alert): string {
  return alert.labels.get('model_name') || alert.labels.get('model');
}

/** What an alert is about, for people: the most telling label that it has. */
function partOf(alert: Alert): string {
  for (const name of ['model_name', 'model', 'service', 'component', 'feature_store', 'database', 'instance', 'job']) {
    const value = alert.labels.get(name);
    if (value !== '') return value;
  }
  return '';
}

function distinct(values: readonly string[]): number {
  return new Set(values.filter((value) => value !== '')).size;
}
