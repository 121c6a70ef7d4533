import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Server } from '../../src/api/server.ts';
import { type Printed, runLine } from '../support/terminal.ts';
import { MINUTE, startWorld, type World } from '../support/world.ts';

/** Monday 2026-01-19 08:50 in Mumbai: in ten minutes Bilal follows Asha. */
const BEFORE = Date.UTC(2026, 0, 19, 3, 20);
const TOKEN = 'cli-token-0123456789abcdef';
let world: World;
let server: Server;

beforeEach(async () => {
  const names = ['Asha', 'Bilal', 'Chitra'];
  world = await startWorld({
    startAt: BEFORE,
    users: names.map((name, index) => ({
      id: `U0${index + 1}${name.toUpperCase()}`,
      name,
      email: `${name.toLowerCase()}@example.com`,
      tz: 'Asia/Kolkata',
    })),
    config: {
      scrape_configs: [],
      auth: { tokens: [{ name: 'night-desk', token: TOKEN, scopes: ['read', 'oncall:write'] }] },
      schedules: [
        {
          name: 'primary',
          timezone: 'Asia/Kolkata',
          rotation: {
            type: 'weekly',
            handoff_time: '09:00',
            start: '2026-01-12',
            members: names.map((name) => `${name.toLowerCase()}@example.com`),
          },
        },
      ],
    },
  });
  await world.settle();
  server = await world.app.listen();
});
afterEach(async () => {
  await server.close();
  await world.close();
});

async function watchroom(...args: string[]): Promise<Printed> {
  const environment = { WATCHROOM_URL: server.url, WATCHROOM_TOKEN: TOKEN };
  const printed = await runLine(['oncall', ...args], { environment });
  await world.pass(2000);
  return printed;
}

const onCall = (): readonly string[] | undefined => world.app.onCall.roster.onCall('primary', world.clock.now());
const messages = (user: string): string[] => world.workspace.state.dms(user).map(({ text }) => text);

describe('changing who is on call from the command line', { timeout: 30_000 }, () => {
  it('puts somebody in for a while and ends it again; people and the channel hear it as if it were said in Slack', async () => {
    const made = await watchroom('override', 'chitra@example.com', '2h');
    expect(made).toMatchObject({
      code: 0,
      out: 'override (1): Chitra: primary, Mon 19 Jan, 08:50 IST – Mon 19 Jan, 10:50 IST\n',
    });
    expect(onCall()).toEqual(['chitra@example.com']);
    expect(messages('U03CHITRA').at(-1)).toContain('Chitra is on call for primary');
    expect((await watchroom('arrangements')).out).toContain('override 1  primary  Chitra (by night-desk)');
    expect((await watchroom('end', '1')).out).toContain('override ended (1): Chitra');
    expect(onCall()).toEqual(['asha@example.com']);
  });

  it('a person takes the shift', async () => {
    expect((await watchroom('take', 'chitra@example.com')).out).toContain('taken (1): Chitra: primary');
    expect(onCall()).toEqual(['chitra@example.com']);
    const [line] = [...world.app.audit.lines()].filter((text) => text.includes('oncall.take'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      actor: { id: 'U03CHITRA', name: 'Chitra (by night-desk)', via: 'cli' },
    });
  });

  it('a swap is asked for, accepted and undone; cover is asked of the channel and declined by nobody', async () => {
    expect((await watchroom('swap', 'chitra@example.com', 'asha@example.com')).out).toContain(
      'asked (1): Chitra → Asha',
    );
    expect(messages('U01ASHA').at(-1)).toContain('night-desk, for Chitra, asks Asha to take a shift');
    expect((await watchroom('accept', '1', 'bilal@example.com')).err).toContain('Somebody else was asked');
    expect((await watchroom('accept', '1', 'asha@example.com')).out).toContain('agreed (1): Chitra → Asha');
    expect((await watchroom('undo', '1', 'asha@example.com')).out).toContain('undone (1)');
    expect((await watchroom('cover', 'chitra@example.com')).out).toContain('asked of everybody (2): Chitra → anybody');
    expect((await watchroom('decline', '2', 'bilal@example.com')).err).toContain('Somebody else was asked');
    expect((await watchroom('arrangements')).out).toContain('swap 2  primary  Chitra → anybody (offered)');
  });

  it('whoever comes on call says that they are reachable', async () => {
    await world.pass(11 * MINUTE);
    expect(messages('U02BILAL').at(-1)).toContain('primary');
    expect((await watchroom('arrangements')).out).toMatch(/handoff 1 {2}primary {2}Bilal \(asked\)/);
    expect((await watchroom('reachable', '1', 'asha@example.com')).err).toContain('Only the person who comes on call');
    expect((await watchroom('reachable', '1', 'bilal@example.com')).out).toBe('Bilal is reachable for primary\n');
    expect((await watchroom('arrangements')).out).toContain('Bilal (confirmed)');
  });

  it('bad input says what to write, and changes nothing', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, err } = await watchroom(...args);
      expect(code).toBe(1);
      return err;
    };
    expect(await refused('override', 'chitra@example.com', 'tomorrow-ish')).toContain('expected a date (2026-01-26)');
    expect(await refused('override', 'chitra@example.com', '2026-01-26', '2026-01-26')).toContain(
      'the end date is not included',
    );
    expect(await refused('override', 'zoe', '2h')).toContain('Nobody is called “zoe”');
    expect(await refused('override', 'chitra@example.com', '2h', '--schedule', 'secondary')).toContain(
      'There are primary',
    );
    expect(await refused('take', 'zoe')).toContain('nobody is called “zoe”');
    expect(await refused('end', '7')).toContain('There is no override 7');
    expect(onCall()).toEqual(['asha@example.com']);
    expect((await watchroom('arrangements')).out).not.toContain('override');
  });

  it('is refused to a token that may only read', async () => {
    const answer = await fetch(`${server.url}/api/watchroom/oncall/take`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer some-other-token-here' },
      body: '{}',
    });
    expect(answer.status).toBe(401);
  });
});
