import { describe, expect, it, onTestFinished } from 'vitest';
import type { SmtpDesk } from '../notifiers/smtp-desk.ts';
import { tellSlow } from '../support/alerts.ts';
import { mailDesk, webDesk } from '../support/outside-desk.ts';
import { MINUTE, startWorld, type World } from '../support/world.ts';

const PERSON = 'night@example.com';
/** What a ticket system says to a new issue; nobody else reads it. */
const outside = () => webDesk(201, { number: 7, html_url: 'https://github.example/7' });

async function start(more: Readonly<Record<string, unknown>> = {}) {
  const { smtp, global } = await mailDesk();
  const net = await outside();
  const world = await startWorld({
    slackOnClock: true,
    config: {
      scrape_configs: [],
      external_url: 'http://watchroom.example:9095',
      alertmanager_config: {
        global,
        route: {
          receiver: 'everybody',
          group_by: ['alertname', 'model_name'],
          group_wait: '10s',
          group_interval: '1m',
        },
        receivers: [
          {
            name: 'everybody',
            slack_configs: [{ channel: '#ml-alerts' }],
            email_configs: [{ to: 'ml@example.com', send_resolved: true }],
            msteamsv2_configs: [{ webhook_url: `${net.url}/teams` }],
          },
        ],
      },
      ...more,
    },
  });
  onTestFinished(() => world.close());
  await world.settle();
  return { world, smtp, net };
}

function slow(world: World, severity: 'critical' | 'warning', resolved = false): void {
  const annotations = {
    summary: 'Model fraud-detector P99 latency above 200ms',
    runbook_url: 'https://wiki.example/runbooks/latency',
    dashboard_url: 'https://grafana.example/d/fraud',
  };
  tellSlow(world, 'fraud-detector', severity, { annotations, resolved });
}

const plainOf = (smtp: SmtpDesk, nth: number): string => smtp.mails[nth]?.raw.replaceAll('=\r\n', '') ?? '';

describe('beside Slack', { timeout: 60_000 }, () => {
  it('the same alert goes by mail and to Teams, with who is told, and both hear of the end in one thread', async () => {
    const { world, smtp, net } = await start();
    slow(world, 'warning');
    await world.pass(11_000);
    expect(smtp.mails).toHaveLength(1);
    for (const words of ['fraud-detector', '412 ms', 'wiki.example/runbooks/latency', 'image/png'])
      expect(plainOf(smtp, 0)).toContain(words);
    expect(net.to('/teams')).toHaveLength(1);
    expect(net.to('/teams')[0]?.text).toContain('412 ms > 200 ms');
    expect(world.workspace.state.messages('ml-alerts')).toHaveLength(1);
    slow(world, 'warning', true);
    await world.pass(2 * MINUTE);
    expect(smtp.mails).toHaveLength(2);
    expect(plainOf(smtp, 1)).toMatch(/Resolved after/);
    const thread = (nth: number): string | undefined => /^References: (.*)\r$/m.exec(plainOf(smtp, nth))?.[1];
    expect(thread(0)).toBeDefined();
    expect(thread(1)).toBe(thread(0));
    expect(net.to('/teams').at(-1)?.text).toContain('Resolved');
  });

  it('who has no Slack account is paged by text message, once per level', async () => {
    const net = await outside();
    const { world } = await start({
      notifiers: { twilio: { account_sid: 'AC1', auth_token: 'secret-token', from: '+15005550006', api_url: net.url } },
      directory: { phones: { [PERSON]: '+919812345678' } },
      paging: [{ matchers: ['priority="P1"'], escalation_policy: 'night' }],
      escalation_policies: [
        {
          name: 'night',
          num_loops: 1,
          rules: [{ escalation_delay_in_minutes: 30, targets: [{ type: 'user_reference', id: PERSON }] }],
        },
      ],
    });
    slow(world, 'critical');
    await world.pass(30_000);
    const messages = net.to('/Messages.json').map(({ text }) => new URLSearchParams(text));
    expect(messages.map((form) => form.get('To'))).toEqual(['+919812345678']);
    expect(messages[0]?.get('Body')).toMatch(/^P1 fraud-detector prod: .*412 ms > 200 ms/);
  });

  it('PagerDuty shows the trend and who else is told', async () => {
    const net = await outside();
    const { world } = await start({
      alertmanager_config: {
        route: { receiver: 'pagerduty', group_by: ['alertname'], group_wait: '10s' },
        receivers: [
          { name: 'pagerduty', pagerduty_configs: [{ routing_key: 'k'.repeat(32), url: `${net.url}/v2/enqueue` }] },
        ],
      },
      paging: [{ matchers: ['priority="P1"'], escalation_policy: 'night' }],
      escalation_policies: [
        {
          name: 'night',
          rules: [{ escalation_delay_in_minutes: 30, targets: [{ type: 'user_reference', id: PERSON }] }],
        },
      ],
    });
    slow(world, 'critical');
    await world.pass(11_000);
    const event = JSON.parse(net.to('/v2/enqueue')[0]?.text ?? '{}') as { payload?: { custom_details?: object } };
    expect(event.payload?.custom_details).toMatchObject({
      trend: expect.stringMatching(/^[▁▂▃▄▅▆▇█ ]+ last hour$/),
      escalation: expect.stringContaining('night'),
    });
  });

  it('an incident has one ticket, opened when it opens, with a word at its end', async () => {
    const net = await outside();
    const { world } = await start({
      notifiers: { ticket: { kind: 'github', url: net.url, project: 'acme/ml', token: 'ghp-secret' } },
    });
    slow(world, 'warning');
    await world.pass(11_000);
    slow(world, 'warning');
    await world.pass(5 * MINUTE);
    expect(net.to('/repos/acme/ml/issues')).toHaveLength(1);
    expect(net.calls[0]?.text).toContain('412 ms');
    slow(world, 'warning', true);
    await world.pass(2 * MINUTE);
    expect(net.to('/issues/7/comments').map(({ text }) => text)).toEqual([expect.stringContaining('Resolved after')]);
  });

  it('the numbers of `send` hear of what opens and matches, and of nothing else', async () => {
    const net = await outside();
    const send = [{ matchers: ['priority="P1"'], to: ['+919812345678'] }];
    const { world } = await start({
      notifiers: {
        twilio: { account_sid: 'AC1', auth_token: 't-secret', from: '+15005550006', api_url: net.url, send },
      },
    });
    slow(world, 'warning');
    await world.pass(11_000);
    expect(net.calls).toEqual([]);
    slow(world, 'critical');
    await world.pass(MINUTE + 11_000);
    expect(net.to('/Messages.json')).toHaveLength(1);
  });

  it('a chart stands in the thread of the card where charts are wanted, and never instead of it', async () => {
    const { world } = await start({ slack: { charts: 'png' } });
    slow(world, 'warning');
    await world.pass(20_000);
    const [card] = world.workspace.state.messages('ml-alerts');
    const [, picture, ...more] = world.workspace.state.thread('ml-alerts', card?.ts ?? '');
    expect(card?.text).toContain('412 ms');
    expect(picture?.files).toHaveLength(1);
    expect(more).toEqual([]);
    expect(world.workspace.state.refused()).toEqual([]);
  });

  it('a mail that its server refuses for good is told in Slack, by name and once', async () => {
    const { world, smtp } = await start();
    smtp.refusals.recipient = [550, '5.1.1 no such user'];
    slow(world, 'warning');
    await world.pass(MINUTE);
    const texts = world.workspace.state.messages('ml-alerts').map(({ text }) => text);
    const told = texts.filter((text) => text.includes('email:ml@example.com'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('550');
    expect(told[0]).toContain('fraud-detector');
  });

  it('a mail that is greylisted comes with the second attempt, once', async () => {
    const { world, smtp } = await start();
    smtp.refusals.recipient = [450, '4.7.1 greylisted, try again in 60 seconds'];
    slow(world, 'warning');
    await world.pass(30_000);
    delete smtp.refusals.recipient;
    await world.pass(5 * MINUTE);
    expect(smtp.mails).toHaveLength(1);
  });

  it('a P1 whose card and mail cannot be delivered is told by Teams, with what it is about', async () => {
    const { world, smtp, net } = await start();
    smtp.refusals.recipient = [550, '5.1.1 no such user'];
    world.workspace.faults.add({ method: 'chat.postMessage', kind: 'ok_false', error: 'channel_not_found', times: 50 });
    slow(world, 'critical');
    await world.pass(MINUTE);
    expect(net.to('/teams').some(({ text }) => /was not reached/.test(text) && text.includes('412 ms'))).toBe(true);
  });
});
