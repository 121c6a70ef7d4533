import { describe, expect, it } from 'vitest';
import { advance } from '../../src/time/loop.ts';
import { House, START } from './house.ts';

const ONE = `
route: { receiver: hook, group_by: [alertname], group_wait: 30s, group_interval: 5m, repeat_interval: 1h }
receivers:
- name: hook
  webhook_configs: [{ url: 'http://127.0.0.1/' }]
`;

describe('a group of alerts', () => {
  it('is told once after group_wait, with every member that arrived meanwhile', async () => {
    const house = new House(ONE);
    house.fire('alertname=X,model=a');
    await house.to('20s');
    house.fire('alertname=X,model=b');
    await house.to('5m');
    expect(house.told()).toEqual(['30s hook first_notification firing a+ b+']);
    expect(house.notifications[0]?.groupKey).toBe('{}:{alertname="X"}');
  });

  it('tells of new members and of ends only at its ticks', async () => {
    const house = new House(ONE);
    house.fire('alertname=X,model=a');
    await house.to('1m');
    house.fire('alertname=X,model=b');
    await house.to('6m');
    house.resolve('alertname=X,model=a');
    await house.to('11m');
    house.resolve('alertname=X,model=b');
    await house.to('20m');
    expect(house.told()).toEqual([
      '30s hook first_notification firing a+',
      '330s hook new_alerts firing a+ b+',
      '630s hook new_resolved firing a- b+',
      '930s hook all_resolved resolved b-',
    ]);
    expect(house.ends.map((end) => end.at)).toEqual([START + 930_000]);
  });

  it('does not wait for an alert that has been firing longer than group_wait', async () => {
    const house = new House(ONE);
    house.fire('alertname=X,model=a');
    await house.to('10s');
    house.fire('alertname=X,model=b', { startsAt: START - 60_000 });
    await house.to('1m');
    expect(house.told()).toEqual(['10s hook first_notification firing a+ b+']);
  });

  it('says nothing about an alert that ended within group_wait', async () => {
    const house = new House(ONE);
    house.fire('alertname=X,model=a');
    await house.to('10s');
    house.resolve('alertname=X,model=a');
    await house.to('1h');
    expect(house.told()).toEqual([]);
    expect(house.decisions).toEqual(['{}:{alertname="X"} ended_unheard']);
  });

  it('repeats at the first tick after repeat_interval', async () => {
    const house = new House(ONE);
    house.fire('alertname=X,model=a');
    await house.to('2h15m');
    expect(house.told()).toEqual([
      '30s hook first_notification firing a+',
      '3930s hook repeat_interval firing a+',
      '7830s hook repeat_interval firing a+',
    ]);
  });

  it('stands for up to half a minute after its end, so that a relapse waits for its tick and not for group_wait', async () => {
    const house = new House(ONE);
    house.fire('alertname=X,model=a');
    await house.to('1m');
    house.resolve('alertname=X,model=a');
    await house.to('5m40s');
    house.fire('alertname=X,model=a');
    await house.to('6m');
    house.resolve('alertname=X,model=a');
    await house.to('12m');
    house.fire('alertname=X,model=a');
    await house.to('20m');
    expect(house.told()).toEqual([
      '30s hook first_notification firing a+',
      '330s hook all_resolved resolved a-',
      '750s hook first_notification firing a+',
    ]);
  });

  it('does not speak of an alert that ended and fired again between two ticks', async () => {
    const house = new House(ONE);
    house.fire('alertname=X,model=a');
    await house.to('1m');
    house.resolve('alertname=X,model=a');
    await house.to('2m');
    house.fire('alertname=X,model=a');
    await house.to('10m');
    expect(house.told()).toEqual(['30s hook first_notification firing a+']);
  });
});

describe('an alert without an end of its own', () => {
  it('ends as sender_silent when its sender stays silent, which is told but is not resolved', async () => {
    const house = new House(ONE);
    house.fire('alertname=X,model=a', { until: START + 120_000 });
    await house.to('2m');
    expect(house.dispatcher.alerts(house.now)[0]?.condition).toEqual({ kind: 'sender_silent', at: START + 120_000 });
    expect(house.changes.map((change) => change.at)).toEqual([START + 120_000]);
    await house.to('10m');
    expect(house.told().at(-1)).toBe('330s hook all_resolved resolved a-');
    expect(house.ends[0]?.group.alerts[0]?.condition.kind).toBe('sender_silent');
  });

  it('stays firing while the sender repeats itself', async () => {
    const house = new House(ONE);
    for (const minute of [0, 1, 2, 3, 4, 5, 6]) {
      await house.to(`${minute}m`);
      house.fire('alertname=X,model=a', { startsAt: START, until: house.now + 240_000 });
    }
    await house.to('8m');
    expect(house.told()).toEqual(['30s hook first_notification firing a+']);
  });

  it('is open while there is no data about it', async () => {
    const house = new House(ONE);
    house.fire('alertname=X,model=a');
    await house.to('1m');
    house.fire('alertname=X,model=a', { startsAt: START, noDataSince: house.now });
    await house.to('10m');
    expect(house.told()).toEqual(['30s hook first_notification firing a+']);
    expect(house.ends).toEqual([]);
  });
});

describe('a restart', () => {
  it('keeps a pending first flush, the ticks and what was said', async () => {
    const house = new House(ONE);
    house.fire('alertname=X,model=a');
    await house.to('10s');
    house.restart();
    await house.to('2m');
    house.restart();
    house.fire('alertname=X,model=b');
    await house.to('6m');
    house.restart();
    house.resolve('alertname=X,model=a');
    house.resolve('alertname=X,model=b');
    house.restart();
    await house.to('11m');
    expect(house.told()).toEqual([
      '30s hook first_notification firing a+',
      '330s hook new_alerts firing a+ b+',
      '630s hook all_resolved resolved a- b-',
    ]);
  });

  it('flushes once what fell due while it was down', async () => {
    const house = new House(ONE);
    house.fire('alertname=X,model=a');
    house.clock.set(START + 3_600_000);
    house.restart();
    await house.to('1h10m');
    expect(house.told()).toEqual(['3600s hook first_notification firing a+']);
  });

  it('leaves nothing behind of a flush whose effects failed, and repeats it', async () => {
    const house = new House(ONE);
    house.fire('alertname=X,model=a');
    house.broken = true;
    house.clock.set(START + 30_000);
    await expect(house.dispatcher.run(house.now)).rejects.toThrow('broken effects');
    house.broken = false;
    await house.to('6m');
    expect(house.told()).toEqual(['30s hook first_notification firing a+']);
  });

  it('forgets what an outer transaction took back', async () => {
    const house = new House(ONE);
    expect(() =>
      house.db.tx(() => {
        house.fire('alertname=X,model=a');
        throw new Error('feed position not stored');
      }),
    ).toThrow();
    await house.to('10m');
    expect(house.told()).toEqual([]);
    expect(house.dispatcher.alerts(house.now)).toEqual([]);
  });
});

describe('a clock that is set back', () => {
  it('keeps nobody waiting for as long: a group waits for its interval at most', async () => {
    const house = new House(BACK);
    house.fire('alertname=X,model=a');
    await house.to('40s');
    house.clock.set(START - 3_600_000);
    house.fire('alertname=X,model=b');
    house.fire('alertname=Y,model=b');
    expect(house.dispatcher.nextDue()).toBe(START - 3_600_000 + 30_000);
    await advance(house.clock, [house.dispatcher], START - 3_500_000);
    expect(house.told().slice(1)).toEqual([
      '-3570s hook first_notification firing b+',
      '-3540s hook new_alerts firing a+ b+',
    ]);
  });
});

const BACK = `
route: { receiver: hook, group_by: [alertname], group_wait: 30s, group_interval: 1m }
receivers: [{ name: hook, webhook_configs: [{ url: 'http://127.0.0.1:1/' }] }]
`;
