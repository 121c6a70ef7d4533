import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Alert, alertIdentity } from '../../src/alert/alert.ts';
import { Labels } from '../../src/labels/labels.ts';
import { MINUTE, startWorld, type World, type WorldOptions } from '../support/world.ts';

const SECOND = 1000;
const CHANNEL = 'ml-alerts';
const TEAM = [
  { id: 'U01ASHA', name: 'Asha', email: 'asha@example.com' },
  { id: 'U02BILAL', name: 'Bilal', email: 'bilal@example.com' },
];

const CONFIG = {
  global: { scrape_interval: '1m', evaluation_interval: '1m' },
  scrape_configs: [],
  alertmanager_config: {
    route: {
      receiver: 'ml',
      group_by: ['alertname', 'model_name'],
      group_wait: '10s',
      group_interval: '1m',
      repeat_interval: '4h',
    },
    receivers: [{ name: 'ml', slack_configs: [{ channel: `#${CHANNEL}`, send_resolved: true }] }],
  },
  schedules: [
    {
      name: 'primary',
      timezone: 'Asia/Kolkata',
      rotation: { type: 'weekly', handoff_time: '09:00', handoff_day: 'Monday', members: ['asha@example.com'] },
    },
  ],
  escalation_policies: [
    {
      name: 'ladder',
      rules: [
        { escalation_delay_in_minutes: 10, targets: [{ type: 'schedule_reference', id: 'primary' }] },
        { escalation_delay_in_minutes: 10, targets: [{ type: 'user_reference', id: 'bilal@example.com' }] },
      ],
    },
  ],
  paging: [{ matchers: ['priority="P1"'], escalation_policy: 'ladder' }],
};

let world: World | undefined;
const folders: string[] = [];
afterEach(async () => {
  await world?.close();
  world = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(config: WorldOptions['config'] = {}, more: Partial<WorldOptions> = {}): Promise<World> {
  world = await startWorld({ users: TEAM, slackOnClock: true, config: { ...CONFIG, ...config }, ...more });
  await world.settle();
  return world;
}

function alertOf(w: World, labels: Record<string, string>, resolved = false): Alert {
  const set = Labels.of({ environment: 'production', severity: 'critical', ...labels });
  const now = w.clock.now();
  return {
    fingerprint: alertIdentity(set),
    labels: set,
    annotations: Labels.of({ summary: `${labels['alertname']} ${labels['model_name'] ?? ''}` }),
    startsAt: now,
    updatedAt: now,
    condition: resolved ? { kind: 'resolved', at: now } : { kind: 'firing' },
    generatorUrl: '',
    source: { kind: 'api' },
  };
}

function tell(w: World, labels: readonly Record<string, string>[], resolved = false): void {
  w.app.dispatcher.ingest(
    labels.map((one) => alertOf(w, one, resolved)),
    w.clock.now(),
  );
}

interface Post {
  readonly ts: string;
  readonly text: string;
  readonly all: string;
}

/** Messages of the channel itself, threads left out. */
function posts(w: World): Post[] {
  return w.workspace.state
    .messages(CHANNEL)
    .filter((message) => message.threadTs === undefined || message.threadTs === message.ts)
    .map((message) => ({ ts: message.ts, text: message.text, all: JSON.stringify(message.blocks) }));
}

const dms = (w: World): Post[] =>
  TEAM.flatMap(({ id }) => w.workspace.state.dms(id)).map((m) => ({
    ts: m.ts,
    text: m.text,
    all: JSON.stringify(m.blocks),
  }));

const canopies = (w: World): Post[] => posts(w).filter(({ all }) => all.includes('"block_id":"storm"'));
const models = (n: number): Record<string, string>[] =>
  Array.from({ length: n }, (_, index) => ({ alertname: 'ModelServerDown', model_name: `model-${index}` }));
const DATABASE = { alertname: 'FeatureStoreDown', service: 'feature-store-db' };
const DEPENDENCIES = {
  dependencies: [
    { name: 'feature-store', depends_on: ['feature-store-db'] },
    { matchers: ['model_name=~"model-.*"'], depends_on: ['feature-store'] },
  ],
};

/** Presses a button of a message as Asha. */
async function press(w: World, post: Post | undefined, actionId: string): Promise<void> {
  const target = { channel: w.workspace.state.messages(CHANNEL)[0]?.channel ?? '', ts: post?.ts ?? '', actionId };
  expect(await w.workspace.act.click('U01ASHA', target)).toMatchObject({ ok: true });
  await w.workspace.settled();
  await w.settle();
}

describe('a group of alerts', { timeout: 60_000 }, () => {
  it('keeps its card firing while one of ten is left, and closes it once when the tenth heals', async () => {
    const w = await start();
    const ten = Array.from({ length: 10 }, (_, index) => ({
      alertname: 'FeatureNullRateHigh',
      model_name: 'fraud-detector',
      feature_name: `f${index}`,
    }));
    tell(w, ten);
    await w.pass(MINUTE);
    expect(posts(w)).toHaveLength(1);
    tell(w, ten.slice(0, 9), true);
    await w.pass(5 * MINUTE);
    expect(posts(w)).toHaveLength(1);
    expect(posts(w)[0]?.all).toContain('🔴');
    expect(posts(w)[0]?.all).not.toContain('Resolved');
    tell(w, ten.slice(9), true);
    await w.pass(5 * MINUTE);
    expect(posts(w)).toHaveLength(1);
    expect(posts(w)[0]?.all).toContain('🟢 Resolved');
    const thread = w.workspace.state.thread(CHANNEL, posts(w)[0]?.ts ?? '');
    expect(thread.filter(({ ts, text }) => ts !== posts(w)[0]?.ts && /resolved/i.test(text))).toHaveLength(1);
    expect(w.complaints).toEqual([]);
  });
});

describe('fifty models down at once because of one database', { timeout: 120_000 }, () => {
  it('is at most three posts and two direct messages where the dependency is declared, all closed after healing', async () => {
    const w = await start(DEPENDENCIES);
    tell(w, [...models(50), DATABASE]);
    await w.pass(5 * MINUTE);
    expect(posts(w).length).toBeLessThanOrEqual(3);
    expect(dms(w)).toHaveLength(1);
    const [card] = posts(w);
    expect(card?.all).toContain('FeatureStoreDown');
    expect(card?.all).toContain('mutes 50 alerts on 50 models');
    tell(w, models(20), true);
    await w.pass(MINUTE);
    expect(posts(w)[0]?.all).toContain('mutes 30 alerts on 30 models');
    tell(w, [...models(50), DATABASE], true);
    await w.pass(5 * MINUTE);
    expect(posts(w).length).toBeLessThanOrEqual(3);
    expect(posts(w).every(({ all }) => all.includes('Resolved'))).toBe(true);
    expect(w.complaints).toEqual([]);
  });

  it('tells of the models when the database is back and they are not', async () => {
    const w = await start(DEPENDENCIES);
    tell(w, [...models(3), DATABASE]);
    await w.pass(5 * MINUTE);
    expect(posts(w)).toHaveLength(1);
    tell(w, [DATABASE], true);
    await w.pass(5 * MINUTE);
    expect(posts(w).filter(({ all }) => all.includes('ModelServerDown'))).toHaveLength(3);
  });

  it('leaves models of another environment alone', async () => {
    const w = await start(DEPENDENCIES);
    tell(w, [{ ...DATABASE, environment: 'staging' }, ...models(2)]);
    await w.pass(MINUTE);
    expect(posts(w)).toHaveLength(3);
  });

  it('never hides what is more urgent than the cause, and says what the cause is', async () => {
    const w = await start(DEPENDENCIES);
    tell(w, [{ ...DATABASE, severity: 'warning' }, ...models(1)]);
    await w.pass(MINUTE);
    const card = posts(w).find(({ all }) => all.includes('ModelServerDown'));
    expect(card?.all).toContain('root cause: FeatureStoreDown');
  });
});

describe('a storm of new groups', { timeout: 120_000 }, () => {
  const warnings = (n: number) => models(n).map((labels) => ({ ...labels, severity: 'warning' }));

  it('becomes one message after the first ten cards, and says what remains when it is over', async () => {
    const w = await start();
    tell(w, warnings(47));
    await w.pass(MINUTE);
    expect(canopies(w)).toHaveLength(1);
    expect(posts(w)).toHaveLength(11);
    expect(canopies(w)[0]?.text).toContain('Storm: 47 alerts on 47 models');
    expect(canopies(w)[0]?.all).toContain('Show all 47');
    tell(w, warnings(45), true);
    await w.pass(7 * MINUTE);
    expect(canopies(w)[0]?.all).toContain('Storm over · 2 incidents remain open');
    const open = posts(w).filter(({ all }) => all.includes('🟠 P2'));
    expect(new Set(open.map(({ all }) => /model-4[56]/.exec(all)?.[0]))).toEqual(new Set(['model-45', 'model-46']));
    expect(posts(w)).toHaveLength(13);
    tell(w, warnings(47), true);
    await w.pass(3 * MINUTE);
    expect(
      posts(w)
        .filter((post) => !post.all.includes('"block_id":"storm"'))
        .every(({ all }) => all.includes('Resolved')),
    ).toBe(true);
    expect(w.complaints).toEqual([]);
  });

  it('leaves P1s that nothing explains their own cards', async () => {
    const w = await start();
    tell(w, warnings(20));
    await w.pass(20 * SECOND);
    tell(w, [{ alertname: 'ModelServerDown', model_name: 'search-rank' }]);
    await w.pass(20 * SECOND);
    const own = posts(w).filter(({ all }) => all.includes('search-rank') && !all.includes('"block_id":"storm"'));
    expect(own).toHaveLength(1);
    expect(canopies(w)[0]?.all).toContain('search-rank');
    expect(canopies(w)[0]?.all).toContain('1 incident needs a person');
  });

  it('names the database as the probable root where it is less urgent than what follows, and takes the acknowledgement for it', async () => {
    const w = await start(DEPENDENCIES);
    tell(w, [{ ...DATABASE, severity: 'warning' }]);
    await w.pass(5 * SECOND);
    tell(w, models(40));
    await w.pass(30 * SECOND);
    expect(canopies(w)[0]?.text).toContain('probable root feature-store-db down');
    expect(canopies(w)[0]?.all).toContain('first to fire, and 40 of 40 others depend on it');
    await press(w, canopies(w)[0], 'storm_list');
    expect(w.workspace.state.refused()).toEqual([]);
    await press(w, canopies(w)[0], 'acknowledge');
    await w.pass(10 * SECOND);
    const root = posts(w).find(({ all }) => all.includes('FeatureStoreDown') && !all.includes('"block_id":"storm"'));
    expect(root?.all).toContain('Acknowledged');
    expect(canopies(w)[0]?.all).not.toContain('Acknowledge root');
  });

  it('goes on where it was after a restart: no second message, no card let out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watchroom-storm-'));
    folders.push(folder);
    const databases = { state: join(folder, 'state.db'), metrics: join(folder, 'metrics.db') };
    const before = await start({}, { databases });
    tell(before, warnings(30));
    await before.pass(MINUTE);
    await before.closeApp();
    const w = await start({}, { databases, around: before });
    await w.pass(MINUTE);
    expect(canopies(w)).toHaveLength(1);
    expect(posts(w)).toHaveLength(11);
    await w.pass(5 * MINUTE);
    expect(canopies(w)[0]?.all).toContain('Storm over · 30 incidents remain open');
    expect(posts(w)).toHaveLength(31);
  });

  it('is looked for only beyond the rate that the configuration names', async () => {
    const w = await start({ storm: { groups: 100 } });
    tell(w, warnings(30));
    await w.pass(2 * MINUTE);
    expect(canopies(w)).toHaveLength(0);
    expect(posts(w)).toHaveLength(30);
  });
});
