import { describe, expect, it, onTestFinished } from 'vitest';
import { command, done, firstCard, publicly } from '../support/hands-on.ts';
import { MINUTE, startWorld, type World } from '../support/world.ts';

const ASHA = 'U01ALICE';
const BILAL = 'U02BOB';
const CONFIG = {
  // Availability brings the Watchdog, which always fires and is nobody's incident.
  rule_files: ['rules/latency.rules.yml', 'rules/availability.rules.yml'],
  runbooks: { dir: 'runbooks' },
  alertmanager_config: {
    route: {
      ...{ receiver: 'ml', group_by: ['alertname', 'model_name'], group_wait: '10s', group_interval: '30s' },
      routes: [{ matchers: ['alertname="Watchdog"'], receiver: 'nobody' }],
    },
    receivers: [{ name: 'nobody' }, { name: 'ml', slack_configs: [{ channel: '#ml-alerts', send_resolved: true }] }],
  },
};

/** One slow model, its card in #ml-alerts. */
async function slowModel(): Promise<World> {
  const world = await startWorld({ config: CONFIG });
  onTestFinished(() => world.close());
  await world.pass(10 * MINUTE);
  world.fleet.setFault('fraud-detector', 'latency', true);
  while (world.workspace.state.messages('ml-alerts').length === 0) await world.pass(30_000);
  return world;
}

/** What the person alone is told after an act. */
async function answered(w: World, user: string, act: () => Promise<void>): Promise<{ ts: string; all: string }> {
  const before = w.workspace.state.ephemerals(user).length;
  await act();
  const said = await w.workspace.until((state) => state.ephemerals(user)[before]);
  return { ts: said.ts, all: JSON.stringify(said.blocks) };
}

/** Presses a button in the channel, on the first message that has it, or on a tab or form that is given. */
async function pressFirst(
  w: World,
  user: string,
  actionId: string,
  on: object = firstWith(w, actionId),
): Promise<void> {
  await done(w, w.workspace.act.click(user, { actionId, ...on }));
}

function firstWith(w: World, actionId: string): { channel: string; ts: string } {
  const found = w.workspace.state
    .messages('ml-alerts')
    .find(({ blocks }) => JSON.stringify(blocks).includes(`"${actionId}"`));
  if (!found) throw new Error(`no message offers ${actionId}`);
  return { channel: found.channel, ts: found.ts };
}

const channel = (w: World): string => publicly(w).join('\n');

describe('what people do, in the whole bot', { timeout: 120_000 }, () => {
  it('a silence says how much it hides, also what fires already', async () => {
    const w = await slowModel();
    await command(w, ASHA, '/alert silence ModelLatencyP99High 2h rolling back');
    expect(channel(w)).toContain('Hides 1 open alert on 1 model: fraud-detector');
    expect(channel(w)).toContain('“rolling back”');
  });

  it('a silence ends once: a second Undo tells the one who pressed it, not the channel', async () => {
    const w = await slowModel();
    await command(w, ASHA, '/alert silence ModelLatencyP99High 2h');
    const list = await answered(w, BILAL, () => command(w, BILAL, '/alert silences'));
    const end = (): Promise<void> => pressFirst(w, BILAL, 'unsilence', { channel: 'C01ML', ts: list.ts });
    await end();
    await w.workspace.until(() => channel(w).includes('ended the silence of'));
    const told = channel(w);
    expect((await answered(w, BILAL, end)).all).toContain('had ended already');
    const typed = await answered(w, BILAL, () => command(w, BILAL, '/alert unsilence ModelLatencyP99High'));
    expect(typed.all).toContain('No silence');
    expect(channel(w)).toBe(told);
  });

  it('what was closed in vain comes back as nobody’s: it can be acknowledged again', async () => {
    const w = await slowModel();
    await pressFirst(w, ASHA, 'acknowledge');
    const question = await answered(w, ASHA, () => pressFirst(w, ASHA, 'resolve'));
    expect(question.all).toMatch(/Still p99 latency \d+ ms &gt; 200 ms\.".*opens again and pages/);
    await pressFirst(w, ASHA, 'resolve_anyway', { channel: 'C01ML', ts: question.ts });
    expect(firstCard(w)).toContain('🟤 Closed by hand');
    await w.pass(6 * MINUTE);
    expect(firstCard(w)).toContain('🔴 P1');
    expect(firstCard(w)).not.toContain('*Acknowledged*');
    expect(firstCard(w)).not.toMatch(/closed by [UW][A-Z0-9]{5}/);
    await pressFirst(w, BILAL, 'acknowledge');
    expect(firstCard(w)).toContain(`*Acknowledged* by <@${BILAL}>`);
  });

  it('a name that fits several incidents is answered with those, each with its button', async () => {
    const w = await slowModel();
    w.fleet.setFault('eta-model', 'latency', true);
    await w.pass(15 * MINUTE);
    const asked = async (line: string): Promise<string> => (await answered(w, ASHA, () => command(w, ASHA, line))).all;
    const both = await asked('/alert ack modellatencyp99high');
    expect(both).toContain('2 open incidents');
    expect(both.split('"action_id":"acknowledge"')).toHaveLength(3);
    expect(await asked('/alert ack eta-model')).toContain('1 open incident');
    expect(await asked('/alert resolve eta-modle')).toContain('Did you mean `eta-model`?');
  });

  it('the home tab changes under the finger that presses its button, and sends no message about it', async () => {
    const w = await slowModel();
    w.workspace.act.openHome(ASHA);
    await w.workspace.until((state) => state.home(ASHA));
    const messages = w.workspace.state.dms(ASHA).length;
    await pressFirst(w, ASHA, 'acknowledge', { surface: 'home' });
    await w.workspace.until((state) => JSON.stringify(state.home(ASHA)).includes('acknowledged by'));
    expect(w.workspace.state.dms(ASHA)).toHaveLength(messages);
    await command(w, ASHA, '/alert silence ModelLatencyP99High 2h');
    await pressFirst(w, ASHA, 'home_silences', { surface: 'home' });
    await w.workspace.until((state) => JSON.stringify(state.views(ASHA)).includes('1 silence'));
    await pressFirst(w, ASHA, 'unsilence', { surface: 'modal' });
    await w.workspace.until((state) => JSON.stringify(state.views(ASHA)).includes('Nothing is silenced'));
  });

  it('the runbook names the model in the commands that are copied from it', async () => {
    const w = await slowModel();
    await pressFirst(w, ASHA, 'runbook');
    const modal = JSON.stringify(await w.workspace.until((state) => state.views(ASHA).at(-1)));
    expect(modal).toContain('kubectl rollout undo deploy/fraud-detector-server');
    expect(modal).not.toContain('$MODEL');
  });

  it('a slash command that was sent as words, as one has to in a thread, is understood', async () => {
    const w = await slowModel();
    w.workspace.act.message(ASHA, '@watchroom', '/alert list');
    await w.workspace.until((state) => state.dms(ASHA).some(({ text }) => text.includes('1 open incident')));
  });

  it('silences from the shortcut by choosing a name, because nobody types one on a phone', async () => {
    const w = await slowModel();
    await done(w, w.workspace.act.shortcut(ASHA, 'silence_alert'));
    const modal = JSON.stringify(await w.workspace.until((state) => state.views(ASHA).at(-1)));
    expect(modal).toContain('"initial_option":{"text":{"type":"plain_text","text":"ModelLatencyP99High"');
    const values = { 'name/value': 'ModelLatencyP99High', 'duration/value': '2h' };
    await done(w, w.workspace.act.submitView(ASHA, { values }));
    await w.workspace.until(() => channel(w).includes('Hides 1 open alert'));
  });
});
