import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Server } from '../../src/api/server.ts';
import { tell } from '../support/alerts.ts';
import { type Printed, runLine } from '../support/terminal.ts';
import { MINUTE, startWorld, toMlAlerts, type World } from '../support/world.ts';

let world: World;
let server: Server;
const TOKEN = 'a-long-enough-test-token';

async function open(config: Record<string, unknown> = {}): Promise<void> {
  world = await startWorld({
    config: {
      scrape_configs: [],
      alertmanager_config: toMlAlerts(),
      ...config,
    },
  });
  server = await world.app.listen();
}
afterEach(async () => {
  await server.close();
  await world.close();
});

function watchroom(...args: string[]): Promise<Printed> {
  return watchroomAs({ USER: 'asha' }, ...args);
}

function watchroomAs(environment: Record<string, string>, ...args: string[]): Promise<Printed> {
  return runLine(['alert', ...args], { environment: { WATCHROOM_URL: server.url, ...environment } });
}

const LABELS = {
  alertname: 'ModelLatencyP99High',
  model_name: 'fraud-detector',
  environment: 'production',
  severity: 'critical',
};

async function fire(labels: Record<string, string> = LABELS): Promise<string> {
  tell(world, labels, { annotations: { summary: 'slow' } });
  await world.pass(MINUTE);
  const [incident] = world.app.incidents.actions.list(
    { open: true, text: labels['alertname'] ?? '' },
    world.clock.now(),
  );
  return incident?.id ?? '';
}

const card = (): string => JSON.stringify(world.workspace.state.messages('ml-alerts').map(({ blocks }) => blocks));

describe('watchroom alert, while Slack is down', () => {
  beforeEach(() => open());

  it('lists what is open, worst first, and shows one with its story', async () => {
    await fire({ ...LABELS, alertname: 'FeatureNullRateHigh', severity: 'warning' });
    const id = await fire();
    const { code, out } = await watchroom('list');
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toMatch(
      /^P1 {2}triggered {2}ModelLatencyP99High {2,}fraud-detector production {2}.*\b[0-9a-f]{10}$/,
    );
    expect(out.split('\n')[1]).toContain('FeatureNullRateHigh');
    const shown = await watchroom('show', id);
    expect(shown.out).toContain('P1 ModelLatencyP99High · fraud-detector production');
    expect(shown.out).toContain('slow');
    expect(shown.out).toMatch(/timeline:\n {2}2026-01-19T\S+Z {2}opened as P1, receiver ml/);
    const json = JSON.parse((await watchroom('list', 'latency', '--json')).out) as { id: string; openedAt: string }[];
    expect(json.map((one) => one.id)).toEqual([id]);
    expect(json[0]?.openedAt).toMatch(/^2026-01-19T/);
  });

  it('acknowledges for everybody: the card in Slack says who, and the trail by which way', async () => {
    const id = await fire();
    expect(await watchroom('ack', id.slice(0, 4))).toMatchObject({
      code: 0,
      out: expect.stringContaining('Acknowledged') as string,
    });
    expect((await watchroom('ack', 'ModelLatencyP99High')).out).toContain('Already acknowledged by Asha');
    await world.pass(MINUTE);
    expect(card()).toContain('*Acknowledged* by ');
    const events = world.app.incidents.reader.events(id).filter(({ kind }) => kind === 'acknowledged');
    expect(events).toMatchObject([{ by: { id: 'asha', via: 'cli' } }]);
  });

  it('passes an incident on to one person, who is paged at once; where no ladder runs there is no next level', async () => {
    const id = await fire();
    expect((await watchroom('escalate', id)).err).toContain('No ladder is running for it');
    expect((await watchroom('reassign', id, 'zoe')).err).toContain('Nobody is called “zoe”');
    expect((await watchroom('reassign', id, 'bilal@example.com')).out).toBe('Passed on: Bilal is paged now.\n');
    await world.pass(MINUTE);
    expect(JSON.stringify(world.workspace.state.dms('U02BOB'))).toContain('acknowledge');
    const events = world.app.incidents.reader.events(id).filter(({ kind }) => kind === 'reassigned');
    expect(events).toMatchObject([{ person: 'U02BOB', by: { id: 'asha', via: 'cli' } }]);
  });

  it('does not resolve what still holds without --anyway', async () => {
    const id = await fire();
    const asked = await watchroom('resolve', id);
    expect(asked.code).toBe(1);
    expect(asked.err).toMatch(/[Ss]till.*--anyway/);
    expect((await watchroom('resolve', id, '--anyway')).out).toContain('Closed by you');
    await world.settle();
    expect(card()).toContain('condition still true');
  });

  it('silences until resolved or unmatched, as in Slack', async () => {
    const id = await fire();
    const ends = () => world.app.silences.list(world.clock.now()).map(({ end, comment }) => [end, comment]);
    const { out } = await watchroom('silence', 'ModelLatencyP99High', 'until', 'resolved', 'rolling', 'back');
    expect(out).toContain('ends when resolved for 10 min, at the latest in 7 d');
    await watchroom('silence', 'model_name=~"rec.*"', 'until', 'unmatched', '2h');
    await watchroom('silence', id, 'until', 'resolved', 'for', '30m', 'known');
    expect(ends()).toEqual([
      [{ kind: 'resolved', forMs: 10 * MINUTE }, 'rolling back'],
      [{ kind: 'unmatched', forMs: 120 * MINUTE }, ''],
      [{ kind: 'resolved', forMs: 30 * MINUTE }, 'known'],
    ]);
    expect((await watchroom('silence', id, 'until', 'monday')).err).toContain(
      'after until comes resolved or unmatched',
    );
  });

  it('silences an alert, an incident or matchers, lists what is hidden and ends it', async () => {
    const id = await fire();
    expect((await watchroom('silence', 'ModelLatencyP99High', '2h', 'rolling', 'back')).out).toContain('ends in 2 h');
    expect((await watchroom('silence', 'model_name=~"rec.*"', '30m')).code).toBe(0);
    expect((await watchroom('silence', id, 'until', 'resolved')).code).toBe(0);
    const listed = (await watchroom('silences')).out;
    expect(listed.split('\n').filter((line) => line !== '')).toHaveLength(3);
    expect(listed).toMatch(/alertname="ModelLatencyP99High" +until 2026-\S+ +hides 1 +asha +rolling back/);
    const [first] = world.app.silences.list(world.clock.now());
    expect((await watchroom('unsilence', first?.id ?? '')).out).toBe('The silence has ended.\n');
    expect((await watchroom('silences')).out.split('\n').filter((line) => line !== '')).toHaveLength(2);
  });

  it('says why an alert was heard, and why one is not', async () => {
    const id = await fire();
    const why = (await watchroom('why', id)).out;
    expect(why).toMatch(new RegExp(`incident ${id}, open since .* is triggered`));
    expect(why).toMatch(/its card stands in #\S+\n.*nobody was called/);
    const [known] = world.app.dispatcher.alerts(world.clock.now());
    const trace = (await (await fetch(`${server.url}/api/v2/why?fingerprint=${known?.fingerprint}`)).json()) as object;
    expect(trace).toMatchObject({
      incident: { incidentId: id, state: 'triggered', cards: [{ held: false }], pages: [] },
    });
    expect((await watchroom('why', id)).out).toMatch(/^Why ModelLatencyP99High\n1\. firing since/);
    const { out } = await watchroom('whynot', 'alertname=Unheard', 'severity=warning');
    expect(out).toContain('no alert');
    expect(out).toContain('→ ml');
  });

  it('takes verdicts, and takes them back', async () => {
    const id = await fire();
    expect((await watchroom('verdict', id, 'false_positive')).code).toBe(0);
    expect(world.app.incidents.reader.incident(id)?.verdict?.verdict).toBe('false_positive');
    await watchroom('verdict', id, 'none');
    expect(world.app.incidents.reader.incident(id)?.verdict).toBeUndefined();
    const wrong = await watchroom('verdict', id, 'great');
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(wrong.err).toContain('verdict');
  });

  it('tells mistakes plainly and changes nothing', async () => {
    const id = await fire();
    for (const [args, words] of [
      [['ack', 'nothing'], 'There is no incident "nothing"'],
      [['silence', id, 'soon'], 'for: expected a duration'],
      [['silence', 'NoSuchAlert', '2h'], 'There is no incident "NoSuchAlert"'],
      [['silence', '{}', '2h'], ''],
      [['silence', '{}', '--preview'], 'nothing that can be silenced'],
      [['silence', 'NoSuchAlert', '--preview'], 'There is no incident "NoSuchAlert"'],
      [['silence', 'a=~"("', '--preview'], 'regular expression'],
      [['unsilence', 'abcdef'], 'No silence in force is called'],
      [['list', '--url', 'http://127.0.0.1:9'], 'no watchroom answers at http://127.0.0.1:9'],
      [['list', '--url', 'ftp://x'], 'not an http(s) address'],
    ] as const) {
      const { code, out, err } = await watchroom(...args);
      expect([code, out, err.includes(words)], `${args.join(' ')}: ${err}`).toEqual([1, '', true]);
    }
    expect(world.app.silences.list(world.clock.now())).toEqual([]);
    expect(world.app.incidents.reader.incident(id)?.state.kind).toBe('triggered');
  });

  it('shows hostile labels without letting them draw on the terminal', async () => {
    await fire({ ...LABELS, alertname: 'Evil\u001b[2J\u202eX' });
    const { out } = await watchroom('list');
    expect(out).toContain('Evil[2JX');
    for (const trick of ['\u001b', '\u202e']) expect(out).not.toContain(trick);
  });
});

describe('watchroom alert with tokens', () => {
  beforeEach(() =>
    open({
      auth: {
        tokens: [
          { name: 'night-shift', token: TOKEN, scopes: ['read', 'incidents:write'] },
          { name: 'dashboard', token: `${TOKEN}-2`, scopes: ['read'] },
        ],
      },
    }),
  );

  it('acts in the name of its token, and only as far as the token goes', async () => {
    const id = await fire();
    expect((await watchroomAs({ WATCHROOM_TOKEN: `${TOKEN}-2` }, 'ack', id)).err).toContain(
      'lacks the scope incidents:write',
    );
    expect((await watchroomAs({ WATCHROOM_TOKEN: 'wrong' }, 'list')).err).toContain('WATCHROOM_TOKEN');
    expect((await watchroomAs({ WATCHROOM_TOKEN: TOKEN, USER: 'mallory' }, 'ack', id)).code).toBe(0);
    expect(world.app.incidents.reader.events(id).find(({ kind }) => kind === 'acknowledged')).toMatchObject({
      by: { id: 'night-shift', via: 'cli' },
    });
    expect((await watchroomAs({ WATCHROOM_TOKEN: TOKEN }, 'silence', id, '2h')).err).toContain('silences:write');
  });
});
