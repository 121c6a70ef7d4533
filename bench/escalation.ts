/**
 * What becomes of a thousand P1 incidents that nobody answers: each climbs a policy of four levels (5, 10, 15 and 30 minutes, three
 * passes), and no page may be late. Lateness is real: time is skipped only while everything sleeps, so whatever the bot needs for one
 * incident delays the next; what other programs take of the machine is left out (on Linux).
 *
 *     npx tsx bench/escalation.ts [incidents] [virtual minutes]
 *
 * CPU is that of the whole process, local Slack included. The baseline is the bot itself at ten incidents: what one incident costs
 * must not grow with their number.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, exit, stderr, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { type Alert, alertIdentity } from '../src/alert/alert.ts';
import { Labels } from '../src/labels/labels.ts';
import { DELAYS, openStage, PASSES, PEOPLE, type Stage } from './escalation/stage.ts';

const MINUTE = 60_000;
const SIZES = [10, 100, 1000];
/** All of them begin within this time, as in a cascade, so all their pages are due within it, too. */
const SPREAD_MS = 1000;
/** A sender's batch. */
const BATCH = 50;

/**
 * A thousand cards in one channel are a thousand posts, and then a thousand lines in threads at each level, and Slack takes one a
 * second: the bot complains, rightly, that these wait. Direct messages, which wake people, do not.
 */
const WAITING = /a P1 notification is late|nobody could be told what was not delivered/;

const PROMISES = {
  /** From the instant a page is due until the ladder has told the level. */
  lateSeconds: 1,
  /** From then until the direct message that carries it stands in Slack. */
  postedSeconds: 2,
  /** CPU of one incident at the largest size against ten incidents. */
  growth: 1.5,
};

interface Result {
  readonly incidents: number;
  readonly minutes: number;
  readonly pagesDue: number;
  readonly pagesTold: number;
  readonly latestSeconds: number;
  readonly latestPostSeconds: number;
  readonly bundles: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly longestMinuteMs: number;
  readonly rssMb: number;
  readonly complaints: number;
  /** Complaints about what waited for its turn. */
  readonly waited: number;
}

/** When each step of a ladder is due after its start. */
function offsets(minutes: number): number[] {
  const steps = Array.from({ length: PASSES }, () => DELAYS).flat();
  let at = 0;
  return steps
    .map((delay) => {
      const due = at;
      at += delay * MINUTE;
      return due;
    })
    .filter((due) => due < minutes * MINUTE);
}

function alertOf(index: number, now: number): Alert {
  const labels = Labels.of({
    alertname: 'ModelLatencyP99High',
    model_name: `model-${index}`,
    environment: 'production',
    severity: 'critical',
  });
  return {
    fingerprint: alertIdentity(labels),
    labels,
    annotations: Labels.of({ summary: `model-${index} is slow` }),
    startsAt: now,
    updatedAt: now,
    condition: { kind: 'firing' },
    generatorUrl: '',
    source: { kind: 'api' },
  };
}

async function measure(incidents: number, minutes: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-escalation-'));
  const path = join(folder, 'state.db');
  const stage = await openStage(path);
  try {
    const start = stage.clock.now();
    const cpu = process.cpuUsage();
    const wall = performance.now();
    let longestMinuteMs = 0;
    for (let index = 0; index < incidents; index += BATCH) {
      await stage.clock.runTo(start + Math.floor((index * SPREAD_MS) / incidents));
      const now = stage.clock.now();
      const size = Math.min(BATCH, incidents - index);
      const batch = Array.from({ length: size }, (_, offset) => alertOf(index + offset, now));
      stage.app.dispatcher.ingest(batch, now);
    }
    for (let minute = 1; minute <= minutes; minute += 1) {
      const before = performance.now();
      await stage.clock.runTo(start + SPREAD_MS + minute * MINUTE);
      longestMinuteMs = Math.max(longestMinuteMs, performance.now() - before);
    }
    const used = process.cpuUsage(cpu);
    const wallMs = performance.now() - wall;
    const rssMb = process.memoryUsage.rss() / 1024 / 1024;
    return {
      incidents,
      minutes,
      ...pagesIn(path, incidents, minutes),
      ...postsIn(stage, path),
      cpuMs: (used.user + used.system) / 1000,
      wallMs,
      longestMinuteMs,
      rssMb,
      complaints: stage.complaints.filter((line) => !WAITING.test(line)).length,
      waited: stage.complaints.filter((line) => WAITING.test(line)).length,
    };
  } finally {
    for (const line of stage.complaints.filter((one) => !WAITING.test(one)).slice(0, 5))
      stderr.write(`    log: ${line.trim().slice(0, 300)}\n`);
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every page that was due against every page that was made, as the ladders' own rows say. */
function pagesIn(
  path: string,
  incidents: number,
  minutes: number,
): Pick<Result, 'pagesDue' | 'pagesTold' | 'latestSeconds'> {
  const due = offsets(minutes);
  const db = new Database(path, { readonly: true });
  const rows = db
    .prepare(`SELECT incident_id, step, at - started_at AS after, outcome FROM ladder_steps WHERE outcome = 'told'`)
    .all() as { incident_id: string; step: number; after: number }[];
  db.close();
  let latest = 0;
  let told = 0;
  for (const { step, after } of rows) {
    const wanted = due[step];
    if (wanted === undefined) continue;
    told += 1;
    latest = Math.max(latest, after - wanted);
  }
  return { pagesDue: incidents * due.length, pagesTold: told, latestSeconds: latest / 1000 };
}

/** How long after it was opened each direct message stood; one that never did is infinitely late. */
function postsIn(stage: Stage, path: string): Pick<Result, 'latestPostSeconds' | 'bundles'> {
  const db = new Database(path, { readonly: true });
  const rows = db
    .prepare('SELECT b.opened_at AS opened, c.ref_ts AS ts FROM page_bundles b JOIN cards c ON c.id = b.card_id')
    .all() as { opened: number; ts: string | null }[];
  db.close();
  const standing = new Set(PEOPLE.flatMap(({ id }) => stage.workspace.state.dms(id)).map(({ ts }) => ts));
  const late = rows.map(({ opened, ts }) =>
    ts !== null && standing.has(ts) ? Math.max(0, Number(ts) - opened / 1000) : Number.POSITIVE_INFINITY,
  );
  return { latestPostSeconds: Math.max(0, ...late), bundles: rows.length };
}

function print(results: readonly Result[]): boolean {
  const [base] = results;
  const last = results.at(-1);
  if (!base || !last) return false;
  const perMinute = ({ cpuMs, minutes }: Result): number => cpuMs / (minutes + 1);
  const perIncident = (one: Result): number => perMinute(one) / one.incidents;
  const rows: [string, (one: Result) => string][] = [
    ['pages due', (one) => String(one.pagesDue)],
    ['pages told', (one) => String(one.pagesTold)],
    ['latest page, virtual seconds late', (one) => one.latestSeconds.toFixed(2)],
    ['direct messages', (one) => String(one.bundles)],
    ['latest direct message, seconds', (one) => one.latestPostSeconds.toFixed(2)],
    ['posts and lines late by Slack’s limit', (one) => String(one.waited)],
    ['CPU per virtual minute, ms', (one) => perMinute(one).toFixed(1)],
    ['… and per incident, ms', (one) => perIncident(one).toFixed(2)],
    ['wall clock of the longest minute, ms', (one) => one.longestMinuteMs.toFixed(0)],
    ['memory, MB', (one) => one.rssMb.toFixed(0)],
  ];
  stdout.write(`${'incidents'.padEnd(40)}${results.map((one) => String(one.incidents).padStart(12)).join('')}\n`);
  for (const [name, value] of rows)
    stdout.write(`${name.padEnd(40)}${results.map((one) => value(one).padStart(12)).join('')}\n`);
  const growth = perIncident(last) / perIncident(base);
  const checks: [string, boolean][] = [
    ['every page that was due was told', results.every((one) => one.pagesTold === one.pagesDue)],
    [`no page later than ${PROMISES.lateSeconds} s`, results.every((one) => one.latestSeconds <= PROMISES.lateSeconds)],
    [
      `no direct message later than ${PROMISES.postedSeconds} s`,
      results.every((one) => one.latestPostSeconds <= PROMISES.postedSeconds),
    ],
    [
      `an incident costs at ${last.incidents} ${growth.toFixed(2)} × what it costs at ${base.incidents}, at most ${PROMISES.growth}`,
      growth <= PROMISES.growth,
    ],
    ['no complaint in the log', results.every((one) => one.complaints === 0)],
  ];
  for (const [name, ok] of checks) stdout.write(`${ok ? 'pass' : 'FAIL'}  ${name}\n`);
  return checks.every(([, ok]) => ok);
}

/** Each size in a process of its own, so that none is charged with the memory or the warm code of another. */
function apart(incidents: number, minutes: number): Result {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), String(incidents), String(minutes), '--json'];
  const { stdout: text, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = text.split('\n').findLast((one) => one.startsWith('{'));
  if (status !== 0 || line === undefined) throw new Error(`${incidents} incidents: ${text}`);
  return JSON.parse(line) as Result;
}

const [sizes, minutes = '185', json] = argv.slice(2);
if (json === '--json') {
  stdout.write(`${JSON.stringify(await measure(Number(sizes), Number(minutes)))}\n`);
  exit(0);
}
const wanted = sizes === undefined ? SIZES : [10, Number(sizes)];
exit(print(wanted.map((one) => apart(one, Number(minutes)))) ? 0 : 1);
