import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, exit, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { settleEngine, tuneEngine } from '../src/cli/engine.ts';
import { BURST_EVERY_MS, cascade, MODELS, PER_MODEL, posted } from './storm/cascade.ts';
import {
  atMost,
  equal,
  type Figure,
  fatesOf,
  isCanopy,
  outboxStates,
  pagerdutyIncidents,
  postedAt,
  refusedByLimit,
  rootPosts,
  updatesInFiveMinutes,
} from './storm/figures.ts';
import { lagPercentile, watchLag } from './storm/lag.ts';
import { type Arrangement, openStage, type Stage } from './storm/stage.ts';

interface Variant extends Arrangement {
  readonly name: string;
  readonly title: string;
  readonly mostRootPosts: number;
  readonly mostPagerdutyIncidents: number;
  /** Slack answers 429 to everything from the second to the fifth minute. */
  readonly outage: boolean;
}

/** `npx tsx bench/storm.ts [VARIANT]`: ten thousand alerts of one cascade in five virtual minutes, and what people get of it. */
const VARIANTS: readonly Variant[] = [
  {
    name: 'plain',
    title: 'nothing explains anything',
    inhibit: false,
    dependency: false,
    mostRootPosts: 60,
    mostPagerdutyIncidents: 10,
    outage: false,
  },
  {
    name: 'inhibit',
    title: 'an inhibition rule from the root to all warnings',
    inhibit: true,
    dependency: false,
    mostRootPosts: 12,
    mostPagerdutyIncidents: 10,
    outage: false,
  },
  {
    name: 'dependency',
    title: 'the dependency is declared',
    inhibit: false,
    dependency: true,
    mostRootPosts: 12,
    mostPagerdutyIncidents: 1,
    outage: false,
  },
  {
    name: 'outage',
    title: 'nothing explains anything, and Slack answers 429 for three minutes',
    inhibit: false,
    dependency: false,
    mostRootPosts: 60,
    mostPagerdutyIncidents: 10,
    outage: true,
  },
];

const MINUTE = 60;
const OUTAGE = { from: 1 * MINUTE, to: 4 * MINUTE };

async function play(variant: Variant, folder: string): Promise<Figure[]> {
  // As `serve` does.
  tuneEngine();
  const path = join(folder, `${variant.name}.db`);
  const stage = await openStage(variant, path);
  settleEngine();
  try {
    const lag = watchLag();
    const storm = await storming(stage, variant);
    const blocks = lag.end();
    const figures = figuresOf(stage, variant, storm);
    const toldRight = shownCounts(stage, variant);
    const fates = fatesOf(stage, path);
    await healing(stage);
    const states = outboxStates(path);
    const waiting = (states.get('queued') ?? 0) + (states.get('attempting') ?? 0);
    const standing = rootPosts(stage).filter(
      (message) => !isCanopy(message) && /🔴|🟠/.test(JSON.stringify(message.blocks)),
    ).length;
    return [
      ...figures,
      ...toldRight,
      equal('alerts neither told nor suppressed with a reason', fates.untold, 0),
      {
        name: 'alerts told / under the storm’s message / muted',
        value: `${fates.told} / ${fates.underCanopy} / ${fates.muted}`,
        limit: `sum ${MODELS * PER_MODEL}`,
        ok: fates.told + fates.underCanopy + fates.muted === MODELS * PER_MODEL,
      },
      equal('rows undeliverable', states.get('dead') ?? 0, 0),
      equal('rows not terminal after healing', waiting, 0),
      equal('cards still open after healing', standing, 0),
      atMost('event-loop lag p99 over the five minutes', lagPercentile(blocks, 0.99, 300_000), 50, ' ms'),
      {
        name: 'longest block of the event loop',
        value: `${Math.max(...blocks).toFixed(0)} ms`,
        limit: 'told',
        ok: true,
      },
      atMost('memory', storm.mostRss / 1024 / 1024, 300, ' MB'),
      equal('complaints in the log', stage.world.complaints.filter((line) => !/late|circuit/.test(line)).length, 0),
    ];
  } finally {
    for (const line of stage.world.complaints.slice(0, 5)) stdout.write(`    log: ${line.trim().slice(0, 300)}\n`);
    await stage.close();
  }
}

interface Storm {
  /** When each P1 was accepted, by alert name and part. */
  readonly urgentAt: ReadonlyMap<string, number>;
  readonly mostRss: number;
  /** When Slack last said 429 during the outage, and for how long. */
  readonly early: number;
}

const keyOf = (labels: Readonly<Record<string, string>>): string =>
  `${labels['alertname']} ${labels['model_name'] ?? labels['service'] ?? ''}`;

async function storming(stage: Stage, variant: Variant): Promise<Storm> {
  const bursts = cascade();
  const urgentAt = new Map<string, number>();
  let mostRss = process.memoryUsage.rss();
  stdout.write(`    memory before: ${(mostRss / 1024 / 1024).toFixed(0)} MB\n`);
  for (let second = 0; second <= 5 * MINUTE; second += 1) {
    if (variant.outage && second === OUTAGE.from)
      stage.world.workspace.faults.add({ method: '*', kind: '429', retryAfter: 20, times: 1e9 });
    if (variant.outage && second === OUTAGE.to) stage.world.workspace.faults.clear();
    const burst = (second * 1000) % BURST_EVERY_MS === 0 ? bursts[(second * 1000) / BURST_EVERY_MS] : undefined;
    if (burst) {
      const now = stage.clock.now();
      await stage.post(burst.map((labels) => posted(labels, now)));
      for (const labels of burst) if (labels['severity'] === 'critical') urgentAt.set(keyOf(labels), now);
      await stage.world.settle();
    }
    await stage.second();
    mostRss = Math.max(mostRss, process.memoryUsage.rss());
  }
  // What waits for a group's interval or for a limit is told before the counts are compared.
  for (let second = 0; second < 2 * MINUTE; second += 1) await stage.second();
  return { urgentAt, mostRss, early: calledTooEarly(stage) };
}

/** Calls to a method (and channel) that Slack had closed, before the time it named. */
function calledTooEarly({ calls }: Stage): number {
  const closed = new Map<string, { readonly since: number; readonly until: number }>();
  let early = 0;
  for (const call of calls) {
    const channel = call.name === 'chat.postMessage' ? String(call.request['channel']) : '';
    const key = `${call.name} ${channel}`;
    const known = closed.get(key);
    // Calls of the same instant were under way before the answer.
    if (known && call.at > known.since && call.at < known.until) early += 1;
    if (call.status === 429) closed.set(key, { since: call.at, until: call.at + 20_000 });
  }
  return early;
}

function figuresOf(stage: Stage, variant: Variant, storm: Storm): Figure[] {
  const posts = rootPosts(stage).toSorted((a, b) => postedAt(a) - postedAt(b));
  const everything = [...posts, ...['U01ASHA', 'U02BILAL'].flatMap((id) => stage.world.workspace.state.dms(id))];
  const waits: number[] = [];
  let untold = 0;
  for (const [key, at] of storm.urgentAt) {
    const [name = '', part = ''] = key.split(' ');
    const first = everything
      .filter((message) => {
        const text = JSON.stringify(message);
        return text.includes(name) && new RegExp(`${part}\\b`).test(text);
      })
      .map(postedAt)
      .filter((posted_) => posted_ >= at);
    if (first.length === 0) untold += 1;
    else waits.push(Math.min(...first) - at);
  }
  const outageMs = variant.outage ? (OUTAGE.to - OUTAGE.from) * 1000 + 30_000 : 0;
  const firstWait = waits[0] ?? Number.POSITIVE_INFINITY;
  return [
    atMost('root posts', posts.length, variant.mostRootPosts),
    atMost('chat.update in five minutes', updatesInFiveMinutes(stage), 200),
    atMost('PagerDuty incidents', pagerdutyIncidents(stage), variant.mostPagerdutyIncidents),
    ...(variant.outage
      ? [equal('calls before Retry-After had passed', storm.early, 0)]
      : [equal('429s', refusedByLimit(stage), 0)]),
    atMost('first P1 told after', firstWait / 1000, 5, ' s'),
    atMost('slowest P1 told after', Math.max(...waits) / 1000, 30 + outageMs / 1000, ' s'),
    ...(variant.dependency ? [] : [equal('P1s not told on their own', untold, 0)]),
  ];
}

/** The numbers that the messages show against the recorder's own count. */
function shownCounts(stage: Stage, variant: Variant): Figure[] {
  const { world, clock } = stage;
  const alerts = world.app.dispatcher.alerts(clock.now());
  const posts = rootPosts(stage).map((message) => ({ message, text: JSON.stringify(message) }));
  const muted = alerts.filter((alert) => world.app.dispatcher.mutesOf(alert, clock.now()).length > 0).length;
  const root = posts.find(({ message, text }) => text.includes('FeatureStoreDown') && !isCanopy(message))?.text ?? '';
  const canopy = posts.find(({ message }) => isCanopy(message))?.text ?? '';
  const number = (text: string, pattern: RegExp): string =>
    (pattern.exec(text)?.[1] ?? 'not said').replaceAll(/[,\s]/g, '');
  return [
    ...(muted > 0
      ? [equal('alerts muted, as the root’s card says', number(root, /mutes ([\d, ]+) alerts/), String(muted))]
      : []),
    ...(canopy === ''
      ? []
      : [{ name: 'the storm’s message', value: /Storm[^"]{0,90}/.exec(canopy)?.[0] ?? '', limit: 'told', ok: true }]),
    ...(!variant.inhibit && !variant.dependency
      ? [equal('alerts, as the storm’s message says', number(canopy, /Storm: ([\d, ]+) alerts/), String(alerts.length))]
      : []),
  ];
}

async function healing(stage: Stage): Promise<void> {
  for (const burst of cascade()) {
    const now = stage.clock.now();
    await stage.post(burst.map((labels) => posted(labels, now - 1000, now)));
    await stage.world.settle();
  }
  for (let minute = 0; minute < 15; minute += 1) for (let s = 0; s < 60; s += 1) await stage.second();
}

/** Each variant in a process of its own, so that none is charged with the memory of another. */
function inProcesses(): number {
  let failed = 0;
  for (const { name } of VARIANTS) {
    const { status } = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), name], {
      stdio: 'inherit',
    });
    if (status !== 0) failed += 1;
  }
  stdout.write(failed === 0 ? 'every number holds\n' : `numbers fail in ${failed} of ${VARIANTS.length} variants\n`);
  return failed;
}

async function alone(variant: Variant): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-storm-'));
  try {
    const before = performance.now();
    stdout.write(`${variant.name}: ${variant.title}\n`);
    const figures = await play(variant, folder);
    for (const { name, value, limit, ok } of figures)
      stdout.write(`  ${ok ? 'pass' : 'FAIL'}  ${name.padEnd(52)} ${value.padEnd(36)} ${limit}\n`);
    stdout.write(`  real time ${((performance.now() - before) / 1000).toFixed(1)} s\n`);
    return figures.filter(({ ok }) => !ok).length;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [wanted] = argv.slice(2);
const variant = VARIANTS.find(({ name }) => name === wanted);
if (wanted !== undefined && !variant) throw new Error(`variants are ${VARIANTS.map(({ name }) => name).join(', ')}`);
exit((variant ? await alone(variant) : inProcesses()) === 0 ? 0 : 1);
