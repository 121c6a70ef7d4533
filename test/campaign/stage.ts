import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts';
import { REPOSITORY } from '../support/world.ts';
import { type Bot, type BotOptions, freePort, startBot } from './bot.ts';
import { type Exporter, startExporter } from './exporter.ts';
import { type Recorder, startRecorder } from './recorder.ts';

export const TOKENS = {
  botToken: 'xoxb-campaign',
  appToken: 'xapp-campaign',
  signingSecret: 'campaign-signing-secret',
};

/** How long the rule with a `for` waits. */
export const FOR_MS = 6000;
export const SEVERITIES = ['critical', 'warning', 'info'] as const;
/** `slow` is the rule with a `for`: a channel of its own and P1, so that what it waits for is its `for`. */
export type Severity = (typeof SEVERITIES)[number] | 'slow';
export const CHANNEL_OF: Readonly<Record<Severity, string>> = {
  critical: 'ml-alerts',
  warning: 'ml-alerts-warnings',
  info: 'ml-alerts-info',
  slow: 'watchroom',
};
const RECEIVERS = Object.keys(CHANNEL_OF) as readonly Severity[];

/** What the real program lives among: a metric source, a Slack, and a recorder between the two; all outlive it. */
export interface Stage {
  readonly folder: string;
  readonly port: number;
  readonly workspace: Workspace;
  readonly recorder: Recorder;
  readonly exporter: Exporter;
  start(options?: Pick<BotOptions, 'wrapper' | 'entry' | 'environment'>): Bot;
  close(): Promise<void>;
}

export async function startStage(overrides: Readonly<Record<string, unknown>> = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-campaign-'));
  const exporter = await startExporter();
  const workspace = await startWorkspace({
    manifest: JSON.parse(readFileSync(join(REPOSITORY, 'manifest.json'), 'utf8')) as unknown,
    ...TOKENS,
  });
  const recorder = await startRecorder(workspace.apiUrl);
  const port = await freePort();
  const config = writeConfiguration(folder, { port, apiUrl: recorder.apiUrl, target: exporter.target }, overrides);
  return {
    folder,
    port,
    workspace,
    recorder,
    exporter,
    start: (options = {}) => startBot({ config, port, cwd: folder, ...options }),
    close: async () => {
      await recorder.close();
      await workspace.close();
      await exporter.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Places {
  readonly port: number;
  readonly apiUrl: string;
  /** The exporter's `host:port`. */
  readonly target: string;
}

/** watchroom.yml and its rules, with intervals of a quarter of a second; returns the file. */
export function writeConfiguration(
  folder: string,
  places: Places,
  overrides: Readonly<Record<string, unknown>> = {},
): string {
  const path = join(folder, 'watchroom.yml');
  writeFileSync(path, JSON.stringify({ ...configuration(places), ...overrides }, null, 2));
  writeFileSync(join(folder, 'campaign.rules.yml'), RULES);
  return path;
}

function configuration({ port, apiUrl, target }: Places): Record<string, unknown> {
  return {
    http: { listen: `127.0.0.1:${port}` },
    storage: { path: 'data' },
    // The models fall ill again within seconds, and each time is to be an episode of its own.
    flapping: { hold: '0s' },
    storm: { groups: 10_000 },
    slack: { bot_token: TOKENS.botToken, app_token: TOKENS.appToken, api_url: apiUrl },
    global: { scrape_interval: '250ms', evaluation_interval: '250ms' },
    scrape_configs: [{ job_name: 'campaign', honor_labels: true, static_configs: [{ targets: [target] }] }],
    rule_files: ['campaign.rules.yml'],
    alertmanager_config: alertmanagerConfig(),
  };
}

/** @param others what a severity's receiver has beside its Slack channel */
export function alertmanagerConfig(
  others: (severity: Severity) => Readonly<Record<string, unknown>> = () => ({}),
): Readonly<Record<string, unknown>> {
  return {
    route: {
      receiver: 'info',
      group_by: ['alertname', 'model_name'],
      group_wait: '200ms',
      group_interval: '500ms',
      repeat_interval: '4h',
      routes: RECEIVERS.map((severity) => ({ matchers: [`severity="${severity}"`], receiver: severity })),
    },
    receivers: RECEIVERS.map((severity) => ({
      name: severity,
      slack_configs: [{ channel: `#${CHANNEL_OF[severity]}`, send_resolved: true }],
      ...others(severity),
    })),
  };
}

const RULES = `groups:
- name: campaign
  rules:
  - alert: CampaignLoad
    expr: campaign_load > 0.5
    labels: { severity: '{{ $labels.severity }}' }
    annotations: { summary: 'load of {{ $labels.model_name }} is {{ $value }}' }
  - alert: CampaignSlow
    expr: campaign_slow > 0.5
    for: ${FOR_MS / 1000}s
    labels: { severity: slow, priority: P1 }
    annotations: { summary: 'slow {{ $labels.model_name }} is {{ $value }}' }
`;
