import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alert, House, START } from './house.ts';

const tree = (routes: string, receivers = '[ { url: "http://127.0.0.1/" } ]'): string => `
route: { receiver: hook, group_by: [alertname], group_wait: 30s, group_interval: 5m, repeat_interval: 12h, routes: [ ${routes} ] }
receivers:
- { name: hook, webhook_configs: ${receivers} }
- { name: other, webhook_configs: [ { url: 'http://127.0.0.1/' } ] }
`;

describe('a reload', () => {
  it('keeps groups whose route and labels stay: ticks, log and members', async () => {
    const house = new House(tree(''));
    house.fire('alertname=X,model=a');
    await house.to('1m');
    house.reload(tree('{ matchers: [alertname=Y], receiver: other }'));
    house.fire('alertname=X,model=b');
    await house.to('6m');
    expect(house.told()).toEqual(['30s hook first_notification firing a+', '330s hook new_alerts firing a+ b+']);
  });

  it('sends alerts where the new routes want them, and the former receiver still hears their end', async () => {
    const house = new House(tree(''));
    house.fire('alertname=X,model=a');
    await house.to('1m');
    house.reload(tree('{ matchers: [alertname=X], receiver: other }'));
    await house.to('2m');
    house.resolve('alertname=X,model=a');
    await house.to('20m');
    expect(house.told()).toEqual([
      '30s hook first_notification firing a+',
      '60s other first_notification firing a+',
      '330s hook all_resolved resolved a-',
      '360s other all_resolved resolved a-',
    ]);
    expect(house.ends).toHaveLength(2);
  });

  it('does not repeat to a former receiver while the alert fires on', async () => {
    const house = new House(tree(''));
    house.fire('alertname=X,model=a');
    await house.to('1m');
    house.reload(tree('{ matchers: [alertname=X], receiver: other }'));
    await house.to('25h');
    expect(house.told().filter((line) => line.includes('hook'))).toEqual(['30s hook first_notification firing a+']);
  });

  it('that gives a route another receiver tells that one, and the former one the end', async () => {
    const house = new House(tree('{ matchers: [alertname=X] }'));
    house.fire('alertname=X,model=a');
    await house.to('1m');
    house.reload(tree('{ matchers: [alertname=X], receiver: other }'));
    await house.to('6m');
    house.resolve('alertname=X,model=a');
    await house.to('11m');
    expect(house.told()).toEqual([
      '30s hook first_notification firing a+',
      '330s other first_notification firing a+',
      '630s other all_resolved resolved a-',
      '630s hook all_resolved resolved a-',
    ]);
  });

  it('moves an alert that nobody has heard of yet without a word to the former receiver', async () => {
    const house = new House(tree(''));
    house.fire('alertname=X,model=a');
    await house.to('10s');
    house.reload(tree('{ matchers: [alertname=X], receiver: other }'));
    await house.to('10m');
    expect(house.told()).toEqual(['40s other first_notification firing a+']);
  });

  it('survives a restart in between', async () => {
    const house = new House(tree(''));
    house.fire('alertname=X,model=a');
    await house.to('1m');
    house.reload(tree('{ matchers: [alertname=X], receiver: other }'));
    house.restart();
    house.resolve('alertname=X,model=a');
    await house.to('20m');
    expect(house.told().filter((line) => line.includes('hook'))).toEqual([
      '30s hook first_notification firing a+',
      '330s hook all_resolved resolved a-',
    ]);
  });
});

describe('alerts that arrive within one group_wait', () => {
  const labels = fc.record({
    alertname: fc.constantFrom('X', 'Y', 'Z'),
    model: fc.constantFrom('a', 'b', 'c', 'd'),
    sev: fc.constantFrom('crit', 'warn'),
  });
  const yaml = `
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 30s
  routes:
  - { matchers: [sev=crit], receiver: other, group_by: [model], continue: true }
  - { matchers: ['model=~"a|b"'], receiver: hook }
inhibit_rules: [ { source_matchers: [alertname=X, sev=crit], target_matchers: [sev=warn], equal: [model] } ]
receivers:
- { name: hook, webhook_configs: [ { url: 'http://127.0.0.1/' } ] }
- { name: other, webhook_configs: [ { url: 'http://127.0.0.1/' } ] }
`;

  it('make the same groups and notifications in any order and any batches', async () => {
    const cases = fc
      .uniqueArray(labels, { minLength: 1, maxLength: 12, selector: (l) => JSON.stringify(l) })
      .chain((list) =>
        fc.tuple(
          fc.constant(list),
          fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
          fc.array(fc.nat(12), { maxLength: 4 }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(cases, async ([list, shuffled, cuts]) => {
        const play = async (order: typeof list, borders: readonly number[]): Promise<string[]> => {
          const house = new House(yaml);
          const alerts = order.map((l) => alert(`alertname=${l.alertname},model=${l.model},sev=${l.sev}`, START));
          const ends = [...new Set([...borders.filter((b) => b < order.length), order.length])].toSorted(
            (a, b) => a - b,
          );
          let from = 0;
          for (const end of ends) {
            house.dispatcher.ingest(alerts.slice(from, end), START);
            from = end;
          }
          await house.to('40s');
          return house.notifications
            .map((n) => `${n.groupKey} ${n.integration.receiver} ${n.alerts.map((a) => a.fingerprint).join(' ')}`)
            .toSorted();
        };
        expect(await play(shuffled, cuts)).toEqual(await play(list, []));
      }),
      { numRuns: 60 },
    );
  });
});
