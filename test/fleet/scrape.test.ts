import { afterEach, describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/document/yaml.ts';
import { type Fleet, startFleet } from '../../src/fleet/fleet.ts';
import { FLEET_MODELS } from '../../src/fleet/model.ts';
import { readScrapeSection } from '../../src/ingest/schema.ts';
import { createScraper, type Scraper } from '../../src/ingest/scraper.ts';
import { matcher } from '../../src/labels/matcher.ts';
import { ScaledClock, systemClock } from '../../src/time/clock.ts';
import { advance, Loop } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { Head } from '../../src/tsdb/head.ts';
import { isStaleAt } from '../../src/tsdb/staleness.ts';

const START = Date.UTC(2026, 10, 16, 12);
let fleet: Fleet | undefined;
let scraper: Scraper | undefined;
afterEach(async () => {
  await scraper?.close();
  await fleet?.close();
});

function configsOf(running: Fleet) {
  return readScrapeSection(parseYaml(JSON.stringify({ scrape_configs: running.scrapeConfigs() }), 'fleet.yml')).configs;
}

describe('the scraped fleet', () => {
  it('tells by up, with the model in its labels, which model server is down', async () => {
    const clock = new ManualClock(START);
    fleet = await startFleet({ now: () => clock.now() });
    const head = new Head({ clock });
    scraper = createScraper({
      configs: configsOf(fleet),
      appender: head,
      clock,
      wire: systemClock,
      spread: false,
      stragglerAfterMs: Number.POSITIVE_INFINITY,
    });
    await advance(clock, [scraper], START + 30_000);
    fleet.setFault('search-rank', 'down', true);
    await advance(clock, [scraper], START + 60_000);
    const ups = head.select([matcher('__name__', '=', 'up', 'prometheus')], START, START + 60_000);
    expect(ups).toHaveLength(FLEET_MODELS.length + 2);
    for (const series of ups) {
      const down = series.labels.get('model_name') === 'search-rank';
      expect([...series.values], series.labels.toString()).toEqual(down ? [1, 1, 1, 0, 0] : [1, 1, 1, 1, 1]);
    }
    expect(scraper.targets().every((target) => target.lastWarning === '')).toBe(true);
    const [counted] = head.select(
      [
        matcher('__name__', '=', 'ml_predictions_total', 'prometheus'),
        matcher('model_name', '=', 'search-rank', 'prometheus'),
        matcher('status', '=', 'success', 'prometheus'),
      ],
      START,
      START + 60_000,
    );
    expect(counted?.labels.without('__name__').toJSON()).toEqual({
      environment: 'production',
      instance: 'search-rank-0',
      job: 'model-server',
      model_name: 'search-rank',
      model_version: 'v3.7.4',
      region: 'us-east-1',
      status: 'success',
    });
    expect(counted && isStaleAt(counted.values, 3)).toBe(true);
  });

  it('keeps its 15 s grid when the clock runs sixty times as fast', async () => {
    const clock = new ScaledClock({ realAt: systemClock.now(), domainAt: START, speed: 60 });
    fleet = await startFleet({ now: () => clock.now(), startAt: START - 60_000 });
    const head = new Head({ clock });
    scraper = createScraper({ configs: configsOf(fleet), appender: head, clock, wire: systemClock });
    const errors: unknown[] = [];
    const loop = new Loop([scraper], { clock, onError: (_, error) => errors.push(error) });
    loop.start();
    await systemClock.sleepUntil(systemClock.now() + 2000, new AbortController().signal);
    await loop.stop();
    expect(errors).toEqual([]);
    const ups = head.select([matcher('__name__', '=', 'up', 'prometheus')], START, START + 600_000);
    expect(ups).toHaveLength(FLEET_MODELS.length + 2);
    for (const series of ups) {
      expect(series.times.length).toBeGreaterThan(4);
      for (let i = 1; i < series.times.length; i += 1)
        expect(((series.times[i] ?? 0) - (series.times[i - 1] ?? 0)) % 15_000).toBe(0);
      expect([...series.values].every((up) => up === 1)).toBe(true);
    }
  });
});
