import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FAULTS, type Fault, type FaultInterval, FaultLog } from './faults.ts';
import { FLEET_MODELS, type FleetModel } from './model.ts';
import { FleetSimulation, modelPath } from './simulation.ts';

const LARGEST_BODY_BYTES = 4096;
const DEFAULT_SEED = 20_260;
const PRE_ROLL_MS = 2 * 3_600_000;

export interface FleetOptions {
  /** 0 (default) takes a free port. */
  readonly port?: number;
  readonly host?: string;
  readonly seed?: number;
  /** Domain time, epoch ms; must not run backwards. */
  readonly now: () => number;
  /** When the processes started: counters count from here. Default: two hours before now. */
  readonly startAt?: number;
}

/** Where something exposes metrics. */
interface FleetTarget {
  /** host:port */
  readonly address: string;
  readonly path: string;
}

/** The faults of one model as they are switched, 0 to 1 each. */
interface ModelFaults {
  readonly model: string;
  readonly name: string;
  readonly version: string;
  readonly environment: string;
  readonly faults: Readonly<Record<Fault, number>>;
}

/** A fleet of simulated models that answers scrapes over HTTP, with switches for what goes wrong. */
export interface Fleet {
  readonly url: string;
  readonly models: readonly FleetModel[];
  readonly targets: {
    /** One per model, in the order of `models`. */
    readonly modelServer: readonly FleetTarget[];
    readonly featureStore: FleetTarget;
    readonly driftDetector: FleetTarget;
  };
  /** @throws RangeError for an unknown model or fault. `true` is intensity 1. */
  setFault(model: string, fault: string, on: boolean | number): void;
  faults(): readonly ModelFaults[];
  /** Which faults were on when: what a test or a simulation measures alerts against. */
  truth(): readonly FaultInterval[];
  /** Prometheus' `scrape_configs` for the three jobs. */
  scrapeConfigs(): readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

/** Starts the fleet and resolves when it listens. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { now } = options;
  const host = options.host ?? '127.0.0.1';
  const faults = new FaultLog();
  const simulation = new FleetSimulation({
    seed: options.seed ?? DEFAULT_SEED,
    startAt: options.startAt ?? now() - PRE_ROLL_MS,
    faults,
  });
  const setFault = (model: string, fault: string, on: boolean | number): void => {
    const kind = FAULTS.find((known) => known === fault);
    if (!FLEET_MODELS.some((known) => known.id === model)) throw new RangeError(`no model ${model}`);
    if (!kind) throw new RangeError(`no fault ${fault}; there are ${FAULTS.join(', ')}`);
    const intensity = Number(on);
    if (!(intensity >= 0 && intensity <= 1)) throw new RangeError('an intensity is from 0 to 1');
    faults.set(model, kind, intensity, now());
  };
  const current = (): ModelFaults[] => FLEET_MODELS.map((model) => switchesOf(model, faults));
  const server = createServer((request, response) => {
    answer(request, response, { now, simulation, setFault, current, truth: () => faults.truth() });
  });
  await listen(server, options.port ?? 0, host);
  const { port } = server.address() as AddressInfo;
  const address = `${host}:${port}`;
  return {
    url: `http://${address}`,
    models: FLEET_MODELS,
    targets: {
      modelServer: FLEET_MODELS.map((model) => ({ address, path: modelPath(model) })),
      featureStore: { address, path: '/feature-store/metrics' },
      driftDetector: { address, path: '/drift-detector/metrics' },
    },
    setFault,
    faults: current,
    truth: () => faults.truth(),
    scrapeConfigs: () => scrapeConfigs(address),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function switchesOf(model: FleetModel, faults: FaultLog): ModelFaults {
  const { id, name, version, environment } = model;
  const levels = Object.fromEntries(FAULTS.map((fault) => [fault, faults.goal(id, fault)])) as Record<Fault, number>;
  return { model: id, name, version, environment, faults: levels };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/**
 * Each model is a target of its own, so that one can be down. Its labels stand in the target too, so that `up` carries them;
 * `instance` is a name and not the port, so that series outlive a restart.
 */
function scrapeConfigs(address: string): Readonly<Record<string, unknown>>[] {
  return [
    {
      job_name: 'model-server',
      honor_labels: true,
      static_configs: FLEET_MODELS.map((model) => ({
        targets: [address],
        labels: {
          __metrics_path__: modelPath(model),
          instance: `${model.id}-0`,
          model_name: model.name,
          model_version: model.version,
          environment: model.environment,
          region: model.region,
        },
      })),
    },
    ...['feature-store', 'drift-detector'].map((job) => ({
      job_name: job,
      metrics_path: `/${job}/metrics`,
      static_configs: [{ targets: [address], labels: { instance: `${job}-0` } }],
    })),
  ];
}

interface Answering {
  readonly now: () => number;
  readonly simulation: FleetSimulation;
  readonly setFault: Fleet['setFault'];
  readonly current: () => readonly ModelFaults[];
  readonly truth: () => readonly FaultInterval[];
}

function answer(request: IncomingMessage, response: ServerResponse, fleet: Answering): void {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (path === '/faults' && request.method === 'GET') {
    json(response, 200, { models: fleet.current(), faults: FAULTS, truth: fleet.truth(), now: fleet.now() });
  } else if (path === '/faults' && request.method === 'POST') {
    void changeFault(request, response, fleet);
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    json(response, 405, { error: 'method not allowed' });
  } else {
    const text = fleet.simulation.exposition(path, fleet.now());
    if (text !== undefined)
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    else if (FLEET_MODELS.some((model) => modelPath(model) === path))
      response.writeHead(503).end('model server is down\n');
    else response.writeHead(404).end('not found\n');
  }
}

/** JSON only: a browser sends that across origins only after asking, and nothing here answers such a question. */
async function changeFault(request: IncomingMessage, response: ServerResponse, fleet: Answering): Promise<void> {
  try {
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      throw new RangeError('expected application/json');
    const body: unknown = JSON.parse(await readBody(request));
    const given = new Map(typeof body === 'object' && body !== null ? Object.entries(body) : []);
    const on: unknown = given.get('on') ?? given.get('intensity');
    if (typeof on !== 'boolean' && typeof on !== 'number') throw new RangeError('expected {"model", "fault", "on"}');
    fleet.setFault(String(given.get('model')), String(given.get('fault')), on);
    json(response, 200, { models: fleet.current() });
  } catch (error) {
    const known = error instanceof RangeError || error instanceof SyntaxError;
    json(response, known ? 400 : 500, { error: known ? error.message : 'internal error' });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    body += chunk;
    if (body.length > LARGEST_BODY_BYTES) throw new RangeError('the body is too large');
  }
  return body;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
