import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Alert } from '../../src/alert/alert.ts';
import { alert, type Received, receiver } from '../notifiers/harness.ts';
import { pagerdutyStandIn } from '../notifiers/pagerduty-standin.ts';
import { smtpDesk } from '../notifiers/smtp-desk.ts';
import { MINUTE, startWorld, toMlAlerts, userFile, type World } from '../support/world.ts';

const KEY = 'R0UT1NGKEY0000000000000000ABCDEF';
const OWN = userFile('alertmanager.yml');

let world: World | undefined;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await world?.close();
  world = undefined;
  for (const close of closers.splice(0)) await close();
});

const CRITICAL = {
  alertname: 'ModelLatencyP99High',
  model_name: 'fraud-detector',
  environment: 'production',
  severity: 'critical',
};

async function recorder(status = 202): Promise<{ url: string; received: Received[] }> {
  const made = await receiver(() => ({ status }));
  closers.push(made.close);
  return made;
}

async function bot(alertmanager: unknown): Promise<World> {
  world = await startWorld({ config: { scrape_configs: [], alertmanager_config: alertmanager } });
  return world;
}

function fire(w: World, labels: Record<string, string>, annotations: Record<string, string> = {}): Alert {
  const fired = { ...alert(labels, { annotations, startsAt: w.clock.now() }), updatedAt: w.clock.now() };
  w.app.dispatcher.ingest([fired], w.clock.now());
  return fired;
}

function end(w: World, fired: Alert): void {
  w.app.dispatcher.ingest(
    [{ ...fired, updatedAt: w.clock.now(), condition: { kind: 'resolved', at: w.clock.now() } }],
    w.clock.now(),
  );
}

const said = (w: World, channel: string): string[] =>
  w.workspace.state.messages(channel).map((message) => `${message.text}\n${JSON.stringify(message.blocks)}`);
const acts = (received: readonly Received[]): string[] =>
  received.map(({ body }) => `${String(body['event_action'])} ${String(body['dedup_key'])}`);

/** The user's file with PagerDuty's address and key replaced, and nothing else. */
function usersFile(url: string): Record<string, unknown> {
  const file = parse(readFileSync(OWN ?? '', 'utf8')) as {
    global: Record<string, string>;
    receivers: { pagerduty_configs?: Record<string, string>[] }[];
  };
  file.global['pagerduty_url'] = url;
  for (const config of file.receivers.flatMap((one) => one.pagerduty_configs ?? [])) config['service_key'] = KEY;
  return file;
}

const TO = (channel: string, more: object = {}) => ({
  ...toMlAlerts(),
  receivers: [{ name: 'ml', slack_configs: [{ channel, ...more }] }],
});

const WITH_PAGERDUTY = (url: string, slack: object = {}) => ({
  ...TO('#ml-alerts', slack),
  global: { pagerduty_url: url },
  receivers: [...TO('#ml-alerts', slack).receivers, { name: 'elsewhere', pagerduty_configs: [{ routing_key: KEY }] }],
});

describe.runIf(OWN)("the user's own receivers", () => {
  it('page a P1 through PagerDuty and show it in Slack, and PagerDuty follows the card', async () => {
    const pagerduty = await recorder();
    const w = await bot(usersFile(pagerduty.url));
    const fired = fire(w, CRITICAL, {
      summary: 'P99 latency above 200ms',
      runbook_url: 'https://runbooks.internal/ml',
    });
    await w.pass(MINUTE);
    const key = 'fraud-detector-ModelLatencyP99High-production';
    expect(acts(pagerduty.received)).toEqual([`trigger ${key}`]);
    expect(pagerduty.received[0]?.body).toMatchObject({
      routing_key: KEY,
      payload: {
        summary: 'ModelLatencyP99High: P99 latency above 200ms',
        severity: 'critical',
        custom_details: { model: 'fraud-detector', runbook: 'https://runbooks.internal/ml', firing: '1' },
      },
    });
    const [card, ...others] = said(w, 'ml-alerts');
    expect(others).toEqual([]);
    expect(card).toContain('acknowledge');

    const [incident] = w.app.incidents.actions.list({ open: true }, w.clock.now());
    w.app.incidents.actions.acknowledge(incident?.id ?? '', { id: 'U1', name: 'Asha', via: 'slack' }, w.clock.now());
    await w.pass(MINUTE);
    end(w, fired);
    await w.pass(10 * MINUTE);
    expect(acts(pagerduty.received)).toEqual([`trigger ${key}`, `acknowledge ${key}`, `resolve ${key}`]);
  });

  it('link a later page to the card', async () => {
    const pagerduty = await recorder();
    const w = await bot(usersFile(pagerduty.url));
    fire(w, CRITICAL);
    await w.pass(2 * MINUTE);
    fire(w, { ...CRITICAL, region: 'eu-west-1' });
    await w.pass(10 * MINUTE);
    const links = pagerduty.received.at(-1)?.body['links'] as { href: string; text: string }[];
    expect(links[0]?.href).toMatch(/^https:\/\/slack\.com\/archives\/C\w+\/p\d+$/);
  });

  it('say their own text and lead where their own buttons lead, on the card of their channel', async () => {
    const pagerduty = await recorder();
    const w = await bot(usersFile(pagerduty.url));
    fire(
      w,
      { alertname: 'FeatureNullRateHigh', model_name: 'fraud-detector', severity: 'warning' },
      {
        summary: 'Null rate high',
        description: 'Null rate of amount is 12 % & rising <!channel>',
        runbook_url: 'https://runbooks.internal/null',
      },
    );
    await w.pass(3 * MINUTE);
    const [card] = said(w, 'ml-alerts-warnings');
    expect(card).toContain('Null rate of amount is 12 % &amp; rising &lt;!channel&gt;');
    expect(card).toContain('"url":"https://runbooks.internal/null"');
    expect(card).toContain('"url":"https://grafana.internal/d/ml-models"');
    expect(card).toContain('"action_id":"acknowledge"');
  });

  it.each([
    ['an Events API v2', { v2: [KEY] }, 'v2'],
    ['an Events API v1', { v1: [KEY] }, 'v1'],
  ] as const)('deliver with nothing but keys and addresses replaced, to %s integration', async (_, keys, api) => {
    const pagerduty = await pagerdutyStandIn(keys);
    closers.push(() => pagerduty.close());
    const file = usersFile(`${pagerduty.url}/v2/enqueue`) as { global: Record<string, string> };
    file.global['slack_api_url'] = 'http://127.0.0.1:9/services/unused';
    const w = await bot(file);
    const page = fire(w, CRITICAL, {
      summary: 'P99 latency above 200ms & <rising>',
      runbook_url: 'https://r.internal/p',
    });
    fire(
      w,
      { alertname: 'FeatureNullRateHigh', model_name: 'eta-model', severity: 'warning' },
      { description: 'Nulls: 12 % of <!here> & more', runbook_url: 'https://r.internal/null' },
    );
    fire(
      w,
      { alertname: 'ModelRetrained', model_name: 'eta-model', severity: 'info' },
      { summary: 'v12 is live, *not* <@U01ASHA>' },
    );
    await w.pass(3 * MINUTE);
    const id = `${KEY} fraud-detector-ModelLatencyP99High-production`;
    expect([...pagerduty.incidents]).toEqual([[id, 'triggered']]);
    const body = pagerduty.calls.at(-1)?.body ?? {};
    const words = api === 'v2' ? (body['payload'] as Record<string, unknown>)['summary'] : body['description'];
    // Outside Slack nothing is escaped.
    expect(words).toBe('ModelLatencyP99High: P99 latency above 200ms & <rising>');
    const [warning, ...noMore] = said(w, 'ml-alerts-warnings');
    expect(noMore).toEqual([]);
    expect(warning).toContain('FeatureNullRateHigh');
    expect(warning).toContain('Nulls: 12 % of &lt;!here&gt; &amp; more');
    expect(warning).toContain('"url":"https://r.internal/null"');
    expect(warning).toContain('"url":"https://grafana.internal/d/ml-models"');
    const [info, ...others] = said(w, 'ml-alerts-info');
    expect(others).toEqual([]);
    expect(info).toContain('ModelRetrained');
    expect(info).toContain('v12 is live, *not* &lt;@U01ASHA&gt;');
    end(w, page);
    await w.pass(10 * MINUTE);
    expect([...pagerduty.incidents]).toEqual([[id, 'resolved']]);
    expect(pagerduty.dropped).toEqual([]);
    expect(w.complaints.filter((line) => line.includes('undeliverable'))).toEqual([]);
  });

  it('are a card in the fallback channel while their key is a placeholder', async () => {
    world = await startWorld({ config: { scrape_configs: [], alertmanager_config: OWN } });
    fire(world, CRITICAL);
    await world.pass(MINUTE);
    expect(said(world, 'ml-alerts')).toHaveLength(1);
  });
});

describe("a receiver's own words", () => {
  it('stand as they are written, and what they are filled with can mention nobody', async () => {
    const w = await bot(
      TO('#ml-alerts', {
        title: ':fire: *{{ .GroupLabels.alertname }}*',
        text: 'Runbook: <{{ .CommonAnnotations.runbook_url }}|here>, owner {{ "<!subteam^S1>" }}, note {{ .CommonAnnotations.note }}',
        actions: [
          { type: 'button', text: 'Logs', url: 'https://logs.example/{{ .GroupLabels.model_name | urlquery }}' },
        ],
      }),
    );
    fire(w, CRITICAL, { runbook_url: 'https://runbooks.internal/a?b=1&c=_2_', note: '<!here> *x*' });
    await w.pass(MINUTE);
    const [card] = said(w, 'ml-alerts');
    expect(card).toContain(':fire: *ModelLatencyP99High*');
    expect(card).toContain('<https://runbooks.internal/a?b=1&amp;c=_2_|here>, owner <!subteam^S1>, note &lt;!here&gt;');
    expect(card).toContain('<https://logs.example/fraud-detector|Logs>');
  });

  it('that are broken cost nobody the alert', async () => {
    const pagerduty = await recorder();
    const w = await bot({
      ...TO('#ml-alerts', { text: '{{ template "nowhere" . }}' }),
      global: { pagerduty_url: pagerduty.url },
      receivers: [
        {
          name: 'ml',
          slack_configs: [{ channel: '#ml-alerts', text: '{{ template "nowhere" . }}' }],
          pagerduty_configs: [
            { routing_key: KEY, description: '{{ .Nonsense }}', details: { team: '{{ .CommonLabels.severity }}' } },
          ],
        },
      ],
    });
    fire(w, CRITICAL);
    await w.pass(MINUTE);
    expect(said(w, 'ml-alerts')).toHaveLength(1);
    expect(pagerduty.received[0]?.body).toMatchObject({
      payload: { summary: '[CRITICAL] ModelLatencyP99High: fraud-detector', custom_details: { team: 'critical' } },
    });
    expect(w.complaints.filter((line) => line.includes('a template is broken'))).toHaveLength(2);
  });
});

describe('what cannot be delivered', () => {
  it('is posted, with its buttons, in the fallback channel, which also hears why', async () => {
    const w = await bot(TO('#nowhere'));
    fire(w, CRITICAL);
    await w.pass(5 * MINUTE);
    const messages = said(w, 'ml-alerts');
    expect(messages.filter((text) => text.includes('"action_id":"acknowledge"'))).toHaveLength(1);
    expect(messages.filter((text) => text.includes('#nowhere') && text.includes('channel_not_found'))).toHaveLength(1);
  });

  it('for PagerDuty is said in Slack', async () => {
    const pagerduty = await recorder(400);
    const w = await bot({
      ...WITH_PAGERDUTY(pagerduty.url),
      route: { ...TO('').route, receiver: 'elsewhere' },
    });
    fire(w, CRITICAL);
    await w.pass(5 * MINUTE);
    const [told] = said(w, 'ml-alerts').filter((text) => text.includes('was not reached'));
    expect(told).toContain('pagerduty:elsewhere/0');
    expect(told).toContain('ModelLatencyP99High');
  });

  it('because Slack refuses our token is told by PagerDuty once, and ended there when Slack works again', async () => {
    const pagerduty = await recorder();
    const w = await bot(WITH_PAGERDUTY(pagerduty.url));
    w.workspace.faults.add({ method: 'chat.postMessage', kind: 'ok_false', error: 'token_revoked', times: 3 });
    fire(w, { ...CRITICAL, severity: 'warning' });
    await w.pass(MINUTE);
    expect(acts(pagerduty.received)).toEqual(['trigger watchroom-slack-credentials']);
    expect(pagerduty.received[0]?.body['payload']).toMatchObject({
      summary: expect.stringContaining('cannot speak in Slack: token_revoked') as string,
    });
    expect(w.app.health().find(({ part }) => part === 'delivery')?.ok).toBe(false);
    await w.pass(30 * MINUTE);
    expect(said(w, 'ml-alerts')).toHaveLength(1);
    expect(acts(pagerduty.received)).toEqual([
      'trigger watchroom-slack-credentials',
      'resolve watchroom-slack-credentials',
    ]);
    expect(w.app.health().find(({ part }) => part === 'delivery')?.ok).toBe(true);
  });

  it('within two minutes, a P1, goes through an incoming webhook where the receiver has one', async () => {
    const hook = await recorder(200);
    const w = await bot(TO('#ml-alerts', { api_url: `${hook.url}/services/T1/B1/secret` }));
    w.workspace.faults.add({ method: 'chat.postMessage', kind: 'ok_false', error: 'token_revoked', times: 1000 });
    fire(w, CRITICAL);
    await w.pass(4 * MINUTE);
    expect(hook.received).toHaveLength(1);
    expect(hook.received[0]?.body['text']).toMatch(
      /^:warning: \*#ml-alerts\* was not reached: .*token_revoked\nP1 fraud-detector/,
    );
    expect(w.complaints.join()).not.toContain('/services/T1/B1/secret');
  });

  it('within two minutes, a P1, goes to PagerDuty as well, and its end too', async () => {
    const pagerduty = await recorder();
    const w = await bot(WITH_PAGERDUTY(pagerduty.url));
    w.workspace.faults.add({ method: 'chat.postMessage', kind: 'http500', times: 1000 });
    const fired = fire(w, CRITICAL);
    await w.pass(90_000);
    expect(pagerduty.received).toEqual([]);
    await w.pass(90_000);
    expect(acts(pagerduty.received)).toEqual(['trigger fraud-detector-ModelLatencyP99High-production']);
    w.workspace.faults.clear();
    end(w, fired);
    await w.pass(5 * MINUTE);
    expect(acts(pagerduty.received).at(-1)).toBe('resolve fraud-detector-ModelLatencyP99High-production');
  });
});

describe('a card whose first post was answered by nothing, where the history may not be read', () => {
  const cardsIn = (w: World) =>
    w.workspace.state.messages('ml-alerts').filter(({ blocks }) => JSON.stringify(blocks).includes('"acknowledge"'));

  it('stands twice at most, is in the audit trail as ambiguous, and the living one is closed by the end', async () => {
    const w = await bot(TO('#ml-alerts'));
    w.workspace.faults.add({ method: 'chat.postMessage', channel: '#ml-alerts', kind: 'accepted_then_dropped' });
    w.workspace.faults.add({ method: 'conversations.history', kind: 'ok_false', error: 'missing_scope', times: 1000 });
    const fired = fire(w, CRITICAL);
    await w.pass(3 * MINUTE);
    const [first, second, ...more] = cardsIn(w);
    expect(second).toBeDefined();
    expect(more).toEqual([]);
    const trail = [...w.app.audit.lines()].map((line) => JSON.parse(line) as { action: string; after?: object });
    expect(trail.filter(({ action }) => action === 'delivery.ambiguous')).toEqual([
      expect.objectContaining({ after: expect.objectContaining({ kind: 'slack.card', priority: 'P1' }) as object }),
    ]);

    // Whoever presses a button on the copy acts on the incident, and the copy leads to the card from then on.
    const act = await w.workspace.act.click('U01ALICE', {
      channel: 'ml-alerts',
      ts: first?.ts ?? '',
      actionId: 'acknowledge',
    });
    expect(act.ok).toBe(true);
    await w.pass(MINUTE);
    expect(w.app.incidents.actions.list({ open: true }, w.clock.now())[0]?.state).toBe('acknowledged');
    await expect.poll(() => w.workspace.state.messages('ml-alerts')[0]?.text).toContain('Posted twice');
    const texts = w.workspace.state.messages('ml-alerts').map(({ text }) => text);
    expect(texts.filter((text) => text.includes('Posted twice'))).toHaveLength(1);
    expect(texts[1]).toContain('acknowledged');

    end(w, fired);
    await w.pass(5 * MINUTE);
    const living = w.workspace.state.messages('ml-alerts').find(({ ts }) => ts === second?.ts);
    expect(living?.text).toMatch(/^Resolved/);
  });

  it('is left alone where the button stands on the living card', async () => {
    const w = await bot(TO('#ml-alerts'));
    fire(w, CRITICAL);
    await w.pass(MINUTE);
    const [card] = cardsIn(w);
    await w.workspace.act.click('U01ALICE', { channel: 'ml-alerts', ts: card?.ts ?? '', actionId: 'acknowledge' });
    await w.pass(MINUTE);
    expect(w.workspace.state.messages('ml-alerts')[0]?.text).not.toContain('Posted twice');
  });
});

describe('a channel that Slack limits for an hour', () => {
  const LIMIT = { method: 'chat.postMessage', channel: '#busy', kind: '429', retryAfter: 3600 } as const;
  const cards = (w: World, channel: string): string[] =>
    said(w, channel).filter((text) => text.includes('"action_id":"acknowledge"'));

  it('has its P1 on a card in the fallback channel after two minutes, and its own an hour later', async () => {
    const w = await bot({ ...TO('#busy') });
    w.workspace.faults.add(LIMIT);
    fire(w, CRITICAL);
    await w.pass(MINUTE);
    expect(cards(w, 'ml-alerts')).toEqual([]);
    await w.pass(2 * MINUTE);
    expect(cards(w, 'ml-alerts')).toHaveLength(1);
    expect(said(w, 'ml-alerts').filter((text) => text.includes('not delivered for two minutes'))).toHaveLength(1);
    const asked = w.workspace.state.calls('chat.postMessage').filter(({ request }) => request['channel'] === '#busy');
    expect(asked).toHaveLength(1);
    await w.pass(60 * MINUTE);
    const again = w.workspace.state.calls('chat.postMessage').filter(({ request }) => request['channel'] === '#busy');
    expect(again).toHaveLength(2);
  });

  it('has its P1 paged instead where there is a pager', async () => {
    const pagerduty = await recorder();
    const w = await bot({ ...WITH_PAGERDUTY(pagerduty.url), route: { ...TO('').route } });
    w.workspace.faults.add({ ...LIMIT, channel: '#ml-alerts' });
    fire(w, CRITICAL);
    await w.pass(3 * MINUTE);
    expect(acts(pagerduty.received)).toEqual(['trigger fraud-detector-ModelLatencyP99High-production']);
  });
});

describe('a mail server that refuses our password', () => {
  it('is named in the operations channel at once, and again when it takes it; its mail waits for that', async () => {
    const desk = await smtpDesk({ disabledCommands: [], allowInsecureAuth: true });
    closers.push(() => desk.close());
    desk.refusals.auth = [535, '5.7.8 authentication failed'];
    const mail = {
      to: 'asha@example.com',
      from: 'watchroom@example.com',
      smarthost: `127.0.0.1:${desk.port}`,
      auth_username: 'watchroom',
      auth_password: 'wrong-password',
      require_tls: false,
    };
    const w = await bot({ ...TO('#ml-alerts'), receivers: [{ name: 'ml', email_configs: [mail] }] });
    fire(w, { ...CRITICAL, severity: 'warning' });
    await w.pass(MINUTE);
    const [told, ...more] = said(w, 'watchroom').filter((text) => text.includes('email:ml/0'));
    expect(told).toContain('535 5.7.8 authentication failed');
    expect(told).not.toContain('wrong-password');
    expect(more).toEqual([]);
    expect(desk.mails).toEqual([]);
    delete desk.refusals.auth;
    await w.pass(5 * MINUTE);
    expect(desk.mails).toHaveLength(1);
    expect(said(w, 'watchroom').filter((text) => text.includes('takes our credentials again'))).toHaveLength(1);
  });
});

describe('what nobody can be told of', () => {
  it('makes the bot unready until something gets through again', async () => {
    const w = await bot(TO('#ml-alerts'));
    w.workspace.faults.add({ method: 'chat.postMessage', kind: 'http500', times: 1000 });
    fire(w, CRITICAL);
    await w.pass(MINUTE);
    const delivery = () => w.app.health().find(({ part }) => part === 'delivery');
    expect(delivery()?.ok).toBe(true);
    await w.pass(2 * MINUTE);
    expect(delivery()).toMatchObject({ ok: false, detail: expect.stringContaining('nobody could be told') as string });
    w.workspace.faults.clear();
    await w.pass(5 * MINUTE);
    expect(said(w, 'ml-alerts')).toHaveLength(1);
    expect(delivery()?.ok).toBe(true);
  });

  it('is not taken for told where PagerDuty took no trigger, and Slack is not there to be told', async () => {
    const pagerduty = await recorder(403);
    const receivers = [{ name: 'ml', pagerduty_configs: [{ routing_key: 'R0K', url: pagerduty.url }] }];
    world = await startWorld({
      config: { slack: null, scrape_configs: [], alertmanager_config: { route: TO('').route, receivers } },
    });
    fire(world, CRITICAL);
    await world.pass(3 * MINUTE);
    expect(pagerduty.received.length).toBeGreaterThan(0);
    const delivery = world.app.health().find(({ part }) => part === 'delivery');
    expect(delivery).toMatchObject({ ok: false, detail: expect.stringContaining('nobody could be told') as string });
  });

  it('goes to a webhook where PagerDuty has only a key that nobody filled in: that has told nobody', async () => {
    const webhook = await recorder();
    const routing_key = '<PD_SERVICE_KEY>';
    const receivers = [
      { name: 'ml', slack_configs: [{ channel: '#ml-alerts' }], pagerduty_configs: [{ routing_key }] },
      { name: 'elsewhere', webhook_configs: [{ url: webhook.url }] },
    ];
    const w = await bot({ ...TO('#ml-alerts'), receivers });
    w.workspace.faults.add({ method: 'chat.postMessage', kind: 'http500', times: 1000 });
    fire(w, CRITICAL);
    await w.pass(3 * MINUTE);
    const log = w.app.health().find(({ part }) => part === 'delivery');
    expect(log?.ok).toBe(true);
    expect(JSON.stringify(webhook)).toContain('WatchroomUndelivered');
  });
});

describe('Socket Mode that stays away', () => {
  it('is told to the operators after two minutes, who hear of its return; alerts are posted meanwhile', async () => {
    const w = await bot(TO('#ml-alerts'));
    w.workspace.faults.add({ method: 'apps.connections.open', kind: 'ok_false', error: 'internal_error', times: 1000 });
    w.workspace.faults.add({ kind: 'ws_drop' });
    await w.workspace.until(() => w.workspace.connections() === 0);
    await expect.poll(() => w.app.health().find(({ part }) => part === 'slack')?.ok).toBe(false);
    await w.pass(MINUTE);
    expect(said(w, 'watchroom')).toEqual([]);
    fire(w, CRITICAL);
    await w.pass(2 * MINUTE);
    expect(said(w, 'ml-alerts')).toHaveLength(1);
    expect(said(w, 'watchroom').filter((text) => text.includes('have not reached Watchroom for 2 min'))).toHaveLength(
      1,
    );
    await w.pass(30 * MINUTE);
    expect(said(w, 'watchroom')).toHaveLength(1);
    w.workspace.faults.clear();
    await w.workspace.until(() => w.workspace.connections() > 0, 30_000);
    await expect.poll(() => w.app.health().find(({ part }) => part === 'slack')?.ok).toBe(true);
    await w.pass(MINUTE);
    expect(said(w, 'watchroom').filter((text) => text.includes('reach Watchroom again'))).toHaveLength(1);
  }, 60_000);
});

describe('stopping', () => {
  it('begins no send more, and the next process sends what is left', async () => {
    const w = await bot(TO('#ml-alerts'));
    w.app.stopSending();
    fire(w, CRITICAL);
    await w.pass(MINUTE);
    expect(said(w, 'ml-alerts')).toEqual([]);
  });
});
