import { afterEach, describe, expect, it } from 'vitest';
import { type House, Houses, MINUTE, START, TOKEN } from './house.ts';

const houses = new Houses();
afterEach(houses.close);

const iso = (at: number): string => new Date(at).toISOString();

function draft(more: object = {}): Record<string, unknown> {
  return {
    matchers: [{ name: 'alertname', value: 'Drift', isRegex: false, isEqual: true }],
    startsAt: iso(START),
    endsAt: iso(START + 60 * MINUTE),
    createdBy: 'asha',
    comment: 'known',
    ...more,
  };
}

async function make(house: House, more: object = {}): Promise<string> {
  const reply = await house.post('/api/v2/silences', draft(more));
  expect(reply.status, reply.text).toBe(200);
  return (reply.json as { silenceID: string }).silenceID;
}

const acts = (house: House): { action: string; target: string; actor: { id: string; via: string } }[] =>
  [...house.audit.lines()].map((line) => JSON.parse(line) as ReturnType<typeof acts>[number]);

describe('silences over HTTP', () => {
  it('are made and read back as Alertmanager writes them', async () => {
    const house = await houses.open();
    const id = await make(house, {
      matchers: [
        { name: 'alertname', value: 'Drift', isRegex: false },
        { name: 'model', value: 'a|b', isRegex: true, isEqual: false },
      ],
    });
    const text = `{"id":"${id}","status":{"state":"active"},"updatedAt":"2026-11-16T10:00:00.000Z","comment":"known","createdBy":"asha","endsAt":"2026-11-16T11:00:00.000Z","matchers":[{"isEqual":true,"isRegex":false,"name":"alertname","value":"Drift"},{"isEqual":false,"isRegex":true,"name":"model","value":"a|b"}],"startsAt":"2026-11-16T10:00:00.000Z"}`;
    expect((await house.get(`/api/v2/silence/${id}`)).text).toBe(`${text}\n`);
    expect((await house.get('/api/v2/silences')).text).toBe(`[${text}]\n`);
  });

  it('hide what they match until they end', async () => {
    const house = await houses.open();
    await house.post('/api/v2/alerts', [{ labels: { alertname: 'Drift' }, endsAt: iso(START + 600 * MINUTE) }]);
    const id = await make(house);
    const alerts = async () => (await house.get('/api/v2/alerts')).json as { status: object }[];
    expect((await alerts())[0]?.status).toMatchObject({ state: 'suppressed', silencedBy: [id] });
    await house.pass(60 * MINUTE);
    expect((await alerts())[0]?.status).toMatchObject({ state: 'active', silencedBy: [] });
    expect((await house.get(`/api/v2/silence/${id}`)).json).toMatchObject({ status: { state: 'expired' } });
  });

  it('keep their id while only their end or comment changes, and get a new one otherwise', async () => {
    const house = await houses.open();
    const id = await make(house);
    await house.pass(MINUTE);
    expect(await make(house, { id, endsAt: iso(START + 90 * MINUTE), comment: 'longer' })).toBe(id);
    const other = await make(house, { id, matchers: [{ name: 'alertname', value: 'Skew', isRegex: false }] });
    expect(other).not.toBe(id);
    const states = (await house.get('/api/v2/silences')).json as { id: string; status: { state: string } }[];
    expect(states.map((silence) => [silence.id, silence.status.state])).toEqual([
      [other, 'active'],
      [id, 'expired'],
    ]);
  });

  it('are expired by DELETE, twice if need be', async () => {
    const house = await houses.open();
    const id = await make(house);
    for (const _ of [1, 2]) {
      const reply = await house.send('DELETE', `/api/v2/silence/${id}`);
      expect([reply.status, reply.text]).toEqual([200, '']);
    }
    expect((await house.get(`/api/v2/silence/${id}`)).json).toMatchObject({ status: { state: 'expired' } });
  });

  it('leave an audit row for every change, in the name of the token', async () => {
    const tokens = [{ name: 'ci', token: TOKEN, scopes: ['silences:write'] }];
    const house = await houses.open({ tokens });
    const id = await make(house);
    const headers = { authorization: `Bearer ${TOKEN}` };
    await house.post('/api/v2/silences', draft({ id, comment: 'more' }), headers);
    await house.send('DELETE', `/api/v2/silence/${id}`, { headers });
    await house.send('DELETE', `/api/v2/silence/${id}`, { headers });
    await house.post('/api/v2/silences', draft({ comment: 'x'.repeat(5000) }), headers);
    expect(acts(house).map(({ action, target, actor }) => [action, target === id, actor.id, actor.via])).toEqual([
      ['silence.create', true, 'api', 'api'],
      ['silence.update', true, 'ci', 'api'],
      ['silence.expire', true, 'ci', 'api'],
    ]);
    expect(house.audit.verify()).toEqual({ ok: true, rows: 3 });
  });

  it('are listed with the ones in force first, soonest end first', async () => {
    const house = await houses.open();
    const later = await make(house, { endsAt: iso(START + 120 * MINUTE), comment: 'later' });
    const pending = await make(house, { startsAt: iso(START + 30 * MINUTE) });
    const sooner = await make(house, { endsAt: iso(START + 10 * MINUTE) });
    const gone = await make(house);
    await house.send('DELETE', `/api/v2/silence/${gone}`);
    const ids = ((await house.get('/api/v2/silences')).json as { id: string }[]).map((silence) => silence.id);
    expect(ids).toEqual([sooner, later, pending, gone]);
  });

  it('are filtered by their matchers, word for word', async () => {
    const house = await houses.open();
    await make(house);
    const count = async (filter: string) =>
      ((await house.get(`/api/v2/silences?filter=${encodeURIComponent(filter)}`)).json as object[]).length;
    expect(await count('alertname="Drift"')).toBe(1);
    expect(await count('{alertname="Drift"}')).toBe(1);
    expect(await count('alertname=~"Dr.*"')).toBe(0);
    expect(await count('alertname!="Drift"')).toBe(0);
    expect(await count('alertname="Drift",model="x"')).toBe(0);
    expect(await count('model=""')).toBe(0);
  });

  it.each([
    ['{}', 422, { code: 602, message: 'comment in body is required' }],
    [JSON.stringify(draft({ createdBy: undefined })), 422, { code: 602, message: 'createdBy in body is required' }],
    [
      JSON.stringify(draft({ matchers: [] })),
      422,
      { code: 612, message: 'matchers in body should have at least 1 items' },
    ],
    [
      JSON.stringify(draft({ matchers: [{ name: 'a', value: 'b' }] })),
      422,
      { code: 602, message: 'matchers.0.isRegex in body is required' },
    ],
    ['[]', 400, { code: 400 }],
    [JSON.stringify(draft({ matchers: [null] })), 400, { code: 400 }],
    [JSON.stringify(draft({ matchers: 'all' })), 400, { code: 400 }],
    [JSON.stringify(draft({ comment: 5 })), 400, { code: 400 }],
    [JSON.stringify(draft({ endsAt: 'soon' })), 400, { code: 400 }],
    [
      JSON.stringify(draft({ startsAt: iso(START + 2), endsAt: iso(START + 1) })),
      400,
      'Failed to create silence: start time must be before end time',
    ],
    [
      JSON.stringify(draft({ startsAt: iso(START - 2), endsAt: iso(START - 1) })),
      400,
      "Failed to create silence: end time can't be in the past",
    ],
    [
      JSON.stringify(draft({ matchers: [{ name: 'a', value: '', isRegex: false }] })),
      400,
      'silence invalid: at least one matcher must not match the empty string',
    ],
    [
      JSON.stringify(draft({ matchers: [{ name: 'a', value: '.*', isRegex: true }] })),
      400,
      'silence invalid: at least one matcher must not match the empty string',
    ],
    [
      JSON.stringify(draft({ matchers: [{ name: '', value: 'x', isRegex: false }] })),
      400,
      'silence invalid: invalid label matcher 0: invalid label name ""',
    ],
    [
      JSON.stringify(draft({ matchers: [{ name: 'a', value: '(', isRegex: true }] })),
      400,
      expect.stringContaining('silence invalid: invalid label matcher 0:'),
    ],
    [
      JSON.stringify(
        draft({ matchers: Array.from({ length: 33 }, () => ({ name: 'a', value: 'b', isRegex: false })) }),
      ),
      400,
      expect.stringContaining('matchers'),
    ],
    [JSON.stringify(draft({ id: '6dc9f6a0-0e43-4b1e-a41c-b0b6a7c02c5a' })), 404, 'silence not found'],
    [JSON.stringify(draft({ id: 'nope' })), 404, 'silence not found'],
  ])('refuse the body %.90s', async (body, status, answer) => {
    const house = await houses.open();
    const reply = await house.post('/api/v2/silences', body);
    const expected = typeof answer === 'object' && 'code' in answer ? expect.objectContaining(answer) : answer;
    expect([reply.status, reply.json]).toEqual([status, expected]);
    expect(house.dispatcher.listSilences()).toEqual([]);
    expect([...house.audit.lines()]).toEqual([]);
    expect(house.defects).toEqual([]);
  });

  it('that are not there are not found', async () => {
    const house = await houses.open();
    const id = '6dc9f6a0-0e43-4b1e-a41c-b0b6a7c02c5b';
    expect((await house.get(`/api/v2/silence/${id}`)).status).toBe(404);
    // Alertmanager 0.25 says 500 here, and amtool knows no other answer.
    expect(await house.send('DELETE', `/api/v2/silence/${id}`)).toMatchObject({
      status: 500,
      json: 'silence not found',
    });
    expect((await house.get('/api/v2/silence/nope')).json).toEqual({
      code: 601,
      message: 'silenceID in path must be of type uuid: "nope"',
    });
    expect((await house.send('DELETE', '/api/v2/silence/nope')).status).toBe(422);
    expect(house.defects).toEqual([]);
  });

  it('cannot be more than the limit, which is counted', async () => {
    const house = await houses.open();
    const now = house.clock.now();
    for (let i = 0; i < 2000; i += 1) {
      house.dispatcher.createSilence(
        {
          matcherSets: [[{ name: 'a', operator: '=', value: `${i}`, matches: () => false }]],
          startsAt: now,
          endsAt: now + MINUTE,
          createdBy: '',
          comment: '',
        },
        now,
      );
    }
    const reply = await house.post('/api/v2/silences', draft());
    expect([reply.status, reply.json]).toEqual([400, 'there are 2000 silences already']);
    expect(house.limited).toEqual(['silences']);
  }, 60_000);
});
