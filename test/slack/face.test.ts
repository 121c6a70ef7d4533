import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SlackWorld } from './slack-world.ts';
import { slackWorld } from './slack-world.ts';

let slack: SlackWorld;

beforeAll(async () => {
  slack = await slackWorld();
  slack.app.start();
  await slack.workspace.until(() => slack.workspace.connections() > 0);
});

afterAll(() => slack.close());

const ASHA = 'U01ASHA';
const CHANNEL = 'C01ML';

/** What the person was told in private since the last look. */
let seen = 0;
async function privately(): Promise<string> {
  const ephemerals = await slack.workspace.until((state) => {
    const all = state.ephemerals(ASHA);
    return all.length > seen ? all : undefined;
  });
  const fresh = ephemerals.slice(seen);
  seen = ephemerals.length;
  return JSON.stringify(fresh.map((message) => message.blocks ?? message.text));
}

async function alert(text: string): Promise<void> {
  expect(await slack.workspace.act.command(ASHA, CHANNEL, `/alert ${text}`)).toMatchObject({ ok: true });
}

const card = (ts: string): string =>
  JSON.stringify(slack.workspace.state.messages(CHANNEL).find((message) => message.ts === ts)?.blocks ?? []);

const modal = (): string => JSON.stringify(slack.workspace.state.views(ASHA).at(-1)?.blocks ?? []);

let incidentId = '';
let ts = '';

beforeEach(async () => {
  seen = slack.workspace.state.ephemerals(ASHA).length;
  ({ incidentId, ts } = await slack.fire());
});

describe('buttons', () => {
  it('acknowledge: the card says who, and drops the button', async () => {
    expect(card(ts)).toContain('🔴 P1 · fraud-detector');
    await slack.workspace.act.click(ASHA, { channel: CHANNEL, ts, actionId: 'acknowledge' });
    await slack.pump();
    expect(card(ts)).toContain('🟠 Acknowledged');
    expect(card(ts)).toContain(`*Acknowledged* by <@${ASHA}>`);
    expect(card(ts)).not.toContain('"action_id":"acknowledge"');
  });

  it('a redelivered click changes nothing the second time', async () => {
    slack.workspace.faults.add({ kind: 'dup_envelope' });
    const before = slack.incidents.audit.length;
    await slack.workspace.act.click(ASHA, { channel: CHANNEL, ts, actionId: 'acknowledge' });
    await slack.workspace.settled();
    expect(slack.incidents.audit.length).toBe(before + 1);
    expect(slack.workspace.state.ephemerals(ASHA).length).toBe(seen);
  });

  it('resolve while the condition holds asks first, and "anyway" is never green', async () => {
    await slack.workspace.act.click(ASHA, { channel: CHANNEL, ts, actionId: 'resolve' });
    expect(await privately()).toContain('412 ms > 200 ms'.replace('>', '&gt;'));
    const question = slack.workspace.state.ephemerals(ASHA).at(-1);
    expect(JSON.stringify(question?.blocks)).toContain('silence_until_clear');
    await slack.workspace.act.click(ASHA, { channel: CHANNEL, ts: question?.ts ?? '', actionId: 'resolve_anyway' });
    await slack.pump();
    expect(card(ts)).toContain('🟤 Closed by hand');
    expect(card(ts)).toContain('condition still true');
    expect(card(ts)).not.toContain('🟢');
  });

  it('silence from the menu tells the thread who, how many and until when, with Undo', async () => {
    await slack.workspace.act.click(ASHA, { channel: CHANNEL, ts, actionId: 'silence', value: '2 h' });
    const notice = await slack.workspace.until((state) =>
      state.thread(CHANNEL, ts).find((message) => message.text.includes('silenced')),
    );
    expect(JSON.stringify(notice.blocks)).toContain('Hides 1 open alert on 1 model: fraud-detector');
    expect(JSON.stringify(notice.blocks)).toContain('"action_id":"unsilence"');
    await slack.workspace.act.click(ASHA, { channel: CHANNEL, ts: notice.ts, actionId: 'unsilence' });
    await slack.workspace.until((state) =>
      state.thread(CHANNEL, ts).some((message) => message.text.includes('ended the silence')),
    );
  });

  it('custom silence opens a form that shows what it would hide before anybody confirms', async () => {
    const before = slack.incidents.silences.size;
    await slack.workspace.act.click(ASHA, { channel: CHANNEL, ts, actionId: 'silence', value: 'custom…' });
    await slack.workspace.until((state) => state.views(ASHA).length > 0);
    const shown = modal();
    expect(shown).toContain('*Hides now:* 1 open alert of 1 group');
    expect(shown).toContain('7 notifications of 4 incidents (2 acknowledged, 1 true positive)');
    expect(slack.incidents.silences.size).toBe(before);
    const wrong = await slack.workspace.act.submitView(ASHA, { values: { 'duration/silence_preview': '2h30' } });
    expect(wrong).toMatchObject({
      ok: false,
      error: 'view_errors',
      errors: { duration: expect.stringContaining('2h') },
    });
    const right = await slack.workspace.act.submitView(ASHA, { values: { 'duration/silence_preview': '45 min' } });
    expect(right).toMatchObject({ ok: true });
    expect([...slack.incidents.silences.values()].at(-1)).toMatchObject({ createdBy: ASHA });
  });

  it('false positive acknowledges, offers a silence, and can be undone', async () => {
    await slack.workspace.act.click(ASHA, { channel: CHANNEL, ts, actionId: 'false_positive' });
    expect(await privately()).toContain('silence_until_clear');
    await slack.pump();
    expect(card(ts)).toContain('Undo false positive');
    expect(slack.incidents.store.incident(incidentId)?.state.kind).toBe('acknowledged');
    await slack.workspace.act.click(ASHA, { channel: CHANNEL, ts, actionId: 'undo_verdict' });
    await slack.pump();
    expect(card(ts)).toContain('🔴 P1');
  });

  it('the verdict is asked once it is over, and can be changed', async () => {
    slack.deps.actions.resolve(incidentId, { id: ASHA, name: 'Asha', via: 'slack' }, slack.incidents.clock.now(), true);
    await slack.pump();
    await slack.workspace.act.click(ASHA, { channel: CHANNEL, ts, actionId: 'true_positive' });
    await slack.pump();
    expect(card(ts)).toContain('*True positive*, says <@U01ASHA>');
    await slack.workspace.act.click(ASHA, { channel: CHANNEL, ts, actionId: 'undo_verdict' });
    await slack.pump();
    expect(card(ts)).toContain('"action_id":"true_positive"');
  });

  it('👀 acknowledges', async () => {
    slack.workspace.act.react(ASHA, CHANNEL, ts, 'eyes');
    await slack.workspace.settled();
    expect(slack.incidents.store.incident(incidentId)?.state.kind).toBe('acknowledged');
  });

  it('another emoji does not', async () => {
    slack.workspace.act.react(ASHA, CHANNEL, ts, 'tada');
    await slack.workspace.settled();
    expect(slack.incidents.store.incident(incidentId)?.state.kind).toBe('triggered');
  });
});

describe('slash commands', () => {
  it('list shows what is open, to the asker alone', async () => {
    const before = slack.workspace.state.messages(CHANNEL).length;
    await alert('list');
    const told = await privately();
    expect(told).toContain('1 open incident');
    expect(told).toContain('fraud-detector');
    expect(slack.workspace.state.messages(CHANNEL).length).toBe(before);
  });

  it('silence by name says in the channel who hides how many models until when, with Undo', async () => {
    await alert('silence ModelLatencyP99High 2h rolling back');
    const notice = await slack.workspace.until((state) =>
      state.messages(CHANNEL).find((message) => JSON.stringify(message.blocks).includes('rolling back')),
    );
    const text = JSON.stringify(notice.blocks);
    expect(text).toContain('<@U01ASHA> silenced *ModelLatencyP99High*');
    expect(text).toContain('(2 h)');
    expect(text).toContain('on 1 model: fraud-detector');
    expect(text).toContain('Undo');
  });

  it.each([
    ['silence ModelLatncyP99High 2h', 'Did you mean ModelLatencyP99High?'],
    ['silence ModelLatencyP99High -2h', 'is not a duration'],
    ['silence ModelLatencyP99High 1000y', 'is not a duration'],
    ['silence model_name=~“(” 2h', 'regular expression'],
    ['silence model_name=~".*" 2h', 'hide everything'],
    ['acknowlege x', 'Did you mean `/alert acknowledge`?'],
    ['xyzzy', '`/alert help` lists what there is'],
    ['ack nonsense', 'Nothing open is called “nonsense”'],
    ['ack MODELlatencyp99hi', 'Did you mean `ModelLatencyP99High`?'],
    ['resolve nonsense', 'Nothing open is called “nonsense”'],
    ['show nonsense', 'Nothing open is called'],
    ['HELP\u00a0', '/alert silence NAME'],
    ['', '/alert silence NAME'],
    ['health', 'Everything works'],
    ['silences', ''],
    ['runbook', 'Which runbook?'],
    ['runbook model-latency-hgh', 'Did you mean `model-latency-high`?'],
    ['runbook model-latency-high', 'First look'],
    ['digest', 'No digest is kept here'],
    ['why ModelLatencyP99High', 'above the limit'],
    ['<!channel> <@U1> &lt;!here&gt;', 'There is no /alert'],
  ])('%s is answered in private', async (text, expected) => {
    const silences = slack.incidents.silences.size;
    await alert(text);
    const told = await privately();
    expect(told).toContain(expected);
    expect(told).not.toMatch(/<!(?:channel|here)/);
    expect(slack.incidents.silences.size).toBe(silences);
  });

  it('ack by a prefix of the id and by alert name', async () => {
    await alert(`ack ${incidentId.slice(0, Math.max(4, incidentId.length - 1))}`);
    expect(await privately()).toContain('Acknowledged');
    await alert('ack ModelLatencyP99High');
    expect(await privately()).toContain('Already acknowledged');
  });

  it('oncall who names the person and until when', async () => {
    await slack.workspace.act.command(ASHA, CHANNEL, '/oncall who');
    expect(await privately()).toContain('*primary*  <@U01ASHA>');
  });

  it('works as a mention in a thread, where slash commands do not run', async () => {
    slack.workspace.act.message(ASHA, CHANNEL, '<@U00WATCHROOM> ack ModelLatencyP99High', { threadTs: ts });
    await slack.workspace.settled();
    expect(slack.incidents.store.incident(incidentId)?.state.kind).toBe('acknowledged');
    expect(await privately()).toContain('Acknowledged');
  });
});

describe('elsewhere', () => {
  it('the App Home shows what is open and who is on call', async () => {
    slack.workspace.act.openHome(ASHA);
    const home = await slack.workspace.until((state) => state.home(ASHA));
    const text = JSON.stringify(home);
    expect(text).toContain('1 open incident');
    expect(text).toContain('primary');
  });

  it('the runbook opens in a modal, without leaving Slack', async () => {
    await slack.workspace.act.click(ASHA, { channel: CHANNEL, ts, actionId: 'runbook' });
    await slack.workspace.until((state) => JSON.stringify(state.views(ASHA)).includes('First look'));
    await slack.workspace.act.closeView(ASHA, { all: true });
  });

  it('the shortcut lists open incidents where slash commands cannot be typed', async () => {
    await slack.workspace.act.shortcut(ASHA, 'open_incidents');
    await slack.workspace.until((state) => JSON.stringify(state.views(ASHA)).includes('Open incidents'));
  });

  it('a message shortcut acknowledges a card and refuses any other message', async () => {
    await slack.workspace.act.shortcut(ASHA, 'acknowledge_message', { channel: CHANNEL, ts });
    expect(slack.incidents.store.incident(incidentId)?.state.kind).toBe('acknowledged');
    expect(await privately()).toContain('Acknowledged');
    const other = slack.workspace.act.message(ASHA, CHANNEL, 'hello');
    await slack.workspace.act.shortcut(ASHA, 'acknowledge_message', { channel: CHANNEL, ts: other });
    expect(await privately()).toContain('not an incident');
  });

  it('Slack refused nothing that we sent, and every method is covered by the scopes asked for', () => {
    const refused = slack.workspace.state.refused().map((entry) => `${entry.name} ${JSON.stringify(entry)}`);
    expect(refused).toEqual([]);
  });
});
