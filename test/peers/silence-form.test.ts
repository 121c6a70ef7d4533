import { existsSync, mkdirSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { alert as alertOf } from '../notifiers/harness.ts';
import { MINUTE, startWorld, type World } from '../support/world.ts';

const CHROMIUM = '/usr/bin/chromium';
const isPresent = existsSync(CHROMIUM);
if (!isPresent) {
  if (process.env['WATCHROOM_REQUIRE_PEERS'] === '1') throw new Error(`${CHROMIUM} is missing`);
  console.warn(`SKIPPED: ${CHROMIUM} is missing`);
}
/** Where pictures are left for a person to judge; none where it is not set. */
const PICTURES = process.env['WATCHROOM_PICTURES'];
const ASHA = 'U01ASHA';

describe.skipIf(!isPresent)('the silence form on a phone', { timeout: 60_000 }, () => {
  let browser: Browser;
  let world: World;
  let page: Page;

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await page.close();
    await world.close();
  });

  async function start(): Promise<void> {
    world = await startWorld({
      users: [{ id: ASHA, name: 'Asha', email: 'asha@example.com' }],
      config: {
        scrape_configs: [],
        alertmanager_config: {
          route: { receiver: 'ml', group_by: ['alertname', 'model_name'], group_wait: '10s', group_interval: '1m' },
          receivers: [{ name: 'ml', slack_configs: [{ channel: '#ml-alerts' }] }],
        },
      },
    });
    for (const model of ['fraud-detector', 'search-ranker', 'eta-estimator']) {
      const now = world.clock.now();
      const labels = {
        alertname: 'ModelLatencyP99High',
        model_name: model,
        environment: 'production',
        severity: 'warning',
      };
      world.app.dispatcher.ingest([{ ...alertOf(labels, { startsAt: now }), updatedAt: now }], now);
    }
    await world.pass(MINUTE);
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    page = await context.newPage();
    await page.goto(`${world.workspace.url}/?as=${ASHA}#C01ML`);
    await page.locator('body[data-live="true"]').waitFor({ state: 'attached' });
  }

  async function picture(name: string): Promise<void> {
    if (PICTURES === undefined) return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: `${PICTURES}/${name}.png` });
  }

  it('shows what it hides before anybody presses Silence, and follows what is typed', async () => {
    await start();
    await page.locator('[data-composer="channel"]').fill('/alert silence ModelLatencyP99High');
    await page.locator('[data-composer="channel"]').press('Enter');
    const dialog = page.locator('dialog[data-view]');
    await dialog.getByText('3 open alerts of 3 groups').waitFor();
    await picture('silence-form');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    const what = dialog.locator('[data-block-id="what"] input');
    await what.fill('');
    await what.pressSequentially('model_name=~"fraud.*"', { delay: 40 });
    await dialog.getByText('1 open alert of 1 group').waitFor();
    await picture('silence-form-typed');
    // Nobody who types loses a letter or the place to the preview that comes meanwhile.
    expect(await what.inputValue()).toBe('model_name=~"fraud.*"');
    expect(await page.evaluate('document.activeElement?.dataset?.blockId')).toBe('what');
    await what.fill('model_name=~"("');
    await dialog.getByText('regular expression').waitFor();
    await picture('silence-form-wrong');
    await what.fill('model_name="search-ranker"');
    await dialog.getByText('• ModelLatencyP99High search-ranker').waitFor();
    const submit = dialog.locator('[data-submit]');
    expect((await submit.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    await submit.tap();
    await page.getByText('Hides 1 open alert on 1 model: search-ranker').waitFor();
    await picture('silenced');
    expect(world.app.silences.list(world.clock.now())).toHaveLength(1);
  });

  it('comes back once where Silence is pressed before its preview caught up', async () => {
    await start();
    await page.locator('[data-composer="channel"]').fill('/alert silence ModelLatencyP99High');
    await page.locator('[data-composer="channel"]').press('Enter');
    const dialog = page.locator('dialog[data-view]');
    await dialog.getByText('3 open alerts of 3 groups').waitFor();
    // As a phone does whose keyboard's own button submits.
    await dialog.locator('[data-block-id="what"] input').fill('model_name="eta-estimator"');
    await dialog.locator('[data-submit]').tap();
    await dialog.getByText('Press Silence once more').waitFor();
    await picture('silence-form-again');
    expect(world.app.silences.list(world.clock.now())).toEqual([]);
    await dialog.locator('[data-submit]').tap();
    await page.getByText('Hides 1 open alert on 1 model: eta-estimator').waitFor();
  });

  it('offers what is open first where nobody said what, and shows at once what another choice would hide', async () => {
    await start();
    await page.locator('[data-composer="channel"]').fill('/alert silence');
    await page.locator('[data-composer="channel"]').press('Enter');
    const dialog = page.locator('dialog[data-view]');
    await dialog.getByText('3 open alerts of 3 groups').waitFor();
    await picture('silence-form-menu');
    const now = world.clock.now();
    const labels = { alertname: 'FeatureNullRateHigh', model_name: 'fraud-detector', severity: 'warning' };
    world.app.dispatcher.ingest([{ ...alertOf(labels, { startsAt: now }), updatedAt: now }], now);
    await dialog.locator('[data-block-id="duration"] input').fill('until resolved');
    await dialog.getByText('until resolved for 10 min').waitFor();
    await dialog.locator('[data-block-id="what"] [data-action-id="silence_preview"]').tap();
    await page.getByRole('option', { name: 'FeatureNullRateHigh' }).tap();
    await dialog.getByText('• FeatureNullRateHigh fraud-detector').waitFor();
    expect(await dialog.locator('[data-block-id="duration"] input').inputValue()).toBe('until resolved');
    await picture('silence-form-chosen');
    await dialog.locator('[data-submit]').tap();
    await page.getByText('Hides 1 open alert on 1 model: fraud-detector').waitFor();
  });
});
