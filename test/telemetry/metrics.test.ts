import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createMetrics, type MetricsSources } from '../../src/telemetry/metrics.ts';

function desk(sources: MetricsSources = {}) {
  const registry = new Registry();
  return createMetrics({ registry, version: '1.2.3', sources, ofProcess: false });
}

async function lines(metrics: { text(): Promise<string> }): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the bot’s own metrics', () => {
  it('count attempts by kind and result, and take durations in seconds', async () => {
    const metrics = desk();
    metrics.delivery.attempted('slack', 'sent', 120);
    metrics.delivery.attempted('slack', 'retry', 9000);
    metrics.delivery.undeliverable('pagerduty', 'expired');
    const text = await lines(metrics);
    expect(text).toContain('watchroom_sends_total{kind="slack",result="sent"} 1');
    expect(text).toContain('watchroom_sends_total{kind="slack",result="retry"} 1');
    expect(text).toContain('watchroom_send_duration_seconds_sum{kind="slack"} 9.12');
    expect(text).toContain('watchroom_send_duration_seconds_bucket{le="0.25",kind="slack"} 1');
    expect(text).toContain('watchroom_undeliverable_total{kind="pagerduty",reason="expired"} 1');
    expect(text).toContain('watchroom_build_info{version="1.2.3"} 1');
  });

  it('read gauges at the moment somebody scrapes, and forget what is gone', async () => {
    let depth = [{ kind: 'slack', state: 'queued', count: 3 }];
    const metrics = desk({
      outbox: () => depth,
      alerts: () => new Map([['firing', 2]]),
      openIncidents: () => [{ priority: 'P1', state: 'triggered', count: 1 }],
      series: () => 42,
      lastLoopAt: () => 1_790_000_000_500,
    });
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining([
        'watchroom_outbox_rows{kind="slack",state="queued"} 3',
        'watchroom_alerts{state="firing"} 2',
        'watchroom_incidents_open{priority="P1",state="triggered"} 1',
        'watchroom_series 42',
        'watchroom_last_loop_timestamp_seconds 1790000000.5',
      ]),
    );
    depth = [];
    expect((await lines(metrics)).some((line) => line.startsWith('watchroom_outbox_rows'))).toBe(false);
  });

  it('count what targets exposed and was not taken, as the observer knows it at that moment', async () => {
    let count = 4;
    const reason = 'label_value_length_limit';
    const metrics = desk({ refusedSamples: () => Promise.resolve([{ job: 'models', reason, count }]) });
    const line = `watchroom_scrape_samples_refused_total{job="models",reason="${reason}"}`;
    expect(await lines(metrics)).toContain(`${line} 4`);
    count = 6;
    expect(await lines(metrics)).toContain(`${line} 6`);
  });

  it('stay few, whatever values arrive', async () => {
    const metrics = desk();
    for (let i = 0; i < 5000; i += 1) metrics.notified(`kind ${i}`, `reason ${i}`);
    const text = await lines(metrics);
    expect(text.length).toBeLessThan(300);
    expect(text).toContain('watchroom_notifications_total{kind="other",reason="other"} 4900');
  });

  it('follow the naming rules: a prefix, base units, counters end in _total', async () => {
    const metrics = desk({ outbox: () => [], alerts: () => new Map(), series: () => 0 });
    const types = (await metrics.text()).split('\n').filter((line) => line.startsWith('# TYPE'));
    expect(types.length).toBeGreaterThan(10);
    for (const line of types) {
      const [, , name = '', type = ''] = line.split(' ');
      expect(name).toMatch(/^watchroom_[a-z_]+$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(name).not.toMatch(/_ms|milli/);
    }
  });

  it('are two when two registries are handed in', async () => {
    const a = desk();
    const b = desk();
    a.jobFailed('courier');
    expect((await lines(a)).some((line) => line.startsWith('watchroom_job_errors_total'))).toBe(true);
    expect(await lines(b)).not.toContain('watchroom_job_errors_total{job="courier"} 1');
  });

  it('tell about evaluations, scrapes, acts, mutes and reloads', async () => {
    const metrics = desk();
    metrics.evaluated('error', 3);
    metrics.scraped('ok', 500, 20);
    metrics.acted('acknowledge', 'slack', 'done');
    metrics.muted('silenced');
    metrics.reloaded('error');
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining([
        'watchroom_rule_evaluations_total{result="error"} 1',
        'watchroom_scraped_samples_total 500',
        'watchroom_acts_total{act="acknowledge",via="slack",result="done"} 1',
        'watchroom_muted_total{reason="silenced"} 1',
        'watchroom_reloads_total{result="error"} 1',
      ]),
    );
  });
});
