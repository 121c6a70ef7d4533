import { readFileSync } from 'node:fs';
import type { OutboxEntry, SendResult } from '../../src/delivery/outbox.ts';
import type { SlackLinePayload } from '../../src/incident/card.ts';
import { lookUp } from '../../src/incident/lookup.ts';
import { Labels } from '../../src/labels/labels.ts';
import { matcher, matchesAll } from '../../src/labels/matcher.ts';
import { createSlackNotifiers } from '../../src/notifiers/slack.ts';
import type { GroupView } from '../../src/routing/effects.ts';
import { createSlackApp, type SlackApp, type SlackTransport } from '../../src/slack/bolt.ts';
import { createSlackClient, type SlackClient } from '../../src/slack/client.ts';
import type { SilenceMatcher, SilenceResult, SilenceSummary, SilencesPort, SlackDeps } from '../../src/slack/ports.ts';
import { SlackStore } from '../../src/sqlite/slack-store.ts';
import { systemClock } from '../../src/time/clock.ts';
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts';
import { ended, group, latency, notification, type World, world } from '../incident/incident-world.ts';

export const BOT_TOKEN = 'xoxb-local-test';
export const SIGNING_SECRET = 'local-signing-secret';
export const manifest: unknown = JSON.parse(readFileSync(new URL('../../manifest.json', import.meta.url), 'utf8'));

const USERS = [
  { id: 'U01ASHA', name: 'Asha' },
  { id: 'U02BILAL', name: 'Bilal' },
  { id: 'U03LEAD', name: 'Chitra' },
  { id: 'U04BOSS', name: 'Dev' },
];

export interface SlackWorld {
  readonly incidents: World;
  readonly workspace: Workspace;
  readonly client: SlackClient;
  readonly deps: SlackDeps;
  readonly app: SlackApp;
  readonly logged: string[];
  /** Sends everything that waits in the outbox, as the courier would; returns what became of each row. */
  pump(): Promise<SendResult[]>;
  /** One attempt at one row, the n-th; a degraded one as the courier sends it after the content was refused. */
  send(kind: string, payload: unknown, attempts?: number, degraded?: boolean): Promise<SendResult>;
  /** Two attempts at one row, the second knowing that the first may have taken effect. */
  resend(kind: string, payload: unknown): Promise<SendResult[]>;
  /** A P1 fires, its card stands in #ml-alerts; returns the incident and where the card is. */
  fire(): Promise<{ incidentId: string; channel: string; ts: string }>;
  close(): Promise<void>;
}

/** Incidents, the Slack face, and a local Slack, over real HTTP and a real socket. */
export async function slackWorld(transport?: SlackTransport): Promise<SlackWorld> {
  const links = { runbookUrl: '', runbook: 'model-latency-high', dashboardUrl: 'https://grafana.test/d/1' };
  const incidents = world({ links: () => links });
  const workspace = await startWorkspace({
    manifest,
    botToken: BOT_TOKEN,
    appToken: 'xapp-local-test',
    signingSecret: SIGNING_SECRET,
    users: USERS,
  });
  const client = createSlackClient({ token: BOT_TOKEN, apiUrl: workspace.apiUrl, timeoutMs: 2000 });
  const logged: string[] = [];
  const log = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const nameOf = (id: string): string | undefined => USERS.find((user) => user.id === id)?.name;
  const deps: SlackDeps = {
    actions: incidents.incidents.actions,
    incidents: {
      state(id, now) {
        const found = lookUp(incidents.store, id);
        const own = found.kind === 'found' ? incidents.store.cards.ofIncident(found.incident.id) : [];
        const card = own.find(({ view }) => view === 'card');
        return card && incidents.incidents.cards.state(card.id, now);
      },
    },
    cards: incidents.incidents.cards,
    silences: silencesFor(incidents),
    runbooks: {
      find: (name) =>
        name === 'model-latency-high' || name === 'ModelLatencyP99High'
          ? { title: 'Model latency high', markdown: '# First look\n- check `p99` per region', url: '' }
          : undefined,
      names: () => ['model-latency-high'],
    },
    people: { nameOf, zoneOf: () => 'Asia/Kolkata' },
    oncall: {
      who: () => [
        { schedule: 'primary', timezone: 'Asia/Kolkata', current: ['U01ASHA'], until: undefined, next: [], note: '' },
      ],
      shiftsOf: () => [],
    },
    why: (id) => (id.length > 0 ? { title: `Why you got ${id}`, steps: ['scraped', 'above the limit'] } : undefined),
    health: () => [{ name: 'slack', ok: true, detail: 'connected' }],
    settings: {
      timezone: 'Asia/Kolkata',
      profile: 'classic',
      commands: { alert: '/alert', oncall: '/oncall' },
      fallbackChannel: '#ml-alerts',
    },
    client,
    inbox: new SlackStore(incidents.db),
    clock: incidents.clock,
    wire: systemClock,
    log: { info: log, warn: log, error: log },
  };
  const notifiers = createSlackNotifiers({
    client,
    cards: deps.cards,
    clock: incidents.clock,
    wire: incidents.clock,
    enqueue: (draft) => void incidents.outbox.push(draft),
    profile: 'classic',
    command: '/alert',
    timezone: 'Asia/Kolkata',
    nameOf,
    canHandOver: false,
    channelCard: (id) => incidents.store.cards.ofIncident(id).find((card) => card.view === 'card')?.ref,
  });
  const app = createSlackApp(deps, {
    transport: transport ?? { kind: 'socket', appToken: 'xapp-local-test' },
    botToken: BOT_TOKEN,
    apiUrl: workspace.apiUrl,
  });
  let serial = 0;
  let stories = 0;
  let last: GroupView | undefined;
  const send = async (kind: string, payload: unknown, attempts = 1, degraded = false): Promise<SendResult> => {
    const notifier = notifiers.find((candidate) => candidate.kind === kind);
    if (!notifier) throw new Error(`no notifier for ${kind}`);
    serial += 1;
    const entry = entryOf(kind, payload, attempts, `row${serial}`);
    const sent = degraded ? { ...entry, payload: notifier.degrade?.(entry), degraded } : entry;
    return await notifier.send(sent, new AbortController().signal);
  };
  const resend = async (kind: string, payload: unknown): Promise<SendResult[]> => {
    const first = await send(kind, payload);
    serial -= 1;
    return [first, await send(kind, payload, 2)];
  };
  const pump = async (): Promise<SendResult[]> => {
    const results: SendResult[] = [];
    while (incidents.outbox.length > 0) {
      for (const draft of incidents.outbox.splice(0)) results.push(await send(draft.kind, draft.payload));
    }
    return results;
  };
  return {
    incidents,
    workspace,
    client,
    deps,
    app,
    logged,
    send,
    resend,
    pump,
    fire: async () => {
      const { effects } = incidents.incidents;
      const now = incidents.clock.now() + 60_000;
      incidents.clock.set(now);
      // One story at a time: the one before is over.
      if (last) effects.ended({ ...last, alerts: last.alerts.map((alert) => ended(alert, now)) });
      stories += 1;
      const firing = latency({ labels: { story: String(stories) }, startsAt: now });
      const view: GroupView = { ...group([firing]), key: `story-${stories}` };
      last = view;
      effects.notify(notification(view, now), view);
      await pump();
      const [incident] = incidents.store.openIncidents();
      const card = incident && incidents.store.cards.ofIncident(incident.id).find(({ view: kind }) => kind === 'card');
      if (!incident || !card?.ref) throw new Error('no card stands');
      return { incidentId: incident.id, ...card.ref };
    },
    close: async () => {
      await app.stop();
      await workspace.close();
      incidents.db.close();
    },
  };
}

export function entryOf(kind: string, payload: unknown, attempts: number, id = 'row'): OutboxEntry {
  const now = systemClock.now();
  return {
    id,
    kind,
    destination: 'slack:#ml-alerts',
    payload,
    priority: 'P1',
    causedAt: 0,
    attempts,
    createdAt: now,
    notBefore: now,
    expiresAt: now + 3_600_000,
    state: 'attempting',
    degraded: false,
    ambiguous: attempts > 1,
  };
}

export function linePayload(cardId: string, broadcast = false): SlackLinePayload {
  return { cardId, line: { kind: 'reopened', reason: 'condition_still_true' }, broadcast };
}

/** Silences without routing: enough for the face, which only words them. */
function silencesFor(incidents: World): SilencesPort {
  const made = new Map<string, SilenceSummary>();
  const compile = (matchers: readonly SilenceMatcher[]) =>
    matchers.map((m) => matcher(m.name, m.operator, m.value, 'alertmanager'));
  const hidden = (matchers: readonly SilenceMatcher[]) =>
    incidents.store
      .openIncidents()
      .flatMap(({ id }) => incidents.store.members(id))
      .filter(({ alert }) => matchesAll(compile(matchers), alert.labels));
  const listed = (): SilenceSummary[] => [
    ...made.values(),
    ...[...incidents.silences].map(([id, silence]) => ({
      id,
      matchers: silence.labels.pairs.map(([name, value]) => ({ name, operator: '=' as const, value })),
      startsAt: silence.startsAt,
      endsAt: silence.endsAt,
      author: silence.createdBy,
      comment: '',
      hides: 1,
    })),
  ];
  const create: SilencesPort['create'] = (draft, actor, now) => {
    const silence = {
      ...draft,
      id: `sil-${made.size + 1}`,
      startsAt: now,
      author: actor.id,
      hides: hidden(draft.matchers).length,
    };
    made.set(silence.id, silence);
    return { kind: 'done', silence, changed: true };
  };
  const changed = (id: string, change: (silence: SilenceSummary) => SilenceSummary): SilenceResult => {
    const silence = listed().find((known) => known.id === id);
    if (!silence) return { kind: 'refused', code: 'not_found', message: `No silence is called “${id}”.` };
    const next = change(silence);
    made.set(id, next);
    return { kind: 'done', silence: next, changed: true };
  };
  return {
    create,
    untilResolved: (id, actor, now, comment) => {
      const labels = incidents.store.incident(id)?.groupLabels ?? Labels.empty;
      const matchers = labels.pairs.map(([name, value]) => ({ name, operator: '=' as const, value }));
      return create({ matchers, endsAt: now + 7 * 86_400_000, comment }, actor, now);
    },
    expire: (id) => {
      const silence = listed().find((known) => known.id === id);
      made.delete(id);
      return silence
        ? { kind: 'done', silence, changed: true }
        : { kind: 'refused', code: 'not_found', message: `No silence is called “${id}”.` };
    },
    extend: (id, forMs) => changed(id, (silence) => ({ ...silence, endsAt: silence.endsAt + forMs })),
    extendUntilResolved: (id) => changed(id, (silence) => ({ ...silence, end: { kind: 'resolved', forMs: 600_000 } })),
    list: () => listed(),
    preview: (matchers) => {
      const members = hidden(matchers);
      const models = [...new Set(members.map(({ alert }) => alert.labels.get('model_name')))];
      return {
        alerts: members.length,
        muted: 0,
        groups: models.map((model) => ({ label: `ModelLatencyP99High ${model}`, alerts: members.length })),
        models,
        lastWeek: { notifications: 7, incidents: 4, acknowledged: 2, truePositives: 1 },
      };
    },
    matchersOf: (id) =>
      incidents.store.incident(id)?.groupLabels.pairs.map(([name, value]) => ({ name, operator: '=' as const, value })),
    alertNames: () => ['ModelLatencyP99High', 'FeatureNullRateHigh'],
  };
}
