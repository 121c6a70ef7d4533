import { describe, expect, it, onTestFinished } from 'vitest';
import type { Server } from '../../src/api/server.ts';
import { firstPage, press, say } from '../support/hands-on.ts';
import { ASHA, BILAL, directMessages, type OnCallWorld, pages, SITA } from '../support/on-call-world.ts';
import { POLICY, SCHEDULE, startOwn } from '../support/own-on-call.ts';
import { MINUTE } from '../support/world.ts';

const TOKEN = 'hr-token-0123456789abcdef';

let server: Server | undefined;

async function start(): Promise<OnCallWorld> {
  const auth = {
    tokens: [
      { name: 'hr', token: TOKEN, scopes: ['people:write'] },
      { name: 'grafana', token: `${TOKEN}-reader`, scopes: ['read'] },
    ],
  };
  const house = await startOwn({ config: { auth } });
  // Ends before the world does.
  onTestFinished(() => server?.close());
  server = await house.world().app.listen();
  return house;
}

async function put(
  person: string,
  body: object,
  token = TOKEN,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${server?.url}/api/watchroom/people/${encodeURIComponent(person)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe.runIf(SCHEDULE && POLICY)('somebody whom HR deactivates', { timeout: 60_000 }, () => {
  it('leaves visible gaps at once: in the answer, in /oncall who and gaps, and in the operations channel', async () => {
    const world = (await start()).world();
    expect(await say(world, BILAL, '/oncall gaps')).toContain('No gaps');
    const since = new Date(world.clock.now()).toISOString();
    const answer = await put('Asha@example.com', { active: false, reason: 'left on 20 January' });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        person: 'asha@example.com',
        active: false,
        changed: true,
        since,
        gaps: [{ schedule: 'ml-platform-primary', end: '2026-01-25T18:30:00.000Z' }, expect.anything()],
      },
    });
    await world.pass(2000);
    const posted = JSON.stringify(world.workspace.state.messages('watchroom'));
    expect(posted).toContain('*ml-platform-primary*  nobody');
    expect(await say(world, BILAL, '/oncall who')).toContain('nobody is on call');
    expect(await say(world, BILAL, '/oncall gaps')).toContain('2 gaps');
    expect(world.complaints).toEqual([]);
  });

  it('is passed over by the ladder at once, and the card says why', async () => {
    const world = (await start()).world();
    await put('asha@example.com', { active: false });
    await firstPage(world);
    expect(pages(world)).toEqual([`0 ${SITA}`]);
    expect(directMessages(world, [ASHA])).toEqual([]);
    const [card] = world.workspace.state
      .messages('ml-alerts')
      .filter(({ blocks }) => JSON.stringify(blocks).includes('*Ladder*'));
    expect(JSON.stringify(card?.blocks)).toContain('ML_PRIMARY_ONCALL (asha is deactivated) (skipped)');
  });

  it('cannot act any more, nor be put on call; twice is once; and it is written down with who said so', async () => {
    const world = (await start()).world();
    await put(ASHA, { active: false });
    expect((await put('asha@example.com', { active: false })).body).toMatchObject({ changed: false, active: false });
    expect(await say(world, ASHA, '/oncall take ml-platform-secondary')).toContain('Only members of this workspace');
    expect(await say(world, BILAL, '/oncall override ml-platform-secondary @Asha 2h')).toMatch(
      /deactivated|Nobody is called/,
    );
    const written = [...world.app.audit.lines()]
      .map((line) => JSON.parse(line) as { action: string })
      .filter(({ action }) => action.startsWith('people.'));
    expect(written).toMatchObject([
      { action: 'people.deactivate', actor: { id: 'hr', via: 'api' }, target: 'asha@example.com' },
    ]);
  });

  it('is back after a reactivation, over a restart too, and what was before the departure stays theirs', async () => {
    const house = await start();
    const world = house.world();
    await put('asha@example.com', { active: false });
    await world.pass(30 * MINUTE);
    const past = world.app.onCall.roster.shifts('ml-platform-primary', Date.UTC(2026, 0, 19, 10), world.clock.now());
    expect(past).toMatchObject([{ user: 'asha@example.com', end: Date.UTC(2026, 0, 19, 21, 30) }]);
    await server?.close();
    await house.restart();
    const after = house.world();
    server = await after.app.listen();
    expect(after.app.onCall.roster.onCall('ml-platform-primary', after.clock.now())).toEqual([]);
    expect((await put('asha@example.com', { active: true })).body).toMatchObject({
      changed: true,
      active: true,
      gaps: [],
    });
    expect((await put('asha@example.com', { active: true })).body).toMatchObject({ changed: false });
    expect(after.app.onCall.roster.onCall('ml-platform-primary', after.clock.now())).toEqual(['asha@example.com']);
  });

  it('a shift that was given to them is its owner’s again, who hears it', async () => {
    const world = (await start()).world();
    await say(world, BILAL, '/oncall swap @Asha');
    await press(world, ASHA, 'swap_take');
    await put('asha@example.com', { active: false });
    await world.pass(2000);
    expect(directMessages(world, [BILAL]).at(-1)?.text).toContain('was deactivated, so the shift is Bilal’s again');
    const inHisWeek = Date.UTC(2026, 0, 28, 10);
    expect(world.app.onCall.roster.onCall('ml-platform-primary', inHisWeek)).toEqual(['bilal@example.com']);
  });

  it('is refused to a token without the scope, for people nobody knows, and for what is no person', async () => {
    const world = (await start()).world();
    expect((await put('asha@example.com', { active: false }, `${TOKEN}-reader`)).status).toBe(403);
    expect((await put('asha@example.com', { active: false }, 'no-such-token-here')).status).toBe(401);
    expect(await put('zoe@example.com', { active: false })).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining('zoe@example.com is nobody') },
    });
    expect((await put('everybody', { active: false })).status).toBe(400);
    expect((await put('asha@example.com', { activ: false })).status).toBe(400);
    expect(world.app.onCall.roster.onCall('ml-platform-primary', world.clock.now())).toEqual(['asha@example.com']);
  });
});
