import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { matcher } from '../../src/labels/matcher.ts';
import { createDispatcher, type Dispatcher } from '../../src/routing/dispatcher.ts';
import type { RoutingEffects } from '../../src/routing/effects.ts';
import { loadRouting } from '../../src/routing/schema.ts';
import { SqliteRoutingStore } from '../../src/sqlite/routing-store.ts';
import { SqliteSilenceStore } from '../../src/sqlite/silence-store.ts';
import { advance } from '../../src/time/loop.ts';
import { ASHA, ended, latency, MINUTE, onlyIncident, shown, T0, world } from './incident-world.ts';

const ROUTES = `
route:
  receiver: ml-warnings
  group_by: [alertname, model_name]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 4h
  routes:
  - { matchers: ['severity="critical"'], receiver: ml-critical, group_wait: 10s, continue: true }
  - { matchers: ['severity=~"critical|warning"'], receiver: ml-warnings }
receivers:
- { name: ml-critical, slack_configs: [{ channel: '#ml-alerts', api_url: 'https://hooks.example/x' }] }
- { name: ml-warnings, slack_configs: [{ channel: '#ml-alerts-warnings', api_url: 'https://hooks.example/x' }] }
`;

/** Incidents behind a real dispatcher, on one database and one clock. */
function house() {
  const held: { dispatcher?: Dispatcher } = {};
  const w = world({
    silences: {
      create({ labels, ...rest }) {
        const set = labels.pairs.map(([name, value]) => matcher(name, '=', value, 'alertmanager'));
        return held.dispatcher?.createSilence({ matcherSets: [set], ...rest }, rest.startsAt).id ?? '';
      },
      author: (id) => held.dispatcher?.silence(id)?.createdBy,
    },
  });
  const effects: RoutingEffects = w.incidents.effects;
  const dispatcher = createDispatcher({
    config: loadRouting(parseYaml(ROUTES, 'alertmanager.yml')).config,
    store: new SqliteRoutingStore(w.db),
    silences: new SqliteSilenceStore(w.db),
    transact: (fn) => w.db.tx(fn),
    newId: randomUUID,
    startedAt: T0,
    effects,
  });
  held.dispatcher = dispatcher;
  const to = async (minutes: number): Promise<void> =>
    advance(w.clock, [dispatcher, ...w.incidents.jobs], T0 + minutes * MINUTE);
  const fire = (...alerts: Alert[]): void => dispatcher.ingest(alerts, w.clock.now());
  const pages = (): string[] =>
    w.events.flatMap((event) => (event.kind === 'paged' ? [`${(event.at - T0) / MINUTE} ${event.person}`] : []));
  return { w, dispatcher, to, fire, pages };
}

describe('incidents behind the dispatcher', () => {
  it('a P1 on two routes is one incident with two cards and one ladder, and closes with both', async () => {
    const { w, to, fire, pages } = house();
    fire(latency());
    await to(6);
    const id = onlyIncident(w);
    expect(w.store.cards.ofIncident(id).filter(({ view }) => view === 'card')).toHaveLength(2);
    expect(w.store.incident(id)?.openedAt).toBe(T0 + 10_000);
    expect(pages().map((page) => page.split(' ')[1])).toEqual(['U01ASHA', 'U02BILAL']);
    fire(ended(latency(), w.clock.now()));
    await to(20);
    expect(w.store.incident(id)?.state).toMatchObject({ kind: 'resolved', how: 'members_ended' });
    for (const index of [0, 1]) {
      const card = w.store.cards.ofIncident(id).filter(({ view }) => view === 'card')[index];
      expect(card && w.incidents.cards.state(card.id, w.clock.now())?.phase.kind).toBe('resolved');
    }
    expect(pages()).toHaveLength(2);
    expect(w.store.episodes.openLinks(id)).toEqual([]);
  });

  it('a silence from the card stops the ladder within the act, and its end starts it again from step 1', async () => {
    const { w, to, fire, pages } = house();
    fire(latency());
    await to(1);
    const id = onlyIncident(w);
    const result = w.incidents.actions.silence(id, ASHA, w.clock.now(), T0 + 61 * MINUTE, 'retraining');
    expect(result).toMatchObject({ kind: 'done', silenceId: expect.any(String) });
    expect(shown(w)).toMatchObject({
      ladderStopped: 'all_muted',
      silence: { by: 'U01ASHA', endsAt: T0 + 61 * MINUTE },
    });
    await to(60);
    expect(pages()).toHaveLength(1);
    await to(62);
    expect(pages().slice(1)).toEqual(['61 U01ASHA']);
    expect(shown(w).notes[0]).toBe('firing again: silence by Asha ended 03:57 IST');
  });

  it('a longer silence moves the moment at which the ladder looks again', async () => {
    const { w, dispatcher, to, fire, pages } = house();
    fire(latency());
    await to(1);
    const result = w.incidents.actions.silence(onlyIncident(w), ASHA, w.clock.now(), T0 + 11 * MINUTE, '');
    const silence = dispatcher.silence(result.silenceId ?? '');
    if (!silence) throw new Error('there is no silence');
    const { matcherSets, startsAt, createdBy, comment } = silence;
    dispatcher.updateSilence(
      silence.id,
      { matcherSets, startsAt, createdBy, comment, endsAt: T0 + 31 * MINUTE },
      w.clock.now(),
    );
    await to(30);
    expect(pages()).toHaveLength(1);
    await to(32);
    expect(pages()).toHaveLength(2);
  });

  it('a refused silence leaves neither a silence nor a trace of the act', async () => {
    const { w, dispatcher, to, fire } = house();
    fire(latency());
    await to(1);
    const audited = w.audit.length;
    expect(w.incidents.actions.silence(onlyIncident(w), ASHA, w.clock.now(), 0, '')).toMatchObject({ kind: 'refused' });
    expect(dispatcher.listSilences()).toEqual([]);
    expect(w.audit).toHaveLength(audited);
  });
});
