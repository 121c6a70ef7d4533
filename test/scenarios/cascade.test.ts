import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Message } from '../../src/workspace/model.ts';
import { alertNow } from '../support/alerts.ts';
import { pressOn } from '../support/hands-on.ts';
import { ASHA } from '../support/on-call-world.ts';
import { TWO_PEOPLE, twoLevels } from '../support/two-levels.ts';
import { MINUTE, startWorld, toMlAlerts, type World, type WorldOptions } from '../support/world.ts';

const SECOND = 1000;
const CONFIG = {
  global: { scrape_interval: '1m', evaluation_interval: '1m' },
  scrape_configs: [],
  alertmanager_config: toMlAlerts(),
  ...twoLevels(10),
  paging: [{ matchers: ['priority="P1"'], escalation_policy: 'ladder' }],
};

async function start(config: WorldOptions['config'] = {}, more: Partial<WorldOptions> = {}): Promise<World> {
  const world = await startWorld({ users: TWO_PEOPLE, slackOnClock: true, config: { ...CONFIG, ...config }, ...more });
  onTestFinished(() => world.close());
  await world.settle();
  return world;
}

function tellAll(w: World, labels: readonly Record<string, string>[], resolved = false): void {
  const alerts = labels.map((one) => {
    const annotations = { summary: `${one['alertname']} ${one['model_name'] ?? ''}` };
    return alertNow(w, { environment: 'production', severity: 'critical', ...one }, { annotations, resolved });
  });
  w.app.dispatcher.ingest(alerts, w.clock.now());
}

interface Post {
  readonly channel: string;
  readonly ts: string;
  readonly text: string;
  readonly all: string;
}

const postOf = ({ channel, ts, text, blocks }: Message): Post => ({ channel, ts, text, all: JSON.stringify(blocks) });

/** Messages of the channel itself, threads left out. */
function posts(w: World): Post[] {
  return w.workspace.state
    .messages('ml-alerts')
    .filter((message) => message.threadTs === undefined || message.threadTs === message.ts)
    .map(postOf);
}

const dms = (w: World): Post[] => TWO_PEOPLE.flatMap(({ id }) => w.workspace.state.dms(id)).map(postOf);

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

describe('a group of alerts', { timeout: 60_000 }, () => {
  it('keeps its card firing while one of ten is left, and closes it once when the tenth heals', async () => {
    const w = await start();
    const ten = Array.from({ length: 10 }, (_, index) => ({
      alertname: 'FeatureNullRateHigh',
      model_name: 'fraud-detector',
      feature_name: `f${index}`,
    }));
    tellAll(w, ten);
    await w.pass(MINUTE);
    expect(posts(w)).toHaveLength(1);
    tellAll(w, ten.slice(0, 9), true);
    await w.pass(5 * MINUTE);
    expect(posts(w)).toHaveLength(1);
    expect(posts(w)[0]?.all).toContain('🔴');
    expect(posts(w)[0]?.all).not.toContain('Resolved');
    tellAll(w, ten.slice(9), true);
    await w.pass(5 * MINUTE);
    expect(posts(w)).toHaveLength(1);
    expect(posts(w)[0]?.all).toContain('🟢 Resolved');
    const thread = w.workspace.state.thread('ml-alerts', posts(w)[0]?.ts ?? '');
    expect(thread.filter(({ ts, text }) => ts !== posts(w)[0]?.ts && /resolved/i.test(text))).toHaveLength(1);
    expect(w.complaints).toEqual([]);
  });
});

describe('fifty models down at once because of one database', { timeout: 120_000 }, () => {
  it('is at most three posts and two direct messages where the dependency is declared, all closed after healing', async () => {
    const w = await start(DEPENDENCIES);
    tellAll(w, [...models(50), DATABASE]);
    await w.pass(5 * MINUTE);
    expect(posts(w).length).toBeLessThanOrEqual(3);
    expect(dms(w)).toHaveLength(1);
    const [card] = posts(w);
    expect(card?.all).toContain('FeatureStoreDown');
    expect(card?.all).toContain('mutes 50 alerts on 50 models');
    tellAll(w, models(20), true);
    await w.pass(MINUTE);
    expect(posts(w)[0]?.all).toContain('mutes 30 alerts on 30 models');
    tellAll(w, [...models(50), DATABASE], true);
    await w.pass(5 * MINUTE);
    expect(posts(w).length).toBeLessThanOrEqual(3);
    expect(posts(w).every(({ all }) => all.includes('Resolved'))).toBe(true);
    expect(w.complaints).toEqual([]);
  });

  it('tells of the models when the database is back and they are not', async () => {
    const w = await start(DEPENDENCIES);
    tellAll(w, [...models(3), DATABASE]);
    await w.pass(5 * MINUTE);
    expect(posts(w)).toHaveLength(1);
    tellAll(w, [DATABASE], true);
    await w.pass(5 * MINUTE);
    expect(posts(w).filter(({ all }) => all.includes('ModelServerDown'))).toHaveLength(3);
  });

  it('leaves models of another environment alone', async () => {
    const w = await start(DEPENDENCIES);
    tellAll(w, [{ ...DATABASE, environment: 'staging' }, ...models(2)]);
    await w.pass(MINUTE);
    expect(posts(w)).toHaveLength(3);
  });

  it('never hides what is more urgent than the cause, and says what the cause is', async () => {
    const w = await start(DEPENDENCIES);
    tellAll(w, [{ ...DATABASE, severity: 'warning' }, ...models(1)]);
    await w.pass(MINUTE);
    const card = posts(w).find(({ all }) => all.includes('ModelServerDown'));
    expect(card?.all).toContain('root cause: FeatureStoreDown');
  });
});

describe('a storm of new groups', { timeout: 120_000 }, () => {
  const warnings = (n: number) => models(n).map((labels) => ({ ...labels, severity: 'warning' }));

  it('becomes one message after the first ten cards, and says what remains when it is over', async () => {
    const w = await start();
    tellAll(w, warnings(47));
    await w.pass(MINUTE);
    expect(canopies(w)).toHaveLength(1);
    expect(posts(w)).toHaveLength(11);
    expect(canopies(w)[0]?.text).toContain('Storm: 47 alerts on 47 models');
    expect(canopies(w)[0]?.all).toContain('Show all 47');
    tellAll(w, warnings(45), true);
    await w.pass(7 * MINUTE);
    expect(canopies(w)[0]?.all).toContain('Storm over · 2 incidents remain open');
    const open = posts(w).filter(({ all }) => all.includes('🟠 P2'));
    expect(new Set(open.map(({ all }) => /model-4[56]/.exec(all)?.[0]))).toEqual(new Set(['model-45', 'model-46']));
    expect(posts(w)).toHaveLength(13);
    tellAll(w, warnings(47), true);
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
    tellAll(w, warnings(20));
    await w.pass(20 * SECOND);
    tellAll(w, [{ alertname: 'ModelServerDown', model_name: 'search-rank' }]);
    await w.pass(20 * SECOND);
    const own = posts(w).filter(({ all }) => all.includes('search-rank') && !all.includes('"block_id":"storm"'));
    expect(own).toHaveLength(1);
    expect(canopies(w)[0]?.all).toContain('search-rank');
    expect(canopies(w)[0]?.all).toContain('1 incident needs a person');
  });

  it('names the database as the probable root where it is less urgent than what follows, and takes the acknowledgement for it', async () => {
    const w = await start(DEPENDENCIES);
    tellAll(w, [{ ...DATABASE, severity: 'warning' }]);
    await w.pass(5 * SECOND);
    tellAll(w, models(40));
    await w.pass(30 * SECOND);
    expect(canopies(w)[0]?.text).toContain('probable root feature-store-db down');
    expect(canopies(w)[0]?.all).toContain('first to fire, and 40 of 40 others depend on it');
    await pressOn(w, ASHA, canopies(w)[0], 'storm_list');
    expect(w.workspace.state.refused()).toEqual([]);
    await pressOn(w, ASHA, canopies(w)[0], 'acknowledge');
    await w.pass(10 * SECOND);
    const root = posts(w).find(({ all }) => all.includes('FeatureStoreDown') && !all.includes('"block_id":"storm"'));
    expect(root?.all).toContain('Acknowledged');
    expect(canopies(w)[0]?.all).not.toContain('Acknowledge root');
  });

  it('goes on where it was after a restart: no second message, no card let out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watchroom-storm-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const databases = { state: join(folder, 'state.db'), metrics: join(folder, 'metrics.db') };
    const before = await start({}, { databases });
    tellAll(before, warnings(30));
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
    tellAll(w, warnings(30));
    await w.pass(2 * MINUTE);
    expect(canopies(w)).toHaveLength(0);
    expect(posts(w)).toHaveLength(30);
  });
});
