import { describe, expect, it } from 'vitest';
import type { SlackLinePayload } from '../../src/incident/card.ts';
import type { PagingEntry } from '../../src/incident/ports.ts';
import { matcher } from '../../src/labels/matcher.ts';
import {
  ASHA,
  BILAL,
  ended,
  group,
  latency,
  lines,
  MINUTE,
  notification,
  onlyIncident,
  P1_PAGES,
  POLICY,
  shown,
  slackTraffic,
  T0,
  type World,
  world,
} from './incident-world.ts';

function fire(w: World, at = T0): void {
  const g = group([latency()]);
  w.incidents.effects.notify(notification(g, at), g);
}

/** Minute and person of every page, in order. */
function pages(w: World): string[] {
  return w.events.flatMap((event) => (event.kind === 'paged' ? [`${(event.at - T0) / MINUTE} ${event.person}`] : []));
}

const PASS = [
  [0, 'U01ASHA'],
  [5, 'U02BILAL'],
  [15, 'U03LEAD'],
  [30, 'U04BOSS'],
] as const;

describe('the ladder', () => {
  it('pages at 0, 5, 15 and 30 minutes, three passes of an hour, then the channel and the last level every half hour', async () => {
    const w = world();
    fire(w);
    await w.at('4h');
    const passes = [0, 60, 120].flatMap((start) => PASS.map(([minute, who]) => `${start + minute} ${who}`));
    expect(pages(w)).toEqual([...passes, '180 U04BOSS', '210 U04BOSS', '240 U04BOSS']);
    const mentions = w.events.filter(({ kind }) => kind === 'channel_mentioned');
    expect(mentions.map(({ at }) => (at - T0) / MINUTE)).toEqual([180]);
    expect(w.outbox.find(({ payload }) => JSON.stringify(payload).includes('ladder_exhausted'))).toMatchObject({
      destination: 'slack:#ml-alerts',
      payload: { to: { kind: 'channel', channel: '#ml-alerts' } },
    });
  });

  it('stops at once when somebody acknowledges, and says so on every message that went out', async () => {
    const w = world();
    fire(w);
    await w.at('6m');
    slackTraffic(w);
    const result = w.incidents.actions.acknowledge(onlyIncident(w), BILAL, T0 + 6 * MINUTE);
    expect(result).toMatchObject({ kind: 'done', changed: true });
    expect(slackTraffic(w)).toEqual([
      'edit card #ml-alerts: acknowledged',
      'edit page U01ASHA: acknowledged',
      'edit page U02BILAL: acknowledged',
      'line #ml-alerts: acknowledged',
    ]);
    await w.at('50m');
    expect(pages(w)).toHaveLength(2);
    expect(shown(w)).toMatchObject({ ladderStopped: 'acknowledged', acknowledgement: { by: 'U02BILAL' } });
    expect(shown(w).ladder.map(({ state }) => state)).toEqual(['told', 'acknowledged']);
  });

  it('stops when the condition ends, before the group has been told', async () => {
    const w = world();
    fire(w);
    await w.at('3m');
    w.incidents.effects.changed(group([ended(latency(), T0 + 3 * MINUTE)]));
    await w.at('1h');
    expect(pages(w)).toEqual(['0 U01ASHA']);
  });

  it('goes on where it was when the condition comes back before the group has been told', async () => {
    const w = world();
    fire(w);
    await w.at('3m');
    w.incidents.effects.changed(group([ended(latency(), T0 + 3 * MINUTE)]));
    await w.at('4m');
    w.incidents.effects.changed(group([latency({ updatedAt: T0 + 4 * MINUTE })]));
    await w.at('14m');
    expect(pages(w)).toEqual(['0 U01ASHA', '5 U02BILAL']);
  });

  it('skips a level without anybody at once, with a note in the channel', async () => {
    const w = world();
    w.onCall.set('primary', []);
    fire(w);
    await w.at('10m');
    expect(pages(w)).toEqual(['0 U02BILAL', '10 U03LEAD']);
    expect(lines(w)).toContainEqual({ kind: 'level_skipped', level: 1, targets: ['ML_PRIMARY_ONCALL'] });
    expect(shown(w).ladder.map(({ state }) => state)).toEqual(['skipped', 'told', 'told', 'next']);
  });

  it('mentions the channel at once when nobody is on the whole chain, and again every half hour', async () => {
    const w = world({ policies: () => new Map([[POLICY.name, { ...POLICY, levels: POLICY.levels.slice(0, 2) }]]) });
    w.onCall.clear();
    fire(w);
    await w.at('65m');
    const mentions = w.events.filter(({ kind }) => kind === 'channel_mentioned');
    expect(mentions.map(({ at }) => (at - T0) / MINUTE)).toEqual([0, 30, 60]);
    w.onCall.set('primary', ['asha@example.com']);
    await w.at('90m');
    expect(pages(w)).toEqual(['90 U01ASHA']);
  });

  it('mentions the channel when the policy is not there any more', async () => {
    const w = world({ policies: () => new Map() });
    fire(w);
    await w.at('0s');
    expect(w.events.map(({ kind }) => kind)).toContain('channel_mentioned');
  });

  it('starts only where paging says so: nothing for a P2 without an entry', async () => {
    const w = world();
    const g = group([latency({ labels: { severity: 'warning' } })]);
    w.incidents.effects.notify(notification(g, T0), g);
    await w.at('2h');
    expect(pages(w)).toEqual([]);
    expect(shown(w)).toMatchObject({ priority: 'P2', ladder: [] });
  });

  it('takes the first paging entry that matches', async () => {
    const other: PagingEntry = {
      matchers: [matcher('model_name', '=', 'fraud-detector', 'alertmanager')],
      escalationPolicy: 'lead-only',
      businessHours: false,
    };
    const levels = POLICY.levels.slice(2, 3);
    const w = world({
      paging: () => [other, P1_PAGES],
      policies: () => new Map([['lead-only', { ...POLICY, name: 'lead-only', levels }]]),
    });
    fire(w);
    await w.at('0s');
    expect(pages(w)).toEqual(['0 U03LEAD']);
  });

  it('posts a card in the channel of the paging entry where no receiver posted one', async () => {
    const w = world();
    const g = group([latency()]);
    w.incidents.effects.notify(notification(g, T0, 'first_notification', 'pagerduty'), g);
    await w.at('0s');
    expect(slackTraffic(w)).toContain('post card #ml-alerts: firing');
  });

  it('waits for the business hours of the people on a level where the entry asks for it', async () => {
    const opens = T0 + 40 * MINUTE;
    const w = world({
      paging: () => [{ ...P1_PAGES, businessHours: true }],
      inBusinessHours: (_, now) => now >= opens,
    });
    fire(w);
    await w.at('1h');
    expect(pages(w)).toEqual(['45 U01ASHA', '50 U02BILAL', '60 U03LEAD']);
  });

  it('tells the next level at once when the person asked hands over', async () => {
    const w = world();
    fire(w);
    await w.at('1m');
    const id = onlyIncident(w);
    expect(w.incidents.handOver(id, ASHA, T0 + MINUTE)).toMatchObject({ kind: 'done', changed: true });
    await w.at('11m');
    expect(pages(w)).toEqual(['0 U01ASHA', '1 U02BILAL', '11 U03LEAD']);
    w.incidents.actions.acknowledge(id, ASHA, T0 + 12 * MINUTE);
    expect(w.incidents.handOver(id, ASHA, T0 + 12 * MINUTE)).toMatchObject({ kind: 'refused' });
  });

  it('does not promise a next level to who hands over where none that follows has anybody', async () => {
    const [first, ...others] = POLICY.levels;
    const nobody = others.map((level) => ({ ...level, targets: [{ kind: 'user', id: 'who-left' }] as const }));
    const policy = { ...POLICY, levels: first ? [first, ...nobody] : [] };
    const w = world({ policies: () => new Map([[POLICY.name, policy]]) });
    fire(w);
    await w.at('1m');
    const told = w.incidents.handOver(onlyIncident(w), ASHA, T0 + MINUTE);
    expect(told).toMatchObject({ kind: 'done', message: expect.stringContaining('no level that follows') as string });
  });

  it('says who is told and who would be next, at which time', async () => {
    const w = world();
    fire(w);
    await w.at('1m');
    expect(shown(w).ladder).toEqual([
      { who: ['U01ASHA'], at: T0, state: 'told' },
      { who: ['U02BILAL'], at: T0 + 5 * MINUTE, state: 'next' },
      { who: ['U03LEAD'], at: T0 + 15 * MINUTE, state: 'later' },
      { who: ['U04BOSS'], at: T0 + 30 * MINUTE, state: 'later' },
    ]);
    expect(shown(w).lockScreen).toBe(
      'P1 fraud-detector prod: p99 412 ms > 200 ms for 1 min. Asha is first; Bilal at 03:01 IST',
    );
    const page = w.store.cards.ofIncident(onlyIncident(w)).find(({ view }) => view === 'page');
    expect(page && w.incidents.cards.state(page.id, w.clock.now())?.lockScreen).toBe(
      "P1 fraud-detector prod: p99 412 ms > 200 ms for 1 min. You're first; Bilal at 03:01 IST",
    );
  });
});

describe('restarts', () => {
  it('repeats nothing and forgets nothing when the program stops between any two steps', async () => {
    let w: World = world();
    fire(w);
    for (let minute = 0; minute <= 60; minute += 1) {
      w = w.restart();
      await w.at(`${minute}m`);
      w = w.restart();
      await w.at(`${minute}m`);
    }
    expect(pages(w)).toEqual([...PASS.map(([minute, who]) => `${minute} ${who}`), '60 U01ASHA']);
  });

  it('pages one level after a long outage, and gives it its full time', async () => {
    const w = world();
    fire(w);
    await w.at('1m');
    const later = w.restart();
    w.clock.set(T0 + 47 * MINUTE);
    await later.at('47m');
    await later.at('57m');
    expect(pages(w)).toEqual(['0 U01ASHA', '47 U02BILAL', '57 U03LEAD']);
  });

  it('pages for the others when one incident cannot be worked on', async () => {
    const w: ReturnType<typeof world> = world({
      observe: (event) => {
        if (event.kind === 'paged' && event.incidentId === w.store.recent(2)[1]?.id) throw new Error('a defect');
        w.events.push(event);
      },
    });
    fire(w);
    const other = group([latency({ labels: { model_name: 'ranker' } })], [], 'g2');
    w.incidents.effects.notify(notification(other, T0), other);
    await expect(w.at('0s')).rejects.toThrow('a defect');
    expect(w.events.filter(({ kind }) => kind === 'paged').map(({ incidentId }) => incidentId)).toEqual([
      w.store.recent(1)[0]?.id,
    ]);
  });

  it('lets no quiet line in a thread go before what calls somebody', async () => {
    const w = world();
    fire(w);
    await w.at('3h30m');
    const urgency = w.outbox.map(({ kind, priority, payload }) => {
      const { to, broadcast } = payload as Partial<SlackLinePayload>;
      return `${kind} ${to || broadcast ? 'heard' : 'quiet'} ${priority}`;
    });
    expect(new Set(urgency)).toEqual(new Set(['slack.card quiet P1', 'slack.line quiet P3', 'slack.line heard P1']));
  });

  it('writes nothing of a step whose transaction fails, and does it whole the next time', async () => {
    let broken = true;
    const w: ReturnType<typeof world> = world({
      observe: (event) => {
        if (event.kind === 'paged' && broken) throw new Error('disk full');
        w.events.push(event);
      },
    });
    fire(w);
    await expect(w.at('0s')).rejects.toThrow('disk full');
    expect(w.store.cards.ofIncident(onlyIncident(w)).filter(({ view }) => view === 'page')).toEqual([]);
    broken = false;
    await w.at('1m');
    expect(w.store.cards.ofIncident(onlyIncident(w)).filter(({ view }) => view === 'page')).toHaveLength(1);
  });
});

describe('reaching people', () => {
  it('makes one message of the pages that one person gets within a minute, and closes it with one line', async () => {
    const w = world();
    fire(w);
    await w.at('0s');
    slackTraffic(w);
    await w.at('20s');
    const other = group([latency({ labels: { model_name: 'ranker' } })], [], 'g2');
    w.incidents.effects.notify(notification(other, T0 + 20_000), other);
    await w.at('20s');
    const traffic = slackTraffic(w);
    expect(traffic.filter((line) => line.includes('U01ASHA'))).toEqual(['edit page U01ASHA: firing']);
    await w.at('59s');
    expect(slackTraffic(w)).toEqual([]);
    await w.at('61s');
    expect(lines(w)).toMatchObject([
      { kind: 'paged_together', incidents: [{ model: 'fraud-detector' }, { model: 'ranker' }] },
    ]);
    const page = w.store.cards.ofIncident(w.store.recent(1)[0]?.id ?? '').find(({ view }) => view === 'page');
    expect(page && w.incidents.cards.state(page.id, w.clock.now())?.pagedTogether).toMatchObject([{ model: 'ranker' }]);
  });

  it('sends a second message when the same person is paged again later', async () => {
    const w = world();
    fire(w);
    await w.at('60m');
    const mine = w.store.cards
      .ofIncident(onlyIncident(w))
      .filter(({ destination }) => destination.kind === 'user' && destination.user === 'U01ASHA');
    expect(mine).toHaveLength(2);
  });

  it('pages in Do Not Disturb by another way, or lacking one tells the next level in parallel', async () => {
    const asleep = async (): Promise<ReadonlySet<string>> => new Set(['U01ASHA']);
    const without = world({ doNotDisturb: asleep });
    fire(without);
    await without.at('10m');
    expect(pages(without)).toEqual(['0 U01ASHA', '0 U02BILAL', '10 U03LEAD']);

    const texts: string[] = [];
    const withSms = world({ doNotDisturb: asleep, pageOtherwise: (_, __, text) => texts.push(text) > 0 });
    fire(withSms);
    await withSms.at('5m');
    expect(pages(withSms)).toEqual(['0 U01ASHA', '5 U02BILAL']);
    expect(texts[0]).toMatch(/^P1 fraud-detector prod: p99 412 ms > 200 ms/);
  });

  it('counts people as reachable when Do Not Disturb cannot be asked', async () => {
    const w = world({ doNotDisturb: async () => Promise.reject(new Error('missing_scope')) });
    fire(w);
    await w.at('4m');
    expect(pages(w)).toEqual(['0 U01ASHA']);
  });

  it('passes over a person without a Slack account unless there is another way', async () => {
    const w = world();
    w.onCall.set('primary', ['nobody@example.com']);
    fire(w);
    await w.at('0s');
    expect(pages(w)).toEqual(['0 U02BILAL']);
  });
});

describe('mutes', () => {
  const silence = { kind: 'silenced', by: 'silence-1', until: T0 + 20 * MINUTE } as const;

  it('stop the ladder, are told once to those who were paged, and start it again from step 1 when they end', async () => {
    const w = world();
    fire(w);
    await w.at('2m');
    slackTraffic(w);
    const alert = latency();
    w.incidents.effects.changed(group([alert], [[alert, silence]]));
    w.incidents.effects.changed(group([alert], [[alert, silence]]));
    expect(slackTraffic(w).filter((line) => line.endsWith('muted'))).toEqual(['line U01ASHA: muted']);
    expect(shown(w)).toMatchObject({ ladderStopped: 'all_muted', members: [{ state: 'muted' }] });
    await w.at('19m');
    expect(pages(w)).toEqual(['0 U01ASHA']);
    await w.at('25m');
    expect(pages(w)).toEqual(['0 U01ASHA', '20 U01ASHA', '25 U02BILAL']);
    expect(shown(w).notes[0]).toMatch(/^firing again: silence ended 21:46 UTC$/);
  });

  it('of some members leave the ladder running for the others', async () => {
    const w = world();
    const [a, b] = [latency(), latency({ labels: { region: 'eu' } })];
    w.incidents.effects.notify(notification(group([a, b]), T0), group([a, b]));
    await w.at('1m');
    w.incidents.effects.changed(group([a, b], [[a, silence]]));
    await w.at('5m');
    expect(pages(w)).toEqual(['0 U01ASHA', '5 U02BILAL']);
  });

  it('of one route leave the ladder running while another route still tells', async () => {
    const w = world();
    const alert = latency();
    for (const key of ['g1', 'g2']) {
      const g = group([alert], [], key);
      w.incidents.effects.notify(notification(g, T0), g);
    }
    w.incidents.effects.changed(group([alert], [[alert, { kind: 'mute_time', by: 'nights' }]]));
    await w.at('5m');
    expect(pages(w)).toEqual(['0 U01ASHA', '5 U02BILAL']);
  });

  it('count from what the silences say now, not from the last flush', async () => {
    const until = T0 + 8 * MINUTE;
    const w = world({ muteOf: (_, now) => (now >= T0 + MINUTE && now < until ? { ...silence, until } : undefined) });
    fire(w);
    await w.at('12m');
    expect(pages(w)).toEqual(['0 U01ASHA', '8 U01ASHA']);
  });

  it('do not end an acknowledgement', async () => {
    const w = world();
    fire(w);
    w.incidents.actions.acknowledge(onlyIncident(w), ASHA, T0);
    const alert = latency();
    w.incidents.effects.changed(group([alert], [[alert, silence]]));
    await w.at('30m');
    w.incidents.effects.changed(group([alert]));
    await w.at('40m');
    expect(pages(w)).toEqual([]);
  });
});
