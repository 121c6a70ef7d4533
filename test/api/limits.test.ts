import { afterEach, describe, expect, it } from 'vitest';
import { Houses, MINUTE, START } from './house.ts';

const houses = new Houses();
afterEach(houses.close);

const alert = (model: string, more: object = {}) => ({ labels: { alertname: 'A', model }, ...more });

describe('limits at the door', () => {
  it('take what fits, say what does not, and count it', async () => {
    const house = await houses.open({ limits: { alertsPerName: 2, labelValueLength: 20 } });
    const reply = await house.post('/api/v2/alerts', [alert('a'), alert('b'.repeat(21)), alert('c'), alert('d')]);
    expect([reply.status, reply.json]).toEqual([
      400,
      `{alertname="A", model="${'b'.repeat(21)}"}: label "model" has 21 characters, more than 20; ` +
        '{alertname="A", model="d"}: 2 alerts named "A" are open already',
    ]);
    expect(house.limited).toEqual(['labelValueLength', 'alertsPerName']);
    expect(house.dispatcher.alerts(START).map((open) => open.labels.get('model'))).toEqual(['a', 'c']);
  });

  it('make room when alerts end, also by the silence of their sender', async () => {
    const house = await houses.open({ limits: { alerts: 1 } });
    expect((await house.post('/api/v2/alerts', [alert('a')])).status).toBe(200);
    expect((await house.post('/api/v2/alerts', [alert('b')])).status).toBe(400);
    expect((await house.post('/api/v2/alerts', [alert('a', { endsAt: new Date(START).toISOString() })])).status).toBe(
      200,
    );
    expect((await house.post('/api/v2/alerts', [alert('b')])).status).toBe(200);
    await house.pass(6 * MINUTE);
    expect((await house.post('/api/v2/alerts', [alert('c')])).status).toBe(200);
  });

  it('do not make an answer as long as the storm it answers', async () => {
    const house = await houses.open({ limits: { alerts: 1 } });
    const reply = await house.post(
      '/api/v2/alerts',
      Array.from({ length: 5000 }, (_, i) => alert(`m${i}`)),
    );
    expect(reply.status).toBe(400);
    expect(reply.text.length).toBeLessThan(10_000);
    expect(reply.json).toMatch(/and 4979 more$/);
    expect(house.limited).toHaveLength(4999);
  });

  it('stand label bombs: ten thousand names, and a value of a megabyte', async () => {
    const house = await houses.open();
    const names = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`l${i}`, 'x']));
    const reply = await house.post('/api/v2/alerts', [
      { labels: names },
      { labels: { a: 'v'.repeat(1024 * 1024) } },
      alert('good'),
    ]);
    expect(reply.status).toBe(400);
    expect(house.limited).toEqual(['labels', 'labelValueLength']);
    expect(house.dispatcher.alerts(START)).toHaveLength(1);
  });
});
