import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts';
import { peer } from '../support/peer.ts';
import { ended, freePort, REPOSITORY, type Served, serve } from '../support/serve.ts';

const PROMETHEUS = '/usr/bin/prometheus';
/** How long its rule is true: ten where somebody has the time. */
const MINUTES = Number(process.env['WATCHROOM_SENDER_MINUTES'] ?? 0.5);
/** Seconds of Prometheus' own age between which its rule is true. */
const FIRES_AT = 6;
const HEALS_AT = FIRES_AT + MINUTES * 60;
/** So that the kill is in the middle of a long run. */
const WAITS_FIRST_MS = Math.max(0, (MINUTES * 60_000) / 2 - 15_000);
const AGE = 'time() - process_start_time_seconds{job="prometheus"}';
const RULES = {
  groups: [
    {
      name: 'age',
      rules: [
        {
          alert: 'PrometheusIsYoung',
          expr: `(${AGE} > ${FIRES_AT}) and (${AGE} < ${HEALS_AT})`,
          labels: { severity: 'critical', model_name: 'fraud-detector', environment: 'production' },
          annotations: { summary: 'Prometheus is {{ $value | humanizeDuration }} old' },
        },
      ],
    },
  ],
};

describe.runIf(peer(PROMETHEUS))('a real Prometheus that sends here', { timeout: 120_000 + MINUTES * 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-sender-'));
  let workspace: Workspace;
  let served: Served;
  let prometheus: ChildProcess;
  let config: object;
  let prometheusPort = 0;
  let startedAt = 0;

  const cards = (): { readonly text: string; readonly ts: string }[] =>
    workspace.state.messages('ml-alerts').map(({ text, ts }) => ({ text, ts }));
  const wait = <T>(look: () => T | undefined | false, seconds: number): Promise<T> =>
    workspace.until(look, seconds * 1000);

  beforeAll(async () => {
    workspace = await startWorkspace({
      manifest: JSON.parse(readFileSync(join(REPOSITORY, 'manifest.json'), 'utf8')) as unknown,
      botToken: 'xoxb-test',
      appToken: 'xapp-test',
      signingSecret: 'test-signing-secret',
    });
    config = {
      http: { listen: `127.0.0.1:${await freePort()}` },
      slack: { bot_token: 'xoxb-test', app_token: 'xapp-test', api_url: workspace.apiUrl },
      alertmanager_config: {
        route: { receiver: 'ml', group_by: ['alertname', 'model_name'], group_wait: '1s', group_interval: '2s' },
        receivers: [{ name: 'ml', slack_configs: [{ channel: '#ml-alerts', send_resolved: true }] }],
      },
    };
    served = await serve(folder, config);
    prometheusPort = await freePort();
    const target = `127.0.0.1:${prometheusPort}`;
    writeFileSync(join(folder, 'rules.yml'), JSON.stringify(RULES));
    writeFileSync(
      join(folder, 'prometheus.yml'),
      JSON.stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: ['rules.yml'],
        scrape_configs: [{ job_name: 'prometheus', static_configs: [{ targets: [target] }] }],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(served.url).host] }] }] },
      }),
    );
    mkdirSync(join(folder, 'data'));
    startedAt = Date.now();
    prometheus = spawn(
      PROMETHEUS,
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${target}`,
      ],
      { stdio: 'ignore' },
    );
  }, 60_000);

  afterAll(async () => {
    if (prometheus) await ended(prometheus, 'SIGTERM');
    await served?.end('SIGTERM');
    await workspace?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('opens one card when its rule fires', async () => {
    await wait(() => cards().some(({ text }) => text.includes('PrometheusIsYoung')) || undefined, 30);
    expect(cards()).toHaveLength(1);
    const alerts = (await (await fetch(`${served.url}/api/v2/alerts`)).json()) as { generatorURL: string }[];
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.generatorURL).toContain('/graph?g0.expr=');
    const seen = (await (await fetch(`http://127.0.0.1:${prometheusPort}/api/v1/alertmanagers`)).json()) as {
      data: { activeAlertmanagers: { url: string }[] };
    };
    expect(seen.data.activeAlertmanagers).toEqual([{ url: `${served.url}/api/v2/alerts` }]);
  });

  it('keeps that card, open, through a kill -9 and a restart', async () => {
    const [before] = cards();
    await new Promise((resolve) => setTimeout(resolve, WAITS_FIRST_MS));
    // A send that was under way would be ambiguous, and may be made twice; that is tested elsewhere.
    await expect
      .poll(async () => (await fetch(`${served.url}/-/ready`)).text(), { timeout: 10_000 })
      .toContain(' 0 waiting');
    await served.end('SIGKILL');
    served = await serve(folder, config);
    // A resolve that nobody asked for would come with the first flushes.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    expect(cards().map(({ ts }) => ts)).toEqual([before?.ts]);
    expect(cards()[0]?.text).not.toMatch(/resolved/i);
  });

  it('closes that card, green, when the rule is false again', async () => {
    const closed = await wait(() => cards().find(({ text }) => /resolved/i.test(text)), 60 + MINUTES * 60);
    // It reckons its own age from the machine's start, which is told in whole seconds.
    expect(Date.now()).toBeGreaterThan(startedAt + HEALS_AT * 1000 - 2000);
    expect(closed.text).not.toMatch(/silent/i);
    expect(cards()).toHaveLength(1);
    const all = JSON.stringify(workspace.state.messages('ml-alerts')[0]);
    expect(all).toContain('🟢');
  });
});
