import type { Alert, AlertCondition, Evidence } from '../../src/alert/alert.ts';
import { alertIdentity } from '../../src/alert/alert.ts';
import { DEFAULT_SEVERITIES } from '../../src/alert/priority.ts';
import type { IntegrationKind, Notification, NotifyReason } from '../../src/delivery/notification.ts';
import type { OutboxDraft } from '../../src/delivery/outbox.ts';
import type { Actor } from '../../src/incident/actions.ts';
import type { CardLine, CardState, SlackCardPayload, SlackLinePayload } from '../../src/incident/card.ts';
import type { EscalationPolicy } from '../../src/incident/escalation.ts';
import { createIncidents } from '../../src/incident/incidents.ts';
import type { AuditRecord, IncidentsPorts, PagingEntry } from '../../src/incident/ports.ts';
import type { IncidentEvent } from '../../src/incident/timeline.ts';
import { Labels } from '../../src/labels/labels.ts';
import { matcher } from '../../src/labels/matcher.ts';
import { createDirectory } from '../../src/people/directory.ts';
import type { SlackUser } from '../../src/people/person.ts';
import type { GroupView, Mute } from '../../src/routing/effects.ts';
import { Db } from '../../src/sqlite/db.ts';
import { SqliteIncidentStore } from '../../src/sqlite/incident-store.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqlitePeopleStore } from '../../src/sqlite/people-store.ts';
import { parseDuration } from '../../src/time/duration.ts';
import { advance } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';

/** 2026-11-20 02:56:00 IST, a Friday. */
export const T0 = Date.UTC(2026, 10, 19, 21, 26);
export const MINUTE = 60_000;

export const ASHA: Actor = { id: 'U01ASHA', name: 'Asha', via: 'slack' };
export const BILAL: Actor = { id: 'U02BILAL', name: 'Bilal', via: 'slack' };

const USERS: readonly SlackUser[] = [
  { id: 'U01ASHA', name: 'Asha', email: 'asha@example.com', zone: 'Asia/Kolkata', standing: 'member' },
  { id: 'U02BILAL', name: 'Bilal', email: 'bilal@example.com', zone: 'Asia/Kolkata', standing: 'member' },
  { id: 'U03LEAD', name: 'Chitra', email: 'lead@example.com', zone: 'Europe/London', standing: 'member' },
  { id: 'U04BOSS', name: 'Dev', email: 'boss@example.com', zone: 'America/New_York', standing: 'member' },
];

/** The policy of the reference: 5, 10, 15, 30 minutes, three passes. */
export const POLICY: EscalationPolicy = {
  name: 'ml-platform-escalation',
  description: '',
  passes: 3,
  levels: [
    { targets: [{ kind: 'schedule', id: 'ML_PRIMARY_ONCALL' }], delayMs: 5 * MINUTE },
    { targets: [{ kind: 'schedule', id: 'ML_SECONDARY_ONCALL' }], delayMs: 10 * MINUTE },
    { targets: [{ kind: 'user', id: 'ML_TEAM_LEAD' }], delayMs: 15 * MINUTE },
    { targets: [{ kind: 'user', id: 'ENGINEERING_MANAGER' }], delayMs: 30 * MINUTE },
  ],
};

export const P1_PAGES: PagingEntry = {
  matchers: [matcher('priority', '=', 'P1', 'alertmanager')],
  escalationPolicy: POLICY.name,
  channel: '#ml-alerts',
  businessHours: false,
};

export interface World {
  readonly clock: ManualClock;
  readonly incidents: ReturnType<typeof createIncidents>;
  readonly store: SqliteIncidentStore;
  readonly outbox: OutboxDraft[];
  readonly audit: AuditRecord[];
  readonly events: IncidentEvent[];
  readonly delivered: { readonly notification: Notification; readonly incidentId: string; readonly state: string }[];
  readonly silences: Map<string, { labels: Labels; startsAt: number; endsAt: number; createdBy: string }>;
  readonly onCall: Map<string, readonly string[]>;
  /** Moves time to `T0 + text`, running the escalator. */
  at(text: string): Promise<void>;
  /** The same database after a restart. */
  restart(change?: Partial<IncidentsPorts>): World;
}

export function world(change: Partial<IncidentsPorts> = {}, from?: World & { db: Db }): World & { db: Db } {
  const db = from?.db ?? new Db(':memory:');
  if (!from) migrate(db, stateMigrations);
  const clock = from?.clock ?? new ManualClock(T0);
  const store = new SqliteIncidentStore(db);
  const people = new SqlitePeopleStore(db);
  people.save(USERS, T0);
  const outbox = from?.outbox ?? [];
  const audit = from?.audit ?? [];
  const events = from?.events ?? [];
  const delivered = from?.delivered ?? [];
  const silences = from?.silences ?? new Map();
  const onCall =
    from?.onCall ??
    new Map<string, readonly string[]>([
      ['primary', ['asha@example.com']],
      ['secondary', ['bilal@example.com']],
    ]);
  const incidents = createIncidents({
    store,
    clock,
    transact: (fn) => db.tx(fn),
    enqueue(draft) {
      const waiting = outbox.findIndex(
        (row) => draft.coalesceKey !== undefined && row.coalesceKey === draft.coalesceKey,
      );
      if (waiting >= 0) outbox[waiting] = draft;
      else outbox.push(draft);
      return String(outbox.length);
    },
    audit: (record) => audit.push(record),
    silences: {
      create(silence) {
        const id = `silence-${silences.size + 1}`;
        silences.set(id, silence);
        return id;
      },
      author: (id) => silences.get(id)?.createdBy,
    },
    slackChannel: ({ receiver }) => (receiver === 'ml-warnings' ? '#ml-alerts-warnings' : '#ml-alerts'),
    deliver: (notification, incident) =>
      delivered.push({ notification, incidentId: incident.id, state: incident.state.kind }),
    observe: (event) => events.push(event),
    links: () => ({ runbookUrl: '', runbook: '', dashboardUrl: 'https://grafana.example/d/1' }),
    directory: createDirectory(
      () => ({
        schedules: { ML_PRIMARY_ONCALL: 'primary', ML_SECONDARY_ONCALL: 'secondary' },
        users: { ML_TEAM_LEAD: 'lead@example.com', ENGINEERING_MANAGER: 'boss@example.com' },
      }),
      people,
    ),
    schedules: { onCall: (name) => onCall.get(name), names: () => [...onCall.keys()] },
    paging: () => [P1_PAGES],
    policies: () => new Map([[POLICY.name, POLICY]]),
    severities: () => DEFAULT_SEVERITIES,
    rights: () => ({ resolve: [], silence: [], override: [], admins: [] }),
    standing: () => ({ standing: 'member', groups: [], inCardChannel: true }),
    ...change,
  });
  const made = {
    db,
    clock,
    incidents,
    store,
    outbox,
    audit,
    events,
    delivered,
    silences,
    onCall,
    at: async (text: string) => advance(clock, incidents.jobs, T0 + (parseDuration(text) ?? Number.NaN)),
    restart: (other: Partial<IncidentsPorts> = {}): World => world({ ...change, ...other }, made),
  };
  return made;
}

export interface AlertShape {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly value?: number;
  readonly condition?: AlertCondition;
  readonly startsAt?: number;
  readonly updatedAt?: number;
}

/** A firing P1: p99 latency of fraud-detector over 200 ms. */
export function latency(shape: AlertShape = {}): Alert {
  const labels = Labels.of({
    alertname: 'ModelLatencyP99High',
    model_name: 'fraud-detector',
    model_version: 'v2.3.2',
    environment: 'production',
    severity: 'critical',
    ...shape.labels,
  });
  const value = shape.value ?? 0.412;
  const evidence: Evidence = {
    value,
    firstValue: value,
    peak: value,
    limit: { operator: '>', value: 0.2 },
    unit: 'seconds',
    metric: 'p99',
    trend: [],
    trendAt: T0,
    trendSpanMs: 3_600_000,
  };
  return {
    fingerprint: alertIdentity(labels),
    labels,
    annotations: Labels.of(shape.annotations ?? { summary: 'Model fraud-detector P99 latency above 200ms' }),
    startsAt: shape.startsAt ?? T0,
    updatedAt: shape.updatedAt ?? T0,
    condition: shape.condition ?? { kind: 'firing' },
    generatorUrl: '',
    source: { kind: 'rule', group: 'g', alertname: 'ModelLatencyP99High' },
    evidence,
  };
}

export function ended(alert: Alert, at: number): Alert {
  return { ...alert, updatedAt: at, condition: { kind: 'resolved', at } };
}

export function group(
  alerts: readonly Alert[],
  mutes: readonly (readonly [Alert, Mute])[] = [],
  key = 'g1',
): GroupView {
  return {
    key,
    receiver: key === 'g1' ? 'ml-critical' : 'ml-warnings',
    labels: Labels.of({ alertname: 'ModelLatencyP99High', model_name: 'fraud-detector' }),
    alerts,
    mutes: new Map(mutes.map(([alert, mute]) => [alert.fingerprint, mute])),
  };
}

let serial = 0;

export function notification(
  view: GroupView,
  at: number,
  reason: NotifyReason = 'first_notification',
  kind: IntegrationKind = 'slack',
): Notification {
  serial += 1;
  return {
    id: `n${serial}`,
    integration: { receiver: view.receiver, kind, index: 0 },
    groupKey: view.key,
    groupLabels: view.labels,
    reason,
    status: view.alerts.some(({ condition }) => condition.kind === 'firing' || condition.kind === 'no_data')
      ? 'firing'
      : 'resolved',
    alerts: view.alerts,
    truncatedAlerts: 0,
    at,
  };
}

/** What was put into the outbox for Slack, in order, as short text. Empties it, as if it had been sent and posted. */
export function slackTraffic(from: World): string[] {
  const told = from.outbox.splice(0).map((draft) => {
    const to = draft.destination.replace('slack:', '');
    if (draft.kind === 'slack.card') {
      const { cardId } = draft.payload as SlackCardPayload;
      const card = from.store.cards.card(cardId);
      const verb = card?.ref ? 'edit' : 'post';
      if (!card?.ref) from.incidents.cards.posted(cardId, { channel: to, ts: `${from.clock.now()}.${cardId}` });
      return `${verb} ${card?.view} ${to}: ${from.incidents.cards.state(cardId, from.clock.now())?.phase.kind}`;
    }
    const payload = draft.payload as SlackLinePayload;
    const how = payload.to ? 'message' : payload.broadcast ? 'broadcast' : 'line';
    return `${how} ${to}: ${payload.line.kind}`;
  });
  return told;
}

export function lines(from: World): CardLine[] {
  return from.outbox
    .filter(({ kind }) => kind === 'slack.line')
    .map(({ payload }) => (payload as SlackLinePayload).line);
}

/** The state of the incident's first living card. */
export function shown(from: World, index = 0): CardState {
  const incident = from.store.recent(10).at(-1 - index);
  const card = incident && from.store.cards.ofIncident(incident.id).find(({ view }) => view === 'card');
  const state = card && from.incidents.cards.state(card.id, from.clock.now());
  if (!state) throw new Error('there is no card');
  return state;
}

export function onlyIncident(from: World): string {
  const [incident, second] = from.store.recent(10);
  if (!incident || second) throw new Error(`expected one incident, found ${from.store.recent(10).length}`);
  return incident.id;
}
