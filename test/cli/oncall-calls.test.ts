import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Server } from '../../src/api/server.ts';
import { press } from '../support/hands-on.ts';
import { type Printed, runLine } from '../support/terminal.ts';
import { TWO_PEOPLE, twoLevels } from '../support/two-levels.ts';
import { startWorld, type World } from '../support/world.ts';

/** Tuesday 2026-01-20 15:00 in Mumbai: people are at work. */
const AT_WORK = Date.UTC(2026, 0, 20, 9, 30);
let world: World;
let server: Server;

beforeEach(async () => {
  world = await startWorld({
    startAt: AT_WORK,
    users: TWO_PEOPLE,
    config: { scrape_configs: [], ...twoLevels(5, { num_loops: 1 }) },
  });
  await world.settle();
  server = await world.app.listen();
});
afterEach(async () => {
  await server.close();
  await world.close();
});

async function watchroom(...args: string[]): Promise<Printed> {
  const environment = { WATCHROOM_URL: server.url, USER: 'deploy-bot' };
  const printed = await runLine(['oncall', ...args], { environment });
  await world.pass(2000);
  return printed;
}

const messages = (user: string): string[] => world.workspace.state.dms(user).map(({ text }) => text);

describe('calling people from the command line', { timeout: 30_000 }, () => {
  it('pages whoever is on call, says who is called and when the next one is', async () => {
    const paged = await watchroom('page', 'primary', 'the', 'rollout', 'is', 'stuck');
    expect(paged.code).toBe(0);
    expect(paged.out).toMatch(
      /^paging Asha \(Slack message\); without an answer Bilal in 5 min; incident [0-9a-f]{10}\n`watchroom alert show [0-9a-f]{10}` tells who answers\n$/,
    );
    expect(messages('U01ASHA')[0]).toContain('P1 page from deploy-bot: the rollout is stuck');
    const [, id = ''] = /incident (\w+)/.exec(paged.out) ?? [];
    expect(world.app.incidents.reader.events(id).map(({ kind }) => kind)).toContain('paged');
    const json = await watchroom('page', 'Bilal', 'hello', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ to: 'Bilal', first: [{ who: 'Bilal', ways: ['slack'] }] });
  });

  it('tells whoever paged from a terminal in Slack who answered, where the name is an account’s', async () => {
    const paged = await watchroom('page', 'Asha', 'come', '--as', 'bilal');
    const [, id = ''] = /incident (\w+)/.exec(paged.out) ?? [];
    await press(world, 'U01ASHA', 'acknowledge');
    expect(world.app.incidents.reader.incident(id)?.state.kind).toBe('acknowledged');
    expect(messages('U02BILAL')).toEqual(['Asha has your page to Asha in hand']);
  });

  it('refuses whom nobody knows, with the nearest name and a status other than zero', async () => {
    const paged = await watchroom('page', 'primry', 'x');
    expect(paged.code).not.toBe(0);
    expect(paged.err).toContain('Did you mean primary?');
    expect(messages('U01ASHA')).toEqual([]);
  });

  it('begins a drill, ends it, and prints what it found', async () => {
    expect((await watchroom('drill', '--last')).err).toContain('no drill has been held yet');
    expect((await watchroom('drill')).out).toContain('the drill of ladder begins; the report comes to #ml-alerts');
    const answer = await fetch(`${server.url}/api/watchroom/oncall/drills/1/acknowledge`, {
      method: 'POST',
      headers: { 'x-watchroom-actor': 'Asha' },
    });
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining('it reached you after') });
    expect((await watchroom('drill', '--stop')).out).toContain('called off');
    const last = (await watchroom('drill', '--last')).out;
    expect(last).toMatch(/^DRILL of ladder called off, started by deploy-bot 2026-01-20T/);
    expect(last).toMatch(/1 {2}primary {2}answered after \d+ s/);
    expect(last).toContain('2  one person  not called');
  });

  it('says what is wrong with a body or a method, and does nothing', async () => {
    for (const path of ['page', 'drills']) {
      const wrong = await fetch(`${server.url}/api/watchroom/oncall/${path}`, {
        method: 'POST',
        body: '{"x":1}',
        headers: { 'content-type': 'application/json' },
      });
      expect(wrong.status).toBe(400);
      const get = await fetch(`${server.url}/api/watchroom/oncall/${path}`);
      expect(get.status).toBe(405);
    }
    expect(world.app.incidents.actions.list({ open: false }, world.clock.now())).toEqual([]);
  });
});
