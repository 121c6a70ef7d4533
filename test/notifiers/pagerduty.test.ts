import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_SEVERITIES } from '../../src/alert/priority.ts';
import type { SecretSource } from '../../src/delivery/go-scalars.ts';
import { PLAIN_HTTP } from '../../src/delivery/http-config.ts';
import type { IntegrationRef } from '../../src/delivery/notification.ts';
import type { PagerdutyConfig } from '../../src/delivery/receiver.ts';
import { createPagerduty, type PagerdutyAct, pagerdutyDraft } from '../../src/notifiers/pagerduty.ts';
import {
  dedupKey,
  essential,
  factsOf,
  LARGEST_EVENT_BYTES,
  NO_TEXTS,
  type PagerdutyFacts,
  pagerdutyEvent,
} from '../../src/notifiers/pagerduty-event.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteTriggerBook } from '../../src/sqlite/pagerduty-store.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { AT, alert, entryOf, notification, receiver } from './harness.ts';

const KEY = 'R0UT1NGKEY0000000000000000ABCDEF';
const INTEGRATION: IntegrationRef = { receiver: 'ml-critical', kind: 'pagerduty', index: 0 };

const DRIFT: PagerdutyFacts = {
  alertName: 'PredictionDistributionDrift',
  model: 'fraud-detector',
  version: 'v2.3.1',
  environment: 'production',
  region: 'ap-south-1',
  priority: 'P2',
  severity: 'warning',
  metric: 'psi_score',
  value: 0.35,
  threshold: 0.2,
  description: 'PSI score 0.35 indicates significant drift in fraud detection model predictions.',
  runbookUrl: 'https://wiki.internal/runbooks/prediction-drift',
  dashboardUrl: 'https://grafana.internal/d/fraud-model-v2',
  startedAt: AT,
};

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function config(url: string, routingKey: SecretSource): PagerdutyConfig {
  return {
    routingKey,
    url,
    client: '',
    clientUrl: '',
    description: '',
    severity: '',
    source: '',
    class: '',
    component: '',
    group: '',
    details: new Map(),
    images: [],
    links: [],
    http: PLAIN_HTTP,
  };
}

async function desk(answer: Parameters<typeof receiver>[0]) {
  const pd = await receiver(answer);
  closers.push(pd.close);
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  const state: { config: PagerdutyConfig | undefined } = { config: config(pd.url, { kind: 'inline', value: KEY }) };
  const notifier = createPagerduty({
    configOf: () => state.config,
    secret: (source) => {
      if (source.kind === 'file') throw new Error('ENOENT');
      return source.value;
    },
    book: new SqliteTriggerBook(db),
    wire: new ManualClock(AT),
  });
  const say = (act: PagerdutyAct) =>
    notifier.send(
      entryOf(pagerdutyDraft(act, { integration: INTEGRATION, priority: 'P1', causedAt: AT })),
      new AbortController().signal,
    );
  return { pd, state, notifier, say };
}

const EVENT = pagerdutyEvent(DRIFT, NO_TEXTS);
const KEY_OF_DRIFT = dedupKey('fraud-detector', 'PredictionDistributionDrift', 'production');

describe('what PagerDuty is told', () => {
  it('is the reference document’s event: summary, source, class, group, details and links', () => {
    expect(EVENT).toEqual({
      payload: {
        summary:
          '[WARNING] PredictionDistributionDrift: fraud-detector (v2.3.1) - psi_score=0.3500 (threshold: 0.2000)',
        source: 'ml-alerting-production',
        severity: 'warning',
        timestamp: '2026-11-20T05:32:00.000Z',
        component: 'fraud-detector',
        group: 'ml-models',
        class: 'PredictionDistributionDrift',
        custom_details: {
          model_name: 'fraud-detector',
          model_version: 'v2.3.1',
          metric_name: 'psi_score',
          current_value: 0.35,
          threshold: 0.2,
          environment: 'production',
          region: 'ap-south-1',
          description: 'PSI score 0.35 indicates significant drift in fraud detection model predictions.',
          runbook_url: 'https://wiki.internal/runbooks/prediction-drift',
          dashboard_url: 'https://grafana.internal/d/fraud-model-v2',
        },
      },
      links: [
        { href: 'https://wiki.internal/runbooks/prediction-drift', text: 'Runbook' },
        { href: 'https://grafana.internal/d/fraud-model-v2', text: 'Dashboard' },
      ],
      client: 'Watchroom',
    });
    expect(KEY_OF_DRIFT).toBe('fraud-detector-PredictionDistributionDrift-production');
  });

  it('says nothing of what is not known', () => {
    const bare = pagerdutyEvent(
      {
        alertName: 'Watchdog',
        model: '',
        version: '',
        environment: '',
        region: '',
        priority: 'P1',
        severity: '',
        metric: '',
        description: '',
        runbookUrl: '',
        dashboardUrl: '',
        startedAt: AT,
      },
      NO_TEXTS,
    );
    expect(bare.payload.summary).toBe('[CRITICAL] Watchdog');
    expect(bare.payload.custom_details).toEqual({});
    expect(bare).not.toHaveProperty('links');
    expect(bare.payload).not.toHaveProperty('component');
  });

  it('takes the receiver’s own texts where it has them', () => {
    const event = pagerdutyEvent(DRIFT, {
      ...NO_TEXTS,
      description: 'Drift on fraud-detector',
      severity: 'Critical',
      source: 'me',
      class: 'drift',
      component: 'scoring',
      group: 'payments',
      client: 'Alertmanager',
      clientUrl: 'https://am.example',
      details: [
        ['firing', '3'],
        ['region', 'mumbai'],
        ['__proto__', 'x'],
      ],
      links: [{ href: 'https://status.example', text: 'Status' }],
      images: [
        { src: 'https://img.example/a.png', alt: 'a', href: '' },
        { src: 'http://img.example/insecure.png', alt: '', href: '' },
      ],
    });
    expect(event.payload).toMatchObject({
      summary: 'Drift on fraud-detector',
      severity: 'critical',
      source: 'me',
      class: 'drift',
      component: 'scoring',
      group: 'payments',
    });
    expect(event).toMatchObject({ client: 'Alertmanager', client_url: 'https://am.example' });
    expect(event.payload.custom_details).toMatchObject({ firing: '3', region: 'mumbai' });
    expect(JSON.stringify(event.payload.custom_details)).toContain('"__proto__":"x"');
    expect(event.links?.map((link) => link.text)).toEqual(['Status', 'Runbook', 'Dashboard']);
    expect(event.images).toEqual([{ src: 'https://img.example/a.png', alt: 'a' }]);
  });

  it('maps priority to severity where no label says it', () => {
    const severity = (priority: PagerdutyFacts['priority'], label: string) =>
      pagerdutyEvent({ ...DRIFT, priority, severity: label }, NO_TEXTS).payload.severity;
    expect([severity('P1', ''), severity('P2', 'page'), severity('P3', ''), severity('P4', 'none')]).toEqual([
      'critical',
      'error',
      'warning',
      'info',
    ]);
    expect(severity('P4', 'critical')).toBe('critical');
  });

  it('leaves out links that are no web addresses', () => {
    const event = pagerdutyEvent({ ...DRIFT, runbookUrl: 'javascript:alert(1)', dashboardUrl: '/d/x' }, NO_TEXTS);
    expect(event).not.toHaveProperty('links');
  });

  it('stays within PagerDuty’s limits whatever the labels hold', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 3000 }),
        fc.integer({ min: 1, max: 400 }),
        fc.double(),
        (text, times, value) => {
          const long = text.repeat(times);
          const event = pagerdutyEvent(
            { ...DRIFT, alertName: long, model: long, description: long, metric: long, value },
            { ...NO_TEXTS, details: Array.from({ length: 200 }, (_, i) => [`d${i}`, long] as const) },
          );
          const json = JSON.stringify(event);
          expect(Buffer.byteLength(json)).toBeLessThanOrEqual(LARGEST_EVENT_BYTES);
          expect(event.payload.summary.length).toBeLessThanOrEqual(1024);
          expect(event.payload.summary.isWellFormed()).toBe(true);
          expect(Object.values(event.payload.custom_details ?? {})).not.toContain(null);
          expect(dedupKey(long, long, long).length).toBeLessThanOrEqual(255);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps long dedup keys apart', () => {
    const model = 'm'.repeat(300);
    expect(dedupKey(model, 'a', 'production')).toMatch(/^[0-9a-f]{64}$/);
    expect(dedupKey(model, 'a', 'production')).not.toBe(dedupKey(model, 'a', 'staging'));
  });

  it('comes from what a notification’s open members share', () => {
    const common = { alertname: 'HighLatency', model_name: 'fraud', environment: 'production', severity: 'critical' };
    const facts = factsOf(
      notification('pagerduty', [
        alert(
          { ...common, region: 'ap-south-1' },
          {
            annotations: { summary: 'slow', runbook_url: 'https://r.example/x' },
            startsAt: AT - 1000,
            evidence: {
              value: 0.412,
              firstValue: 0.24,
              peak: 0.53,
              limit: { operator: '>', value: 0.2 },
              metric: 'p99 latency',
              trend: [],
              trendAt: AT,
              trendSpanMs: 0,
            },
          },
        ),
        alert({ ...common, region: 'us-east-1' }, { annotations: { summary: 'slow' }, startsAt: AT - 5000 }),
        alert({ alertname: 'Other' }, { condition: { kind: 'resolved', at: AT } }),
      ]),
      DEFAULT_SEVERITIES,
    );
    expect(facts).toEqual({
      alertName: 'HighLatency',
      model: 'fraud',
      version: '',
      environment: 'production',
      region: '',
      priority: 'P1',
      severity: 'critical',
      metric: 'p99 latency',
      value: 0.412,
      threshold: 0.2,
      description: 'slow',
      runbookUrl: '',
      dashboardUrl: '',
      startedAt: AT - 5000,
    });
  });
});

describe('calling PagerDuty', () => {
  it('triggers, acknowledges and resolves under one dedup key', async () => {
    const { pd, say } = await desk(() => ({ status: 202, body: '{"status":"success"}' }));
    expect((await say({ action: 'trigger', dedupKey: KEY_OF_DRIFT, event: EVENT })).kind).toBe('sent');
    expect((await say({ action: 'acknowledge', dedupKey: KEY_OF_DRIFT })).kind).toBe('sent');
    expect((await say({ action: 'resolve', dedupKey: KEY_OF_DRIFT })).kind).toBe('sent');
    expect(pd.received.map(({ body }) => [body['event_action'], body['dedup_key'], body['routing_key']])).toEqual([
      ['trigger', KEY_OF_DRIFT, KEY],
      ['acknowledge', KEY_OF_DRIFT, KEY],
      ['resolve', KEY_OF_DRIFT, KEY],
    ]);
    expect(pd.received[0]?.body).toMatchObject({ payload: { severity: 'warning' }, client: 'Watchroom' });
    expect(pd.received[2]?.body).not.toHaveProperty('payload');
  });

  it('resolves with the key that triggered, after a reload that changed or removed it', async () => {
    const { pd, state, say } = await desk(() => ({ status: 202 }));
    await say({ action: 'trigger', dedupKey: 'a', event: EVENT });
    await say({ action: 'trigger', dedupKey: 'b', event: EVENT });
    state.config = config(pd.url, { kind: 'inline', value: 'NEWKEYNEWKEYNEWKEYNEWKEYNEWKEY00' });
    await say({ action: 'resolve', dedupKey: 'a' });
    state.config = undefined;
    await say({ action: 'resolve', dedupKey: 'b' });
    expect(pd.received.slice(2).map(({ body }) => body['routing_key'])).toEqual([KEY, KEY]);
    // Once it is closed, the next episode uses the new key.
    state.config = config(pd.url, { kind: 'inline', value: 'NEWKEYNEWKEYNEWKEYNEWKEYNEWKEY00' });
    await say({ action: 'trigger', dedupKey: 'a', event: EVENT });
    expect(pd.received[4]?.body['routing_key']).toBe('NEWKEYNEWKEYNEWKEYNEWKEYNEWKEY00');
  });

  it('turns to the new key where the old one stopped to work', async () => {
    const { pd, state, say } = await desk((nth) =>
      nth === 2 ? { status: 400, body: '{"errors":["Invalid routing key"]}' } : { status: 202 },
    );
    await say({ action: 'trigger', dedupKey: 'a', event: EVENT });
    state.config = config(pd.url, { kind: 'inline', value: 'NEWKEYNEWKEYNEWKEYNEWKEYNEWKEY00' });
    expect((await say({ action: 'trigger', dedupKey: 'a', event: EVENT })).kind).toBe('retry');
    expect((await say({ action: 'trigger', dedupKey: 'a', event: EVENT })).kind).toBe('sent');
    expect(pd.received[2]?.body['routing_key']).toBe('NEWKEYNEWKEYNEWKEYNEWKEYNEWKEY00');
  });

  it('tries again after 429 and server errors, and pauses a minute where PagerDuty names no time', async () => {
    const answers = [
      { status: 429 },
      { status: 429, headers: { 'retry-after': '5' } },
      { status: 500 },
      { status: 503 },
    ];
    const { say } = await desk((nth) => answers[nth - 1] ?? { status: 202 });
    const act: PagerdutyAct = { action: 'resolve', dedupKey: 'a' };
    expect(await say(act)).toMatchObject({ kind: 'retry', afterMs: 60_000 });
    expect(await say(act)).toMatchObject({ kind: 'retry', afterMs: 5000 });
    expect(await say(act)).toMatchObject({ kind: 'retry' });
    expect(await say(act)).toMatchObject({ kind: 'retry' });
    expect((await say(act)).kind).toBe('sent');
  });

  it('takes 400 for a fault of the event, and offers the essentials once', async () => {
    const { say, notifier } = await desk(() => ({
      status: 400,
      body: '{"status":"invalid event","errors":["\'payload.links\' is invalid"]}',
    }));
    const act = { action: 'trigger', dedupKey: 'a', event: EVENT } as const;
    expect(await say(act)).toMatchObject({ kind: 'rejected', scope: 'content' });
    const entry = entryOf(pagerdutyDraft(act, { integration: INTEGRATION, priority: 'P1', causedAt: AT }));
    expect(notifier.degrade?.(entry)).toMatchObject({ action: 'trigger', dedupKey: 'a', event: essential(EVENT) });
    expect(essential(EVENT).payload.summary).toBe(EVENT.payload.summary);
    expect(essential(EVENT)).not.toHaveProperty('links');
  });

  it('takes a bad routing key for a fault of the destination, and never shows the key', async () => {
    const { say } = await desk(() => ({ status: 400, body: `{"errors":["routing_key ${KEY} is invalid"]}` }));
    const result = await say({ action: 'trigger', dedupKey: 'a', event: EVENT });
    expect(result).toMatchObject({ kind: 'rejected', scope: 'destination' });
    expect(JSON.stringify(result)).not.toContain(KEY);
  });

  it('never calls with a placeholder, and waits for a key file that cannot be read', async () => {
    const { pd, state, say } = await desk(() => ({ status: 202 }));
    for (const value of ['<PD_SERVICE_KEY>', 'XXXXXXXX', 'changeme', ' ']) {
      state.config = config(pd.url, { kind: 'inline', value });
      expect(await say({ action: 'trigger', dedupKey: 'a', event: EVENT }), value).toMatchObject({
        kind: 'rejected',
        scope: 'destination',
      });
    }
    state.config = config(pd.url, { kind: 'file', path: '/nowhere' });
    expect((await say({ action: 'trigger', dedupKey: 'a', event: EVENT })).kind).toBe('retry');
    expect(pd.received).toEqual([]);
  });

  it('reads a service key as a routing key, as the v2 address does', async () => {
    const { pd, state, say } = await desk(() => ({ status: 202 }));
    const { routingKey: _, ...rest } = config(pd.url, { kind: 'inline', value: '' });
    state.config = { ...rest, serviceKey: { kind: 'inline', value: 'SERVICEKEY' } };
    await say({ action: 'trigger', dedupKey: 'a', event: EVENT });
    expect(pd.received[0]?.body['routing_key']).toBe('SERVICEKEY');
  });

  it('keeps trigger and resolve of one incident in order', () => {
    const at = { integration: INTEGRATION, priority: 'P1', causedAt: AT } as const;
    const a = pagerdutyDraft({ action: 'trigger', dedupKey: 'a', event: EVENT }, at);
    const b = pagerdutyDraft({ action: 'resolve', dedupKey: 'a' }, { ...at, priority: 'P3' });
    expect([b.destination, b.orderKey]).toEqual([a.destination, a.orderKey]);
    expect([a.coalesceKey, b.coalesceKey]).toEqual([undefined, undefined]);
  });

  it('refuses a row it does not understand instead of throwing', async () => {
    const { notifier } = await desk(() => ({ status: 202 }));
    for (const payload of [null, 'x', { action: 'explode' }, { integration: 3 }]) {
      const entry = entryOf({ kind: 'pagerduty', destination: 'd', payload, priority: 'P1', causedAt: AT });
      expect(await notifier.send(entry, new AbortController().signal)).toMatchObject({ kind: 'rejected' });
      expect(notifier.degrade?.(entry)).toBeUndefined();
    }
  });
});
