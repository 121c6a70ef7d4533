import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peer } from '../support/peer.ts';
import { REPOSITORY } from '../support/world.ts';

const CHROMIUM = '/usr/bin/chromium';
const MAIN = join(REPOSITORY, 'dist/main.js');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run'];

/** The README's picture; written only on purpose: WATCHROOM_PICTURE=docs/demo.png. */
const PICTURE = process.env['WATCHROOM_PICTURE'] ?? join(tmpdir(), 'watchroom-demo.png');

function urlOf(demo: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    demo.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
      if (url) resolve(url);
    });
    demo.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    demo.once('exit', (code) => reject(new Error(`the demo ended with ${code}: ${text}`)));
  });
}

describe.runIf(peer(CHROMIUM))('the demo, as a newcomer meets it', { timeout: 240_000 }, () => {
  let demo: ChildProcess;
  let browser: Browser;
  let page: Page;
  let printedAt = 0;

  beforeAll(async () => {
    if (!existsSync(MAIN)) throw new Error('dist/ is missing: npm run build');
    demo = spawn(process.execPath, [MAIN, 'demo', '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const url = await urlOf(demo);
    printedAt = Date.now();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: 'light' });
    await page.goto(`${url}/?as=U01ALICE#C01ML`);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    demo?.kill('SIGTERM');
  });

  const cards = () =>
    page
      .locator('[data-ts]', { hasText: 'ModelLatencyP99High' })
      .filter({ has: page.locator('h3, .header, [data-action-id="runbook"], [data-action-id="true_positive"]') });

  it('shows a card for ModelLatencyP99High within 30 seconds of the URL', async () => {
    await cards().first().waitFor({ timeout: 30_000 });
    expect(Date.now() - printedAt).toBeLessThan(30_000);
    const text = await cards().first().innerText();
    expect(text).toContain('fraud-detector');
    expect(text).toMatch(/\d+ ms > 200 ms/);
    expect(text).toMatch(/[▁-█]/);
    await page.waitForTimeout(1500);
    mkdirSync(join(PICTURE, '..'), { recursive: true });
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.screenshot({ path: PICTURE });
    await page.setViewportSize({ width: 1280, height: 860 });
  });

  it('keeps the channel wide enough to read when a thread is opened beside it', async () => {
    await page.locator('[data-thread-of]').first().click();
    await page.locator('[data-composer="thread"]').waitFor();
    expect((await page.locator('main').boundingBox())?.width).toBeGreaterThan(500);
    expect(await page.locator('iframe').isVisible()).toBe(false);
    await page.locator('[data-close-thread]').click();
    await page.locator('iframe').waitFor();
  });

  it('changes the card when Asha acknowledges', async () => {
    await cards().first().locator('[data-action-id="acknowledge"]').click();
    await expect.poll(() => cards().first().innerText(), { timeout: 20_000 }).toMatch(/Acknowledged by @?Asha/i);
    await expect.poll(() => cards().first().locator('[data-action-id="acknowledge"]').count()).toBe(0);
  });

  it('silences by a command typed in the composer, and offers Undo', async () => {
    const composer = page.locator('[data-composer="channel"]');
    await composer.click();
    await composer.fill('/alert silence ModelLatencyP99High 2h');
    await composer.press('Enter');
    const notice = page.locator('[data-ts]', { hasText: /silenced/i }).filter({ hasText: 'Undo' });
    await notice.first().waitFor({ timeout: 20_000 });
    expect(await notice.first().innerText()).toContain('ModelLatencyP99High');
  });

  it('closes the card green when the model is healed', async () => {
    const panel = page.frameLocator('iframe');
    await panel.locator('section[data-model="fraud-detector"] [data-fault="latency"]').click();
    await panel.locator('[data-speed="60"]').click();
    await expect.poll(() => cards().first().innerText(), { timeout: 90_000 }).toContain('🟢 Resolved');
    expect(await cards().count()).toBe(1);
  });

  it('records the verdict', async () => {
    await cards().first().locator('[data-action-id="false_positive"]').click();
    await expect.poll(() => cards().first().innerText(), { timeout: 20_000 }).toMatch(/false positive/i);
    await expect
      .poll(() => cards().first().locator('[data-action-id="true_positive"]').count(), { timeout: 20_000 })
      .toBe(0);
  });

  it('ends at once and cleanly when it is told to', async () => {
    const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve));
    demo.kill('SIGINT');
    expect(await ended).toBe(0);
  });
});
