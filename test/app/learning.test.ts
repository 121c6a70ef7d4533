import { afterEach, describe, expect, it } from 'vitest';
import type { Actor, VerdictKind } from '../../src/incident/actions.ts';
import { alert } from '../notifiers/harness.ts';
import { MINUTE, startWorld, type World } from '../support/world.ts';

const ASHA: Actor = { id: 'U01ALICE', name: 'Alice', via: 'slack' };
const HOUR = 60 * MINUTE;
/** Monday 26 January 2026, 09:00 in Kolkata. */
const MONDAY = Date.UTC(2026, 0, 26, 3, 30);

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const CONFIG = {
  scrape_configs: [],
  models: { 'fraud-detector': {}, 'rec-home': {} },
  digest: { channel: '#ml-alerts', at: 'monday 09:00', timezone: 'Asia/Kolkata' },
  alertmanager_config: {
    route: { receiver: 'ml', group_by: ['alertname', 'model_name'], group_wait: '10s', group_interval: '1m' },
    receivers: [{ name: 'ml', slack_configs: [{ channel: '#ml-alerts-warnings', send_resolved: true }] }],
  },
};

/** One incident from its first alert to its end an hour later, acknowledged after two minutes, with a verdict. */
async function incident(w: World, alertname: string, model: string, verdict?: VerdictKind): Promise<void> {
  const labels = { alertname, model_name: model, severity: 'critical' };
  const fired = { ...alert(labels, { startsAt: w.clock.now() }), updatedAt: w.clock.now() };
  w.app.dispatcher.ingest([fired], w.clock.now());
  await w.pass(2 * MINUTE);
  const [open] = w.app.incidents.actions.list({ open: true }, w.clock.now());
  w.app.incidents.actions.acknowledge(open?.id ?? '', ASHA, w.clock.now());
  await w.pass(HOUR);
  const at = w.clock.now();
  w.app.dispatcher.ingest([{ ...fired, updatedAt: at, condition: { kind: 'resolved', at } }], at);
  await w.pass(5 * MINUTE);
  if (verdict) w.app.incidents.actions.verdict(open?.id ?? '', verdict, ASHA, w.clock.now());
}

describe('the weekly digest', () => {
  it('is posted on Monday at nine, tells what the week was worth, and /alert digest tells the same to one person', async () => {
    const w = await startWorld({ config: CONFIG });
    world = w;
    await incident(w, 'ModelLatencyP99High', 'fraud-detector', 'true_positive');
    await incident(w, 'PredictionDistributionDrift', 'fraud-detector', 'false_positive');
    await incident(w, 'PredictionDistributionDrift', 'fraud-detector', 'not_actionable');
    await incident(w, 'ModelLatencyP99High', 'search-rank');
    expect(w.workspace.state.messages('ml-alerts')).toEqual([]);

    await w.pass(MONDAY - MINUTE - w.clock.now());
    expect(w.workspace.state.messages('ml-alerts')).toEqual([]);
    await w.pass(2 * MINUTE);
    const [posted, ...others] = w.workspace.state.messages('ml-alerts');
    expect(others).toEqual([]);
    const words = `${posted?.text}\n${JSON.stringify(posted?.blocks)}`;
    expect(words).toContain('Alert hygiene · week 4');
    expect(words).toContain('4 notifications, 3 tagged');
    expect(words).toContain('precision 33 % (6–79)');
    expect(words).toContain('4 incidents, 0 missed');
    expect(words).toContain('PredictionDistributionDrift · fired 2× · right 0 of 2 (0–66 %)');
    expect(words).toContain('4 of 4 acknowledged');
    expect(words).toMatch(/fraud-detector {2}\S+ {2}3× 1✓ 1✗/);
    expect(words).toMatch(/rec-home +▁+ {2}quiet/);

    await w.workspace.act.command('U01ALICE', 'ml-alerts', '/alert digest');
    const [answer] = await w.workspace.until((state) => {
      const all = state.ephemerals('U01ALICE');
      return all.length > 0 ? all : undefined;
    });
    expect(JSON.stringify(answer?.blocks)).toContain('precision 33 %');

    // The week after is its own.
    await w.pass(7 * 24 * HOUR);
    const second = w.workspace.state.messages('ml-alerts').map((message) => JSON.stringify(message.blocks));
    expect(second).toHaveLength(2);
    expect(second.some((blocks) => blocks.includes('A quiet week: nothing fired.'))).toBe(true);
  });

  it('is not due where nobody asked for one, and a time that means nothing is refused', async () => {
    await expect(
      startWorld({ config: { ...CONFIG, digest: { channel: '#ml-alerts', at: 'someday' } } }),
    ).rejects.toThrow(/world\.yml:1:\d+: .*expected a day and a time such as monday 09:00/);
  });
});
