import { describe, expect, it, onTestFinished } from 'vitest';
import { pressOn, say } from '../support/hands-on.ts';
import { ASHA, BILAL, directMessages, TEAM } from '../support/on-call-world.ts';
import { mailDesk, webDesk } from '../support/outside-desk.ts';
import { MINUTE, startWorld, type World } from '../support/world.ts';

/** Asha has Slack, a phone, and is among those whom the receiver writes to. */
async function start(answer: 201 | 400 = 201) {
  const { smtp, global } = await mailDesk();
  const twilio = await webDesk(answer);
  const world = await startWorld({
    slackOnClock: true,
    users: TEAM,
    config: {
      scrape_configs: [],
      external_url: 'http://watchroom.example:9095',
      directory: { phones: { 'asha@example.com': '+919812345678' } },
      notifiers: {
        twilio: { account_sid: 'AC1', auth_token: 'secret-token', from: '+15005550006', api_url: twilio.url },
      },
      alertmanager_config: {
        global,
        route: { receiver: 'ml', group_by: ['alertname'] },
        receivers: [
          {
            name: 'ml',
            slack_configs: [{ channel: '#ml-alerts' }],
            email_configs: [{ to: 'Asha <asha@example.com>, bilal@example.com' }],
          },
        ],
      },
    },
  });
  onTestFinished(() => world.close());
  await world.settle();
  const texts = (): string[] => twilio.calls.map(({ text }) => decodeURIComponent(text.replaceAll('+', ' ')));
  return { world, smtp, texts };
}

const shown = (world: World): string => JSON.stringify(world.workspace.state.ephemerals(ASHA).at(-1)?.blocks);

/** Answers beside one way in the list that the person alone sees. */
async function answerInList(world: World, actionId: string, way: string): Promise<void> {
  const before = shown(world);
  const list = world.workspace.state.ephemerals(ASHA).at(-1);
  await pressOn(world, ASHA, list, actionId, { blockId: `path_test:${way}` });
  await world.workspace.until(() => shown(world) !== before || undefined);
}

describe('a test page to oneself', { timeout: 60_000 }, () => {
  it('goes out on every way that leads to the person, unmistakably a test, and to nobody else', async () => {
    const { world, smtp, texts } = await start();
    const list = await say(world, ASHA, '/oncall test');
    for (const name of ['Slack message', 'Text message', 'E-mail']) expect(list).toContain(`*${name}* · did it ring?`);
    const messages = directMessages(world);
    expect(messages.map(({ user }) => user)).toEqual([ASHA]);
    expect(messages[0]?.text).toBe('TEST page for you alone: nothing is wrong');
    expect(texts()).toHaveLength(1);
    expect(texts()[0]).toContain('To=+919812345678');
    expect(texts()[0]).toContain('TEST from Watchroom, for you alone');
    expect(smtp.mails.map(({ to }) => to)).toEqual([['asha@example.com']]);
    expect(smtp.mails[0]?.raw).toContain('Subject: TEST from Watchroom, for you alone: nothing is wrong');
    expect(smtp.mails[0]?.raw).not.toContain('bilal');
    expect(world.workspace.state.messages('ml-alerts')).toEqual([]);
    expect(world.app.incidents.actions.list({ open: false }, world.clock.now())).toEqual([]);
    expect(world.app.onCall.answers.workloadOf(ASHA, world.clock.now()).pages).toBe(0);
    expect(world.complaints).toEqual([]);
  });

  it('keeps per way whether it rang, with advice where it did not, and shows it in me', async () => {
    const { world } = await start();
    expect(await say(world, ASHA, '/oncall me')).toContain('Slack message to you: never tested');
    await say(world, ASHA, '/oncall test');
    await answerInList(world, 'path_rang', '1');
    await answerInList(world, 'path_silent', '2');
    expect(shown(world)).toContain('🟢 *Slack message* · it rang');
    expect(shown(world)).toContain('🔴 *Text message* · it did not ring');
    expect(shown(world)).toContain('directory.phones');
    expect(shown(world)).toContain('*E-mail* · did it ring?');
    const me = await say(world, ASHA, '/oncall me');
    expect(me).toContain('🟢 Slack message to you: rang ');
    expect(me).toContain('🔴 Text message to you: did not ring ');
    expect(me).toMatch(/E-mail to you: tested .*not answered/);
    // Nobody else learns it.
    expect(await say(world, BILAL, '/oncall me')).not.toContain('rang');
    const rows = [...world.app.audit.lines()].map((line) => JSON.parse(line) as { action: string });
    expect(rows.map(({ action }) => action)).toEqual(['oncall.test', 'oncall.test_answer', 'oncall.test_answer']);
  });

  it('can be answered on the test message itself, and not by anybody else', async () => {
    const { world } = await start();
    await say(world, ASHA, '/oncall test');
    const [message] = directMessages(world, [ASHA]);
    await pressOn(world, ASHA, message, 'path_rang');
    await world.workspace.until(() => directMessages(world, [ASHA])[0]?.text === 'TEST: noted' || undefined);
    expect(directMessages(world, [ASHA])[0]?.blocks).toContain('it rang');
    const now = world.clock.now();
    expect(await say(world, ASHA, '/oncall test')).toContain('less than a minute ago');
    expect(now).toBeLessThan(world.clock.now());
    await world.pass(MINUTE);
    expect(await say(world, ASHA, '/oncall test')).toContain('did it ring?');
  });

  it('that cannot be delivered is told to its owner alone', async () => {
    const { world } = await start(400);
    await say(world, ASHA, '/oncall test');
    await world.pass(MINUTE);
    expect(world.workspace.state.messages('ml-alerts')).toEqual([]);
    expect(world.workspace.state.messages('watchroom')).toEqual([]);
    expect(await say(world, ASHA, '/oncall me')).toContain('🔴 Text message to you: was not delivered ');
  });
});
