import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { createTelling } from '../../src/app/telling.ts';
import { createAudit } from '../../src/audit/trail.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Courier } from '../../src/delivery/courier.ts';
import { createOutbox, type Enqueue, type OutboxDraft } from '../../src/delivery/outbox.ts';
import { createSlackNotifiers } from '../../src/notifiers/slack.ts';
import { createDirectory } from '../../src/people/directory.ts';
import { createSlackClient, type SlackClient } from '../../src/slack/client.ts';
import { SqliteAuditStore } from '../../src/sqlite/audit-store.ts';
import type { Db } from '../../src/sqlite/db.ts';
import { SqliteOutboxStore } from '../../src/sqlite/outbox-store.ts';
import { SqlitePeopleStore } from '../../src/sqlite/people-store.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { advance } from '../../src/time/loop.ts';
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts';
import { group, latency, notification, T0, type World, world } from '../incident/incident-world.ts';
import { smtpDesk } from '../notifiers/smtp-desk.ts';
import { BOT_TOKEN, manifest } from '../slack/slack-world.ts';
import { type Gate, openGate } from './slack-gate.ts';

export const CHANNEL = '#ml-alerts';
export const FALLBACK = '#ml-alerts-info';
export const OPERATIONS = '#watchroom';
/** Real time after which a call is given up where a fault hangs; everywhere else nothing may be taken for a timeout. */
const IMPATIENT_MS = 400;

/** What outlives a cell: a local Slack, the gate before it, and a PagerDuty. */
export interface Town {
  readonly workspace: Workspace;
  readonly gate: Gate;
  readonly client: SlackClient;
  /** Gives up soon. */
  readonly impatient: SlackClient;
  /** Ways on which nothing ever gets as far as Slack. */
  readonly unreachable: Readonly<Record<'dns' | 'certificate' | 'no_tls', SlackClient>>;
  /** Of the PagerDuty and the webhook. */
  readonly pagerdutyUrl: string;
  readonly pages: { readonly action: string; readonly dedupKey: string; readonly at: number }[];
  /**
   * What the PagerDuty (`/v2/enqueue`), the webhook (`/hook`), Teams (`/teams`), Twilio and the ticket system answer next; 202 where
   * nothing is said.
   */
  answer: (path: string) => { readonly status: number; readonly headers?: Record<string, string> } | 'cut';
  readonly requests: {
    readonly at: number;
    readonly method: string;
    readonly path: string;
    readonly body: Record<string, unknown>;
  }[];
  /** The time that all of it believes. */
  clock: { now(): number };
  close(): Promise<void>;
}

export async function openTown(): Promise<Town> {
  const pages: { action: string; dedupKey: string; at: number }[] = [];
  const requests: { at: number; method: string; path: string; body: Record<string, unknown> }[] = [];
  const town: Pick<Town, 'clock' | 'answer'> = { clock: { now: () => T0 }, answer: () => ({ status: 202 }) };
  const now = (): number => town.clock.now();
  const workspace = await startWorkspace({
    manifest,
    botToken: BOT_TOKEN,
    appToken: 'xapp-local-test',
    signingSecret: 'local-signing-secret',
    users: [{ id: 'U01ASHA', name: 'Asha' }],
    now,
  });
  const gate = await openGate(workspace.apiUrl, now);
  // Speaks TLS from the first byte, with a certificate that nobody signed.
  const stranger = await smtpDesk({ secure: true });
  const pagerduty = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const path = request.url ?? '';
      const body = bodyOf(request.headers['content-type'] ?? '', text);
      requests.push({ at: now(), method: request.method ?? '', path, body });
      const answer = town.answer(path);
      if (answer === 'cut') {
        response.socket?.destroy();
        return;
      }
      const { event_action: action, dedup_key: dedupKey } = body;
      if (path.startsWith('/v2')) pages.push({ action: String(action), dedupKey: String(dedupKey), at: now() });
      // Nothing is found; whatever is opened is issue 7.
      const issue = '{"status":"success","number":7,"html_url":"https://github.example/7"}';
      response.writeHead(answer.status, answer.headers).end(request.method === 'GET' ? '[]' : issue);
    });
  });
  await new Promise<void>((done) => pagerduty.listen(0, '127.0.0.1', done));
  return Object.assign(town, {
    workspace,
    gate,
    client: createSlackClient({ token: BOT_TOKEN, apiUrl: gate.apiUrl }),
    impatient: createSlackClient({ token: BOT_TOKEN, apiUrl: gate.apiUrl, timeoutMs: IMPATIENT_MS }),
    unreachable: {
      // A name too long for the resolver to ask anybody about: the failure is the same, and immediate.
      dns: createSlackClient({ token: BOT_TOKEN, apiUrl: `http://${'s'.repeat(64)}.invalid/api/` }),
      certificate: createSlackClient({ token: BOT_TOKEN, apiUrl: `https://127.0.0.1:${stranger.port}/api/` }),
      no_tls: createSlackClient({ token: BOT_TOKEN, apiUrl: gate.apiUrl.replace('http:', 'https:') }),
    },
    pagerdutyUrl: `http://127.0.0.1:${(pagerduty.address() as AddressInfo).port}`,
    pages,
    requests,
    close: async () => {
      await gate.close();
      await stranger.close();
      await workspace.close();
      await new Promise<void>((done) => {
        pagerduty.close(() => done());
        pagerduty.closeAllConnections();
      });
    },
  });
}

function bodyOf(type: string, text: string): Record<string, unknown> {
  if (text === '') return {};
  return type.includes('json')
    ? (JSON.parse(text) as Record<string, unknown>)
    : Object.fromEntries(new URLSearchParams(text));
}

/** One cell: incidents, outbox, courier, the Slack notifiers and what is done when nothing arrives, on a database of its own. */
export interface Desk {
  readonly incidents: World & { db: Db };
  readonly courier: Courier;
  readonly store: SqliteOutboxStore;
  readonly metrics: Metrics;
  /** What the audit trail says of delivery: the actions, each with what it was about. */
  readonly trail: () => readonly { readonly action: string; readonly target: string }[];
  readonly put: (draft: Partial<OutboxDraft> & { kind: string; payload: unknown }) => string;
  /** A P1 fires; its card is on its way. */
  fire(): void;
  /** Everything until this long after the beginning, at its exact instant. */
  until(offsetMs: number): Promise<void>;
  cardId(): string;
  close(): void;
}

/** @param more added to the configuration's top level, and to its receivers */
export function openDesk(town: Town, client: SlackClient, more: MoreConfig = {}): Desk {
  town.workspace.reset();
  town.gate.clear();
  town.pages.length = 0;
  town.requests.length = 0;
  town.answer = () => ({ status: 202 });
  let enqueue: Enqueue = () => '';
  const incidents = world({ enqueue: (draft) => enqueue(draft), paging: () => [] });
  const { db, clock } = incidents;
  town.clock = clock;
  const store = new SqliteOutboxStore(db);
  const random = (): number => 0.5;
  const outbox = createOutbox({ store, wire: clock, random, onEnqueue: () => courier.wake() });
  enqueue = outbox.enqueue;
  const metrics = createMetrics({ registry: new Registry(), version: 'test', sources: {}, ofProcess: false });
  const config = parseConfig({ path: 'cell.yml', text: JSON.stringify(configOf(town, more)) }, '.', {
    cwd: '.',
    environment: {},
    missingEnvironment: 'error',
  });
  const people = new SqlitePeopleStore(db);
  const audit = createAudit({ store: new SqliteAuditStore(db) });
  const wording = { timezone: 'Asia/Kolkata', nameOf: (id: string) => people.user(id)?.name };
  const telling = createTelling({
    config: () => config,
    db,
    outbox: store,
    enqueue,
    record: (entry) => audit.record(entry),
    incidentStore: incidents.store,
    directory: createDirectory(() => ({ schedules: {}, users: {} }), people),
    clock,
    wire: clock,
    random,
    wording: () => wording,
    metrics,
    log: createLog({ level: 'fatal', secrets: () => [], write: () => undefined }),
  });
  const courier = telling.startCourier({
    incidents: incidents.incidents,
    notifiers: createSlackNotifiers({
      client,
      cards: incidents.incidents.cards,
      clock,
      wire: clock,
      enqueue: (draft) => void enqueue(draft),
      profile: 'classic',
      command: '/alert',
      canHandOver: false,
      channelCard: () => undefined,
      ...wording,
    }),
    cardLink: () => undefined,
  });
  return {
    incidents,
    courier,
    store,
    metrics,
    trail: () =>
      [...audit.lines()]
        .map((line) => JSON.parse(line) as { action: string; target: string })
        .filter(({ action }) => action.startsWith('delivery.')),
    put: (draft) => enqueue({ destination: `slack:${CHANNEL}`, priority: 'P1', causedAt: clock.now(), ...draft }),
    fire: () => {
      const view = group([latency()]);
      incidents.incidents.effects.notify(notification(view, clock.now()), view);
    },
    until: (offsetMs) => advance(clock, [courier], T0 + offsetMs),
    cardId: () => {
      const [incident] = incidents.store.recent(1);
      const card = incident && incidents.store.cards.ofIncident(incident.id)[0];
      if (!card) throw new Error('no card');
      return card.id;
    },
    close: () => db.close(),
  };
}

export interface MoreConfig {
  readonly notifiers?: object;
  readonly receivers?: readonly { readonly name: string }[];
}

function configOf(town: Town, { notifiers = {}, receivers = [] }: MoreConfig): Record<string, unknown> {
  return {
    notifiers,
    slack: {
      bot_token: BOT_TOKEN,
      app_token: 'xapp-local-test',
      api_url: town.gate.apiUrl,
      fallback_channel: FALLBACK,
      operations_channel: OPERATIONS,
    },
    alertmanager_config: {
      route: {
        receiver: 'slack',
        routes: ['page', 'hook', ...receivers.map(({ name }) => name)].map((receiver) => ({
          receiver,
          matchers: ['never="true"'],
        })),
      },
      receivers: [
        { name: 'slack', slack_configs: [{ channel: CHANNEL }] },
        {
          name: 'page',
          pagerduty_configs: [
            { routing_key: 'R0UT1NGKEY0000000000000000ABCDEF', url: `${town.pagerdutyUrl}/v2/enqueue` },
          ],
        },
        { name: 'hook', webhook_configs: [{ url: `${town.pagerdutyUrl}/hook` }] },
        ...receivers,
      ],
    },
  };
}
