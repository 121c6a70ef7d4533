import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peer } from '../support/peer.ts';
import { type Served, serve } from '../support/serve.ts';

const AMTOOL = '/usr/bin/amtool';

/** Slack without a URL anywhere: the bot posts with its token. */
const ROUTING = `
global:
  resolve_timeout: 5m
  http_config: { basic_auth: { username: u, password: HUSH } }
route:
  receiver: team
  group_by: [alertname, environment]
  routes:
  - matchers: ['severity="critical"', 'environment=~"prod|staging"']
    receiver: pager
    continue: true
  - match_re: { team: 'ml|data' }
    receiver: ml
    routes:
    - matchers: ['model_name!=""']
      receiver: models
      active_time_intervals: [hours]
  - match: { severity: info }
    receiver: nobody
inhibit_rules:
- source_matchers: [alertname="Down"]
  target_matchers: [alertname="Slow"]
  equal: [model_name]
receivers:
- name: team
  slack_configs: [{ channel: '#ml-alerts', send_resolved: true }]
- name: pager
  pagerduty_configs: [{ routing_key: HUSH }]
  slack_configs: [{ channel: '#ml-alerts', api_url: 'https://hooks.slack.com/services/HUSH' }]
- name: ml
  webhook_configs: [{ url: 'http://127.0.0.1:1/HUSH' }]
- name: models
- name: nobody
time_intervals:
- name: hours
  time_intervals: [{ times: [{ start_time: '09:00', end_time: '17:00' }], weekdays: ['monday:friday'], location: Asia/Kolkata }]
`;

describe.runIf(peer(AMTOOL))('amtool, unmodified', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-amtool-'));
  let served: Served;

  /** Output and exit code of `amtool --alertmanager.url=…`. */
  function amtool(...args: readonly string[]): {
    readonly out: string;
    readonly err: string;
    readonly code: number | null;
  } {
    const all = ['--alertmanager.url', served.url, ...args];
    const { stdout, stderr, status } = spawnSync(AMTOOL, all, {
      encoding: 'utf8',
      cwd: folder,
      env: { ...process.env, HOME: folder },
    });
    return { out: stdout.trim(), err: stderr.trim(), code: status };
  }
  const ok = (...args: readonly string[]): string => {
    const { out, err, code } = amtool(...args);
    expect([args.join(' '), err, code]).toEqual([args.join(' '), '', 0]);
    return out;
  };
  const json = (...args: readonly string[]): Record<string, unknown>[] =>
    JSON.parse(ok('-o', 'json', ...args)) as Record<string, unknown>[];
  const labels = (...args: readonly string[]) =>
    json('alert', 'query', ...args).map((alert) => (alert['labels'] as Record<string, string>)['alertname']);

  beforeAll(async () => {
    writeFileSync(join(folder, 'alertmanager.yml'), ROUTING);
    served = await serve(folder, {
      http: { listen: '127.0.0.1:0' },
      slack: { bot_token: 'xoxb-x', app_token: 'xapp-x', signing_secret: 's', api_url: 'http://127.0.0.1:1/api/' },
      alertmanager_config: 'alertmanager.yml',
    });
  }, 60_000);

  afterAll(async () => {
    await served?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  it('adds and queries alerts', () => {
    ok(
      'alert',
      'add',
      'alertname=Slow',
      'model_name=fraud',
      'severity=critical',
      'environment=prod',
      '--annotation=summary=late',
    );
    ok('alert', 'add', 'Lonely', 'node=a');
    ok('alert', 'add', 'alertname=Over', '--start=2020-01-01T00:00:00Z', '--end=2020-01-02T00:00:00Z');
    expect(new Set(labels())).toEqual(new Set(['Lonely', 'Slow']));
    expect(labels('Slow')).toEqual(['Slow']);
    expect(labels('alertname=~"L.*"', 'node!=b')).toEqual(['Lonely']);
    expect(labels('-r', 'pager')).toEqual(['Slow']);
    expect(labels('--silenced')).toEqual([]);
    expect(ok('alert', 'query', 'Slow')).toMatch(/Slow .*late +active/);
  });

  it('adds, queries, updates, expires and imports silences', () => {
    const id = ok('silence', 'add', 'alertname=Slow', 'model_name=~"fr.*"', '-c', 'known', '-a', 'asha', '-d', '1h');
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(labels('--silenced')).toEqual(['Slow']);
    expect(labels('--active')).toEqual(['Lonely']);
    expect(json('silence', 'query')).toMatchObject([
      { id, comment: 'known', createdBy: 'asha', status: { state: 'active' } },
    ]);
    expect(json('silence', 'query', 'alertname=Other')).toEqual([]);
    expect(ok('silence', 'update', '-d', '3h', '-c', 'longer', id)).toContain(id);
    const [silence] = json('silence', 'query');
    expect(silence).toMatchObject({ id, comment: 'longer' });
    expect(Date.parse(String(silence?.['endsAt'])) - Date.parse(String(silence?.['startsAt']))).toBeGreaterThan(
      2.9 * 3_600_000,
    );
    writeFileSync(join(folder, 'silences.json'), ok('-o', 'json', 'silence', 'query'));

    ok('silence', 'expire', id);
    expect(json('silence', 'query')).toEqual([]);
    expect(json('silence', 'query', '--expired')).toMatchObject([{ id, status: { state: 'expired' } }]);
    expect(new Set(labels('--active'))).toEqual(new Set(['Lonely', 'Slow']));

    ok('silence', 'import', 'silences.json');
    const [imported] = json('silence', 'query');
    expect(imported).toMatchObject({ comment: 'longer', createdBy: 'asha', matchers: silence?.['matchers'] });
    ok('silence', 'expire', String(imported?.['id']));
  });

  it('is told what is wrong in words that it prints', () => {
    expect(amtool('silence', 'add', 'a=~".*"', '-c', 'x')).toMatchObject({
      code: 1,
      err: expect.stringContaining('at least one matcher must not match the empty string'),
    });
    expect(amtool('silence', 'expire', '6dc9f6a0-0e43-4b1e-a41c-b0b6a7c02c5a')).toMatchObject({
      code: 1,
      err: expect.stringContaining('silence not found'),
    });
    expect(amtool('alert', 'query', 'a=~"("')).toMatchObject({ code: 1 });
  });

  it('checks the configuration that the status shows, which holds no secret and needs no Slack URL', async () => {
    const status = (await (await fetch(`${served.url}/api/v2/status`)).json()) as { config: { original: string } };
    const { original } = status.config;
    expect(original).not.toContain('HUSH');
    writeFileSync(join(folder, 'shown.yml'), original);
    expect(ok('check-config', 'shown.yml')).toContain("Checking 'shown.yml'  SUCCESS");
    expect(ok('config', 'show')).toBe(original.trim());
    expect(ok('cluster', 'show')).toContain('disabled');
  });

  it('routes by what the status shows as by the file, and as we do', async () => {
    const file = join(folder, 'with-url.yml');
    writeFileSync(file, ROUTING.replace('global:', "global:\n  slack_api_url: 'https://hooks.slack.com/services/x'"));
    const cases = [
      'severity=critical environment=prod',
      'severity=critical environment=dev',
      'severity=critical environment=staging team=ml',
      'team=ml model_name=m',
      'team=data',
      'severity=info team=mlx',
      'other=x',
    ];
    for (const labelText of cases) {
      const pairs = labelText.split(' ');
      const byStatus = ok('config', 'routes', 'test', ...pairs);
      expect(
        spawnSync(AMTOOL, ['config', 'routes', 'test', `--config.file=${file}`, ...pairs], {
          encoding: 'utf8',
        }).stdout.trim(),
      ).toBe(byStatus);
      ok('alert', 'add', 'alertname=Routed', `case=${cases.indexOf(labelText)}`, ...pairs);
      const [alert] = json('alert', 'query', `case=${cases.indexOf(labelText)}`);
      const receivers = (alert?.['receivers'] ?? []) as { name: string }[];
      expect([labelText, receivers.map(({ name }) => name).join(',')]).toEqual([labelText, byStatus]);
    }
    expect(ok('config', 'routes', 'show')).toContain('receiver: models');
  });
});
