import { type Config, parseConfig } from '../../config/load.ts';
import { isoInstant } from '../../time/instant.ts';
import type { TimeOfDay } from '../../time/wall-clock.ts';
import { lastWeekly } from '../../time/weekly.ts';

export interface DemoPlaces {
  readonly baseDir: string;
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly scrapeConfigs: readonly object[];
  /** Instant at which the demo begins: whose week it is follows from it. */
  readonly now: number;
}

const ZONE = 'Asia/Kolkata';
const NINE: TimeOfDay = 9 * 60;
const WEEK_MS = 7 * 86_400_000;

/**
 * The people of the local workspace, so that the ladder, `/oncall who` and `/oncall swap` have somebody to speak of. In the week of
 * the demo Asha is first, as whom the page opens, and the four levels are four people.
 */
function onCall(now: number): object {
  // Four weeks and four people: whoever began then begins again, and no day before this week is without anybody.
  const start = isoInstant(lastWeekly({ weekday: 1, time: NINE }, ZONE, now - 4 * WEEK_MS));
  return {
    schedules: [
      rotation('ml-platform-primary', ['asha', 'bilal', 'chitra', 'dev'], start),
      rotation('ml-platform-secondary', ['bilal', 'chitra', 'dev', 'asha'], start),
    ],
    escalation_policies: [
      {
        name: 'ml-platform-escalation',
        description: 'Primary, then secondary, then the rest of the team',
        num_loops: 3,
        rules: [
          level(5, 'schedule_reference', 'ml-platform-primary'),
          level(10, 'schedule_reference', 'ml-platform-secondary'),
          level(15, 'user_reference', 'chitra@example.com'),
          level(30, 'user_reference', 'dev@example.com'),
        ],
      },
    ],
    paging: [{ matchers: ['priority="P1"'], escalation_policy: 'ml-platform-escalation', channel: '#ml-alerts' }],
  };
}

function rotation(name: string, members: readonly string[], start: string): object {
  const shape = { type: 'weekly', handoff_time: '09:00', handoff_day: 'Monday', start };
  const people = members.map((member) => `${member}@example.com`);
  return { name, timezone: ZONE, rotation: { ...shape, members: people } };
}

function level(minutes: number, type: 'schedule_reference' | 'user_reference', id: string): object {
  return { escalation_delay_in_minutes: minutes, targets: [{ type, id }] };
}

/**
 * The demo's watchroom.yml: the shipped rules and runbooks over the simulated fleet. Group intervals are shorter than one would have
 * them in production, so that a newcomer sees a resolve within a minute.
 */
export function demoConfig(places: DemoPlaces): Config {
  const document = {
    http: { listen: '127.0.0.1:0' },
    slack: {
      bot_token: places.botToken,
      app_token: places.appToken,
      api_url: places.apiUrl,
      fallback_channel: '#ml-alerts',
      operations_channel: '#watchroom',
    },
    global: { scrape_interval: '15s', scrape_timeout: '10s', evaluation_interval: '15s' },
    scrape_configs: places.scrapeConfigs,
    rule_files: ['rules/*.rules.yml'],
    runbooks: { dir: 'runbooks' },
    models: Object.fromEntries(
      ['fraud-detector', 'eta-model', 'rec-home', 'search-rank', 'credit-scoring'].map((model) => [
        model,
        { dashboard: `https://grafana.example.com/d/ml-models?var-model=${model}` },
      ]),
    ),
    ...onCall(places.now),
    digest: { channel: '#ml-alerts', timezone: ZONE },
    alertmanager_config: {
      route: {
        receiver: 'slack-info',
        group_by: ['alertname', 'model_name', 'environment'],
        group_wait: '10s',
        group_interval: '30s',
        repeat_interval: '4h',
        routes: [
          { matchers: ['alertname="Watchdog"'], receiver: 'nobody' },
          { matchers: ['severity="critical"'], receiver: 'slack-critical', repeat_interval: '30m' },
          { matchers: ['severity="warning"'], receiver: 'slack-warnings', repeat_interval: '2h' },
        ],
      },
      inhibit_rules: [
        {
          source_matchers: ['alertname="ModelServerDown"'],
          target_matchers: ['alertname!="ModelServerDown"'],
          equal: ['model_name', 'environment'],
        },
      ],
      receivers: [
        { name: 'nobody' },
        { name: 'slack-critical', slack_configs: [{ channel: '#ml-alerts', send_resolved: true }] },
        { name: 'slack-warnings', slack_configs: [{ channel: '#ml-alerts-warnings', send_resolved: true }] },
        { name: 'slack-info', slack_configs: [{ channel: '#ml-alerts-info', send_resolved: true }] },
      ],
    },
  };
  // JSON is YAML; what a person would write goes through the same reader as what a person wrote.
  return parseConfig({ path: 'demo', text: JSON.stringify(document, null, 2) }, places.baseDir, {
    cwd: places.baseDir,
    environment: {},
    missingEnvironment: 'error',
  });
}
