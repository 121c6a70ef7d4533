import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { SecretSource } from '../../src/delivery/go-scalars.ts';
import { PLAIN_HTTP } from '../../src/delivery/http-config.ts';
import type { WebhookConfig } from '../../src/delivery/receiver.ts';
import { createNotifiers } from '../../src/notifiers/index.ts';
import { createWebhook, webhookDraft } from '../../src/notifiers/webhook.ts';
import { type WebhookMessage, webhookMessage, webhookText } from '../../src/notifiers/webhook-message.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { AT, alert, entryOf, notification, receiver } from './harness.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const OPTIONS = { externalUrl: 'http://watchroom.example', maxAlerts: 0 };
const GROUP = notification('webhook', [
  alert({ alertname: 'HighLatency', model_name: 'fraud', severity: 'critical' }, { annotations: { summary: 'slow' } }),
  alert(
    { alertname: 'HighLatency', model_name: 'search', severity: 'critical' },
    { annotations: { summary: 'slow' }, condition: { kind: 'resolved', at: AT } },
  ),
]);

async function desk(
  answer: Parameters<typeof receiver>[0],
  http: Partial<WebhookConfig['http']> = {},
  signingSecret?: SecretSource,
) {
  const hook = await receiver(answer);
  closers.push(hook.close);
  const state: { config: WebhookConfig | undefined } = {
    config: {
      url: { kind: 'inline', value: `${hook.url}/hook/s3cr3t` },
      maxAlerts: 0,
      http: { ...PLAIN_HTTP, ...http },
    },
  };
  const notifier = createWebhook({
    configOf: () => state.config,
    secret: (source) => {
      if (source.kind === 'file') throw new Error('ENOENT');
      return source.value;
    },
    ...(signingSecret ? { signingSecret } : {}),
    wire: new ManualClock(AT),
  });
  const send = () =>
    notifier.send(entryOf(webhookDraft(GROUP, { ...OPTIONS, priority: 'P1' })), new AbortController().signal);
  return { hook, state, send, notifier };
}

describe('the webhook message', () => {
  it('is Alertmanager’s version 4, field by field', () => {
    expect(JSON.parse(JSON.stringify(webhookMessage(GROUP, OPTIONS)))).toEqual({
      receiver: 'ml-critical',
      status: 'firing',
      alerts: [
        {
          status: 'firing',
          labels: { alertname: 'HighLatency', model_name: 'fraud', severity: 'critical' },
          annotations: { summary: 'slow' },
          startsAt: '2026-11-20T05:22:00.000Z',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: 'http://prometheus.example:9090/graph?g0.expr=up',
          fingerprint: GROUP.alerts[0]?.fingerprint,
        },
        {
          status: 'resolved',
          labels: { alertname: 'HighLatency', model_name: 'search', severity: 'critical' },
          annotations: { summary: 'slow' },
          startsAt: '2026-11-20T05:22:00.000Z',
          endsAt: '2026-11-20T05:32:00.000Z',
          generatorURL: 'http://prometheus.example:9090/graph?g0.expr=up',
          fingerprint: GROUP.alerts[1]?.fingerprint,
        },
      ],
      groupLabels: { alertname: 'HighLatency' },
      commonLabels: { alertname: 'HighLatency', severity: 'critical' },
      commonAnnotations: { summary: 'slow' },
      externalURL: 'http://watchroom.example',
      version: '4',
      groupKey: '{}/{severity="critical"}:{alertname="HighLatency"}',
      truncatedAlerts: 0,
    });
  });

  it('calls an alert without data firing, and one whose sender fell silent resolved, as Alertmanager would', () => {
    const group = notification('webhook', [
      alert({ alertname: 'a' }, { condition: { kind: 'no_data', since: AT } }),
      alert({ alertname: 'b' }, { condition: { kind: 'sender_silent', at: AT } }),
    ]);
    expect(webhookMessage(group, OPTIONS).alerts.map((one) => one.status)).toEqual(['firing', 'resolved']);
  });

  it('counts what max_alerts leaves out, on top of what routing left out', () => {
    const message = webhookMessage({ ...GROUP, truncatedAlerts: 5 }, { ...OPTIONS, maxAlerts: 1 });
    expect(message.alerts).toHaveLength(1);
    expect(message.truncatedAlerts).toBe(6);
    expect(message.commonLabels).toEqual({ alertname: 'HighLatency', model_name: 'fraud', severity: 'critical' });
  });

  it('does not let one huge group block its destination', () => {
    const many = Array.from({ length: 1000 }, (_, i) =>
      alert({ alertname: 'a', i: `${i}` }, { annotations: { text: 'x'.repeat(16_000) } }),
    );
    const text = webhookText(notification('webhook', many), OPTIONS);
    const message = JSON.parse(text) as WebhookMessage;
    expect(text.length).toBeLessThan(5 * 1024 * 1024);
    expect(message.alerts.length + message.truncatedAlerts).toBe(1000);
    expect(message.alerts.length).toBeGreaterThan(200);
  });

  it('keeps hostile label names as ordinary labels', () => {
    const text = JSON.stringify(
      webhookMessage(
        notification('webhook', [alert({ alertname: 'a', ['__proto__']: 'x', constructor: 'y' })]),
        OPTIONS,
      ),
    );
    expect(text).toContain('"constructor":"y"');
  });
});

describe('calling a webhook', () => {
  it('posts the message with the same idempotency key on every attempt', async () => {
    const { hook, send } = await desk((nth) => ({ status: nth === 1 ? 500 : 204 }));
    expect((await send()).kind).toBe('retry');
    expect((await send()).kind).toBe('sent');
    expect(hook.received[0]?.body).toMatchObject({ version: '4', receiver: 'ml-critical' });
    expect(hook.received.map((one) => one.headers['idempotency-key'])).toEqual([
      '01JROWIDROWIDROWIDROWIDROW',
      '01JROWIDROWIDROWIDROWIDROW',
    ]);
    expect(hook.received[0]?.headers['content-type']).toBe('application/json');
  });

  it('signs the body and the time where a secret is configured', async () => {
    const { hook, send } = await desk(() => ({ status: 200 }), {}, { kind: 'inline', value: 'sign-me' });
    await send();
    const t = Math.floor(AT / 1000);
    const text = hook.received[0]?.text ?? '';
    const expected = createHmac('sha256', 'sign-me').update(`${t}.${text}`).digest('hex');
    expect(hook.received[0]?.headers['x-watchroom-signature']).toBe(`t=${t},v1=${expected}`);
  });

  it('authenticates as http_config says', async () => {
    const bearer = await desk(() => ({ status: 200 }), {
      authorization: { type: 'Bearer', credentials: { kind: 'inline', value: 'tok' } },
      headers: new Map([['X-Team', [{ kind: 'inline', value: 'ml' }]]]),
    });
    await bearer.send();
    expect(bearer.hook.received[0]?.headers).toMatchObject({ authorization: 'Bearer tok', 'x-team': 'ml' });
    const basic = await desk(() => ({ status: 200 }), {
      basicAuth: { username: { kind: 'inline', value: 'me' }, password: { kind: 'inline', value: 'pw' } },
    });
    await basic.send();
    expect(basic.hook.received[0]?.headers['authorization']).toBe(`Basic ${Buffer.from('me:pw').toString('base64')}`);
  });

  it('tells a broken place from a broken message', async () => {
    const scopes: [number, string][] = [];
    for (const status of [301, 400, 401, 403, 404, 410, 413, 422]) {
      const { send } = await desk(() => ({ status }));
      const result = await send();
      scopes.push([status, result.kind === 'rejected' ? result.scope : result.kind]);
    }
    expect(scopes).toEqual([
      [301, 'destination'],
      [400, 'content'],
      [401, 'destination'],
      [403, 'destination'],
      [404, 'destination'],
      [410, 'destination'],
      [413, 'content'],
      [422, 'content'],
    ]);
  });

  it('shows no part of the address, though the other side repeats it', async () => {
    const { send } = await desk(() => ({ status: 404, body: 'no handler for /hook/s3cr3t here' }));
    const result = await send();
    expect(result).toEqual({
      kind: 'rejected',
      scope: 'destination',
      reason: 'HTTP 404: no handler for <secret> here',
    });
  });

  it('never calls a placeholder, an integration that is gone, or a secret it cannot read', async () => {
    const { hook, state, send } = await desk(() => ({ status: 200 }));
    const real = state.config;
    if (!real) throw new Error('no configuration');
    state.config = {
      ...real,
      url: { kind: 'inline', value: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX' },
    };
    expect(await send()).toMatchObject({ kind: 'rejected', scope: 'destination' });
    state.config = { ...real, url: { kind: 'file', path: '/nowhere' } };
    expect((await send()).kind).toBe('retry');
    state.config = undefined;
    expect(await send()).toMatchObject({ kind: 'rejected', scope: 'destination' });
    expect(hook.received).toEqual([]);
  });
});

describe('the registry', () => {
  it('names every way to tell somebody that is not Slack', () => {
    const common = { configOf: () => undefined, config: () => undefined, secret: () => '', wire: new ManualClock(AT) };
    const triggers = { place: () => undefined, remember: () => undefined, forget: () => undefined };
    const tickets = { ticket: () => undefined, remember: () => undefined };
    const dependencies = {
      pagerduty: { ...common, book: triggers },
      webhook: common,
      email: common,
      msteams: common,
      sms: common,
      ticket: { ...common, book: tickets },
    };
    expect(createNotifiers(dependencies).map(({ kind }) => kind)).toEqual([
      'pagerduty',
      'webhook',
      'email',
      'msteams',
      'sms',
      'ticket',
    ]);
  });
});
