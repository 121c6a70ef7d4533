import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { peer } from '../support/peer.ts';
import { freePort, type Served, serve } from '../support/serve.ts';

const PROMTOOL = '/usr/bin/promtool';
const RULES = {
  groups: [
    {
      name: 'g',
      rules: [
        { alert: 'Always', expr: 'up == 1', labels: { severity: 'info' } },
        { record: 'a:b', expr: 'sum(up)' },
      ],
    },
  ],
};

describe.runIf(peer(PROMTOOL))("Prometheus' own client asks us", { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-promtool-'));
  let served: Served;
  const promtool = (
    ...args: readonly string[]
  ): { readonly lines: string[]; readonly err: string; readonly code: number | null } => {
    const { stdout, stderr, status } = spawnSync(PROMTOOL, ['query', ...args], { encoding: 'utf8' });
    return { lines: stdout.trim().split('\n'), err: stderr.trim(), code: status };
  };

  beforeAll(async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    writeFileSync(join(folder, 'r.yml'), JSON.stringify(RULES));
    served = await serve(folder, {
      http: { listen },
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      scrape_configs: [{ job_name: 'watchroom', static_configs: [{ targets: [listen] }] }],
      rule_files: ['r.yml'],
    });
    // The thread with the store gathers and evaluates by itself; what it knows comes to the API across the border.
    await vi.waitUntil(() => promtool('instant', served.url, 'a:b').lines.join('').includes('a:b'), {
      timeout: 20_000,
    });
  }, 60_000);

  afterAll(async () => {
    await served?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  it('for values now and over a range', () => {
    const instance = new URL(served.url).host;
    expect(promtool('instant', served.url, 'up').lines).toEqual([
      expect.stringMatching(
        new RegExp(`^up\\{instance="${instance}", job="watchroom"\\} => 1 @\\[\\d+(?:\\.\\d+)?\\]$`),
      ),
    ]);
    const range = promtool('range', '--step=1s', served.url, 'sum(up)');
    expect([range.code, range.lines[0]]).toEqual([0, '{} =>']);
    expect(promtool('instant', served.url, 'scalar(vector(2))').lines[0]).toMatch(/^scalar: 2 @/);
  });

  it('for series and labels', () => {
    expect(promtool('series', '--match=up', served.url).lines).toEqual([expect.stringContaining('__name__="up"')]);
    expect(promtool('labels', served.url, 'job').lines).toEqual(['watchroom']);
    expect(promtool('labels', '--match=ALERTS', served.url, 'alertname').lines).toEqual(['Always']);
  });

  it('and understands what is wrong', () => {
    const { code, err } = promtool('instant', served.url, 'up{');
    expect(code).toBe(1);
    expect(err).toContain('bad_data');
    expect(err).toContain('parse error');
  });

  it('for rules, alerts, targets and metadata, across the thread', async () => {
    const ask = async (path: string) =>
      ((await (await fetch(`${served.url}/api/v1${path}`)).json()) as { data: unknown }).data;
    expect(await ask('/rules')).toMatchObject({
      groups: [
        {
          name: 'g',
          rules: [
            { name: 'Always', state: 'firing', health: 'ok' },
            { name: 'a:b', type: 'recording' },
          ],
        },
      ],
    });
    expect(await ask('/alerts')).toMatchObject({
      alerts: [{ labels: { alertname: 'Always', severity: 'info' }, state: 'firing' }],
    });
    expect(await ask('/targets')).toMatchObject({
      activeTargets: [{ scrapePool: 'watchroom', health: 'up' }],
      droppedTargets: [],
    });
    expect(await ask('/metadata?metric=watchroom_build_info')).toMatchObject({
      watchroom_build_info: [{ type: 'gauge' }],
    });
  });
});
