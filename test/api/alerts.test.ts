import { afterEach, describe, expect, it } from 'vitest';
import { type House, Houses, MINUTE, START } from './house.ts';

const houses = new Houses();
afterEach(houses.close);

const iso = (at: number): string => new Date(at).toISOString();

interface Shown {
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { state: string; silencedBy: string[]; inhibitedBy: string[]; mutedBy: string[] };
  readonly receivers: { name: string }[];
}

async function shown(house: House, query = ''): Promise<Shown[]> {
  const reply = await house.get(`/api/v2/alerts${query}`);
  expect(reply.status, reply.text).toBe(200);
  return reply.json as Shown[];
}

describe('posting alerts', () => {
  it('takes an alert with nothing but labels: it starts now and ends after the resolve timeout', async () => {
    const house = await houses.open();
    const reply = await house.post('/api/v2/alerts', [{ labels: { alertname: 'A', model: 'm' } }]);
    expect([reply.status, reply.text]).toEqual([200, '']);
    expect((await house.get('/api/v2/alerts')).text).toBe(
      `[{"annotations":{},"endsAt":"${iso(START + 5 * MINUTE)}","fingerprint":"fd5ec27f3206c541","receivers":[{"name":"team"}],` +
        `"startsAt":"2026-11-16T10:00:00.000Z","status":{"inhibitedBy":[],"mutedBy":[],"silencedBy":[],"state":"active"},` +
        `"updatedAt":"2026-11-16T10:00:00.000Z","labels":{"alertname":"A","model":"m"}}]\n`,
    );
  });

  it('ends an alert whose end has come, and calls it resolved', async () => {
    const house = await houses.open();
    await house.post('/api/v2/alerts', [{ labels: { alertname: 'A' }, startsAt: iso(START - MINUTE) }]);
    await house.pass(MINUTE);
    await house.post('/api/v2/alerts', [
      { labels: { alertname: 'A' }, startsAt: iso(START - MINUTE), endsAt: iso(house.clock.now()) },
    ]);
    expect(await shown(house)).toEqual([]);
    const [alert] = house.dispatcher.alerts(house.clock.now());
    expect(alert?.condition).toEqual({ kind: 'resolved', at: START + MINUTE });
    expect(alert?.startsAt).toBe(START - MINUTE);
    expect(house.received).toEqual(['firing', 'resolved']);
  });

  it('does not call an alert resolved whose sender has just fallen silent', async () => {
    const house = await houses.open();
    await house.post('/api/v2/alerts', [
      { labels: { alertname: 'A' }, endsAt: iso(START + MINUTE), startsAt: iso(START) },
    ]);
    await house.pass(2 * MINUTE);
    expect(await shown(house)).toEqual([]);
    expect(house.dispatcher.alerts(house.clock.now())[0]?.condition.kind).toBe('sender_silent');
  });

  it('may be told the same any number of times', async () => {
    const house = await houses.open();
    const body = [{ labels: { alertname: 'A' }, startsAt: iso(START), annotations: { summary: 'one' } }];
    for (let i = 0; i < 3; i += 1) expect((await house.post('/api/v2/alerts', body)).status).toBe(200);
    await house.post('/api/v2/alerts', [...body, { ...body[0], annotations: { summary: 'two' } }]);
    expect((await shown(house)).map((alert) => alert.annotations)).toEqual([{ summary: 'two' }]);
  });

  it('keeps the good alerts of a body and says what is wrong with the others', async () => {
    const house = await houses.open();
    const reply = await house.post('/api/v2/alerts', [
      { labels: { alertname: 'Good' } },
      { labels: {} },
      { labels: { alertname: '' } },
      { labels: { '': 'x' } },
      { labels: { alertname: 'Late' }, startsAt: iso(START), endsAt: iso(START - 1) },
    ]);
    expect(reply.status).toBe(400);
    expect(reply.json).toBe(
      'at least one label pair required; at least one label pair required; invalid label set: invalid name ""; start time must be before end time',
    );
    expect((await shown(house)).map((alert) => alert.labels)).toEqual([{ alertname: 'Good' }]);
  });

  it('takes names that are traps in JavaScript, UTF-8 names, and mends what is no Unicode', async () => {
    const house = await houses.open();
    const body = `[{"labels":{"__proto__":"p","constructor":"c","toString":"t","größe.µ":"x","lone":"a\\ud800b"}}]`;
    expect((await house.post('/api/v2/alerts', body)).status).toBe(200);
    const [alert] = await shown(house);
    expect(Object.entries(alert?.labels ?? {})).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['größe.µ', 'x'],
      ['lone', 'a\u{fffd}b'],
      ['toString', 't'],
    ]);
    expect(Object.prototype).not.toHaveProperty('p');
  });

  it.each([
    ['', 422, { code: 602, message: 'alerts in body is required' }],
    ['[{}]', 422, { code: 602, message: '0.labels in body is required' }],
    ['[{"labels":null}]', 422, { code: 602, message: '0.labels in body is required' }],
    [
      '[{"labels":{"a":"b"},"generatorURL":"not one"}]',
      422,
      { code: 601, message: '0.generatorURL in body must be of type uri: "not one"' },
    ],
    ['{}', 400, { code: 400 }],
    ['[{]', 400, { code: 400 }],
    ['[null]', 400, { code: 400 }],
    ['["x"]', 400, { code: 400 }],
    ['[{"labels":{"a":1}}]', 400, { code: 400 }],
    ['[{"labels":["a"]}]', 400, { code: 400 }],
    ['[{"labels":{"a":"b"},"annotations":{"a":{}}}]', 400, { code: 400 }],
    ['[{"labels":{"a":"b"},"startsAt":5}]', 400, { code: 400 }],
    ['[{"labels":{"a":"b"},"startsAt":"yesterday"}]', 400, { code: 400 }],
    ['[{"labels":{"a":"b"},"startsAt":"2026-02-30T00:00:00Z"}]', 400, { code: 400 }],
    ['[{"labels":{"a":"b"},"startsAt":"2026-02-03T25:00:00Z"}]', 400, { code: 400 }],
    [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, 400, { code: 400 }],
  ])('refuses the body %.60s as a whole', async (body, status, answer) => {
    const house = await houses.open();
    const reply = await house.post('/api/v2/alerts', body);
    expect([reply.status, reply.json]).toEqual([status, expect.objectContaining(answer)]);
    expect(reply.text).not.toMatch(/\n\s+at /);
    expect(house.dispatcher.alerts(START)).toEqual([]);
    expect(house.defects).toEqual([]);
  });

  it.each([
    ['2026-11-16T09:00:00Z', START - 60 * MINUTE],
    ['2026-11-16T09:00:00.123456789Z', START - 60 * MINUTE + 123],
    ['2026-11-16T14:30:00+05:30', START - 60 * MINUTE],
    ['2026-11-16T14:30:00.5+0530', START - 60 * MINUTE + 500],
    ['2026-11-16T09:00:00', START - 60 * MINUTE],
    ['2026-11-16 09:00:00', START - 60 * MINUTE],
    ['2026-11-16T09:00Z', START - 60 * MINUTE],
    ['0001-01-01T00:00:00Z', START],
    ['0001-01-01T00:00:00.000Z', START],
    ['', START],
    ['1969-12-31T23:59:59Z', -1000],
  ])('reads the start %s', async (startsAt, expected) => {
    const house = await houses.open();
    await house.post('/api/v2/alerts', [{ labels: { alertname: 'A' }, startsAt }]);
    expect((await shown(house))[0]?.startsAt).toBe(iso(expected));
  });

  it('never loses an alert for its link: a longer one than anybody needs is left out', async () => {
    const house = await houses.open();
    const long = `http://x/${'a'.repeat(9000)}`;
    await house.post('/api/v2/alerts', [
      { labels: { alertname: 'A' }, generatorURL: long },
      { labels: { alertname: 'B' }, generatorURL: 'http://prometheus/graph?g0.expr=up' },
    ]);
    const urls = house.dispatcher.alerts(START).map((alert) => alert.generatorUrl);
    expect(urls.sort()).toEqual(['', 'http://prometheus/graph?g0.expr=up']);
  });

  it('accepts a storm in one body', async () => {
    const house = await houses.open();
    const body = Array.from({ length: 10_000 }, (_, i) => ({ labels: { alertname: `A${i % 500}`, model: `m${i}` } }));
    expect((await house.post('/api/v2/alerts', body)).status).toBe(200);
    expect(house.dispatcher.alerts(START)).toHaveLength(10_000);
  });

  it('answers with 503 while the database takes nothing, and is whole again afterwards', async () => {
    const house = await houses.open();
    house.db.exec('PRAGMA query_only = ON');
    const reply = await house.post('/api/v2/alerts', [{ labels: { alertname: 'A' } }]);
    expect(reply.status).toBe(503);
    expect(house.defects).toHaveLength(1);
    house.db.exec('PRAGMA query_only = OFF');
    expect(await shown(house)).toEqual([]);
    expect((await house.post('/api/v2/alerts', [{ labels: { alertname: 'A' } }])).status).toBe(200);
    expect(await shown(house)).toHaveLength(1);
  });
});

describe('listing alerts', () => {
  async function furnished(): Promise<House> {
    const house = await houses.open();
    await house.post('/api/v2/alerts', [
      { labels: { alertname: 'DatabaseDown', model: 'm' } },
      { labels: { alertname: 'ModelSlow', model: 'm' } },
      { labels: { alertname: 'ModelSlow', model: 'other', severity: 'critical' } },
      { labels: { alertname: 'Drift', model: 'm' } },
    ]);
    await house.post('/api/v2/silences', {
      matchers: [{ name: 'alertname', value: 'Drift', isRegex: false }],
      startsAt: iso(START),
      endsAt: iso(START + 60 * MINUTE),
      createdBy: 'asha',
      comment: 'known',
    });
    return house;
  }
  const names = (alerts: readonly Shown[]): string[] =>
    alerts.map(({ labels }) => `${labels['alertname']}/${labels['model']}`).sort();

  it('says what suppresses each', async () => {
    const house = await furnished();
    const alerts = await shown(house);
    expect(alerts.map((alert) => alert.status.state).sort()).toEqual(['active', 'active', 'suppressed', 'suppressed']);
    const inhibited = alerts.find((alert) => alert.status.inhibitedBy.length > 0);
    const source = house.dispatcher.alerts(START).find((alert) => alert.labels.get('alertname') === 'DatabaseDown');
    expect([inhibited?.labels['alertname'], inhibited?.status.inhibitedBy]).toEqual([
      'ModelSlow',
      [source?.fingerprint],
    ]);
    const silenced = alerts.find((alert) => alert.status.silencedBy.length > 0);
    expect([silenced?.labels['alertname'], silenced?.status.silencedBy]).toEqual([
      'Drift',
      [house.dispatcher.listSilences()[0]?.id],
    ]);
  });

  it.each([
    ['', ['DatabaseDown/m', 'Drift/m', 'ModelSlow/m', 'ModelSlow/other']],
    ['?active=false', ['Drift/m', 'ModelSlow/m']],
    ['?silenced=false', ['DatabaseDown/m', 'ModelSlow/m', 'ModelSlow/other']],
    ['?inhibited=false', ['DatabaseDown/m', 'Drift/m', 'ModelSlow/other']],
    ['?silenced=false&inhibited=false&active=false', []],
    ['?unprocessed=false', ['DatabaseDown/m', 'Drift/m', 'ModelSlow/m', 'ModelSlow/other']],
    ['?receiver=pager', ['ModelSlow/other']],
    ['?receiver=pag', []],
    ['?receiver=pag.*|nobody', ['ModelSlow/other']],
    ['?filter=alertname%3D%22ModelSlow%22', ['ModelSlow/m', 'ModelSlow/other']],
    ['?filter=alertname%3D~%22Model.%2A%22&filter=model!%3Dm', ['ModelSlow/other']],
    ['?filter=severity%3D%22%22', ['DatabaseDown/m', 'Drift/m', 'ModelSlow/m']],
    ['?filter=%7Balertname%3D%22Drift%22%2Cmodel%3D%22m%22%7D', ['Drift/m']],
  ])('filters by %s', async (query, expected) => {
    const house = await furnished();
    expect(names(await shown(house, query))).toEqual(expected);
  });

  it.each([
    '?filter=',
    '?filter=%00',
    '?filter=%22',
    '?filter=a%3D~%22(%22',
    '?receiver=(',
    `?${'filter=a%3Db&'.repeat(101)}`,
  ])('refuses the filter %.40s', async (query) => {
    const house = await houses.open();
    const reply = await house.get(`/api/v2/alerts${query}`);
    expect([reply.status, typeof reply.json]).toEqual([400, 'string']);
    expect((await house.get(`/api/v2/alerts/groups${query}`)).status).toBe(400);
  });

  it('groups as the routes do, in order of labels and receivers', async () => {
    const house = await furnished();
    const reply = await house.get('/api/v2/alerts/groups');
    const groups = reply.json as { labels: object; receiver: { name: string }; alerts: Shown[] }[];
    expect(groups.map((group) => [group.receiver.name, group.labels, names(group.alerts)])).toEqual([
      ['team', { alertname: 'DatabaseDown' }, ['DatabaseDown/m']],
      ['team', { alertname: 'Drift' }, ['Drift/m']],
      ['pager', { alertname: 'ModelSlow' }, ['ModelSlow/other']],
      ['team', { alertname: 'ModelSlow' }, ['ModelSlow/other']],
      ['team', { alertname: 'ModelSlow' }, ['ModelSlow/m']],
    ]);
    expect(groups[2]?.alerts[0]?.receivers).toEqual([{ name: 'pager' }, { name: 'team' }]);
    const narrowed = (await house.get('/api/v2/alerts/groups?receiver=pager')).json as { alerts: Shown[] }[];
    expect(narrowed.map((group) => group.alerts.map((alert) => alert.receivers))).toEqual([[[{ name: 'pager' }]]]);
  });

  it('shows that the hours of a route mute a group', async () => {
    const house = await houses.open();
    await house.post('/api/v2/alerts', [{ labels: { alertname: 'Nightly', severity: 'nightly' } }]);
    const groups = (await house.get('/api/v2/alerts/groups')).json as { alerts: Shown[] }[];
    expect(groups[0]?.alerts[0]?.status).toMatchObject({ mutedBy: ['always'], state: 'suppressed' });
    expect((await house.get('/api/v2/alerts/groups?muted=false')).json).toEqual([]);
  });

  it('has a path that ends in a slash, and says which methods there are', async () => {
    const house = await houses.open();
    expect((await house.get('/api/v2/alerts/')).status).toBe(200);
    const reply = await house.send('PUT', '/api/v2/alerts', {
      body: '[]',
      headers: { 'content-type': 'application/json' },
    });
    expect([reply.status, reply.headers.get('allow'), reply.json]).toEqual([
      405,
      'POST,GET',
      { code: 405, message: 'method PUT is not allowed, but [POST,GET] are' },
    ]);
    expect((await house.get('/api/v2/nothing')).json).toEqual({
      code: 404,
      message: 'path /api/v2/nothing was not found',
    });
  });

  it('reads JSON only, so that no form of a foreign page can post alerts', async () => {
    const house = await houses.open();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const reply = await house.post('/api/v2/alerts', '[{"labels":{"alertname":"A"}}]', { 'content-type': type });
      expect([reply.status, reply.json]).toMatchObject([415, { code: 415 }]);
    }
    expect(house.dispatcher.alerts(START)).toEqual([]);
  });
});
