import { describe, expect, it } from 'vitest';
import { endedAt } from '../../src/alert/alert.ts';
import { alert, config, House } from './house.ts';

const ROUTES = `
route: { receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 10s, repeat_interval: 1h }
receivers: [{ name: hook, webhook_configs: [{ url: 'http://127.0.0.1:1/' }] }]
`;
const NAME = 'alertname=Flappy';

function house(flapHoldMs = 300_000): House {
  return new House({ ...config(ROUTES), flapHoldMs });
}

/** Ends and returns every minute, so many times; the clock stands at the last return. */
async function flap(h: House, times: number): Promise<void> {
  h.fire(NAME);
  for (let minute = 1; minute <= times; minute += 1) {
    await h.to(`${2 * minute - 1}m`);
    h.resolve(NAME);
    await h.to(`${2 * minute}m`);
    h.fire(NAME);
  }
}

const known = (h: House) => h.dispatcher.alert(alert(NAME, h.now).fingerprint, h.now);
const ends = (h: House): number => h.notifications.filter(({ status }) => status === 'resolved').length;

describe('an alert that keeps coming back', () => {
  it('is told of its first ends at once, as any other', async () => {
    const h = house();
    await flap(h, 3);
    await h.to('7m');
    expect(ends(h)).toBe(3);
  });

  it('is held open after three returns until it has been quiet for the hold, and then ends when it was last seen to', async () => {
    const h = house();
    await flap(h, 3);
    await h.to('7m');
    h.resolve(NAME);
    expect(known(h)?.flapping).toMatchObject({ changes: 7, held: { until: h.now + 300_000 } });
    const lastEnd = h.now;
    await h.to('11m');
    expect(ends(h)).toBe(3);
    await h.to('12m30s');
    expect(ends(h)).toBe(4);
    expect(endedAt(h.notifications.at(-1)?.alerts[0] ?? alert(NAME, 0))).toBe(lastEnd);
  });

  it('says nothing while it goes on, and waits anew after each return', async () => {
    const h = house();
    await flap(h, 3);
    const before = h.notifications.length;
    for (let minute = 7; minute < 27; minute += 2) {
      await h.to(`${minute}m`);
      h.resolve(NAME);
      await h.to(`${minute + 1}m`);
      h.fire(NAME);
    }
    await h.to('40m');
    // The last return before the hold was told; after that only silence.
    expect(h.notifications.length - before).toBeLessThanOrEqual(1);
    expect(known(h)?.condition.kind).toBe('firing');
    expect(known(h)?.flapping?.changes).toBe(26);
  });

  it('is not held longer because its sender says again that it has ended', async () => {
    const h = house();
    await flap(h, 3);
    await h.to('7m');
    for (const at of ['7m', '8m', '9m', '10m', '11m']) {
      await h.to(at);
      h.resolve(NAME);
    }
    await h.to('12m30s');
    expect(ends(h)).toBe(4);
  });

  it('goes on being held over a restart', async () => {
    const h = house();
    await flap(h, 3);
    await h.to('7m');
    h.resolve(NAME);
    h.restart();
    await h.to('11m');
    expect(known(h)?.condition.kind).toBe('firing');
    await h.to('12m30s');
    expect(ends(h)).toBe(4);
  });

  it('is not flapping where its returns are further apart than the hold', async () => {
    const h = house(30_000);
    await flap(h, 8);
    await h.to('17m');
    h.resolve(NAME);
    await h.to('17m15s');
    expect(ends(h)).toBe(9);
  });

  it('is never held where the hold is 0', async () => {
    const h = house(0);
    await flap(h, 8);
    await h.to('17m');
    h.resolve(NAME);
    await h.to('17m15s');
    expect(ends(h)).toBe(9);
    expect(known(h)?.flapping).toBeUndefined();
  });

  it('still ends by silence of its sender after it was held once', async () => {
    const h = house();
    await flap(h, 3);
    await h.to('7m');
    h.resolve(NAME);
    await h.to('8m');
    h.fire(NAME, { until: h.now + 60_000 });
    await h.to('10m');
    expect(known(h)?.condition.kind).toBe('sender_silent');
  });
});
