import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { startFleet } from '../../src/fleet/fleet.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { startWorkspace } from '../../src/workspace/server.ts';
import type { TrafficEntry } from '../../src/workspace/traffic.ts';
import { TWO_PEOPLE, twoLevels } from '../../test/support/two-levels.ts';
import { NIGHT, REPOSITORY, startWorld, TOKENS, type World } from '../../test/support/world.ts';

export const CHANNELS = ['ml-alerts', 'ml-alerts-warnings'] as const;

/** What stands between the alerts and the people in one variant. */
export interface Arrangement {
  readonly inhibit: boolean;
  readonly dependency: boolean;
}

export interface PagerdutyCall {
  readonly at: number;
  readonly action: string;
  readonly dedupKey: string;
}

export interface Stage {
  readonly world: World;
  readonly clock: ManualClock;
  readonly startedAt: number;
  readonly calls: readonly TrafficEntry[];
  readonly pagerduty: readonly PagerdutyCall[];
  /** Posts to `/api/v2/alerts` as Prometheus does. */
  post(alerts: readonly unknown[]): Promise<void>;
  /** One virtual second. */
  second(): Promise<void>;
  close(): Promise<void>;
}

/** The whole bot between a sender, a Slack that enforces its limits and a PagerDuty that takes one event a second, all on one clock. */
export async function openStage(arrangement: Arrangement, state: string): Promise<Stage> {
  const clock = new ManualClock(NIGHT);
  const pagerduty: PagerdutyCall[] = [];
  const desk = await pagerdutyDesk(clock, pagerduty);
  const fleet = await startFleet({ now: () => clock.now() });
  const workspace = await startWorkspace({
    manifest: JSON.parse(readFileSync(resolve(REPOSITORY, 'manifest.json'), 'utf8')) as unknown,
    ...TOKENS,
    users: TWO_PEOPLE,
    now: () => clock.now(),
    limits: true,
  });
  const world = await startWorld({
    around: { workspace, fleet, clock },
    databases: { state, metrics: ':memory:' },
    config: configOf(arrangement, desk.url),
  });
  const server = await world.app.listen();
  await world.settle();
  const calls: TrafficEntry[] = [];
  let seen = workspace.state.log.at(-1)?.id ?? 0;
  return {
    world,
    clock,
    startedAt: clock.now(),
    calls,
    pagerduty,
    async post(alerts) {
      const response = await fetch(`${server.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
      });
      if (!response.ok) throw new Error(`alerts were refused: ${response.status} ${await response.text()}`);
    },
    async second() {
      await world.pass(1000);
      for (const entry of workspace.state.log) {
        if (entry.id <= seen || entry.kind !== 'api') continue;
        calls.push(entry);
      }
      seen = workspace.state.log.at(-1)?.id ?? seen;
    },
    async close() {
      await server.close();
      await world.close();
      await desk.close();
    },
  };
}

function configOf({ inhibit, dependency }: Arrangement, pagerdutyUrl: string): Record<string, unknown> {
  const slack = (channel: string) => [{ channel: `#${channel}`, send_resolved: true }];
  return {
    scrape_configs: [],
    alertmanager_config: {
      route: {
        receiver: 'warnings',
        group_by: ['model_name'],
        group_wait: '10s',
        group_interval: '1m',
        repeat_interval: '4h',
        routes: [
          {
            receiver: 'critical',
            matchers: ['severity="critical"'],
            group_by: ['alertname', 'model_name', 'service'],
            group_wait: '1s',
          },
        ],
      },
      receivers: [
        { name: 'warnings', slack_configs: slack(CHANNELS[1]) },
        {
          name: 'critical',
          slack_configs: slack(CHANNELS[0]),
          pagerduty_configs: [{ routing_key: 'R0UT1NGKEY0000000000000000ABCDEF', url: pagerdutyUrl }],
        },
      ],
      ...(inhibit && {
        inhibit_rules: [
          {
            source_matchers: ['alertname="FeatureStoreDown"'],
            target_matchers: ['severity="warning"'],
            equal: ['environment'],
          },
        ],
      }),
    },
    ...(dependency && {
      dependencies: [
        { name: 'feature-store', depends_on: ['feature-store-db'] },
        { matchers: ['model_name=~"model-.*"'], depends_on: ['feature-store'] },
      ],
    }),
    ...twoLevels(10),
    paging: [{ matchers: ['priority="P1"'], escalation_policy: 'ladder' }],
  };
}

async function pagerdutyDesk(
  clock: ManualClock,
  calls: PagerdutyCall[],
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const event = JSON.parse(text) as { event_action: string; dedup_key: string };
      calls.push({ at: clock.now(), action: event.event_action, dedupKey: event.dedup_key });
      const lastMinute = calls.filter(({ at }) => at > clock.now() - 60_000).length;
      response.writeHead(lastMinute > 120 ? 429 : 202).end('{"status":"success"}');
    });
  });
  await new Promise<void>((resolve_) => server.listen(0, '127.0.0.1', resolve_));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/enqueue`,
    close: () => new Promise((resolve_) => server.close(() => resolve_())),
  };
}
