import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { integrationOf } from '../../src/delivery/receiver.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { Labels } from '../../src/labels/labels.ts';
import { expandTexts } from '../../src/notifiers/pagerduty-event.ts';
import { factsOfNotification, readReceiverTemplates } from '../../src/notifiers/receiver-templates.ts';
import { loadRouting } from '../../src/routing/schema.ts';
import { AT, alert, type Received, receiver } from '../notifiers/harness.ts';
import { peer } from '../support/peer.ts';
import { userFile } from '../support/world.ts';

const BINARY = '/usr/bin/prometheus-alertmanager';
const present = peer(BINARY);
const own = userFile('alertmanager.yml');

const DEFINITIONS = `{{ define "team.line" }}{{ .CommonLabels.team | title }}: {{ range .Alerts }}[{{ .Labels.model_name }} since {{ .StartsAt.Format "15:04" }}]{{ end }}{{ end }}
{{ define "__description" }}{{ len .Alerts }} alerts{{ end }}
`;

/** Every built-in text, the functions, and a file's own definitions, as details of one PagerDuty event. */
const PROBES: Readonly<Record<string, string>> = {
  subject: '{{ template "__subject" . }}',
  url: '{{ template "__alertmanagerURL" . }}',
  client: '{{ template "pagerduty.default.client" . }}',
  client_url: '{{ template "pagerduty.default.clientURL" . }}',
  description: '{{ template "pagerduty.default.description" . }}',
  instances: '{{ template "pagerduty.default.instances" .Alerts }}',
  slack: [
    'title',
    'username',
    'fallback',
    'callbackid',
    'pretext',
    'titlelink',
    'iconemoji',
    'iconurl',
    'text',
    'footer',
  ]
    .map((name) => `${name}={{ template "slack.default.${name}" . }}`)
    .join(';'),
  email: '{{ template "email.default.subject" . }}',
  file: '{{ template "team.line" . }} ({{ template "__description" . }})',
  functions:
    '{{ toUpper "a" }}{{ toLower "B" }}{{ title "some words" }}{{ join "+" (stringSlice "x" "y") }}{{ reReplaceAll "o(.)" "0$1" "foo bow" }}{{ match "^f.o$" "foo" }}{{ safeHtml "plain" }}',
  pairs:
    '{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }},{{ end }}{{ .CommonLabels.Names }}{{ .GroupLabels.Values }}',
  left: '{{ with .CommonLabels.Remove (stringSlice "team" "alertname") }}{{ . }}{{ end }}',
  counts: '{{ .Alerts.Firing | len }}/{{ .Alerts.Resolved | len }}/{{ .Status }}/{{ .Receiver }}',
  absent: '[{{ .CommonLabels.nothing }}][{{ if .CommonAnnotations.nothing }}yes{{ else }}no{{ end }}]',
  trimmed: '  {{- " a " -}}  |{{ printf "%q %5.1f %v" "q" 1.25 .Status }}',
};

const ALERTS = [
  alert(
    {
      alertname: 'ModelLatencyP99High',
      model_name: 'fraud-detector',
      environment: 'production',
      severity: 'critical',
      team: 'ml platform',
      region: 'ap-south-1',
    },
    {
      annotations: {
        summary: 'P99 latency above 200ms',
        description: 'P99 is 0.412s "now"',
        runbook_url: 'https://runbooks.internal/ml/latency',
      },
    },
  ),
  alert(
    {
      alertname: 'ModelLatencyP99High',
      model_name: 'fraud-detector',
      environment: 'production',
      severity: 'critical',
      team: 'ml platform',
      region: 'eu-west-1',
    },
    {
      annotations: {
        summary: 'P99 latency above 200ms',
        description: 'P99 is 0.530s',
        runbook_url: 'https://runbooks.internal/ml/latency',
      },
      startsAt: AT - 700_000,
    },
  ),
  alert(
    { alertname: 'FeatureNullRateHigh', model_name: 'fraud-detector', severity: 'warning', feature_name: 'amount' },
    {
      annotations: {
        summary: 'Null rate high',
        description: 'Feature amount: 12% null',
        runbook_url: 'https://runbooks.internal/ml/null',
      },
    },
  ),
  alert(
    { alertname: 'ModelRetrained', model_name: 'eta-model', severity: 'info' },
    { annotations: { summary: 'v12 is live' } },
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

/** The user's file, with what leads elsewhere led to us and its waits cut; with one more receiver where the probes are. */
function configuration(text: string, url: string, folder: string): string {
  const file = parse(text) as {
    global: Record<string, string>;
    templates: string[];
    route: {
      group_wait: string;
      routes: { receiver?: string; group_wait: string; match?: unknown; continue?: boolean }[];
    };
    receivers: { name: string; pagerduty_configs?: Record<string, unknown>[] }[];
  };
  file.global = { ...file.global, pagerduty_url: url, slack_api_url: url };
  file.templates.push(join(folder, '*.tmpl'));
  file.route.group_wait = '1s';
  for (const route of file.route.routes) route.group_wait = '1s';
  file.route.routes.unshift({ receiver: 'probes', match: { severity: 'critical' }, group_wait: '1s', continue: true });
  for (const config of file.receivers.flatMap((one) => one.pagerduty_configs ?? [])) {
    // With a service key Alertmanager calls PagerDuty's own host, whatever pagerduty_url says.
    delete config['service_key'];
    config['routing_key'] = 'k'.repeat(32);
  }
  file.receivers.push({ name: 'probes', pagerduty_configs: [{ routing_key: 'p'.repeat(32), details: PROBES }] });
  return stringify(file);
}

describe.skipIf(!present || own === undefined)('receivers of the user, expanded beside a real Alertmanager', () => {
  let child: ChildProcess | undefined;
  let folder = '';
  let recorder: { url: string; received: Received[]; close: () => Promise<void> };
  let text = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'watchroom-templates-'));
    recorder = await receiver(() => ({ status: 202, body: '{"status":"success"}' }));
    text = configuration(readFileSync(own ?? '', 'utf8'), recorder.url, folder);
    writeFileSync(join(folder, 'alertmanager.yml'), text);
    writeFileSync(join(folder, 'team.tmpl'), DEFINITIONS);
    const port = await freePort();
    child = spawn(
      BINARY,
      [
        `--config.file=${join(folder, 'alertmanager.yml')}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.external-url=http://watchroom.example/',
        '--web.route-prefix=/',
        '--cluster.listen-address=',
      ],
      { stdio: 'ignore' },
    );
    const base = `http://127.0.0.1:${port}`;
    await until('Alertmanager', async () =>
      (await fetch(`${base}/-/ready`).catch(() => undefined))?.ok ? true : undefined,
    );
    const body = ALERTS.map((one) => ({
      labels: one.labels.toJSON(),
      annotations: one.annotations.toJSON(),
      startsAt: new Date(one.startsAt).toISOString(),
      endsAt: new Date(Date.now() + 600_000).toISOString(),
      generatorURL: one.generatorUrl,
    }));
    await fetch(`${base}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await until('four notifications', () => (recorder.received.length >= 4 ? true : undefined));
  }, 30_000);

  afterAll(async () => {
    child?.kill('SIGKILL');
    await recorder.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Ours: the receiver's texts for these alerts in one group. */
  function ours(name: string, kind: 'pagerduty' | 'slack', alerts: readonly (typeof ALERTS)[number][]) {
    const { config } = loadRouting(parseYaml(text, 'alertmanager.yml'));
    const integration = integrationOf(config.receivers, { receiver: name, kind, index: 0 });
    const templates = readReceiverTemplates([{ path: 'team.tmpl', text: DEFINITIONS }]);
    const groupLabels = Labels.of(
      ['alertname', 'model_name'].map((label) => [label, alerts[0]?.labels.get(label) ?? ''] as const),
    );
    const facts = factsOfNotification(
      { receiver: name, alerts, groupLabels, groupKey: '', truncatedAlerts: 0 },
      'http://watchroom.example/',
    );
    return { integration, expand: (template: string) => templates.expand(template, facts, AT) };
  }

  const sent = (fits: (body: Record<string, unknown>) => boolean): Record<string, unknown> =>
    recorder.received.find(({ body }) => fits(body))?.body ?? {};
  const sorted = (alerts: readonly (typeof ALERTS)[number][]) =>
    alerts.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));

  it('PagerDuty hears the same summary, severity and details', () => {
    const theirs = sent((body) => body['routing_key'] === 'k'.repeat(32))['payload'] as Record<string, unknown>;
    const { integration, expand } = ours('pagerduty-ml-critical', 'pagerduty', ALERTS.slice(0, 2));
    if (integration?.kind !== 'pagerduty') throw new Error('no PagerDuty here');
    const texts = expandTexts(integration.config, expand);
    expect(texts.description).toBe(theirs['summary']);
    expect(texts.severity).toBe(theirs['severity']);
    const { firing, resolved, num_firing, num_resolved, ...details } = theirs['custom_details'] as Record<
      string,
      string
    >;
    expect(Object.fromEntries(texts.details)).toMatchObject({ ...details, resolved, num_firing, num_resolved });
    expect(firing).toBe('2');
  });

  it.each(Object.keys(PROBES))('expands the probe “%s” as Alertmanager does', (name) => {
    const event = sent((body) => body['routing_key'] === 'p'.repeat(32));
    const details = (event['payload'] as { custom_details: Record<string, string> }).custom_details;
    // The order of alerts within a group is Alertmanager's own; its text says which one it was.
    const orders = [sorted(ALERTS.slice(0, 2)), sorted(ALERTS.slice(0, 2)).toReversed()];
    const mine = orders.map((alerts) => ours('probes', 'pagerduty', alerts).expand(PROBES[name] ?? ''));
    expect(mine).toContain(details[name]);
  });

  it('Slack’s title, text and buttons say the same', () => {
    for (const [channel, alerts, name] of [
      ['#ml-alerts-warnings', ALERTS.slice(2, 3), 'slack-ml-warnings'],
      ['#ml-alerts-info', ALERTS.slice(3, 4), 'slack-ml-alerts'],
    ] as const) {
      const [theirs] = sent((body) => body['channel'] === channel)['attachments'] as Record<string, unknown>[];
      const { integration, expand } = ours(name, 'slack', alerts);
      if (integration?.kind !== 'slack' || !theirs) throw new Error('no Slack here');
      const { config } = integration;
      expect(expand(config.title)).toBe(theirs['title']);
      expect(expand(config.text)).toBe(theirs['text']);
      expect(expand(config.titleLink)).toBe(theirs['title_link']);
      expect(expand(config.fallback)).toBe(theirs['fallback']);
      expect(expand(config.username)).toBe('Alertmanager');
      expect(config.actions.map(({ text: label, url }) => ({ label: expand(label), url: expand(url) }))).toEqual(
        ((theirs['actions'] as { text: string; url: string }[] | undefined) ?? []).map((action) => ({
          label: action.text,
          url: action.url,
        })),
      );
    }
  });
});
