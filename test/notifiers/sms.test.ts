import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createSms, LONGEST_SMS, smsDraft } from '../../src/notifiers/sms.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { AT, entryOf } from './harness.ts';

const TOKEN = 'auth-token-0123456789';
const PAGE = 'P1 fraud-detector prod: p99 412 ms > 200 ms for 6 min. You are first; Bilal at 03:12 IST';
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Twilio as far as we use it: checks the account, wants a form, answers as it does. */
async function twilio(status = 201, body = '{"sid":"SM1","status":"queued"}') {
  const messages: { path: string; auth: string; form: URLSearchParams }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const auth = Buffer.from((request.headers.authorization ?? '').slice(6), 'base64').toString();
      messages.push({ path: request.url ?? '', auth, form: new URLSearchParams(text) });
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = (to = '+919812345678', from = '+15005550006', text = PAGE) =>
    createSms({
      config: () => ({ accountSid: 'AC123', authToken: { kind: 'inline', value: TOKEN }, from, apiUrl }),
      secret: (source) => (source.kind === 'inline' ? source.value : ''),
      wire: new ManualClock(AT),
    }).send(
      entryOf(smsDraft({ to, person: 'asha', text, incidentId: 'inc_1' }, { priority: 'P1', causedAt: AT })),
      new AbortController().signal,
    );
  return { messages, send };
}

describe('a text message', () => {
  it('says what a lock screen says, to the number of the person who is paged', async () => {
    const { messages, send } = await twilio();
    expect(await send()).toMatchObject({ kind: 'sent' });
    const [message] = messages;
    expect(message?.path).toBe('/2010-04-01/Accounts/AC123/Messages.json');
    expect(message?.auth).toBe(`AC123:${TOKEN}`);
    expect(Object.fromEntries(message?.form ?? [])).toEqual({ To: '+919812345678', From: '+15005550006', Body: PAGE });
  });

  it('comes from a messaging service where one is named', async () => {
    const { messages, send } = await twilio();
    await send('+919812345678', 'MG0123456789abcdef');
    expect(messages[0]?.form.get('MessagingServiceSid')).toBe('MG0123456789abcdef');
    expect(messages[0]?.form.has('From')).toBe(false);
  });

  it('is one line of at most two segments, whatever the alert is called', async () => {
    const { messages, send } = await twilio();
    await send('+919812345678', '+15005550006', `P1\r\n${'x'.repeat(5000)}\u202e`);
    const said = messages[0]?.form.get('Body') ?? '';
    expect(said.length).toBeLessThanOrEqual(LONGEST_SMS);
    expect(said).not.toMatch(/[\r\n\u202e]/);
  });

  it.each([
    [
      400,
      '{"code":21211,"message":"The \'To\' number +919812345678 is not a valid phone number"}',
      { kind: 'rejected', scope: 'destination' },
    ],
    [401, '{"code":20003,"message":"Authenticate"}', { kind: 'rejected', scope: 'credentials' }],
    [404, '', { kind: 'rejected', scope: 'destination' }],
    [429, '{"code":20429}', { kind: 'retry' }],
    [500, '', { kind: 'retry' }],
    [503, '', { kind: 'retry' }],
  ] as const)('HTTP %i is read as what it is, and the number stays private', async (status, body, result) => {
    const { send } = await twilio(status, body);
    const answer = await send();
    expect(answer).toMatchObject(result);
    expect(JSON.stringify(answer)).not.toContain('9812345678');
  });

  it.each(['9812345678', '+91 98123', 'asha', '+0123456789', ''])('goes to no %j', async (to) => {
    const { messages, send } = await twilio();
    expect(await send(to)).toMatchObject({ kind: 'rejected', scope: 'destination' });
    expect(messages).toEqual([]);
  });

  it('is named by its person in notices, not by the number', () => {
    const draft = smsDraft(
      { to: '+919812345678', person: 'U01ASHA', text: PAGE, incidentId: 'inc_1' },
      { priority: 'P1', causedAt: AT },
    );
    expect(draft.destination).toBe('sms:U01ASHA');
  });
});
