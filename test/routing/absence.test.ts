import { describe, expect, it } from 'vitest';
import { afterAbsence, GRACE_MS } from '../../src/routing/absence.ts';
import { alert, House, START } from './house.ts';

const YAML =
  'route: { receiver: r, group_wait: 1s, group_interval: 1m }\nreceivers: [{ name: r, webhook_configs: [{ url: "http://x/" }] }]\n';

describe('after our own absence', () => {
  it('an alert that ran out meanwhile is not called silent before its sender could speak', async () => {
    const house = new House(YAML);
    house.dispatcher.ingest([alert('alertname=A', START, { until: START + 60_000 })], START);
    await house.to('5s');
    house.restart();
    house.clock.set(START + 600_000);
    const now = house.now;
    house.dispatcher.ingest(afterAbsence(house.dispatcher.alerts(Number.NEGATIVE_INFINITY), now), now);
    await house.to('11m');
    expect(house.ends).toEqual([]);
    expect(house.dispatcher.alerts(house.now)[0]).toMatchObject({ startsAt: START, condition: { kind: 'firing' } });
    await house.to('13m');
    expect(house.dispatcher.alerts(house.now)[0]?.condition).toEqual({ kind: 'sender_silent', at: now + GRACE_MS });
  });

  it('changes nothing about alerts that have time, that ended, or that no sender must repeat', () => {
    const now = START;
    const kept = [
      alert('alertname=A', now, { until: now + GRACE_MS }),
      alert('alertname=B', now),
      alert('alertname=C', now, { resolvedAt: now - 1 }),
      alert('alertname=D', now, { noDataSince: now - 1 }),
    ];
    expect(afterAbsence(kept, now)).toEqual([]);
  });
});
