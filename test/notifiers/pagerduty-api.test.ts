import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { PLAIN_HTTP } from '../../src/delivery/http-config.ts';
import type { IntegrationRef } from '../../src/delivery/notification.ts';
import type { PagerdutyConfig } from '../../src/delivery/receiver.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { createPagerduty, type PagerdutyAct, pagerdutyDraft } from '../../src/notifiers/pagerduty.ts';
import {
  dedupKey,
  essential,
  NO_TEXTS,
  type PagerdutyFacts,
  pagerdutyEvent,
} from '../../src/notifiers/pagerduty-event.ts';
import { bodyFor } from '../../src/notifiers/pagerduty-wire.ts';
import { loadRouting } from '../../src/routing/schema.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteTriggerBook } from '../../src/sqlite/pagerduty-store.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { AT, entryOf } from './harness.ts';
import { faultsOfV1, faultsOfV2, type PagerdutyStandIn, pagerdutyStandIn } from './pagerduty-standin.ts';

const V2_KEY = 'R0UT1NGKEY0000000000000000ABCDEF';
const V1_KEY = 'S3RV1CEKEY0000000000000000ABCDEF';
const INTEGRATION: IntegrationRef = { receiver: 'ml-critical', kind: 'pagerduty', index: 0 };
const DEDUP = 'fraud-detector-ModelLatencyP99High-production';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const FULL: PagerdutyFacts = {
  alertName: 'ModelLatencyP99High',
  model: 'fraud-detector',
  version: 'v2.3.1',
  environment: 'production',
  region: 'ap-south-1',
  priority: 'P1',
  severity: 'critical',
  metric: 'p99 latency',
  value: 0.412,
  threshold: 0.2,
  description: 'P99 latency is 412 ms, more than twice the limit.',
  runbookUrl: 'https://runbooks.internal/ml/latency?model=fraud&x=1',
  dashboardUrl: 'https://grafana.internal/d/fraud',
  startedAt: AT,
  rootCause: 'FeatureStoreDown (feature-store)',
  trend: '▁▂▃▅▇ 1h',
  escalation: 'Asha was told at 11:02 IST; next: Bilal at 11:07 IST',
};
const BARE: PagerdutyFacts = {
  alertName: '',
  model: '',
  version: '',
  environment: '',
  region: '',
  priority: 'P4',
  severity: '',
  metric: '',
  description: '',
  runbookUrl: '',
  dashboardUrl: '',
  startedAt: AT,
};
const OWN_TEXTS = {
  ...NO_TEXTS,
  description: 'ModelLatencyP99High: P99 latency above 200ms',
  severity: 'critical',
  client: 'Alertmanager',
  clientUrl: 'https://watchroom.example/#/alerts',
  details: [['model', 'fraud-detector']] as const,
  images: [{ src: 'https://grafana.internal/render/1.png', alt: 'p99', href: 'https://grafana.internal/d/fraud' }],
  links: [{ href: 'https://logs.internal/fraud', text: 'Logs' }],
};

type Keys = Partial<Pick<PagerdutyConfig, 'routingKey' | 'serviceKey'>>;
const inline = (value: string) => ({ kind: 'inline', value }) as const;

async function desk(keys: Keys, path: string, known = { v1: [V1_KEY], v2: [V2_KEY] }) {
  const pagerduty = await pagerdutyStandIn(known);
  closers.push(() => pagerduty.close());
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  const config: PagerdutyConfig = {
    ...NO_TEXTS,
    ...keys,
    url: `${pagerduty.url}${path}`,
    details: new Map(),
    http: PLAIN_HTTP,
  };
  const notifier = createPagerduty({
    configOf: () => config,
    secret: (source) => (source.kind === 'inline' ? source.value : ''),
    book: new SqliteTriggerBook(db),
    wire: new ManualClock(AT),
  });
  const say = (act: PagerdutyAct) =>
    notifier.send(
      entryOf(pagerdutyDraft(act, { integration: INTEGRATION, priority: 'P1', causedAt: AT })),
      new AbortController().signal,
    );
  return { pagerduty, say };
}

const V2 = '/v2/enqueue';
const V1 = '/generic/2010-04-15/create_event.json';
const trigger = (facts = FULL, texts: typeof OWN_TEXTS | typeof NO_TEXTS = NO_TEXTS): PagerdutyAct => ({
  action: 'trigger',
  dedupKey: DEDUP,
  event: pagerdutyEvent(facts, texts),
});

const GOLDEN: readonly (readonly [name: string, path: string, acts: readonly PagerdutyAct[]])[] = [
  ['trigger', V2, [trigger()]],
  ['trigger-own-texts', V2, [trigger(FULL, OWN_TEXTS)]],
  ['trigger-nothing-known', V2, [trigger(BARE)]],
  [
    'trigger-essentials',
    V2,
    [{ action: 'trigger', dedupKey: DEDUP, event: essential(pagerdutyEvent(FULL, NO_TEXTS)) }],
  ],
  ['acknowledge', V2, [trigger(), { action: 'acknowledge', dedupKey: DEDUP }]],
  ['resolve', V2, [trigger(), { action: 'resolve', dedupKey: DEDUP }]],
  ['v1-trigger', V1, [trigger(FULL, OWN_TEXTS)]],
  ['v1-trigger-nothing-known', V1, [trigger(BARE)]],
  ['v1-acknowledge', V1, [trigger(), { action: 'acknowledge', dedupKey: DEDUP }]],
  ['v1-resolve', V1, [trigger(), { action: 'resolve', dedupKey: DEDUP }]],
];

describe('what goes to PagerDuty', () => {
  it.each(GOLDEN)('is what it has always been: %s', async (name, path, acts) => {
    const keys = path === V2 ? { routingKey: inline(V2_KEY) } : { serviceKey: inline(V1_KEY) };
    const { pagerduty, say } = await desk(keys, path);
    for (const act of acts) expect(await say(act)).toMatchObject({ kind: 'sent' });
    const last = pagerduty.calls.at(-1);
    expect(last?.errors).toEqual([]);
    expect(pagerduty.dropped).toEqual([]);
    const json = `${JSON.stringify(last?.body, null, 2)}\n`;
    await expect(json).toMatchFileSnapshot(`../golden/pagerduty/${name}.json`);
  });

  it('is within the rules of both APIs, whatever an alert holds', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constant('🔥'.repeat(3000)), fc.webUrl());
    const facts = fc.record({
      alertName: text,
      model: text,
      version: text,
      environment: text,
      region: text,
      priority: fc.constantFrom('P1', 'P2', 'P3', 'P4'),
      severity: text,
      metric: text,
      value: fc.double(),
      threshold: fc.double(),
      description: text,
      runbookUrl: text,
      dashboardUrl: text,
      startedAt: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    });
    fc.assert(
      fc.property(facts, text, (made, own) => {
        const event = pagerdutyEvent(made as PagerdutyFacts, { ...NO_TEXTS, description: own, details: [[own, own]] });
        const act: PagerdutyAct = { action: 'trigger', dedupKey: dedupKey(made.model, made.alertName, own), event };
        for (const [path, key, faults] of [
          [V2, V2_KEY, faultsOfV2],
          [V1, V1_KEY, faultsOfV1],
        ] as const) {
          const body = bodyFor(`https://events.pagerduty.com${path}`, key, act);
          expect(faults(JSON.parse(body) as Record<string, unknown>)).toEqual([]);
          expect(Buffer.byteLength(body)).toBeLessThan(512 * 1024);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a service key', () => {
  const state = ({ incidents }: PagerdutyStandIn): string[] => [...incidents].map(([id, is]) => `${id} ${is}`);

  it('without an address goes to the Events API v1 of PagerDuty itself, as Alertmanager sends it', () => {
    const text = (keys: string): string =>
      `route: { receiver: p }\nreceivers: [ { name: p, pagerduty_configs: [ { ${keys} } ] } ]`;
    const urlOf = (keys: string): string | undefined => {
      const { config } = loadRouting(parseYaml(text(keys), 'alertmanager.yml'));
      const integration = config.receivers.get('p')?.integrations[0];
      return integration?.kind === 'pagerduty' ? integration.config.url : undefined;
    };
    expect(urlOf(`service_key: ${V1_KEY}`)).toBe(`https://events.pagerduty.com${V1}`);
    expect(urlOf(`routing_key: ${V2_KEY}`)).toBe(`https://events.pagerduty.com${V2}`);
    expect(urlOf(`service_key: ${V1_KEY}, url: "https://pd.example/v2/enqueue"`)).toBe('https://pd.example/v2/enqueue');
  });

  it('at the address of v2 is a routing key by its older name', async () => {
    const { pagerduty, say } = await desk({ serviceKey: inline(V2_KEY) }, V2);
    await say(trigger());
    await say({ action: 'resolve', dedupKey: DEDUP });
    expect(pagerduty.calls.map(({ api, errors }) => [api, errors])).toEqual([
      ['v2', []],
      ['v2', []],
    ]);
    expect(state(pagerduty)).toEqual([`${V2_KEY} ${DEDUP} resolved`]);
  });

  it.each([V2, V1])('that %s refuses is taken to the other API of the host, and stays there', async (path) => {
    const key = path === V2 ? V1_KEY : V2_KEY;
    const { pagerduty, say } = await desk({ serviceKey: inline(key) }, path);
    expect(await say(trigger())).toMatchObject({ kind: 'sent' });
    expect(await say({ action: 'acknowledge', dedupKey: DEDUP })).toMatchObject({ kind: 'sent' });
    expect(await say({ action: 'resolve', dedupKey: DEDUP })).toMatchObject({ kind: 'sent' });
    expect(await say({ ...trigger(), dedupKey: 'another' })).toMatchObject({ kind: 'sent' });
    const [mine, other] = path === V2 ? ['v2', 'v1'] : ['v1', 'v2'];
    expect(pagerduty.calls.map(({ api, errors }) => `${api} ${errors.length}`)).toEqual([
      `${mine} 1`,
      ...Array<string>(4).fill(`${other} 0`),
    ]);
    expect(pagerduty.dropped).toEqual([]);
    expect(state(pagerduty)).toEqual([`${key} ${DEDUP} resolved`, `${key} another triggered`]);
  });

  it('that was taken to the other API comes back where that one refuses it later', async () => {
    const keys = { v1: [V1_KEY], v2: [] as string[] };
    const { pagerduty, say } = await desk({ serviceKey: inline(V1_KEY) }, V2, keys);
    await say(trigger());
    keys.v1.pop();
    keys.v2.push(V1_KEY);
    expect(await say({ ...trigger(), dedupKey: 'another' })).toMatchObject({ kind: 'sent' });
    expect(pagerduty.calls.map(({ api, errors }) => `${api} ${errors.length}`)).toEqual([
      'v2 1',
      'v1 0',
      'v1 1',
      'v2 0',
    ]);
  });

  it('that neither API knows is refused as a place, by the words of the first', async () => {
    const { say } = await desk({ serviceKey: inline('N0B0DYSKEY0000000000000000ABCDEF') }, V2);
    const result = await say(trigger());
    expect(result).toMatchObject({ kind: 'rejected', scope: 'destination' });
    expect(JSON.stringify(result)).toContain('Invalid routing key');
  });

  it('is tried again where v1 says 403, which means too fast', async () => {
    const { pagerduty, say } = await desk({ serviceKey: inline(V1_KEY) }, V1);
    pagerduty.trouble.push({ status: 403 }, { status: 500 });
    expect(await say(trigger())).toMatchObject({ kind: 'retry', afterMs: 60_000 });
    expect(await say(trigger())).toMatchObject({ kind: 'retry' });
    expect(await say(trigger())).toMatchObject({ kind: 'sent' });
  });

  it('that is a routing key by its own name is never taken elsewhere', async () => {
    const { pagerduty, say } = await desk({ routingKey: inline(V1_KEY) }, V2);
    expect(await say(trigger())).toMatchObject({ kind: 'rejected', scope: 'destination' });
    expect(pagerduty.calls).toHaveLength(1);
  });
});
