import { describe, expect, it, onTestFinished } from 'vitest';
import { tell } from '../support/alerts.ts';
import { command, press } from '../support/hands-on.ts';
import { ASHA, TEAM } from '../support/on-call-world.ts';
import { MINUTE, startWorld, toMlAlerts, type World, type WorldOptions } from '../support/world.ts';

const CONFIG = { scrape_configs: [], alertmanager_config: toMlAlerts() };

async function start(config: WorldOptions['config'] = {}): Promise<World> {
  const world = await startWorld({ users: TEAM, slackOnClock: true, config: { ...CONFIG, ...config } });
  onTestFinished(() => world.close());
  await world.settle();
  return world;
}

function slow(w: World, model: string, resolved = false): void {
  const labels = { alertname: 'ModelSlow', model_name: model, severity: 'warning' };
  tell(w, labels, { annotations: { summary: 'slow' }, resolved });
}

const shown = (w: World): string[] =>
  w.workspace.state.messages('ml-alerts').map(({ blocks }) => JSON.stringify(blocks));
const cards = (w: World): string[] =>
  shown(w).filter((text) => text.includes('incident_actions') || text.includes('"verdict"'));
const dms = (w: World) => w.workspace.state.dms(ASHA);
const lastDm = (w: World): string => JSON.stringify(dms(w).at(-1)?.blocks ?? []);

/** Words that Slack posts after the act: real HTTP, so they come a moment later. */
async function heard(w: World, text: string): Promise<void> {
  await w.workspace.until(() => (shown(w).join().includes(text) ? true : undefined));
}

describe('a silence', { timeout: 60_000 }, () => {
  it('asks its author 15 minutes before its end, once, and lets it end', async () => {
    const w = await start();
    slow(w, 'fraud');
    await command(w, ASHA, '/alert silence ModelSlow 2h');
    await w.pass(104 * MINUTE);
    expect(dms(w)).toHaveLength(0);
    await w.pass(2 * MINUTE);
    expect(dms(w)).toHaveLength(1);
    expect(lastDm(w)).toContain('It hides 1 alert now');
    await press(w, ASHA, 'silence_let_end');
    await w.workspace.until(() => (lastDm(w).includes('silence_extend') ? undefined : true));
    await w.pass(20 * MINUTE);
    expect(dms(w)).toHaveLength(1);
    expect(w.app.silences.list(w.clock.now())).toEqual([]);
    expect(w.complaints).toEqual([]);
  });

  it('lasts two hours longer where its author says so, and asks again before that end', async () => {
    const w = await start();
    slow(w, 'fraud');
    await command(w, ASHA, '/alert silence ModelSlow 2h');
    await w.pass(106 * MINUTE);
    await press(w, ASHA, 'silence_extend');
    await w.workspace.until(() => (lastDm(w).includes('lasts until') ? true : undefined));
    await w.pass(60 * MINUTE);
    expect(cards(w)).toHaveLength(0);
    await w.pass(60 * MINUTE);
    expect(dms(w)).toHaveLength(2);
  });

  it('becomes one until resolved where its author says so', async () => {
    const w = await start();
    slow(w, 'fraud');
    await command(w, ASHA, '/alert silence ModelSlow 2h');
    await w.pass(106 * MINUTE);
    await press(w, ASHA, 'silence_extend_resolved');
    await w.pass(180 * MINUTE);
    expect(w.app.silences.list(w.clock.now())).toHaveLength(1);
    slow(w, 'fraud', true);
    await w.pass(11 * MINUTE);
    expect(w.app.silences.list(w.clock.now())).toEqual([]);
  });

  it('that hid the first notice is named by the card that comes after it', async () => {
    const w = await start();
    slow(w, 'fraud');
    await command(w, ASHA, '/alert silence ModelSlow 1h');
    await w.pass(50 * MINUTE);
    expect(cards(w)).toHaveLength(0);
    await w.pass(15 * MINUTE);
    expect(cards(w)[0]).toMatch(/firing again: silence by Asha ended \d\d:\d\d/);
  });

  it('is named by a card that stood before it, too', async () => {
    const w = await start();
    slow(w, 'fraud');
    await w.pass(MINUTE);
    await command(w, ASHA, '/alert silence ModelSlow 1h');
    await w.pass(70 * MINUTE);
    expect(cards(w)).toHaveLength(1);
    expect(cards(w)[0]).toMatch(/firing again: silence by Asha ended \d\d:\d\d/);
  });

  it('can end when it has been resolved, or when it matches nothing', async () => {
    const w = await start();
    slow(w, 'fraud');
    await command(w, ASHA, '/alert silence ModelSlow until resolved');
    await heard(w, 'until resolved for 10 min, at most until');
    await command(w, ASHA, '/alert silence model_name=search until unmatched 1h model is retired');
    await heard(w, 'until it has matched nothing for 1 h');
    await heard(w, 'model is retired');
    slow(w, 'fraud', true);
    await w.pass(61 * MINUTE);
    expect(w.app.silences.list(w.clock.now())).toEqual([]);
  });

  it.each(['alertname=~".+"', 'alertname!="Nobody"', 'alertname=~"[A-Za-z]+",model_name!~"x"'])(
    'that hides everything, however it is written (%s), is for admins',
    async (matchers) => {
      const w = await start({ rights: { admins: ['@ml-admins'] } });
      slow(w, 'fraud');
      await command(w, ASHA, `/alert silence ${matchers} 1h tidy up`);
      await w.workspace.until((state) =>
        JSON.stringify(state.ephemerals(ASHA)).match(/of everything, needs an admin|hide everything/)
          ? true
          : undefined,
      );
      expect(w.app.silences.list(w.clock.now())).toEqual([]);
      await command(w, ASHA, '/alert silence alertname=~"Model.+" 1h tidy up');
      await heard(w, 'tidy up');
    },
  );

  it('says how much of last week it would have hidden', async () => {
    const w = await start();
    for (const model of ['fraud', 'search', 'eta']) {
      slow(w, model);
      await w.pass(2 * MINUTE);
      slow(w, model, true);
      await w.pass(2 * MINUTE);
    }
    slow(w, 'another');
    await command(w, ASHA, '/alert silence ModelSlow 2h');
    await heard(w, 'Would have hidden 3 notifications of 3 incidents (none acknowledged) last week.');
  });
});

describe('a flapping alert', { timeout: 60_000 }, () => {
  it('is held open and its card says so', async () => {
    const w = await start();
    slow(w, 'fraud');
    for (let round = 0; round < 4; round += 1) {
      await w.pass(90_000);
      slow(w, 'fraud', true);
      await w.pass(90_000);
      slow(w, 'fraud');
    }
    await w.pass(90_000);
    slow(w, 'fraud', true);
    await w.pass(MINUTE);
    expect(cards(w).at(-1)).toMatch(/flapping: \d+ changes in \d+ min, held open until quiet for 5 min/);
    await w.pass(6 * MINUTE);
    expect(cards(w).every((card) => card.includes('Resolved'))).toBe(true);
    expect(w.complaints).toEqual([]);
  });
});
