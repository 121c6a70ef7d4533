import { describe, expect, it, onTestFinished } from 'vitest';
import { tell } from '../support/alerts.ts';
import { command } from '../support/hands-on.ts';
import { ASHA, TEAM } from '../support/on-call-world.ts';
import { runLine } from '../support/terminal.ts';
import { MINUTE, startWorld, toMlAlerts, type World } from '../support/world.ts';

const ACTOR = { id: ASHA, name: 'Asha', via: 'slack' } as const;

async function start(groupBy: readonly string[] = ['alertname', 'model_name']): Promise<World> {
  const world = await startWorld({
    users: TEAM,
    slackOnClock: true,
    config: {
      scrape_configs: [],
      alertmanager_config: toMlAlerts({ group_by: groupBy }),
    },
  });
  onTestFinished(() => world.close());
  await world.settle();
  return world;
}

async function fire(w: World, labels: Record<string, string>, resolved = false): Promise<void> {
  tell(w, { alertname: 'ModelSlow', severity: 'warning', ...labels }, { resolved });
  await w.pass(2 * MINUTE);
}

/** Three incidents, one of them acknowledged and found real, one only acknowledged; then one alert of each of two models. */
async function aWeek(w: World): Promise<void> {
  for (const [round, model] of ['fraud', 'fraud', 'search'].entries()) {
    await fire(w, { model_name: model });
    const [open] = w.app.incidents.actions.list({ open: true }, w.clock.now());
    if (round < 2) w.app.incidents.actions.acknowledge(open?.id ?? '', ACTOR, w.clock.now());
    await fire(w, { model_name: model }, true);
    if (round === 0) w.app.incidents.actions.verdict(open?.id ?? '', 'true_positive', ACTOR, w.clock.now());
  }
  await fire(w, { model_name: 'fraud' });
  await fire(w, { model_name: 'fraud', feature: 'b' });
  await fire(w, { model_name: 'search' });
}

const modal = (w: World): string => JSON.stringify(w.workspace.state.views(ASHA).at(-1)?.blocks ?? []);
const shows = (w: World, text: string) => w.workspace.until(() => (modal(w).includes(text) ? true : undefined));
const silences = (w: World) => w.app.silences.list(w.clock.now());
const channel = (w: World): string =>
  JSON.stringify(w.workspace.state.messages('ml-alerts').map(({ blocks }) => blocks));

async function type(w: World, blockId: string, value: string): Promise<void> {
  const target = { surface: 'modal', actionId: 'silence_preview', blockId, value } as const;
  expect(await w.workspace.act.click(ASHA, target)).toMatchObject({ ok: true });
}

describe('before a silence is made', { timeout: 60_000 }, () => {
  it('its form says what it hides now, by group, and what it would have hidden last week', async () => {
    const w = await start();
    await aWeek(w);
    await command(w, ASHA, '/alert silence ModelSlow');
    await shows(w, '*Hides now:* 3 open alerts of 2 groups');
    expect(modal(w)).toContain('• ModelSlow fraud × 2\\n• ModelSlow search');
    expect(modal(w)).toContain('6 notifications of 5 incidents (2 acknowledged, 1 true positive)');
    expect(silences(w)).toEqual([]);
  });

  it('the form follows what is typed, and says what is wrong with it', async () => {
    const w = await start();
    await aWeek(w);
    await command(w, ASHA, '/alert silence --preview ModelSlow 4h rolling back');
    await shows(w, '(4 h)');
    await type(w, 'what', 'model_name="search"');
    await shows(w, '*Hides now:* 1 open alert of 1 group');
    expect(modal(w)).toContain('2 notifications of 2 incidents (none acknowledged)');
    await type(w, 'duration', 'until resolved');
    await shows(w, 'until resolved for 10 min, at most');
    await type(w, 'what', 'model_name=~"("');
    await shows(w, 'regular expression');
    await type(w, 'what', 'model_name=~".*"');
    await shows(w, 'hide everything');
    await type(w, 'what', 'model_name="nobody"');
    await shows(w, '*Hides now:* nothing');
    expect(await w.workspace.act.submitView(ASHA, { values: {} })).toMatchObject({ ok: true });
    expect(silences(w)).toMatchObject([{ comment: 'rolling back', end: { kind: 'resolved' }, hides: 0 }]);
    await w.workspace.until(() => (channel(w).includes('rolling back') ? true : undefined));
  });

  it('is not made of words whose preview nobody has seen: the form comes back with it once', async () => {
    const w = await start();
    await aWeek(w);
    await command(w, ASHA, '/alert silence');
    await shows(w, '*Hides now:*');
    await w.workspace.act.closeView(ASHA);
    await command(w, ASHA, '/alert silence ModelSlow');
    await shows(w, '3 open alerts');
    const unseen = { values: { 'what/silence_preview': '“model_name”=“search”' } };
    expect(await w.workspace.act.submitView(ASHA, unseen)).toMatchObject({ ok: true });
    expect(silences(w)).toEqual([]);
    expect(modal(w)).toContain('Press Silence once more');
    expect(modal(w)).toContain('1 open alert of 1 group');
    expect(await w.workspace.act.submitView(ASHA, { values: {} })).toMatchObject({ ok: true });
    expect(silences(w)).toMatchObject([{ matchers: [{ name: 'model_name', value: 'search' }], hides: 1 }]);
  });

  it('a card’s form has its group’s own labels, to the letter, and tells below the card', async () => {
    const w = await start();
    await fire(w, { model_name: 'modèle – “v2”' });
    const [open] = w.app.incidents.actions.list({ open: true }, w.clock.now());
    const card = { channel: open?.ref?.channel ?? '', ts: open?.ref?.ts ?? '' };
    await w.workspace.act.click(ASHA, { ...card, actionId: 'silence', value: 'custom…' });
    await shows(w, '*Hides now:* 1 open alert of 1 group');
    expect(await w.workspace.act.submitView(ASHA, { values: {} })).toMatchObject({ ok: true });
    expect(silences(w)).toMatchObject([{ hides: 1, matchers: [{}, { value: 'modèle – “v2”' }] }]);
    await w.workspace.until((state) =>
      JSON.stringify(state.thread(card.channel, card.ts)).includes('Would have hidden') ? true : undefined,
    );
  });

  it('a card that is grouped by nothing is silenced by what its alerts have in common', async () => {
    const w = await start([]);
    await fire(w, { model_name: 'fraud', feature: 'a' });
    await fire(w, { model_name: 'fraud', feature: 'b' });
    const [open] = w.app.incidents.actions.list({ open: true }, w.clock.now());
    const card = { channel: open?.ref?.channel ?? '', ts: open?.ref?.ts ?? '' };
    await w.workspace.act.click(ASHA, { ...card, actionId: 'silence', value: 'custom…' });
    await shows(w, '*Hides now:* 2 open alerts of 1 group');
    await w.workspace.act.closeView(ASHA);
    await w.workspace.act.click(ASHA, { ...card, actionId: 'silence', value: 'until resolved' });
    await w.workspace.settled();
    expect(silences(w)[0]?.matchers.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'alertname=ModelSlow',
      'model_name=fraud',
      'severity=warning',
    ]);
  });

  it('a form from where the bot may not speak tells the fallback channel', async () => {
    const w = await start();
    await fire(w, { model_name: 'fraud' });
    await command(w, ASHA, '/alert silence ModelSlow');
    await shows(w, '*Hides now:* 1 open alert');
    w.workspace.faults.add({ method: 'chat.postMessage', kind: 'ok_false', error: 'not_in_channel', times: 1 });
    expect(await w.workspace.act.submitView(ASHA, { values: {} })).toMatchObject({ ok: true });
    await w.workspace.until(() => (channel(w).includes('Would have hidden') ? true : undefined));
  });

  it('words in a thread, where no form opens, get the same figures and make nothing', async () => {
    const w = await start();
    await aWeek(w);
    w.workspace.act.message(ASHA, 'ml-alerts', '<@U00WATCHROOM> alert silence —preview model_name=fraud 2h');
    await w.workspace.until((state) =>
      JSON.stringify(state.ephemerals(ASHA)).includes('2 open alerts of 1 group') ? true : undefined,
    );
    expect(silences(w)).toEqual([]);
  });

  it('one step is enough for who knows: it says both figures, with Undo', async () => {
    const w = await start();
    await aWeek(w);
    await command(w, ASHA, '/alert silence ModelSlow 2h');
    await w.workspace.until(() => (channel(w).includes('Undo') ? true : undefined));
    expect(channel(w)).toContain('Hides 3 open alerts on 2 models: fraud, search.');
    expect(channel(w)).toContain('Would have hidden 6 notifications of 5 incidents (2 acknowledged, 1 true positive)');
  });

  it.each(['--preview', '--dry-run'])('the command line looks with %s and changes nothing', async (flag) => {
    const w = await start();
    await aWeek(w);
    const server = await w.app.listen();
    const environment = { WATCHROOM_URL: server.url, USER: 'asha' };
    const { code, out, err } = await runLine(['alert', 'silence', 'model_name="fraud"', flag], { environment });
    expect(code).toBe(0);
    expect(out + err).toBe(
      'model_name="fraud"\nhides now: 2 open alerts of 1 group; would have hidden last week: 4 notifications of 3 incidents (2 acknowledged, 1 true positive)\n  ModelSlow fraud × 2\n',
    );
    expect(silences(w)).toEqual([]);
    await server.close();
  });

  it('what something else mutes already is not counted as newly hidden', async () => {
    const w = await start();
    await aWeek(w);
    await command(w, ASHA, '/alert silence model_name=search 2h');
    await w.workspace.until(() => (channel(w).includes('Undo') ? true : undefined));
    await command(w, ASHA, '/alert silence ModelSlow');
    await shows(w, '*Hides now:* 3 open alerts of 2 groups, 1 muted already');
  });
});
