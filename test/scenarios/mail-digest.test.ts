import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SmtpDesk } from '../notifiers/smtp-desk.ts';
import { tellSlow } from '../support/alerts.ts';
import { type MailDesk, mailDesk } from '../support/outside-desk.ts';
import { MINUTE, startWorld, type World, type WorldOptions } from '../support/world.ts';

const HOUR = 60 * MINUTE;
/** 2026-01-20T03:00 in Mumbai; the digest goes out six hours later. */
const UNTIL_NINE = 6 * HOUR;

const DIGEST = { receivers: ['daily'], at: '09:00', timezone: 'Asia/Kolkata' };

function config({ global }: MailDesk, digest: unknown = DIGEST, repeat = '30d'): WorldOptions['config'] {
  return {
    scrape_configs: [],
    external_url: 'http://watchroom.example:9095',
    notifiers: { email_digest: digest },
    alertmanager_config: {
      global,
      route: {
        receiver: 'daily',
        group_by: ['alertname', 'model_name'],
        group_wait: '10s',
        group_interval: '1m',
        repeat_interval: repeat,
        routes: [{ matchers: ['severity="warning"'], receiver: 'at-once' }],
      },
      receivers: [
        { name: 'daily', email_configs: [{ to: 'ml@example.com, lead@example.com', headers: { 'X-Team': 'ml' } }] },
        { name: 'at-once', email_configs: [{ to: 'ml@example.com' }] },
      ],
    },
  };
}

async function start(more: Partial<WorldOptions> = {}, desk?: MailDesk) {
  const mail = desk ?? (await mailDesk());
  const world = await startWorld({ config: config(mail), ...more });
  onTestFinished(() => world.close());
  await world.settle();
  return { world, mail, smtp: mail.smtp };
}

function slow(world: World, model: string, severity: string, resolved = false): void {
  const annotations = {
    summary: `Model ${model} is slow <b>&amp;</b>`,
    runbook_url: 'https://wiki.example/runbooks/latency?a=1&b=2',
  };
  tellSlow(world, model, severity, { annotations, resolved });
}

/** One MIME part of a mail, its transfer encoding undone. */
function part(raw: string, type: 'text/plain' | 'text/html'): string {
  const at = raw.indexOf(`Content-Type: ${type}`);
  const head = raw.indexOf('\r\n\r\n', at);
  const body = raw.slice(head + 4, raw.indexOf('\r\n----', head));
  if (/base64/i.test(raw.slice(at, head))) return Buffer.from(body, 'base64').toString('utf8');
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return (
    /quoted-printable/i.test(raw.slice(at, head)) ? Buffer.from(bytes, 'latin1').toString('utf8') : body
  ).replaceAll('\r\n', '\n');
}

const subject = (smtp: SmtpDesk, nth: number): string =>
  /^Subject: (.*)\r$/m.exec(smtp.mails[nth]?.raw ?? '')?.[1] ?? '';

describe('a receiver whose mail is gathered', { timeout: 60_000 }, () => {
  it('gets one mail at the set hour, of what is open and what is over by then, and nothing before', async () => {
    const { world, smtp } = await start();
    slow(world, 'fraud-detector', 'info');
    slow(world, 'eta-model', 'error');
    await world.pass(HOUR);
    slow(world, 'fraud-detector', 'info', true);
    await world.pass(UNTIL_NINE - HOUR - 1000);
    expect(smtp.mails).toEqual([]);
    await world.pass(2000);
    expect(smtp.mails.map(({ to }) => to)).toEqual([['ml@example.com'], ['lead@example.com']]);
    expect(subject(smtp, 0)).toBe('Alerts of the day: 1 open, 1 over');
    const { raw } = smtp.mails[0] ?? { raw: '' };
    expect(raw).toMatch(/^X-Team: ml\r$/m);
    expect(raw.replaceAll('\r\n ', ' ')).toMatch(
      /^List-ID: Watchroom daily <daily\.watchroom\.watchroom\.example>\r$/m,
    );

    const text = part(raw, 'text/plain');
    expect(text).toMatch(/Still open:\n\n- .*P2.*eta-model[^]*Over:\n\n- .*fraud-detector/);
    expect(text).toContain('Resolved after 59 min');
    expect(text).toContain('Runbook: https://wiki.example/runbooks/latency?a=1&b=2');
    expect(text).toContain('20 Jan');
    const html = part(raw, 'text/html');
    expect(html).toContain('eta-model: p99 latency'.slice(0, 9));
    expect(html).toContain('is slow &lt;b&gt;&amp;amp;&lt;/b&gt;');
    expect(html).toContain('href="https://wiki.example/runbooks/latency?a=1&amp;b=2"');
    expect(html).not.toContain('<b>&amp;</b>');

    await world.pass(48 * HOUR);
    // What is still open was told; nothing new is nothing to tell.
    expect(smtp.mails).toHaveLength(2);
  });

  it('is told again each day of what is still repeated', async () => {
    const mail = await mailDesk();
    const { world, smtp } = await start({ config: config(mail, DIGEST, '4h') }, mail);
    slow(world, 'fraud-detector', 'info');
    await world.pass(UNTIL_NINE + MINUTE);
    await world.pass(24 * HOUR);
    expect([0, 2].map((nth) => subject(smtp, nth))).toEqual(Array<string>(2).fill('Alerts of the day: 1 open'));
    expect(smtp.mails).toHaveLength(4);
  });

  it('does not wait with a P1, and other receivers do not wait at all', async () => {
    const { world, smtp } = await start();
    slow(world, 'fraud-detector', 'critical');
    slow(world, 'eta-model', 'warning');
    await world.pass(MINUTE);
    expect(smtp.mails.map(({ to }) => to[0]).toSorted((a = '', b = '') => (a < b ? -1 : 1))).toEqual([
      'lead@example.com',
      'ml@example.com',
      'ml@example.com',
    ]);
    await world.pass(UNTIL_NINE + HOUR);
    expect(smtp.mails).toHaveLength(3);
  });

  it('is told late rather than never, where the bot was down at that hour', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watchroom-digest-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const databases = { state: join(folder, 'state.db'), metrics: join(folder, 'metrics.db') };
    const { world, mail, smtp } = await start({ databases });
    slow(world, 'fraud-detector', 'info');
    await world.pass(MINUTE);
    await world.closeApp();
    world.clock.set(world.clock.now() + UNTIL_NINE + 3 * HOUR);
    const { world: next } = await start({ databases, around: world }, mail);
    await next.pass(1000);
    expect(smtp.mails).toHaveLength(2);
    await next.pass(24 * HOUR);
    expect(smtp.mails).toHaveLength(2);
  });

  it('is one mail however many alerts there are, and counts what it leaves out', async () => {
    const { world, smtp } = await start();
    for (let i = 0; i < 90; i += 1) slow(world, `model-${i}`, 'info');
    await world.pass(UNTIL_NINE + MINUTE);
    expect(smtp.mails).toHaveLength(2);
    expect(subject(smtp, 0)).toBe('Alerts of the day: 90 open');
    const text = part(smtp.mails[0]?.raw ?? '', 'text/plain');
    expect(text.match(/^- .*model-/gm)).toHaveLength(60);
    expect(text).toContain('- and 30 more');
  });

  it.each([
    [{ ...DIGEST, receivers: ['nobody'] }, '"nobody" is no receiver with email_configs'],
    [{ ...DIGEST, at: 'nine' }, 'expected a time such as 09:00'],
    [{ ...DIGEST, timezone: 'Mars/Olympus' }, 'is no time zone'],
  ])('must be one, at a time, in a zone', async (digest, message) => {
    await expect(startWorld({ config: config(await mailDesk(), digest) })).rejects.toThrow(message);
  });
});
