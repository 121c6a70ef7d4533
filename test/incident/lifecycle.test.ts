import { describe, expect, it } from 'vitest';
import {
  ASHA,
  BILAL,
  ended,
  group,
  latency,
  MINUTE,
  notification,
  onlyIncident,
  shown,
  slackTraffic,
  T0,
  world,
} from './incident-world.ts';

describe('the life of an incident', () => {
  it('posts one card and pages the primary at once, then the secondary after five minutes', async () => {
    const w = world();
    const g = group([latency()]);
    w.incidents.effects.notify(notification(g, T0), g);
    await w.at('0s');
    expect(slackTraffic(w)).toEqual([
      'post card #ml-alerts: firing',
      'post page U01ASHA: firing',
      'line #ml-alerts: escalated',
    ]);
    await w.at('5m');
    expect(slackTraffic(w)).toContain('post page U02BILAL: firing');
    expect(shown(w)).toMatchObject({});
  });
});
