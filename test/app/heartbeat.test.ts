import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { advance } from '../../src/time/loop.ts';
import { alert } from '../notifiers/harness.ts';
import { MINUTE, NIGHT, startWorld, type World } from '../support/world.ts';

const RULES = `groups:
- { name: meta, interval: 15s, rules: [{ alert: Watchdog, expr: vector(1), labels: { severity: info } }] }
`;

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A watcher that keeps when it heard what, and a bot that it waits for. */
async function watched(config: Record<string, unknown> = {}, rules = RULES) {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-heartbeat-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'meta.rules.yml'), rules);
  const heard: number[] = [];
  let status = 200;
  const held: { world?: World } = {};
  const server = createServer((request, response) => {
    request.resume();
    if (status === 200) heard.push((held.world?.clock.now() ?? 0) - NIGHT);
    response.writeHead(status).end('OK');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/0c5e8b1c-uuid`;
  const world = await startWorld({
    config: {
      scrape_configs: [],
      rule_files: [join(folder, '*.rules.yml')],
      heartbeat: { url, interval: '30s' },
      alertmanager_config: { route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] },
      ...config,
    },
  });
  held.world = world;
  closers.push(() => world.close());
  return {
    world,
    heard,
    url,
    answer: (next: number) => {
      status = next;
    },
    /** Time passes while some jobs are stuck. */
    passWithout: (ms: number, ...stuck: string[]) => {
      const jobs = [...world.app.domainJobs, ...world.app.wireJobs].filter(({ name }) => !stuck.includes(name));
      return advance(world.clock, jobs, world.clock.now() + ms);
    },
  };
}

describe('the heartbeat', () => {
  it('comes every 30 s once a rule was evaluated, stored, fed across and known to routing', async () => {
    const { world, heard } = await watched();
    await world.pass(10 * MINUTE);
    expect(heard.length).toBeGreaterThanOrEqual(19);
    expect(heard[0]).toBeLessThanOrEqual(60_000);
    const gaps = heard.slice(1).map((at, i) => at - (heard[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_000);
    expect(world.app.health().find(({ part }) => part === 'loop')?.ok).toBe(true);
  });

  it.each([['evaluator'], ['feed'], ['courier']])(
    'ends within 90 s where the %s is stuck, and comes back with it',
    async (job) => {
      const { world, heard, passWithout } = await watched();
      const server = await world.app.listen();
      closers.push(() => server.close());
      const healthy = async (): Promise<number> => (await fetch(`${server.url}/-/healthy`)).status;
      await world.pass(5 * MINUTE);
      expect(await healthy()).toBe(200);
      const before = heard.length;
      await passWithout(90_000, job);
      const during = heard.length;
      await passWithout(10 * MINUTE, job);
      expect(before).toBeGreaterThan(7);
      expect(heard.length).toBe(during);
      if (job !== 'courier') {
        expect(world.app.health().find(({ part }) => part === 'loop')?.ok).toBe(false);
        expect(await healthy()).toBe(503);
        expect(world.complaints.some((line) => line.includes('the loop is broken'))).toBe(true);
      }
      await world.pass(2 * MINUTE);
      expect(heard.length).toBeGreaterThan(during);
    },
  );

  it('ends while Slack refuses the token: nobody would hear an alert', async () => {
    const { world, heard } = await watched();
    await world.pass(2 * MINUTE);
    world.workspace.faults.add({ method: 'chat.postMessage', kind: 'ok_false', error: 'token_revoked', times: 100 });
    world.app.incidents.effects.notify(...firstCard(world));
    await world.pass(MINUTE);
    const before = heard.length;
    await world.pass(10 * MINUTE);
    expect(heard.length).toBe(before);
  });

  it('is not sent because an earlier process saw the rule fire', async () => {
    const { world, heard, passWithout } = await watched();
    await passWithout(5 * MINUTE, 'evaluator');
    expect(heard).toEqual([]);
    await world.pass(MINUTE);
    expect(heard.length).toBeGreaterThan(0);
  });

  it('counts a Watchdog that another Prometheus sends', async () => {
    const { world, heard } = await watched({}, 'groups: []\n');
    await world.pass(2 * MINUTE);
    expect(heard).toEqual([]);
    for (let minute = 0; minute < 5; minute += 1) {
      const sent = { ...alert({ alertname: 'Watchdog' }, { startsAt: NIGHT }), updatedAt: world.clock.now() };
      world.app.dispatcher.ingest([sent], world.clock.now());
      await world.pass(MINUTE);
    }
    expect(heard.length).toBeGreaterThan(6);
    const before = heard.length;
    await world.pass(4 * MINUTE);
    const last = heard.length;
    await world.pass(10 * MINUTE);
    expect(last).toBeGreaterThan(before);
    expect(heard.length).toBe(last);
  });

  it('that the watcher does not take is said in Slack, without its address', async () => {
    const { world, answer, url } = await watched();
    answer(404);
    await world.pass(10 * MINUTE);
    const told = world.workspace.state.messages('watchroom').map(({ text }) => text);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('heartbeat* was not reached');
    expect(told.join()).not.toContain(new URL(url).pathname);
    expect(world.complaints.join()).not.toContain(new URL(url).pathname);
  });
});

/** A notification that makes a card, so that Slack is asked for something. */
function firstCard(world: World): Parameters<World['app']['incidents']['effects']['notify']> {
  const fired = {
    ...alert({ alertname: 'X', severity: 'warning' }, { startsAt: NIGHT }),
    updatedAt: world.clock.now(),
  };
  const view = { key: 'g', receiver: 'nobody', labels: fired.labels, alerts: [fired], mutes: new Map() };
  return [
    {
      id: 'n',
      integration: { receiver: 'nobody', kind: 'slack', index: 0 },
      groupKey: 'g',
      groupLabels: fired.labels,
      reason: 'first_notification',
      status: 'firing',
      alerts: [fired],
      truncatedAlerts: 0,
      at: world.clock.now(),
    },
    view,
  ];
}
