import { describe, expect, it } from 'vitest';
import { parseMatchers } from '../../src/routing/matcher-text.ts';
import { House, START } from './house.ts';

const RULES = `
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 12h
  routes:
  - { matchers: [team=night], mute_time_intervals: [lunch] }
  - { matchers: [team=quiet], receiver: quiet }
inhibit_rules:
- { source_matchers: [alertname=Down], target_matchers: [alertname!=Down], equal: [model] }
receivers:
- { name: hook, webhook_configs: [ { url: 'http://127.0.0.1/' } ] }
- { name: quiet, webhook_configs: [ { url: 'http://127.0.0.1/', send_resolved: false } ] }
time_intervals:
- { name: lunch, time_intervals: [ { times: [ { start_time: '10:02', end_time: '10:30' } ] } ] }
`;

const mutesOf = (house: House): string[] =>
  house.changes.map(
    ({ at, group }) => `${(at - START) / 1000}s ${[...group.mutes.values()].map((m) => m.kind).join(' ') || '-'}`,
  );

describe('a muted alert', () => {
  it('opens nothing', async () => {
    const house = new House(RULES);
    house.silence('alertname="X"', '1h');
    house.fire('alertname=X,model=a');
    await house.to('20m');
    expect(house.told()).toEqual([]);
    expect(house.decisions[0]).toBe('{}:{alertname="X"} muted');
  });

  it('is told at the next tick after its silence ended, if nobody had heard of it', async () => {
    const house = new House(RULES);
    house.silence('alertname="X"', '7m');
    house.fire('alertname=X,model=a');
    await house.to('20m');
    expect(house.told()).toEqual(['630s hook first_notification firing a+']);
  });

  it('still has its end told to whoever heard it fire', async () => {
    const house = new House(RULES);
    house.fire('alertname=X,model=a');
    await house.to('1m');
    house.silence('alertname="X"', '1h');
    await house.to('6m');
    house.resolve('alertname=X,model=a');
    await house.to('30m');
    expect(house.told()).toEqual(['30s hook first_notification firing a+', '630s hook all_resolved resolved a-']);
    expect(house.ends).toHaveLength(1);
  });

  it('has its end told also where siblings that were not muted ended before it', async () => {
    const house = new House(RULES);
    house.fire('alertname=X,model=a');
    house.fire('alertname=X,model=b');
    await house.to('1m');
    house.silence('model="a"', '1h');
    house.resolve('alertname=X,model=b');
    await house.to('6m');
    house.resolve('alertname=X,model=a');
    await house.to('30m');
    expect(house.told()).toEqual([
      '30s hook first_notification firing a+ b+',
      '330s hook all_resolved resolved b-',
      '630s hook all_resolved resolved a-',
    ]);
    expect(house.ends.map((end) => end.at)).toEqual([START + 630_000]);
  });

  it('has its end told while a sibling fires on in the same silence, and that sibling is not told again afterwards', async () => {
    const house = new House(RULES);
    for (const team of ['day', 'quiet']) {
      house.fire(`alertname=X,team=${team},model=a`);
      house.fire(`alertname=X,team=${team},model=b`);
    }
    await house.to('1m');
    house.silence('alertname="X"', '19m');
    await house.to('6m');
    house.resolve('alertname=X,team=day,model=a');
    house.resolve('alertname=X,team=quiet,model=a');
    await house.to('40m');
    house.fire('alertname=X,team=quiet,model=a');
    await house.to('1h');
    expect(house.told()).toEqual([
      '30s hook first_notification firing a+ b+',
      '30s quiet first_notification firing a+ b+',
      '630s hook new_resolved firing a-',
      '2430s quiet new_alerts firing a+ b+',
    ]);
  });

  it('fires anew after it ended in silence, although the repeat interval is not over', async () => {
    const house = new House(RULES);
    house.fire('alertname=X,model=a');
    await house.to('1m');
    const id = house.silence('alertname="X"', '1h');
    house.resolve('alertname=X,model=a');
    await house.to('7m');
    house.dispatcher.expireSilence(id, house.now);
    house.fire('alertname=X,model=a');
    await house.to('20m');
    expect(house.told()).toEqual([
      '30s hook first_notification firing a+',
      '330s hook all_resolved resolved a-',
      '450s hook first_notification firing a+',
    ]);
  });

  it('ends its episode also where the receiver does not want to hear of ends', async () => {
    const house = new House(RULES);
    house.fire('alertname=X,team=quiet,model=a');
    await house.to('1m');
    house.resolve('alertname=X,team=quiet,model=a');
    await house.to('6m');
    expect(house.told()).toEqual(['30s quiet first_notification firing a+']);
    expect(house.ends).toHaveLength(1);
  });
});

describe('those who watch a group', () => {
  it('learn at once when a silence begins and ends', async () => {
    const house = new House(RULES);
    house.fire('alertname=X,model=a');
    await house.to('1m');
    house.silence('alertname="X"', '90s');
    expect(mutesOf(house)).toEqual(['60s silenced']);
    await house.to('4m');
    expect(mutesOf(house)).toEqual(['60s silenced', '150s -']);
  });

  it('learn at once when an inhibiting alert fires and ends', async () => {
    const house = new House(RULES);
    house.fire('alertname=X,model=a');
    house.fire('alertname=X,model=b');
    await house.to('1m');
    house.fire('alertname=Down,model=a');
    await house.to('2m');
    house.resolve('alertname=Down,model=a');
    const x = house.changes.filter(({ group }) => group.labels.get('alertname') === 'X');
    expect(x.map(({ at, group }) => [at - START, group.mutes.size])).toEqual([
      [60_000, 1],
      [120_000, 0],
    ]);
  });

  it('learn at the tick when the route’s hours mute it', async () => {
    const house = new House(RULES);
    house.fire('alertname=X,team=night,model=a');
    await house.to('35m');
    expect(mutesOf(house)).toEqual(['330s mute_time', '1830s -']);
  });

  it('learn of new values, members and missing data without a notification', async () => {
    const house = new House(RULES);
    house.fire('alertname=X,model=a', { value: 1 });
    await house.to('1m');
    house.fire('alertname=X,model=a', { startsAt: START, value: 1 });
    expect(house.changes).toHaveLength(0);
    house.fire('alertname=X,model=a', { startsAt: START, value: 2 });
    house.fire('alertname=X,model=b');
    house.fire('alertname=X,model=a', { startsAt: START, noDataSince: house.now });
    expect(house.changes.map(({ group }) => group.alerts.map((a) => a.condition.kind))).toEqual([
      ['firing'],
      ['firing', 'firing'],
      ['no_data', 'firing'],
    ]);
  });

  it('learn after a restart what changed while nobody looked', async () => {
    const house = new House(RULES);
    house.fire('alertname=X,model=a');
    house.silence('alertname="X"', '2m', { startsAt: START + 60_000, endsAt: START + 200_000 });
    await house.to('2m');
    expect(mutesOf(house)).toEqual(['60s silenced']);
    house.clock.set(START + 250_000);
    house.restart();
    await house.to('255s');
    expect(mutesOf(house)).toEqual(['60s silenced', '250s -']);
  });
});

describe('silences', () => {
  it('end when what they matched has been resolved for a while', async () => {
    const house = new House(RULES);
    house.fire('alertname=X,model=a');
    const id = house.silence('alertname="X"', '10h', { end: { kind: 'resolved', forMs: 600_000 } });
    await house.to('20m');
    house.resolve('alertname=X,model=a');
    await house.to('25m');
    house.fire('alertname=X,model=a');
    await house.to('40m');
    house.resolve('alertname=X,model=a');
    await house.to('1h');
    expect(house.dispatcher.silence(id)?.endsAt).toBe(START + 50 * 60_000);
  });

  it('end when they have matched nothing for a while, over a restart too', async () => {
    const house = new House(RULES);
    const id = house.silence('alertname="X"', '10h', { end: { kind: 'unmatched', forMs: 3_600_000 } });
    await house.to('30m');
    house.restart();
    await house.to('2h');
    expect(house.dispatcher.silence(id)?.endsAt).toBe(START + 3_600_000);
  });

  it('are forgotten five days after their end', async () => {
    const house = new House(RULES);
    house.silence('alertname="X"', '1h');
    await house.to('120h');
    expect(house.dispatcher.listSilences()).toHaveLength(1);
    await house.to('122h');
    expect(house.dispatcher.listSilences()).toHaveLength(0);
  });

  it('that become “until resolved” after it was resolved end soon, not in a week', async () => {
    const house = new House(RULES);
    const id = house.silence('alertname="X"', '2h');
    house.fire('alertname=X,model=a');
    await house.to('100m');
    house.resolve('alertname=X,model=a');
    await house.to('105m');
    const silence = house.dispatcher.silence(id)!;
    const longer = { endsAt: house.now + 7 * 24 * 3_600_000, end: { kind: 'resolved', forMs: 600_000 } } as const;
    house.dispatcher.updateSilence(id, { ...silence, ...longer }, house.now);
    await house.to('114m');
    expect(house.dispatcher.silence(id)!.endsAt).toBeGreaterThan(house.now);
    await house.to('116m');
    expect(house.dispatcher.silence(id)!.endsAt).toBe(START + 115 * 60_000);
  });

  it('that become “until resolved” while it fires wait for its end', async () => {
    const house = new House(RULES);
    const id = house.silence('alertname="X"', '2h');
    house.fire('alertname=X,model=a');
    await house.to('1h');
    const silence = house.dispatcher.silence(id)!;
    const longer = { endsAt: house.now + 7 * 24 * 3_600_000, end: { kind: 'resolved', forMs: 600_000 } } as const;
    house.dispatcher.updateSilence(id, { ...silence, ...longer }, house.now);
    await house.to('5h');
    expect(house.dispatcher.silence(id)!.endsAt).toBeGreaterThan(house.now);
    house.resolve('alertname=X,model=a');
    await house.to('6h');
    expect(house.dispatcher.silence(id)!.endsAt).toBe(START + (5 * 60 + 10) * 60_000);
  });

  it('that a client of Alertmanager edits still end as they were made to', () => {
    const house = new House(RULES);
    const end = { kind: 'resolved', forMs: 600_000 } as const;
    const id = house.silence('alertname="X"', '10h', { end });
    const { startsAt, endsAt } = house.dispatcher.silence(id)!;
    const draft = { startsAt, endsAt, createdBy: 'asha', comment: 'edited' };
    const same = house.dispatcher.updateSilence(
      id,
      { ...draft, matcherSets: [parseMatchers('alertname="X"')] },
      house.now,
    );
    expect(same).toMatchObject({ id, end });
    const other = house.dispatcher.updateSilence(
      id,
      { ...draft, matcherSets: [parseMatchers('alertname="Y"')] },
      house.now,
    );
    expect(other).toMatchObject({ end });
    expect(other.id).not.toBe(id);
  });

  it('that a program makes and ends in a loop do not pile up', () => {
    const house = new House(RULES);
    const kept = house.silence('alertname="Kept"', '1h');
    for (let made = 0; made < 4500; made += 1) {
      house.clock.set(house.now + 1);
      house.dispatcher.expireSilence(house.silence('alertname="X"', '1h'), house.now);
    }
    expect(house.dispatcher.listSilences().length).toBeLessThanOrEqual(4000);
    expect(house.dispatcher.listSilences().map(({ id }) => id)).toContain(kept);
    house.restart();
    expect(house.dispatcher.listSilences().length).toBeLessThanOrEqual(4000);
  });

  it('that are refused change nothing', () => {
    const house = new House(RULES);
    expect(() => house.silence('alertname=~".*"', '1h')).toThrow('must not match the empty string');
    expect(() => house.dispatcher.expireSilence('nope', house.now)).toThrow('does not exist');
    expect(house.dispatcher.listSilences()).toEqual([]);
  });
});

describe('explain', () => {
  it('says which route, which group, what mutes, and what the next flush will decide', async () => {
    const house = new House(RULES);
    const x = house.fire('alertname=X,model=a');
    const asked = (): string => {
      const { routes, inhibitedBy, silencedBy } = house.dispatcher.explain(x.labels, house.now);
      const [route] = routes;
      const next = ((route?.nextFlushAt ?? 0) - START) / 1000;
      return `${route?.groupKey} ${next}s ${route?.integrations[0]?.next} ${inhibitedBy?.rule ?? ''}${silencedBy.length}`;
    };
    expect(asked()).toBe('{}:{alertname="X"} 30s first_notification 0');
    await house.to('1m');
    expect(asked()).toBe('{}:{alertname="X"} 330s nothing_changed 0');
    house.fire('alertname=Down,model=a');
    expect(asked()).toBe('{}:{alertname="X"} 330s muted inhibit_rules[0]0');
    house.resolve('alertname=X,model=a');
    expect(asked()).toBe('{}:{alertname="X"} 330s all_resolved inhibit_rules[0]0');
    expect(house.dispatcher.mutesOf(x, house.now).map((m) => m.kind)).toEqual(['inhibited']);
  });
});

describe('a stored silence', () => {
  it('whose pattern is not accepted any more mutes nothing, and can be listed and expired', async () => {
    const house = new House(RULES);
    const id = house.silence('model=~"a|b"', '1h');
    house.db.run('UPDATE silences SET matcher_sets = ? WHERE id = ?', JSON.stringify([[['model', '=~', '(']]]), id);
    house.restart();
    house.fire('alertname=X,model=a');
    await house.to('1m');
    expect(house.told()).toEqual(['30s hook first_notification firing a+']);
    expect(house.dispatcher.listSilences()).toHaveLength(1);
    expect(house.dispatcher.expireSilence(id, house.now).endsAt).toBe(house.now);
  });
});
