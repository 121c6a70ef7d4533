import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhookMessage } from '../../src/notifiers/webhook-message.ts';
import { AT, alert, notification, type Received, receiver } from '../notifiers/harness.ts';
import { peer } from '../support/peer.ts';

const BINARY = '/usr/bin/prometheus-alertmanager';
const present = peer(BINARY);

const ALERTS = [
  alert(
    { alertname: 'HighLatency', model_name: 'fraud', severity: 'critical', note: 'a "quoted" ünïcode <b> & more' },
    { annotations: { summary: 'slow', runbook_url: 'https://r.example/x?a=1&b=2' }, startsAt: AT - 600_000 },
  ),
  alert(
    { alertname: 'HighLatency', model_name: 'search', severity: 'critical' },
    { annotations: { summary: 'slow' }, startsAt: AT - 500_250 },
  ),
  alert(
    { alertname: 'HighLatency', model_name: 'ads', severity: 'critical' },
    { annotations: { summary: 'slow', extra: '1' }, startsAt: AT - 400_000 },
  ),
];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until<T>(what: string, read: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let i = 0; i < 150; i += 1) {
    const value = await read();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Alertmanager tells at once of an alert that has fired for long, and may not have taken in the others of its request by then. */
function isOfAll({ body }: Received): boolean {
  return (body['alerts'] as unknown[]).length + Number(body['truncatedAlerts']) === ALERTS.length;
}

/** Instants lose nothing but their notation. */
function plain(body: Record<string, unknown>): Record<string, unknown> {
  const alerts = body['alerts'] as Record<string, unknown>[];
  const instant = (text: unknown): unknown =>
    typeof text === 'string' && !text.startsWith('0001') ? new Date(text).toISOString() : text;
  return {
    ...body,
    alerts: alerts
      .map((one) => ({ ...one, startsAt: instant(one['startsAt']), endsAt: instant(one['endsAt']) }))
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  };
}

describe.skipIf(!present)('beside a real Alertmanager', () => {
  let child: ChildProcess | undefined;
  let folder = '';
  const hooks: { url: string; received: Received[]; close: () => Promise<void> }[] = [];
  let base = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'watchroom-webhook-'));
    const [all, capped] = [await receiver(() => ({ status: 200 })), await receiver(() => ({ status: 200 }))];
    hooks.push(all, capped);
    const config = {
      route: {
        receiver: 'root',
        routes: [
          {
            receiver: 'ml-critical',
            matchers: ['severity="critical"'],
            group_by: ['alertname'],
            group_wait: '1s',
            group_interval: '1s',
          },
        ],
      },
      receivers: [
        { name: 'root' },
        { name: 'ml-critical', webhook_configs: [{ url: all.url }, { url: capped.url, max_alerts: 2 }] },
      ],
    };
    writeFileSync(join(folder, 'alertmanager.yml'), JSON.stringify(config));
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    child = spawn(
      BINARY,
      [
        `--config.file=${join(folder, 'alertmanager.yml')}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.external-url=http://watchroom.example',
        '--web.route-prefix=/',
        '--cluster.listen-address=',
      ],
      { stdio: 'ignore' },
    );
    await until('Alertmanager', async () => {
      const response = await fetch(`${base}/-/ready`).catch(() => undefined);
      return response?.ok ? true : undefined;
    });
    await post(ALERTS.map((one) => ({ one, endsAt: undefined })));
  });

  afterAll(async () => {
    child?.kill('SIGKILL');
    for (const hook of hooks) await hook.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function post(alerts: readonly { one: (typeof ALERTS)[number]; endsAt: number | undefined }[]): Promise<void> {
    const body = alerts.map(({ one, endsAt }) => ({
      labels: one.labels.toJSON(),
      annotations: one.annotations.toJSON(),
      startsAt: new Date(one.startsAt).toISOString(),
      ...(endsAt === undefined ? {} : { endsAt: new Date(endsAt).toISOString() }),
      generatorURL: one.generatorUrl,
    }));
    const response = await fetch(`${base}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
  }

  it('we send what it sends, field by field, fingerprints included', async () => {
    const theirs = await until('the notification of all', () => hooks[0]?.received.find(isOfAll));
    const ours = webhookMessage(notification('webhook', ALERTS), {
      externalUrl: 'http://watchroom.example',
      maxAlerts: 0,
    });
    expect(plain(JSON.parse(JSON.stringify(ours)) as Record<string, unknown>)).toEqual(plain(theirs.body));
    expect(Object.keys(ours).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      Object.keys(theirs.body).toSorted((a, b) => (a < b ? -1 : 1)),
    );
  });

  it('we cut a group to max_alerts as it does', async () => {
    const theirs = await until('the capped notification', () => hooks[1]?.received.find(isOfAll));
    const kept = theirs.body['alerts'] as { fingerprint: string }[];
    const order = [...ALERTS].toSorted((a, b) => {
      const place = (fingerprint: string): number => kept.findIndex((one) => one.fingerprint === fingerprint);
      return (place(a.fingerprint) + 1 || 9) - (place(b.fingerprint) + 1 || 9);
    });
    const ours = webhookMessage(notification('webhook', order), {
      externalUrl: 'http://watchroom.example',
      maxAlerts: 2,
    });
    expect(plain(JSON.parse(JSON.stringify(ours)) as Record<string, unknown>)).toEqual(plain(theirs.body));
  });

  it('we speak of an ended alert as it does', async () => {
    const [first, ...rest] = ALERTS;
    if (!first) throw new Error('no alert');
    const endedAt = Date.now() - 1000;
    await post([{ one: first, endsAt: endedAt }, ...rest.map((one) => ({ one, endsAt: undefined }))]);
    const theirs = await until('the notification of the end', () =>
      hooks[0]?.received.find((one) => JSON.stringify(one.body['alerts']).includes('"resolved"')),
    );
    const ours = webhookMessage(
      notification('webhook', [{ ...first, condition: { kind: 'resolved', at: endedAt } }, ...rest]),
      { externalUrl: 'http://watchroom.example', maxAlerts: 0 },
    );
    expect(plain(JSON.parse(JSON.stringify(ours)) as Record<string, unknown>)).toEqual(plain(theirs.body));
  });
});
