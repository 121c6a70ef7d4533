import { afterEach, describe, expect, it } from 'vitest';
import { Houses, MINUTE, START } from './house.ts';

const houses = new Houses();
afterEach(houses.close);

interface Trace {
  readonly title: string;
  readonly steps: string[];
  readonly alert: { readonly labels: object; readonly fingerprint: string } | null;
  readonly rules: { readonly name: string; readonly state: string; readonly health: string }[];
  readonly inhibitedBy: { readonly alertname: string } | null;
  readonly silencedBy: { readonly comment: string }[];
  readonly routes: {
    readonly receiver: string;
    readonly exists: boolean;
    readonly nextFlushAt: string | null;
    readonly integrations: { readonly next: string; readonly lastToldAt: string | null }[];
  }[];
}

const RULES = 'groups: [{ name: g, rules: [{ alert: Absent, expr: up == 0 }, { alert: Wrong, expr: up == 0 }] }]';

describe('why an alert is heard, or not', () => {
  it('traces a known alert to each receiver, in data and in words', async () => {
    const house = await houses.open();
    await house.post('/api/v2/alerts', [
      { labels: { alertname: 'Drift', model: 'm' }, endsAt: new Date(START + 60 * MINUTE).toISOString() },
    ]);
    await house.pass(10_000);
    const [alert] = house.dispatcher.alerts(house.clock.now());
    const trace = (await house.get(`/api/v2/why?fingerprint=${alert?.fingerprint}`)).json as Trace;
    expect(trace.title).toBe('Why Drift');
    expect(trace.steps).toContain('not inhibited');
    expect(trace.alert).toMatchObject({ fingerprint: alert?.fingerprint, labels: { alertname: 'Drift', model: 'm' } });
    expect(trace.routes).toMatchObject([
      {
        receiver: 'team',
        exists: true,
        nextFlushAt: '2026-11-16T10:01:10.000Z',
        integrations: [{ next: 'nothing_changed', lastToldAt: '2026-11-16T10:00:10.000Z' }],
      },
    ]);
  });

  it('names what stands in the way: the silence, the source, the rule', async () => {
    const house = await houses.open({ rules: RULES });
    await house.post('/api/v2/alerts', [
      { labels: { alertname: 'DatabaseDown', model: 'm' } },
      { labels: { alertname: 'ModelSlow', model: 'm' } },
    ]);
    await house.post('/api/v2/silences', {
      matchers: [{ name: 'alertname', value: 'ModelSlow', isRegex: false }],
      startsAt: new Date(START).toISOString(),
      endsAt: new Date(START + MINUTE).toISOString(),
      createdBy: 'asha',
      comment: 'known',
    });
    const [slow] = (await house.get('/api/v2/whynot?filter=alertname%3D%22ModelSlow%22')).json as Trace[];
    expect(slow?.inhibitedBy).toMatchObject({ alertname: 'DatabaseDown' });
    expect(slow?.silencedBy).toMatchObject([{ comment: 'known' }]);
    expect(slow?.steps.join('\n')).toMatch(/inhibited by DatabaseDown[\s\S]*silenced by asha/);
  });

  it('gives the day of a time that is not today: a silence until next week does not seem to end in a minute', async () => {
    const house = await houses.open({ rules: RULES });
    await house.post('/api/v2/alerts', [{ labels: { alertname: 'ModelSlow', model: 'm' } }]);
    await house.post('/api/v2/silences', {
      matchers: [{ name: 'alertname', value: 'ModelSlow', isRegex: false }],
      startsAt: new Date(START).toISOString(),
      endsAt: new Date(START + 7 * 24 * 60 * MINUTE).toISOString(),
      createdBy: 'asha',
      comment: '',
    });
    const [slow] = (await house.get('/api/v2/whynot?filter=alertname%3D%22ModelSlow%22')).json as Trace[];
    expect(slow?.steps).toContain('silenced by asha until Mon 23 Nov, 10:00 UTC');
    expect(slow?.steps[0]).toMatch(/^firing since 10:00 UTC, for/);
  });

  it('says of an alert that is not there what its rule sees and where it would go', async () => {
    const house = await houses.open({ rules: RULES });
    for (const job of house.observer.jobs) await job.run(START + MINUTE);
    const traces = (await house.get('/api/v2/whynot?filter=alertname%3DAbsent&filter=severity%3Dcritical'))
      .json as Trace[];
    expect(traces).toHaveLength(1);
    expect(traces[0]).toMatchObject({ alert: null, rules: [{ name: 'Absent', state: 'inactive', health: 'ok' }] });
    expect(traces[0]?.steps[0]).toBe('rule Absent in group g is inactive: up == 0');
    expect(traces[0]?.routes.map((route) => route.receiver)).toEqual(['pager', 'team']);
  });

  it('shows the samples that a rule has begun to see, and when they would fire', async () => {
    const rules =
      'groups: [{ name: g, rules: [{ alert: Soon, expr: vector(0.5) > 0.2, for: 5m, labels: { model: m } }] }]';
    const house = await houses.open({ rules });
    for (const at of [MINUTE, 2 * MINUTE]) {
      house.clock.set(START + at);
      for (const job of house.observer.jobs) await job.run(START + at);
    }
    const [trace] = (await house.get('/api/v2/whynot?filter=alertname%3DSoon&filter=model%3Dm')).json as Trace[];
    expect(trace?.steps[0]).toBe('rule Soon in group g is pending: vector(0.5) > 0.2');
    expect(trace?.steps[1]).toMatch(/^it sees \{model="m"\} pending for \d+ s, and fires after 5 min, at 0\.5$/);
    const [other] = (await house.get('/api/v2/whynot?filter=alertname%3DSoon&filter=model%3Dx')).json as Trace[];
    expect(other?.steps[1]).toContain('no alert');
  });

  it.each([
    ['/api/v2/why', 400],
    ['/api/v2/why?fingerprint=0000000000000000', 404],
    ['/api/v2/whynot', 400],
    ['/api/v2/whynot?filter=a%3D~%22b%22', 404],
    ['/api/v2/whynot?filter=(((', 400],
  ])('says what is missing: %s', async (path, status) => {
    const house = await houses.open();
    const reply = await house.get(path);
    expect([reply.status, typeof reply.json]).toEqual([status, 'string']);
  });
});
