import { afterEach, describe, expect, it } from 'vitest';
import type { EmailConfig } from '../../src/delivery/receiver.ts';
import { Labels } from '../../src/labels/labels.ts';
import { acknowledged, firing, noData, resolved } from '../slack/card-states.ts';
import { entryOf } from './harness.ts';
import { drafts, emailConfig, GROUP, type ReceivedMail, sender, smtpDesk } from './smtp-desk.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function desk(more: Partial<EmailConfig> = {}, server: Parameters<typeof smtpDesk>[0] = {}) {
  const smtp = await smtpDesk(server);
  closers.push(() => smtp.close());
  const config = emailConfig(smtp.port, more);
  return { smtp, config, ...sender(config), sendFirst: () => sender(config).send(first(config)) };
}

function first(
  config: EmailConfig,
  ...more: Parameters<typeof drafts> extends [unknown, ...infer Rest] ? Rest : never
) {
  const [draft] = drafts(config, ...more);
  if (!draft) throw new Error('no mail');
  return draft;
}

/** Header fields of a mail, unfolded and decoded. */
function headersOf({ raw }: ReceivedMail): ReadonlyMap<string, string> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
  return new Map(
    head
      .split('\r\n')
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), decoded(line.slice(line.indexOf(':') + 2))]),
  );
}

function decoded(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?q\?([^?]*)\?=/gi, (_, said: string) => quoted(said.replaceAll('_', ' ')))
    .replaceAll(/=\?utf-8\?b\?([^?]*)\?=/gi, (_, said: string) => Buffer.from(said, 'base64').toString('utf8'));
}

function quoted(text: string): string {
  return Buffer.from(
    text
      .replaceAll(/=\r\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
}

/** The body of the part with this content type. */
function part({ raw }: ReceivedMail, type: string): string {
  const match = new RegExp(`Content-Type: ${type}[^]*?\\r\\n\\r\\n([^]*?)\\r\\n----`).exec(raw);
  const head = match?.[0].slice(0, 400) ?? '';
  return head.includes('base64') ? Buffer.from(match?.[1] ?? '', 'base64').toString('utf8') : quoted(match?.[1] ?? '');
}

describe('a mail about an alert', () => {
  it('says in text and in HTML everything a page must: what, how bad, which model, the trend, whom it wakes, where to look', async () => {
    const { smtp, sendFirst } = await desk();
    expect(await sendFirst()).toMatchObject({ kind: 'sent' });
    const [mail] = smtp.mails;
    if (!mail) throw new Error('no mail');
    for (const body of [part(mail, 'text/plain'), part(mail, 'text/html')]) {
      for (const words of [
        'ModelLatencyP99High',
        'P1',
        'fraud-detector',
        'ap-south-1',
        'Firing for 6 min',
        'peak 530 ms, at first fire 240 ms',
        'Asha',
        'Bilal',
        '03:09 IST',
        'https://wiki.internal/runbooks/model-latency-high',
        'https://grafana.internal/d/fraud-model-v2',
        '/alert ack inc_7f3a9c21',
        '▁',
      ])
        expect(body).toContain(words);
    }
    expect(part(mail, 'text/plain')).toContain('412 ms > 200 ms');
    expect(part(mail, 'text/html')).toContain('412 ms &gt; 200 ms');
  });

  it('carries its chart with it and fetches nothing', async () => {
    const { smtp, sendFirst } = await desk();
    await sendFirst();
    const raw = smtp.mails[0]?.raw ?? '';
    expect(/Content-ID: (.*)\r\n/i.exec(raw)?.[1]).toBe('<trend@watchroom>');
    expect(/Content-Disposition: inline; filename=(.*)\r\n/.exec(raw)?.[1]).toBe('trend.png');
    const html = part(smtp.mails[0] ?? ({ raw: '' } as ReceivedMail), 'text/html');
    expect(html.match(/src="[^"]*"/g)).toEqual(['src="cid:trend@watchroom"']);
    expect(html).not.toMatch(/url\(|@import|<script|<link/);
    const png = Buffer.from(/image\/png[^]*?\r\n\r\n([^]*?)\r\n--/.exec(raw)?.[1] ?? '', 'base64');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
  });

  it('has Alertmanager’s subject and the headers that lists, threads and robots go by', async () => {
    const { smtp, sendFirst } = await desk({ to: 'Asha <asha@example.com>' });
    await sendFirst();
    const headers = headersOf(smtp.mails[0] as ReceivedMail);
    expect(headers.get('subject')).toBe('[FIRING:1] HighLatency (fraud-detector)');
    expect(headers.get('from')).toBe('Watchroom <watchroom@example.com>');
    expect(headers.get('list-id')).toBe('Watchroom ml-mail <ml-mail.watchroom.watchroom.example>');
    expect(headers.get('auto-submitted')).toBe('auto-generated');
    expect(headers.get('importance')?.toLowerCase()).toBe('high');
    expect(smtp.mails[0]?.from).toBe('watchroom@example.com');
    expect(smtp.mails[0]?.to).toEqual(['asha@example.com']);
  });

  it('stands in one thread with the mail that says it is over', async () => {
    const { smtp, config, send } = await desk();
    await send(first(config, firing, { id: 'n1' } as never));
    await send(first(config, { ...resolved, incidentId: firing.incidentId }, { id: 'n2' } as never));
    const [one, two] = smtp.mails.map(headersOf);
    expect(one?.get('message-id')).not.toBe(two?.get('message-id'));
    expect(one?.get('references')).toBe(two?.get('references'));
    expect(one?.get('in-reply-to')).toBe(one?.get('references'));
    const other = first(config, { ...firing, incidentId: 'inc_other' });
    await send(other);
    expect(headersOf(smtp.mails[2] as ReceivedMail).get('references')).not.toBe(one?.get('references'));
  });

  it('has the same Message-ID on a second attempt, so that a duplicate can be known', async () => {
    const { smtp, config, send } = await desk();
    const draft = first(config);
    await send(draft);
    await send(draft, { attempts: 2, ambiguous: true });
    const [one, two] = smtp.mails.map((mail) => headersOf(mail).get('message-id'));
    expect(one).toBe(two);
  });

  it('goes to each recipient by itself, and tells each who else has it', async () => {
    const { smtp, config, send } = await desk({ to: 'Asha <asha@example.com>, ops@example.com, asha@example.com' });
    const rows = drafts(config);
    expect(rows.map(({ destination }) => destination)).toEqual(['email:asha@example.com', 'email:ops@example.com']);
    smtp.refusals.recipient = [550, '5.1.1 no such user'];
    const [one, two] = rows;
    if (!one || !two) throw new Error('two rows');
    expect(await send(one)).toMatchObject({ kind: 'rejected', scope: 'destination' });
    delete smtp.refusals.recipient;
    expect(await send(two)).toMatchObject({ kind: 'sent' });
    expect(smtp.mails.map(({ to }) => to)).toEqual([['ops@example.com']]);
    expect(headersOf(smtp.mails[0] as ReceivedMail).get('to')).toBe('asha@example.com, ops@example.com');
  });

  it('uses the receiver’s own headers, text and HTML, with values escaped in HTML alone', async () => {
    const own = {
      headers: new Map([
        ['Subject', 'ML {{ .CommonLabels.model_name }}'],
        ['X-Team', 'ml {{ .Status }}'],
        ['Reply-To', 'oncall@example.com'],
      ]),
      html: '<b>{{ .CommonLabels.model_name }}</b>',
      text: 'own: {{ .CommonLabels.model_name }}',
    };
    const { smtp, config, send } = await desk(own);
    const hostile = { ...GROUP.alerts[0], labels: Labels.of({ alertname: 'a', model_name: '<i>x</i>&' }) };
    await send(first(config, firing, { alerts: [hostile] } as never));
    const [mail] = smtp.mails;
    if (!mail) throw new Error('no mail');
    const headers = headersOf(mail);
    expect(headers.get('subject')).toBe('ML <i>x</i>&');
    expect(headers.get('x-team')).toBe('ml firing');
    expect(headers.get('reply-to')).toBe('oncall@example.com');
    expect(part(mail, 'text/html')).toContain('<b>&lt;i&gt;x&lt;/i&gt;&amp;</b>');
    expect(part(mail, 'text/plain')).toContain('own: <i>x</i>&');
  });

  it('goes out in our own words where a receiver’s template is broken', async () => {
    const broken = {
      headers: new Map([['Subject', '{{ .Nope.Nope }}']]),
      html: '{{ .Nope }}',
      text: '{{ template "gone" . }}',
    };
    const { smtp, sendFirst } = await desk(broken);
    expect(await sendFirst()).toMatchObject({ kind: 'sent' });
    expect(headersOf(smtp.mails[0] as ReceivedMail).get('subject')).toContain('fraud-detector');
    expect(smtp.mails[0]?.raw).toContain('ModelLatencyP99High');
  });

  it('lets no label value become a header, a recipient or markup', async () => {
    const evil = 'x\r\nBcc: thief@evil.example\r\n\r\n<script>alert(1)</script>';
    const { smtp, config, send } = await desk({
      headers: new Map([
        ['X-Model', '{{ .CommonLabels.model_name }}'],
        ['Bad\nName', 'x'],
        ['Bcc', 'thief@evil.example'],
      ]),
    });
    const hostile = { ...GROUP.alerts[0], labels: Labels.of({ alertname: evil, model_name: evil }) };
    const state = {
      ...firing,
      model: evil,
      alertName: evil,
      summary: evil,
      description: evil,
      runbookUrl: 'javascript:alert(1)',
    };
    await send(first(config, state, { alerts: [hostile], groupLabels: Labels.of({ alertname: evil }) } as never));
    const [mail] = smtp.mails;
    if (!mail) throw new Error('no mail');
    const names = [...headersOf(mail).keys()];
    expect(names).not.toContain('bcc');
    expect(names).not.toContain('bad');
    expect(mail.to).toEqual(['asha@example.com']);
    expect(part(mail, 'text/html')).not.toMatch(/<script|javascript:/);
  });

  it('says that it is acknowledged, or over, and keeps the extremes', async () => {
    const { smtp, config, send } = await desk();
    await send(first(config, acknowledged));
    await send(first(config, resolved));
    await send(first(config, noData));
    const [one, two, three] = smtp.mails.map((mail) => part(mail, 'text/plain'));
    expect(one).toContain('acknowledged by Asha');
    expect(two).toMatch(/Resolved after \d+ min/);
    expect(two).toContain('peak 530 ms');
    expect(two).not.toContain('/alert ack');
    expect(two).toContain('121 ms (limit 200 ms)');
    expect(three).toContain('not resolved');
    expect(three).toContain('last seen 412 ms > 200 ms');
  });
});

describe('what a mail server answers', () => {
  it.each([
    ['a full queue', 'connect', [421, '4.3.2 too many connections'], { kind: 'retry' }],
    ['a mailbox that is busy', 'recipient', [452, '4.2.2 try later'], { kind: 'retry' }],
    [
      'a grey list',
      'recipient',
      [450, '4.7.1 greylisted, try again in 300 seconds'],
      { kind: 'retry', afterMs: 300_000 },
    ],
    ['a grey list that names no time', 'recipient', [451, 'Greylisted'], { kind: 'retry', afterMs: 60_000 }],
    ['an unknown recipient', 'recipient', [550, '5.1.1 no such user'], { kind: 'rejected', scope: 'destination' }],
    ['a full mailbox', 'recipient', [552, '5.2.2 over quota'], { kind: 'rejected', scope: 'destination' }],
    ['a sender it does not take', 'from', [550, '5.7.1 not allowed'], { kind: 'rejected', scope: 'destination' }],
    [
      'a server that wants a login first',
      'from',
      [530, '5.7.0 authentication required'],
      { kind: 'rejected', scope: 'credentials' },
    ],
    ['a mail that is too large', 'data', [552, '5.3.4 too big'], { kind: 'rejected', scope: 'content' }],
    ['a mail taken for spam', 'data', [554, '5.7.1 spam'], { kind: 'rejected', scope: 'content' }],
    ['a disk that is full', 'data', [451, '4.3.0 disk full'], { kind: 'retry' }],
  ] as const)('%s', async (_, where, refusal, result) => {
    const { smtp, sendFirst } = await desk();
    Object.assign(smtp.refusals, { [where]: refusal });
    const answer = await sendFirst();
    expect(answer).toMatchObject(result);
    expect(answer).toMatchObject({ reason: expect.stringContaining(String(refusal[0])) });
    expect('ambiguous' in answer && answer.ambiguous).toBeFalsy();
    expect(smtp.mails).toEqual([]);
  });

  it('a wrong password: nothing more is tried with it, and it is in no reason', async () => {
    const { smtp, sendFirst } = await desk(
      { authUsername: 'bot', authPassword: { kind: 'inline', value: 'hunter2-secret' } },
      { disabledCommands: [], allowInsecureAuth: true },
    );
    smtp.refusals.auth = [535, '5.7.8 hunter2-secret is wrong'];
    const answer = await sendFirst();
    expect(answer).toMatchObject({ kind: 'rejected', scope: 'credentials' });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });

  it('a login that works right now not: later', async () => {
    const { smtp, sendFirst } = await desk(
      { authUsername: 'bot', authPassword: { kind: 'inline', value: 'right' } },
      { disabledCommands: [], allowInsecureAuth: true },
    );
    smtp.refusals.auth = [454, '4.7.0 temporary'];
    expect(await sendFirst()).toMatchObject({ kind: 'retry' });
    delete smtp.refusals.auth;
    expect(await sendFirst()).toMatchObject({ kind: 'sent' });
    expect(smtp.mails[0]?.user).toBe('bot');
  });

  it('a line that breaks after the whole mail went over may have taken effect; one before has not', async () => {
    const { smtp, sendFirst } = await desk();
    smtp.refusals.hangUpAfterData = true;
    expect(await sendFirst()).toMatchObject({ kind: 'retry', ambiguous: true });
    await smtp.close();
    closers.length = 0;
    const answer = await sendFirst();
    expect(answer).toMatchObject({ kind: 'retry' });
    expect('ambiguous' in answer && answer.ambiguous).toBe(false);
  });

  it('no answer at all ends with the signal, and may have taken effect', async () => {
    const { smtp, config, notifier } = await desk();
    smtp.refusals.silentAfterData = true;
    const controller = new AbortController();
    const attempt = notifier.send(entryOf(first(config)), controller.signal);
    while (smtp.mails.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(await attempt).toMatchObject({ kind: 'retry', ambiguous: true });
  });
});

describe('TLS on the way to the mail server', () => {
  it('is not begun where require_tls is off, whatever certificate the server has', async () => {
    const { smtp, sendFirst } = await desk({ requireTls: false, tls: { insecureSkipVerify: false } });
    expect(await sendFirst()).toMatchObject({ kind: 'sent' });
    expect(smtp.mails[0]?.secure).toBe(false);
  });

  it('is taken where the server offers it', async () => {
    const { smtp, sendFirst } = await desk({ requireTls: true });
    expect(await sendFirst()).toMatchObject({ kind: 'sent' });
    expect(smtp.mails[0]?.secure).toBe(true);
  });

  it('is insisted on where the configuration says so: no mail without it', async () => {
    const { smtp, sendFirst } = await desk(
      { requireTls: true },
      { hideSTARTTLS: true, disabledCommands: ['AUTH', 'STARTTLS'] },
    );
    expect(await sendFirst()).toMatchObject({ kind: 'retry' });
    expect(smtp.mails).toEqual([]);
  });

  it('with a certificate that nobody vouches for is no TLS', async () => {
    const { smtp, sendFirst } = await desk({ requireTls: true, tls: { insecureSkipVerify: false } });
    expect(await sendFirst()).toMatchObject({ kind: 'retry' });
    expect(smtp.mails).toEqual([]);
  });

  it('from the first byte, as on port 465', async () => {
    const { smtp, sendFirst } = await desk({ implicitTls: true }, { secure: true });
    expect(await sendFirst()).toMatchObject({ kind: 'sent' });
    expect(smtp.mails[0]?.secure).toBe(true);
  });

  it('guards the password: to a host that is not this machine none goes without it', async () => {
    const { config, send } = await desk({
      authUsername: 'bot',
      authPassword: { kind: 'inline', value: 'right' },
      smarthost: { host: 'mail.example', port: '25' },
    });
    expect(await send(first(config))).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('TLS') });
  });
});

describe('a mail that cannot be', () => {
  it('to what is no address is refused by name, not lost', async () => {
    const { config, send } = await desk({ to: 'nobody' });
    expect(await send(first(config))).toEqual({ kind: 'rejected', scope: 'destination', reason: 'not a mail address' });
  });

  it('is sent as plain text once its content was refused', async () => {
    const { smtp, config, send, notifier } = await desk();
    const draft = first(config);
    const plain = notifier.degrade?.(entryOf(draft));
    expect(plain).toBeDefined();
    expect(await send({ ...draft, payload: plain })).toMatchObject({ kind: 'sent' });
    expect(smtp.mails[0]?.raw).not.toContain('text/html');
    expect(notifier.degrade?.(entryOf({ ...draft, payload: plain }))).toBeUndefined();
  });

  it('waits for a password file that cannot be read', async () => {
    const { config, send } = await desk({ authUsername: 'bot', authPassword: { kind: 'file', path: '/nowhere' } });
    expect(await send(first(config))).toMatchObject({ kind: 'retry' });
  });
});
