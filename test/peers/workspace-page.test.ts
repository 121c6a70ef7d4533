import { existsSync } from 'node:fs';
import type { App } from '@slack/bolt';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../../src/workspace/server.ts';
import { api, socketApp, workspaceForTest } from '../workspace/fixture.ts';

const CHROMIUM = '/usr/bin/chromium';
const isPresent = existsSync(CHROMIUM);
if (!isPresent) {
  if (process.env['WATCHROOM_REQUIRE_PEERS'] === '1') throw new Error(`${CHROMIUM} is missing`);
  console.warn(`SKIPPED: ${CHROMIUM} is missing`);
}

const plain = (text: string) => ({ type: 'plain_text', text });
const card = {
  text: 'P1 fraud-detector',
  blocks: [
    { type: 'header', text: plain('P1 fraud-detector: p99 412 ms') },
    {
      type: 'section',
      text: { type: 'mrkdwn', text: 'since <!date^1795129440^{time}|03:04 IST> for <@U01ALICE> & `x`' },
    },
    {
      type: 'actions',
      elements: [
        { type: 'button', action_id: 'acknowledge', text: plain('Acknowledge'), style: 'primary' },
        {
          type: 'button',
          action_id: 'retire',
          text: plain('Retire'),
          confirm: {
            title: plain('Sure?'),
            text: plain('It is gone then.'),
            confirm: plain('Retire'),
            deny: plain('Keep'),
          },
        },
        {
          type: 'static_select',
          action_id: 'silence',
          placeholder: plain('Silence'),
          options: ['1 h', '2 h'].map((time) => ({ text: plain(time), value: time })),
        },
      ],
    },
  ],
};

describe.skipIf(!isPresent)('the workspace page in a browser', () => {
  let workspace: Workspace;
  let app: App;
  let browser: Browser;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    workspace = await workspaceForTest();
    app = socketApp(workspace);
    app.action('acknowledge', async ({ ack, body, client }) => {
      await ack();
      if (body.type !== 'block_actions' || !body.message) return;
      await client.chat.update({
        channel: body.channel?.id ?? '',
        ts: body.message.ts,
        text: 'acknowledged',
        blocks: [],
      });
    });
    app.action('retire', async ({ ack, respond }) => {
      await ack();
      await respond({ text: 'retired', replace_original: false });
    });
    app.action('silence', async ({ ack, action, respond }) => {
      await ack();
      if (action.type === 'static_select')
        await respond({ text: `silenced ${action.selected_option.value}`, replace_original: false });
    });
    app.command('/alert', async ({ ack, command, client }) => {
      await ack();
      await client.views.open({
        trigger_id: command.trigger_id,
        view: {
          type: 'modal',
          callback_id: 'note',
          title: { type: 'plain_text', text: 'Note' },
          submit: { type: 'plain_text', text: 'Save' },
          blocks: [
            {
              type: 'input',
              block_id: 'note',
              label: { type: 'plain_text', text: 'What happened' },
              element: { type: 'plain_text_input', action_id: 'text' },
            },
          ],
        },
      });
    });
    app.view('note', async ({ ack, view, client }) => {
      const text = view.state.values['note']?.['text']?.value ?? '';
      if (text.length < 5) return ack({ response_action: 'errors', errors: { note: 'Too short' } });
      await ack();
      await client.chat.postMessage({ channel: 'C01ML', text: `note: ${text}` });
    });
    await app.start();
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });

  afterAll(async () => {
    await browser.close();
    await workspace.close();
    await Promise.race([app.stop(), new Promise((resolve) => setTimeout(resolve, 300))]);
  });

  beforeEach(async () => {
    workspace.reset();
    await page?.close();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    problems = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (line) => line.type() === 'error' && problems.push(line.text()));
  });

  /** Resolves when the page hears what happens from now on: an ephemeral that is posted earlier is not for it. */
  const open = async (as = 'U01ALICE', hash = '#C01ML') => {
    await page.goto(`${workspace.url}/?as=${as}${hash}`);
    await page.locator('body[data-live="true"]').waitFor({ state: 'attached' });
  };

  it('shows a new card at once, and its edit after a click', async () => {
    await open();
    const { ts } = await api(workspace, 'chat.postMessage', { channel: 'C01ML', ...card });
    const row = page.locator(`[data-ts="${String(ts)}"]`);
    await row.waitFor();
    expect(await row.innerText()).toContain('P1 fraud-detector: p99 412 ms');
    await row.locator('[data-action-id="acknowledge"]').click();
    await page.getByText('acknowledged', { exact: true }).waitFor();
    expect(problems).toEqual([]);
  });

  it('shows dates in the zone of whoever looks', async () => {
    await api(workspace, 'chat.postMessage', { channel: 'C01ML', ...card });
    await open('U01ALICE');
    await page.getByText('since 04:34').waitFor();
    await open('U04DEV');
    await page.getByText('since 15:04').waitFor();
  });

  it('asks before a button that needs confirming', async () => {
    await api(workspace, 'chat.postMessage', { channel: 'C01ML', ...card });
    await open();
    await page.locator('[data-action-id="retire"]').click();
    await page.locator('[data-deny]').click();
    expect(workspace.state.log.filter((entry) => entry.name === 'block_actions')).toEqual([]);
    await page.locator('[data-action-id="retire"]').click();
    await page.locator('dialog button[data-confirm]').click();
    await page.getByText('Only visible to you').waitFor();
  });

  it('chooses from a menu by keyboard alone', async () => {
    await api(workspace, 'chat.postMessage', { channel: 'C01ML', ...card });
    await open();
    await page.locator('[data-action-id="silence"]').focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-menu]').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText('silenced 2 h').waitFor();
  });

  it('completes commands, opens their modal, shows the app’s error and then its success', async () => {
    await open();
    const box = page.locator('[data-composer="channel"]');
    await box.fill('/al');
    await page.locator('[data-hint="/alert"]').click();
    await page.keyboard.press('Enter');
    const dialog = page.locator('dialog[data-view]');
    await dialog.waitFor();
    await dialog.locator('[data-submit]').click();
    await dialog.getByText('Please complete this required field.').waitFor();
    await dialog.locator('[data-action-id="text"]').fill('abc');
    await dialog.locator('[data-submit]').click();
    await dialog.getByText('Too short').waitFor();
    expect(await dialog.locator('[data-action-id="text"]').inputValue()).toBe('abc');
    await dialog.locator('[data-action-id="text"]').fill('rolled back');
    await dialog.locator('[data-submit]').click();
    await page.getByText('note: rolled back').waitFor();
    expect(await dialog.count()).toBe(0);
  });

  it('opens a thread, writes in it, and refuses a command there', async () => {
    const { ts } = await api(workspace, 'chat.postMessage', { channel: 'C01ML', text: 'parent' });
    await open();
    await page.locator(`[data-ts="${String(ts)}"]`).hover();
    await page.locator(`[data-reply="${String(ts)}"]`).click();
    const box = page.locator('[data-composer="thread"]');
    await box.fill('looking');
    await box.press('Enter');
    await page.locator('[data-thread]').getByText('looking').waitFor();
    await page.getByText('1 reply').first().waitFor();
    await box.fill('/alert list');
    await box.press('Enter');
    await page.getByText('/alert is not supported in threads. Sorry!').waitFor();
  });

  it('keeps ephemerals from everyone else, and from whoever opens the page later', async () => {
    await open('U02BOB');
    await api(workspace, 'chat.postEphemeral', { channel: 'C01ML', user: 'U02BOB', text: 'for Bilal' });
    await api(workspace, 'chat.postMessage', { channel: 'C01ML', text: 'for all' });
    await page.getByText('for Bilal').waitFor();
    for (const user of ['U01ALICE', 'U02BOB']) {
      await open(user);
      await page.getByText('for all').waitFor();
      expect(await page.getByText('for Bilal').count()).toBe(0);
    }
  });

  it('opens without the modal that an earlier page was closed over', async () => {
    await open();
    await page.locator('[data-composer="channel"]').fill('/alert');
    await page.keyboard.press('Enter');
    await page.locator('dialog').waitFor();
    await page.reload();
    await page.locator('[data-composer="channel"]').click();
    expect(await page.locator('dialog').count()).toBe(0);
  });

  it('never runs what stands in a message', async () => {
    const evil = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>';
    await api(workspace, 'chat.postMessage', {
      channel: 'C01ML',
      text: evil,
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: `${evil} <javascript:window.hit=1|click>` } }],
      attachments: [{ color: 'red;background:url(x)', title: evil, title_link: 'javascript:window.hit=1', text: evil }],
    });
    await open();
    await page.locator('[data-ts]').waitFor();
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
  });

  it('shows a block that it cannot draw, loudly', async () => {
    const loose = await workspaceForTest({ strict: false });
    await api(loose, 'chat.postMessage', { channel: 'C01ML', text: 'x', blocks: [{ type: 'hologram', secret: 42 }] });
    await page.goto(`${loose.url}/#C01ML`);
    await page.getByText('This page cannot draw a block of type “hologram”').waitFor();
    await loose.close();
  });

  it('holds thousands of messages with few of them on the page', async () => {
    for (let index = 0; index < 3000; index += 1) workspace.act.message('U02BOB', 'C02WARN', `message ${index}`);
    await open('U01ALICE', '#C02WARN');
    await page.getByText('message 2999', { exact: true }).waitFor();
    for (let index = 3000; index < 3600; index += 1) workspace.act.message('U02BOB', 'C02WARN', `message ${index}`);
    await page.getByText('message 3599', { exact: true }).waitFor();
    expect(await page.locator('.message').count()).toBeLessThan(400);
    expect(
      await page.evaluate(
        `(() => { const s = document.querySelector('.scroller'); return s.scrollHeight - s.scrollTop - s.clientHeight })()`,
      ),
    ).toBeLessThan(40);
    await page.evaluate(`document.querySelector('.scroller').scrollTop = 0`);
    await page.getByText('message 3430', { exact: true }).waitFor();
  });

  it('fits a phone: nothing wider than the screen, buttons big enough for a thumb', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await api(workspace, 'chat.postMessage', { channel: 'C01ML', ...card });
    await open();
    await page.locator('[data-action-id="acknowledge"]').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    for (const button of await page.locator('[data-action-id]').all())
      expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    await page.locator('[data-burger]').click();
    await page.locator('[data-channel="C02WARN"]').click();
    await page.locator('main .title').getByText('ml-alerts-warnings').waitFor();
  });

  it('leaves a card readable to the finger that presses its button', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const phone = await context.newPage();
    await api(workspace, 'chat.postMessage', { channel: 'C01ML', ...card });
    await phone.goto(`${workspace.url}/?as=U01ALICE#C01ML`);
    await phone.locator('[data-action-id="silence"]').tap();
    await phone.locator('[role="option"]').first().waitFor();
    await phone.keyboard.press('Escape');
    const tools = phone.locator('[data-ts] .tools');
    expect(await tools.isVisible()).toBe(false);
    // A tap on the message itself brings them, no higher than one row.
    await phone.locator('[data-ts] .body').tap({ position: { x: 5, y: 5 } });
    expect((await tools.boundingBox())?.height).toBeLessThan(60);
    await context.close();
  });
});
