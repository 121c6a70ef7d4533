/**
 * What it costs to take in 10,000 distinct alerts and to tell a webhook of their 500 groups: Watchroom beside Debian's
 * prometheus-alertmanager, with the same configuration, one after the other on the same machine.
 *
 *     npm run build && npx tsx bench/routing.ts [alerts] [groups] [batch]
 *
 * CPU is user + system time of the whole process from /proc, so this needs Linux. Watchroom has every alert, group, decision and
 * queued message on disk before it answers and before it sends; Alertmanager keeps alerts in memory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const [ALERTS = 10_000, GROUPS = 500, BATCH = 500] = process.argv.slice(2).map(Number);
const REPEATS = 3;
const GIVE_UP_MS = 120_000;
const REPOSITORY = resolve(import.meta.dirname, '..');
/** The unit of the times in /proc/PID/stat; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** A webhook that counts what it is told. */
class Hook {
  readonly #heard = new Set<string>();
  messages = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as { alerts: readonly { fingerprint: string }[] };
        this.messages += 1;
        for (const { fingerprint } of body.alerts) this.#heard.add(fingerprint);
        response.end('ok');
      });
    });
  }

  get alerts(): number {
    return this.#heard.size;
  }

  listen(): Promise<number> {
    return new Promise((done) => {
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address();
        done(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function configuration(hookPort: number): object {
  return {
    route: {
      receiver: 'hook',
      group_by: ['alertname', 'model_name'],
      group_wait: '10s',
      group_interval: '5m',
      repeat_interval: '4h',
    },
    receivers: [{ name: 'hook', webhook_configs: [{ url: `http://127.0.0.1:${hookPort}/`, send_resolved: true }] }],
  };
}

function alertAt(index: number, now: number): object {
  return {
    labels: {
      alertname: 'FeatureNullRateHigh',
      model_name: `model-${index % GROUPS}`,
      feature_name: `feature_${index}`,
      severity: index % 3 === 0 ? 'critical' : 'warning',
      environment: 'production',
      team: 'ml-platform',
    },
    annotations: {
      summary: `Feature feature_${index} is often null`,
      description: 'The null rate is 7.3 %, more than three times its average of the last week.',
      runbook_url: 'https://runbooks.example.com/feature-null-rate',
    },
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + 600_000).toISOString(),
    generatorURL: 'http://prometheus.example.com/graph',
  };
}

/** Posts every alert in batches over four connections; resolves when all have been accepted. */
async function post(base: string): Promise<void> {
  const now = Date.now();
  const bodies: string[] = [];
  for (let start = 0; start < ALERTS; start += BATCH) {
    const size = Math.min(BATCH, ALERTS - start);
    bodies.push(JSON.stringify(Array.from({ length: size }, (_, offset) => alertAt(start + offset, now))));
  }
  const sender = async (): Promise<void> => {
    for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${base}/api/v2/alerts`, { method: 'POST', headers, body });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      await response.arrayBuffer();
    }
  };
  await Promise.all([sender(), sender(), sender(), sender()]);
}

function usage(pid: number): { readonly cpu: number; readonly rss: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const user = Number(fields[11]);
  const system = Number(fields[12]);
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpu: (user + system) / TICKS_PER_SECOND, rss: Number(rss) / 1024 };
}

interface Subject {
  readonly name: string;
  readonly child: ChildProcess;
  readonly base: string;
}

interface Measured {
  readonly acceptMs: number;
  readonly dispatchMs: number;
  readonly cpu: number;
  readonly repeatCpu: number;
  readonly rss: number;
  readonly messages: number;
}

async function measure(subject: Subject, hook: Hook): Promise<Measured> {
  const pid = subject.child.pid ?? 0;
  await pause(1500);
  const before = usage(pid);
  const begun = performance.now();
  await post(subject.base);
  const accepted = performance.now();
  while (hook.alerts < ALERTS) {
    if (performance.now() - accepted > GIVE_UP_MS)
      throw new Error(`${subject.name}: only ${hook.alerts} alerts were told`);
    await pause(20);
  }
  const told = performance.now();
  // What follows the last message (its mark in the outbox, the end of the flush) belongs to the work.
  await pause(1000);
  const after = usage(pid);
  for (let round = 0; round < REPEATS; round += 1) await post(subject.base);
  await pause(500);
  const again = usage(pid);
  return {
    acceptMs: accepted - begun,
    dispatchMs: told - begun,
    cpu: after.cpu - before.cpu,
    repeatCpu: (again.cpu - after.cpu) / REPEATS,
    rss: again.rss,
    messages: hook.messages,
  };
}

async function ready(base: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const up = await fetch(`${base}/-/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (up) return;
    await pause(100);
  }
  throw new Error('it did not become ready');
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((done) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      done(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  await new Promise((done) => server.close(done));
  return port;
}

type Start = (folder: string, port: number, hookPort: number) => ChildProcess;

const startWatchroom: Start = (folder, port, hookPort) => {
  const config = {
    http: { listen: `127.0.0.1:${port}` },
    storage: { path: join(folder, 'data') },
    alertmanager_config: configuration(hookPort),
  };
  writeFileSync(join(folder, 'watchroom.yml'), JSON.stringify(config));
  const profile =
    process.env['CPU_PROFILE'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${process.env['CPU_PROFILE']}`];
  const main = join(REPOSITORY, 'dist/main.js');
  return spawn(process.execPath, [...profile, main, 'serve'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
};

const startAlertmanager: Start = (folder, port, hookPort) => {
  writeFileSync(join(folder, 'alertmanager.yml'), JSON.stringify(configuration(hookPort)));
  const flags = [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
    '--log.level=error',
  ];
  return spawn('prometheus-alertmanager', flags, { stdio: ['ignore', 'ignore', 'inherit'] });
};

async function run(name: string, start: Start): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-bench-'));
  mkdirSync(join(folder, 'data'));
  const hook = new Hook();
  const hookPort = await hook.listen();
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const child = start(folder, port, hookPort);
  try {
    await ready(base, child);
    return await measure({ name, child, base }, hook);
  } finally {
    const gone = new Promise((done) => child.once('exit', done));
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await gone;
    }
    hook.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function row(name: string, measured: Measured): string {
  const cells = [
    `${measured.cpu.toFixed(2)} s`,
    `${measured.repeatCpu.toFixed(2)} s`,
    `${Math.round(measured.acceptMs)} ms`,
    `${Math.round(measured.dispatchMs)} ms`,
    `${Math.round(measured.rss)} MB`,
    String(measured.messages),
  ];
  return [name.padEnd(14), ...cells.map((cell) => cell.padStart(12))].join('');
}

const peer = await run('Alertmanager', startAlertmanager);
const ours = await run('Watchroom', startWatchroom);
const columns = ['CPU', 'CPU again', 'accepted', 'told', 'RSS', 'messages'];
console.log(`${ALERTS} distinct alerts in ${GROUPS} groups, ${BATCH} a request, to a local webhook`);
console.log([''.padEnd(14), ...columns.map((column) => column.padStart(12))].join(''));
console.log(row('Alertmanager', peer));
console.log(row('Watchroom', ours));
console.log('Watchroom is durable (SQLite, synchronous=FULL) before it answers; Alertmanager holds alerts in memory.');
console.log(
  `CPU ratio to Alertmanager: ${(ours.cpu / peer.cpu).toFixed(2)} (first time), ${(ours.repeatCpu / peer.repeatCpu).toFixed(2)} (the same alerts again)`,
);
