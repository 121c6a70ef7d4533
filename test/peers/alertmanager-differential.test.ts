import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertIdentity, endedAt } from '../../src/alert/alert.ts';
import { Labels } from '../../src/labels/labels.ts';
import { matcher } from '../../src/labels/matcher.ts';
import { advance } from '../../src/time/loop.ts';
import { House } from '../routing/house.ts';
import { Dice, HORIZON_MS, RECEIVERS, type Scenario, type ScenarioEvent, scenario } from './alertmanager-scenarios.ts';

const BINARY = 'prometheus-alertmanager';
const present = spawnSync(BINARY, ['--version']).status === 0;
if (!present) {
  const loud = `SKIPPED: ${BINARY} is not installed; our routing is not compared with Alertmanager's`;
  if (process.env['WATCHROOM_REQUIRE_PEERS'] === '1') throw new Error(loud);
  console.error(loud);
}

const SCENARIOS = 120;
const SEED = Number(process.env['WATCHROOM_SEED'] ?? 20_261_116);
/** How far apart two notifications may be and still be the same. */
const TOLERANCE_MS = 1000;

interface Heard {
  readonly at: number;
  readonly scenario: string;
  /** Destination and group key. */
  readonly line: string;
  readonly text: string;
}

interface Happened {
  readonly at: number;
  readonly event: ScenarioEvent;
  readonly scenario: string;
}

function destinations(url: (path: string) => string): unknown[] {
  const hook = (name: string, index: number, more: object = {}): object => ({ url: url(`${name}/${index}`), ...more });
  const configs: Record<(typeof RECEIVERS)[number], object[]> = {
    plain: [hook('plain', 0)],
    quiet: [hook('quiet', 0, { send_resolved: false })],
    both: [hook('both', 0, { send_resolved: false }), hook('both', 1)],
    capped: [hook('capped', 0, { max_alerts: 2 })],
    nobody: [],
  };
  return [...RECEIVERS.map((name) => ({ name, webhook_configs: configs[name] })), { name: 'root' }];
}

function configOf(scenarios: readonly Scenario[], url: (path: string) => string): string {
  return JSON.stringify({
    route: { receiver: 'root', routes: scenarios.map((s) => s.route) },
    inhibit_rules: scenarios.flatMap((s) => s.inhibitRules),
    receivers: destinations(url),
    time_intervals: [
      { name: 'always', time_intervals: [{ times: [{ start_time: '00:00', end_time: '24:00' }] }] },
      { name: 'today', time_intervals: [{ years: ['2000:2999'], location: 'Asia/Kolkata' }] },
      { name: 'never', time_intervals: [{ years: ['1999'] }] },
      { name: 'tomorrow', time_intervals: [{ days_of_month: ['31'], months: ['february'] }] },
    ],
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** A real Alertmanager with a webhook server that writes down what it sends. */
class Peer {
  readonly heard: Heard[] = [];
  readonly happened: Happened[] = [];
  startedAt = 0;
  base = '';
  readonly #folder = mkdtempSync(join(tmpdir(), 'watchroom-am-'));
  #server: Server | undefined;
  #process: ChildProcess | undefined;
  readonly #silences = new Map<string, string>();

  async start(scenarios: readonly Scenario[]): Promise<void> {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        this.heard.push(heardFrom(request.url ?? '', JSON.parse(body) as WebhookBody, Date.now()));
        response.end('ok');
      });
    });
    this.#server = server;
    const hook = await listen(server);
    const port = await freePort();
    writeFileSync(
      join(this.#folder, 'am.yml'),
      configOf(scenarios, (path) => `http://127.0.0.1:${hook}/${path}`),
    );
    this.base = `http://127.0.0.1:${port}`;
    const child = spawn(
      BINARY,
      [
        `--config.file=${join(this.#folder, 'am.yml')}`,
        `--storage.path=${join(this.#folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#process = child;
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    for (let attempt = 0; ; attempt += 1) {
      if (child.exitCode !== null || attempt > 400) throw new Error(`Alertmanager did not start: ${log}`);
      const ready = await fetch(`${this.base}/-/ready`).then(
        (r) => r.ok,
        () => false,
      );
      if (ready) break;
      await pause(25);
    }
    this.startedAt = Date.now();
  }

  async play(scenarios: readonly Scenario[]): Promise<void> {
    const plan = scenarios
      .flatMap((s) => s.events.map((event) => ({ event, scenario: s.id })))
      .toSorted((a, b) => a.event.at - b.event.at);
    const origin = this.startedAt + 300;
    for (const { event, scenario: id } of plan) {
      await pause(origin + event.at - Date.now());
      const now = Date.now();
      this.happened.push({ at: now, event, scenario: id });
      await this.#act(event, id, now);
    }
    await pause(this.startedAt + HORIZON_MS - Date.now());
  }

  async #act(event: ScenarioEvent, id: string, now: number): Promise<void> {
    const iso = (at: number): string => new Date(at).toISOString();
    switch (event.kind) {
      case 'fire':
        return this.#post(
          'alerts',
          event.labels.map((labels) => ({
            labels,
            startsAt: iso(now - event.agedMs),
            ...(event.endsInMs !== undefined && { endsAt: iso(now + event.endsInMs) }),
          })),
        ).then(() => undefined);
      case 'resolve':
        return this.#post(
          'alerts',
          event.labels.map((labels) => ({ labels, endsAt: iso(now) })),
        ).then(() => undefined);
      case 'silence': {
        const matchers = event.matchers.map(({ name, operator, value }) => ({
          name,
          value,
          isEqual: operator === '=' || operator === '=~',
          isRegex: operator.includes('~'),
        }));
        const times = { startsAt: iso(now), endsAt: iso(now + event.forMs) };
        const body = (await this.#post('silences', { matchers, ...times, createdBy: 't', comment: 't' })) as {
          silenceID: string;
        };
        this.#silences.set(`${id}/${event.key}`, body.silenceID);
        return;
      }
      case 'unsilence': {
        const silence = this.#silences.get(`${id}/${event.key}`);
        if (silence) await fetch(`${this.base}/api/v2/silence/${silence}`, { method: 'DELETE' });
        return;
      }
    }
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`${this.base}/api/v2/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  async stop(): Promise<void> {
    this.#process?.kill('SIGTERM');
    await new Promise((resolve) => (this.#process ? this.#process.once('exit', resolve) : resolve(undefined)));
    this.#server?.closeAllConnections();
    this.#server?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface WebhookBody {
  readonly groupKey: string;
  readonly status: string;
  readonly truncatedAlerts: number;
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Record<string, string>;
    readonly fingerprint: string;
  }[];
}

function heardFrom(path: string, body: WebhookBody, at: number): Heard {
  const members = body.alerts.map((a) => `${a.fingerprint}${a.status === 'firing' ? '+' : '-'}`);
  // Alertmanager gives a cut list the status of what is left; ours is of the whole group.
  const status = body.truncatedAlerts > 0 ? 'cut' : body.status;
  return {
    at,
    scenario: body.alerts[0]?.labels['scenario'] ?? '',
    line: `${path} ${body.groupKey}`,
    text: `${status} [${members.join(' ')}] cut ${body.truncatedAlerts}`,
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Our dispatcher over the same events at the same instants. `deviant`: scenarios in which an end went through a mute. */
async function replay(
  scenarios: readonly Scenario[],
  happened: readonly Happened[],
  startedAt: number,
): Promise<{ readonly heard: Heard[]; readonly deviant: Set<string> }> {
  const house = new House(
    configOf(scenarios, (path) => `http://127.0.0.1:1/${path}`),
    startedAt,
  );
  const silences = new Map<string, string>();
  for (const { at, event, scenario: id } of happened) {
    await advance(house.clock, [house.dispatcher], at);
    act(house, event, id, silences);
  }
  await advance(house.clock, [house.dispatcher], startedAt + HORIZON_MS);
  const heard = house.notifications.map((n): Heard => {
    const members = n.alerts.map((a) => `${a.fingerprint}${endedAt(a) === undefined ? '+' : '-'}`);
    return {
      at: n.at,
      scenario: n.alerts[0]?.labels.get('scenario') ?? '',
      line: `/${n.integration.receiver}/${n.integration.index} ${n.groupKey}`,
      text: `${n.truncatedAlerts > 0 ? 'cut' : n.status} [${members.join(' ')}] cut ${n.truncatedAlerts}`,
    };
  });
  return { heard, deviant: house.throughMutes };
}

function act(house: House, event: ScenarioEvent, id: string, silences: Map<string, string>): void {
  const { now } = house;
  switch (event.kind) {
    case 'fire':
    case 'resolve':
      house.dispatcher.ingest(
        event.labels.map((record) => {
          const labels = Labels.of(record);
          return {
            fingerprint: alertIdentity(labels),
            labels,
            annotations: Labels.empty,
            startsAt: event.kind === 'fire' ? now - event.agedMs : now,
            updatedAt: now,
            condition:
              event.kind === 'resolve'
                ? ({ kind: 'resolved', at: now } as const)
                : event.endsInMs === undefined
                  ? ({ kind: 'firing', until: now + 300_000, timeout: true } as const)
                  : ({ kind: 'firing', until: now + event.endsInMs } as const),
            generatorUrl: '',
            source: { kind: 'api' } as const,
          };
        }),
        now,
      );
      return;
    case 'silence': {
      const set = event.matchers.map((m) => matcher(m.name, m.operator, m.value, 'alertmanager'));
      const draft = { matcherSets: [set], startsAt: now, endsAt: now + event.forMs, createdBy: 't', comment: 't' };
      silences.set(`${id}/${event.key}`, house.dispatcher.createSilence(draft, now).id);
      return;
    }
    case 'unsilence': {
      const silence = silences.get(`${id}/${event.key}`);
      if (silence) house.dispatcher.expireSilence(silence, now);
    }
  }
}

/** What differs in one scenario, as text; '' where nothing does. */
function difference(theirs: readonly Heard[], ours: readonly Heard[], origin: number): string {
  const lines = [...new Set([...theirs, ...ours].map((h) => h.line))].toSorted();
  const faults: string[] = [];
  for (const line of lines) {
    const left = theirs.filter((h) => h.line === line);
    const right = ours.filter((h) => h.line === line);
    const same =
      left.length === right.length &&
      left.every((h, i) => h.text === right[i]?.text && Math.abs(h.at - (right[i]?.at ?? 0)) <= TOLERANCE_MS);
    const print = (list: readonly Heard[]): string => list.map((h) => `\n    ${h.at - origin} ms ${h.text}`).join('');
    if (!same) faults.push(`${line}\n  Alertmanager:${print(left)}\n  ours:${print(right)}`);
  }
  return faults.join('\n');
}

interface Outcome {
  readonly compared: number;
  readonly notifications: number;
  readonly deviant: number;
  readonly faults: Map<string, string>;
}

async function compare(scenarios: readonly Scenario[]): Promise<Outcome> {
  const peer = new Peer();
  try {
    await peer.start(scenarios);
    await peer.play(scenarios);
  } finally {
    await peer.stop();
  }
  const ours = await replay(scenarios, peer.happened, peer.startedAt);
  const faults = new Map<string, string>();
  let notifications = 0;
  for (const { id } of scenarios) {
    if (ours.deviant.has(id)) continue;
    const theirs = peer.heard.filter((h) => h.scenario === id);
    notifications += theirs.length;
    const fault = difference(
      theirs,
      ours.heard.filter((h) => h.scenario === id),
      peer.startedAt,
    );
    if (fault !== '') faults.set(id, fault);
  }
  return { compared: scenarios.length - ours.deviant.size, notifications, deviant: ours.deviant.size, faults };
}

describe.skipIf(!present)('our dispatcher beside a real Alertmanager', () => {
  let outcome: Outcome;
  let again: Map<string, string>;
  const scenarios = Array.from({ length: SCENARIOS }, (_, index) => scenario(index, new Dice(SEED + index), 's'));

  beforeAll(async () => {
    outcome = await compare(scenarios);
    // A busy machine can push a request over a tick. What differs twice, differs.
    const doubtful = scenarios.filter((s) => outcome.faults.has(s.id));
    again = doubtful.length > 0 ? (await compare(doubtful)).faults : new Map();
  }, 120_000);

  afterAll(() => {
    if (!outcome) return;
    console.info(
      `alertmanager differential: ${outcome.compared} scenarios, ${outcome.notifications} notifications compared; ${outcome.deviant} left out because an end passed a mute; seed ${SEED}`,
    );
  });

  it('tells the same groups the same alerts with the same status, in the same order, at the same time', () => {
    const faults = scenarios.flatMap((s) => {
      const fault = again.get(s.id);
      return fault === undefined ? [] : [`${s.id} (${s.kind}) ${JSON.stringify(s)}\n${fault}`];
    });
    expect(faults.join('\n\n')).toBe('');
  });

  it('compared enough to mean something', () => {
    expect(outcome.compared).toBeGreaterThanOrEqual(40);
    expect(outcome.notifications).toBeGreaterThanOrEqual(200);
  });
});
