import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, startFleet } from '../../src/fleet/fleet.ts';
import { type Bot, freePort, pause } from '../campaign/bot.ts';
import { type Stage, startStage } from '../campaign/stage.ts';
import { peer } from '../support/peer.ts';
import { userFile } from '../support/world.ts';

const PROMETHEUS = '/usr/bin/prometheus';
const NODE_EXPORTER = '/usr/bin/prometheus-node-exporter';
const installed = [PROMETHEUS, NODE_EXPORTER].map(peer).every(Boolean);
/** How long the last test goes on: 10 is what a release is asked for, some seconds what every change is. */
const MINUTES = Number(process.env['WATCHROOM_SERVE_MINUTES'] ?? 0.25);
const USER_RULES = userFile('prometheus-alerts.yml');

describe.runIf(installed)('serve beside a real Prometheus and a real node exporter', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-serve-'));
  const peers: ChildProcess[] = [];
  let fleet: Fleet;
  let stage: Stage;
  let bot: Bot;

  beforeAll(async () => {
    const node = `127.0.0.1:${await freePort()}`;
    peers.push(spawn(NODE_EXPORTER, [`--web.listen-address=${node}`], { stdio: 'ignore' }));
    const prometheus = `127.0.0.1:${await freePort()}`;
    mkdirSync(join(folder, 'tsdb'));
    writeFileSync(join(folder, 'prometheus.yml'), 'global: { scrape_interval: 15s }\n');
    const args = [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/tsdb`,
      `--web.listen-address=${prometheus}`,
    ];
    peers.push(spawn(PROMETHEUS, args, { stdio: 'ignore' }));
    const rules = join(folder, 'machine.rules.yml');
    writeFileSync(rules, RULES);
    fleet = await startFleet({ now: Date.now });
    stage = await startStage({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      scrape_configs: [
        { job_name: 'node', static_configs: [{ targets: [node] }] },
        { job_name: 'prometheus', static_configs: [{ targets: [prometheus] }] },
        ...fleet.scrapeConfigs(),
      ],
      rule_files: [rules, ...(USER_RULES === undefined ? [] : [USER_RULES])],
    });
    bot = stage.start();
    await bot.ready();
  }, 60_000);

  afterAll(async () => {
    bot?.signal('SIGTERM');
    await bot?.ended;
    for (const child of peers) child.kill();
    await stage?.close();
    await fleet?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['MachineMemory', 'MachineLoad', 'PrometheusHead'])('%s reaches a card with its value', async (alert) => {
    const card = await stage.workspace.until(
      (state) => state.messages('ml-alerts-warnings').find(({ blocks }) => JSON.stringify(blocks).includes(alert)),
      30_000,
    );
    expect(card.text).toMatch(/\d/);
    expect(card.text).toMatch(/&gt; 0/);
  });

  it('scrapes every target: the exporters of other people and the whole fleet', async () => {
    await expect
      .poll(async () => (await targets()).filter(({ health }) => health !== 'up'), { timeout: 20_000 })
      .toEqual([]);
    expect((await targets()).length).toBeGreaterThan(fleet.scrapeConfigs().length + 1);
  });

  it(
    'goes on so: each target stays up, a slow model reaches one card once the rule has waited, no error is logged',
    async () => {
      const model = fleet.models[0]?.id ?? '';
      const end = Date.now() + MINUTES * 60_000;
      const resident: number[] = [];
      const reported: string[] = [];
      fleet.setFault(model, 'latency', true);
      for (let now = Date.now(); now < end; now = Date.now()) {
        const { cpuSeconds, residentBytes } = await usage();
        resident.push(residentBytes);
        const down = (await targets()).filter(({ health }) => health !== 'up');
        expect(down).toEqual([]);
        const minute = ((now - end) / 60_000 + MINUTES).toFixed(1);
        reported.push(`${minute} min: ${Math.round(residentBytes / 1e6)} MB, ${cpuSeconds} s of CPU`);
        await pause(Math.min(15_000, MINUTES * 15_000));
      }
      console.log([reported[0], ...reported.slice(-3)].join('\n'));
      expect(Math.max(...resident)).toBeLessThan(512 * 1024 * 1024);
      expect(bot.errors()).toEqual([]);
      if (MINUTES < 10 || USER_RULES === undefined) return;
      const cards = stage.workspace.state.messages('ml-alerts');
      expect(cards.filter(({ blocks }) => JSON.stringify(blocks).includes('ModelLatencyP99High'))).toHaveLength(1);
    },
    MINUTES * 60_000 + 60_000,
  );

  async function targets(): Promise<readonly Target[]> {
    const response = await fetch(`http://127.0.0.1:${stage.port}/api/v1/targets`);
    const { data } = (await response.json()) as { data: { activeTargets: Target[] } };
    return data.activeTargets;
  }

  async function usage(): Promise<{ readonly residentBytes: number; readonly cpuSeconds: number }> {
    const text = await (await fetch(`http://127.0.0.1:${stage.port}/metrics`)).text();
    const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
    return {
      residentBytes: value('process_resident_memory_bytes'),
      cpuSeconds: value('process_cpu_seconds_total'),
    };
  }
});

interface Target {
  readonly health: string;
  readonly scrapeUrl: string;
  readonly lastError: string;
}

const RULES = `groups:
- name: machine
  rules:
  - alert: MachineMemory
    expr: node_memory_MemAvailable_bytes > 0
    labels: { severity: warning }
    annotations: { summary: 'available memory {{ $value | humanize1024 }}B' }
  - alert: MachineLoad
    expr: node_load1 > 0
    for: 1s
    labels: { severity: warning }
  - alert: PrometheusHead
    expr: prometheus_tsdb_head_chunks_created_total + 1 > 0
    labels: { severity: warning }
`;
