import { alertmanagerRoutes } from '../../src/api/alertmanager/routes.ts';
import { createAuth, isLoopback } from '../../src/api/auth.ts';
import { operationsRoutes } from '../../src/api/operations.ts';
import { prometheusRoutes } from '../../src/api/prometheus/routes.ts';
import { type Server, startServer } from '../../src/api/server.ts';
import { type Audit, createAudit } from '../../src/audit/trail.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { createLocalObserver, type LocalObserver } from '../../src/observer/local.ts';
import { Dispatcher } from '../../src/routing/dispatcher.ts';
import { type AlertLimits, DEFAULT_ALERT_LIMITS } from '../../src/routing/limits.ts';
import { loadRouting, type RoutingOptions } from '../../src/routing/schema.ts';
import { SqliteAuditStore } from '../../src/sqlite/audit-store.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteRoutingStore } from '../../src/sqlite/routing-store.ts';
import { SqliteSilenceStore } from '../../src/sqlite/silence-store.ts';
import { advance } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';

/** A Monday, 10:00 UTC. */
export const START = Date.UTC(2026, 10, 16, 10);
export const MINUTE = 60_000;
export const TOKEN = 'a-token-long-enough-to-be-one';

export const ROUTING = `
global: { resolve_timeout: 5m }
route:
  receiver: team
  group_by: [alertname]
  group_wait: 10s
  group_interval: 1m
  routes:
  - { matchers: ['severity="critical"'], receiver: pager, continue: true }
  - { matchers: ['severity="critical"'], receiver: team }
  - { matchers: ['severity="nightly"'], receiver: team, mute_time_intervals: [always] }
inhibit_rules:
- { source_matchers: ['alertname="DatabaseDown"'], target_matchers: ['alertname="ModelSlow"'], equal: [model] }
receivers: [{ name: team, webhook_configs: [{ url: 'http://127.0.0.1:1/hook' }] }, { name: pager }]
time_intervals: [{ name: always, time_intervals: [{ times: [{ start_time: '00:00', end_time: '24:00' }] }] }]
`;

export interface HouseOptions {
  readonly routing?: string;
  readonly routingOptions?: RoutingOptions;
  readonly limits?: Partial<AlertLimits>;
  readonly tokens?: readonly { readonly name: string; readonly token: string; readonly scopes: readonly string[] }[];
  readonly anonymous?: boolean;
  /** What auth believes to listen on; requests still come over 127.0.0.1. */
  readonly host?: string;
  readonly hosts?: readonly string[];
  readonly rules?: string;
}

/** The body as text and as JSON, beside status and headers. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

/** The HTTP server over a real dispatcher, observer and audit trail, on real SQLite and a manual clock. */
export interface House {
  readonly clock: ManualClock;
  readonly dispatcher: Dispatcher;
  readonly observer: LocalObserver;
  readonly audit: Audit;
  readonly db: Db;
  readonly server: Server;
  readonly defects: readonly unknown[];
  /** Limits that refused something, each time. */
  readonly limited: readonly string[];
  readonly received: readonly string[];
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>;
  send(method: string, path: string, init?: RequestInit): Promise<Reply>;
  /** Moves the clock; the dispatcher does what is due on the way. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const clock = new ManualClock(START);
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  const routing = loadRouting(parseYaml(options.routing ?? ROUTING, 'alertmanager.yml'), options.routingOptions);
  const audit = createAudit({ store: new SqliteAuditStore(db) });
  const observer = createLocalObserver({
    settings: {
      database: ':memory:',
      scrape: { file: 'watchroom.yml', value: {} },
      baseDir: '.',
      ruleFiles: options.rules === undefined ? [] : [{ path: 'test.rules.yml', text: options.rules }],
      externalUrl: 'http://127.0.0.1:9095',
      retentionMs: undefined,
    },
    clock,
    wire: clock,
    deterministic: true,
    log: () => undefined,
  });
  let ids = 0;
  const limited: string[] = [];
  const dispatcher = new Dispatcher({
    config: routing.config,
    store: new SqliteRoutingStore(db),
    silences: new SqliteSilenceStore(db),
    effects: { notify: () => undefined, changed: () => undefined, ended: () => undefined },
    transact: (fn) => db.tx(fn),
    newId: () => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`,
    startedAt: clock.now(),
    limited: (limit) => limited.push(limit),
  });
  const defects: unknown[] = [];
  const received: string[] = [];
  const host = options.host ?? '127.0.0.1';
  const auth = createAuth({ host, tokens: options.tokens ?? [], anonymous: options.anonymous ?? false });
  const server = await startServer({
    // Every 127.x address is this machine's, so a public one can be played without opening a door.
    host: isLoopback(host) ? host : '127.0.0.1',
    port: 0,
    hosts: options.hosts ?? [],
    auth: () => auth,
    onError: (error) => defects.push(error),
    routes: [
      alertmanagerRoutes({
        dispatcher,
        routing: () => routing,
        limits: () => ({ ...DEFAULT_ALERT_LIMITS, ...options.limits }),
        now: () => clock.now(),
        startedAt: START,
        version: 'test',
        transact: (fn) => db.tx(fn),
        audit: (entry) => audit.record(entry),
        rules: async () => (await observer.ruleGroups()).flatMap(({ rules }) => rules),
        zone: () => 'UTC',
        counters: {
          received: (status, count) => received.push(...Array.from({ length: count }, () => status)),
          invalid: (count) => received.push(...Array.from({ length: count }, () => 'invalid')),
          limited: (limit) => limited.push(limit),
        },
      }),
      prometheusRoutes({ observer, now: () => clock.now(), version: 'test' }),
      operationsRoutes({
        health: () => [{ part: 'database', ok: true, detail: 'answers' }],
        metrics: () => Promise.resolve({ contentType: 'text/plain', body: 'up 1\n' }),
        reload: () => Promise.resolve(['a warning']),
      }),
    ],
  });
  const send = async (method: string, path: string, init: RequestInit = {}): Promise<Reply> => {
    const response = await fetch(`${server.url}${path}`, { ...init, method });
    const text = await response.text();
    const json = (response.headers.get('content-type') ?? '').includes('json') && text !== '' ? JSON.parse(text) : null;
    return { status: response.status, headers: response.headers, text, json };
  };
  return {
    clock,
    dispatcher,
    observer,
    audit,
    db,
    server,
    defects,
    limited,
    received,
    send,
    get: (path, headers = {}) => send('GET', path, { headers }),
    post: (path, body, headers = {}) =>
      send('POST', path, {
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    pass: (ms) => advance(clock, [dispatcher], clock.now() + ms),
    close: async () => {
      await server.close();
      await observer.close();
      db.close();
    },
  };
}

/** Opens houses and closes them when a test is over: `afterEach(houses.close)`. */
export class Houses {
  readonly #open: House[] = [];

  readonly open = async (options?: HouseOptions): Promise<House> => {
    const house = await openHouse(options);
    this.#open.push(house);
    return house;
  };

  readonly close = async (): Promise<void> => {
    await Promise.all(this.#open.splice(0).map((house) => house.close()));
  };
}
