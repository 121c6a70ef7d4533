import { describe, expect, it } from 'vitest';
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
  shown,
  slackTraffic,
  T0,
  type World,
  world,
} from './incident-world.ts';

function fire(w: World, at = T0): string {
  const g = group([latency()]);
  w.incidents.effects.notify(notification(g, at), g);
  return onlyIncident(w);
}

const paged = (w: World): number[] =>
  w.events.flatMap((event) => (event.kind === 'paged' ? [(event.at - T0) / MINUTE] : []));

describe('acknowledging', () => {
  it('twice is one act, one audit row and one edit', () => {
    const w = world();
    const id = fire(w);
    expect(w.incidents.actions.acknowledge(id, ASHA, T0)).toMatchObject({ kind: 'done', changed: true });
    slackTraffic(w);
    expect(w.incidents.actions.acknowledge(id, BILAL, T0 + 1)).toMatchObject({
      kind: 'done',
      changed: false,
      message: 'Already acknowledged by Asha.',
    });
    expect(slackTraffic(w)).toEqual([]);
    expect(w.audit.map(({ action }) => action)).toEqual(['incident.acknowledge']);
  });

  it('too late says so and never un-resolves', () => {
    const w = world();
    const id = fire(w);
    w.clock.set(T0 + 20 * MINUTE);
    w.incidents.effects.ended(group([ended(latency(), T0 + 20 * MINUTE)]));
    expect(w.incidents.actions.acknowledge(id, ASHA, T0 + 25 * MINUTE)).toEqual({
      kind: 'refused',
      code: 'ended',
      message: 'It resolved by itself 5 min ago.',
    });
    expect(shown(w).phase.kind).toBe('resolved');
  });

  it('of a P1 is asked about after an hour, and unanswered it pages from step 1', async () => {
    const w = world();
    const id = fire(w);
    await w.at('0s');
    w.incidents.actions.acknowledge(id, ASHA, T0);
    slackTraffic(w);
    await w.at('60m');
    expect(slackTraffic(w)).toContain('post page U01ASHA: acknowledged');
    const page = w.store.cards.ofIncident(id).findLast(({ view }) => view === 'page');
    expect(page && w.incidents.cards.state(page.id, w.clock.now())?.question).toEqual({
      kind: 'still_on_it',
      answerBy: T0 + 70 * MINUTE,
    });
    await w.at('75m');
    expect(w.store.incident(id)?.state.kind).toBe('triggered');
    expect(paged(w)).toEqual([0, 70, 75]);
  });

  it('again is the answer to "still on it?"', async () => {
    const w = world();
    const id = fire(w);
    await w.at('0s');
    w.incidents.actions.acknowledge(id, ASHA, T0);
    await w.at('61m');
    expect(w.incidents.actions.acknowledge(id, BILAL, T0 + 61 * MINUTE)).toMatchObject({ kind: 'done', changed: true });
    await w.at('2h');
    expect(w.store.incident(id)?.state).toMatchObject({ kind: 'acknowledged', by: { id: 'U02BILAL' } });
    expect(paged(w)).toEqual([0]);
  });

  it('of a P2 is never asked about', async () => {
    const w = world();
    const g = group([latency({ labels: { severity: 'warning' } })]);
    w.incidents.effects.notify(notification(g, T0), g);
    w.incidents.actions.acknowledge(onlyIncident(w), ASHA, T0);
    expect(w.incidents.jobs[0]?.nextDue()).toBeUndefined();
  });
});

describe('resolving by hand', () => {
  it('asks first while the condition holds', () => {
    const w = world();
    const id = fire(w);
    expect(w.incidents.actions.resolve(id, ASHA, T0, false)).toEqual({
      kind: 'confirm',
      incidentId: id,
      message: 'Still p99 412 ms > 200 ms.',
    });
    expect(w.store.incident(id)?.state.kind).toBe('triggered');
    expect(w.audit).toEqual([]);
  });

  it('anyway is never green, and opens the same card again after five minutes if it is still true', async () => {
    const w = world();
    const id = fire(w);
    await w.at('0s');
    slackTraffic(w);
    w.clock.set(T0 + MINUTE);
    w.incidents.actions.resolve(id, ASHA, T0 + MINUTE, true);
    expect(shown(w).phase).toEqual({ kind: 'closed_by_hand', by: 'U01ASHA', at: T0 + MINUTE, conditionHolds: true });
    expect(lines(w)).toContainEqual({ kind: 'resolved', how: 'closed_by_hand', conditionHolds: true, by: 'U01ASHA' });
    await w.at('5m');
    slackTraffic(w);
    await w.at('6m');
    const traffic = slackTraffic(w);
    expect(traffic).toContain('edit card #ml-alerts: firing');
    expect(traffic).toContain('broadcast #ml-alerts: reopened');
    expect(traffic).not.toContain('post card #ml-alerts: firing');
    expect(paged(w)).toEqual([0, 6]);
    expect(onlyIncident(w)).toBe(id);
    expect(shown(w).notes).toContain('reopened: closed by Asha, but the condition was still true');
  });

  it('stays closed, and not green, when the condition ends within the five minutes', async () => {
    const w = world();
    const id = fire(w);
    w.incidents.actions.resolve(id, ASHA, T0, true);
    w.clock.set(T0 + 3 * MINUTE);
    w.incidents.effects.ended(group([ended(latency(), T0 + 3 * MINUTE)]));
    await w.at('1h');
    expect(shown(w).phase).toMatchObject({ kind: 'closed_by_hand', conditionHolds: false });
    expect(paged(w)).toEqual([]);
  });

  it('waits while the condition cannot be seen', async () => {
    const w = world();
    const id = fire(w);
    w.incidents.actions.resolve(id, ASHA, T0, true);
    w.incidents.effects.changed(group([latency({ condition: { kind: 'no_data', since: T0 } })]));
    await w.at('9m');
    expect(shown(w).phase.kind).toBe('closed_by_hand');
    w.incidents.effects.changed(group([latency()]));
    await w.at('10m');
    expect(shown(w).phase.kind).toBe('firing');
  });

  it('is plain resolving when nothing fires any more', () => {
    const w = world();
    const id = fire(w);
    w.incidents.effects.changed(group([ended(latency(), T0)]));
    expect(w.incidents.actions.resolve(id, ASHA, T0, false)).toMatchObject({ kind: 'done', changed: true });
    expect(shown(w).phase.kind).toBe('resolved');
  });

  it('twice, or after an acknowledgement in another window, is harmless', () => {
    const w = world();
    const id = fire(w);
    w.incidents.actions.acknowledge(id, ASHA, T0);
    w.incidents.actions.resolve(id, ASHA, T0 + 1, true);
    expect(w.incidents.actions.resolve(id, BILAL, T0 + 2, true)).toMatchObject({ changed: false });
    expect(w.incidents.actions.acknowledge(id, BILAL, T0 + 3)).toMatchObject({ kind: 'refused', code: 'ended' });
  });

  it('opens again at once when another alert of the group fires', () => {
    const w = world();
    const id = fire(w);
    w.incidents.actions.resolve(id, ASHA, T0, true);
    const g = group([latency(), latency({ labels: { region: 'eu' } })]);
    w.incidents.effects.notify(notification(g, T0 + MINUTE, 'new_alerts'), g);
    expect(onlyIncident(w)).toBe(id);
    expect(w.store.incident(id)?.state.kind).toBe('triggered');
  });
});

describe('silencing from a card', () => {
  it("takes the group's labels and refreshes the card", () => {
    const w = world();
    const id = fire(w);
    const result = w.incidents.actions.silence(id, ASHA, T0, T0 + 120 * MINUTE, 'retraining');
    expect(result).toMatchObject({ kind: 'done', silenceId: 'silence-1' });
    expect(w.silences.get('silence-1')?.labels.toJSON()).toEqual({
      alertname: 'ModelLatencyP99High',
      model_name: 'fraud-detector',
    });
    expect(w.audit.map(({ action }) => action)).toEqual(['incident.silence']);
  });

  it('stops the ladder at once where silences can be asked', async () => {
    const silences = new Map<string, { endsAt: number }>();
    const w = world({
      muteOf: (_, now) => {
        const [entry] = [...silences].filter(([, { endsAt }]) => endsAt > now);
        return entry && { kind: 'silenced', by: entry[0], until: entry[1].endsAt };
      },
      silences: {
        create: ({ endsAt }) => {
          silences.set('s1', { endsAt });
          return 's1';
        },
        author: () => 'U01ASHA',
      },
    });
    const id = fire(w);
    await w.at('1m');
    slackTraffic(w);
    w.incidents.actions.silence(id, ASHA, T0 + MINUTE, T0 + 61 * MINUTE, '');
    expect(slackTraffic(w).filter((line) => line.endsWith('muted'))).toEqual(['line U01ASHA: muted']);
    expect(shown(w).silence).toEqual({ id: 's1', by: 'U01ASHA', endsAt: T0 + 61 * MINUTE });
    await w.at('61m');
    expect(paged(w)).toEqual([0, 61]);
    expect(shown(w).notes).toEqual(['firing again: silence by Asha ended 03:57 IST']);
  });

  it('refuses an end that is not in the future', () => {
    const w = world();
    const id = fire(w);
    for (const end of [T0, T0 - 1, Number.NaN])
      expect(w.incidents.actions.silence(id, ASHA, T0, end, '')).toMatchObject({ kind: 'refused', code: 'invalid' });
    expect(w.silences.size).toBe(0);
  });
});

describe('verdicts', () => {
  it('false positive while firing acknowledges, never resolves', async () => {
    const w = world();
    const id = fire(w);
    await w.at('1m');
    expect(w.incidents.actions.verdict(id, 'false_positive', ASHA, T0 + MINUTE)).toMatchObject({ changed: true });
    expect(w.store.incident(id)?.state.kind).toBe('acknowledged');
    expect(shown(w)).toMatchObject({ verdict: { verdict: 'false_positive', by: 'U01ASHA' } });
    expect(w.incidents.actions.verdict(id, 'false_positive', ASHA, T0 + MINUTE)).toMatchObject({ changed: false });
  });

  it('undone calls people again, if it was the verdict that stopped the ladder', async () => {
    const w = world();
    const id = fire(w);
    await w.at('1m');
    w.incidents.actions.verdict(id, 'false_positive', ASHA, T0 + MINUTE);
    w.incidents.actions.undoVerdict(id, ASHA, T0 + MINUTE);
    await w.at('1m');
    expect(w.store.incident(id)?.state.kind).toBe('triggered');
    expect(w.store.incident(id)?.verdict).toBeUndefined();
    expect(paged(w)).toEqual([0, 1]);
  });

  it('undone leaves an acknowledgement that came before it', () => {
    const w = world();
    const id = fire(w);
    w.incidents.actions.acknowledge(id, BILAL, T0);
    w.incidents.actions.verdict(id, 'false_positive', ASHA, T0);
    w.incidents.actions.undoVerdict(id, ASHA, T0);
    expect(w.store.incident(id)?.state.kind).toBe('acknowledged');
  });

  it('can be given and changed after the end', () => {
    const w = world();
    const id = fire(w);
    w.incidents.effects.ended(group([ended(latency(), T0)]));
    w.incidents.actions.verdict(id, 'true_positive', ASHA, T0);
    w.incidents.actions.verdict(id, 'not_actionable', ASHA, T0);
    expect(w.store.incident(id)?.verdict?.verdict).toBe('not_actionable');
    expect(w.events.filter(({ kind }) => kind === 'verdict')).toHaveLength(2);
  });
});

describe('finding an incident', () => {
  it('by id, by a beginning of four characters, or by the name of the only open alert', () => {
    const w = world();
    const id = fire(w);
    for (const text of [id, id.slice(0, 4), 'ModelLatencyP99High', ` ${id} `])
      expect(w.incidents.actions.acknowledge(text, ASHA, T0)).toMatchObject({ incidentId: id });
    for (const text of ['', id.slice(0, 3), '%', 'nothing', '____'])
      expect(w.incidents.actions.acknowledge(text, ASHA, T0)).toMatchObject({ kind: 'refused', code: 'not_found' });
  });

  it('asks for the id where a name means several', () => {
    const w = world();
    for (const key of ['g1', 'g2']) {
      const g = group([latency({ labels: { region: key } })], [], key);
      w.incidents.effects.notify(notification(g, T0), g);
    }
    const result = w.incidents.actions.acknowledge('ModelLatencyP99High', ASHA, T0);
    expect(result).toMatchObject({ kind: 'refused', code: 'invalid' });
    for (const { id } of w.store.recent(2)) expect(result).toMatchObject({ message: expect.stringContaining(id) });
  });

  it('lists the most urgent first, by text in id, name, model or environment', () => {
    const w = world();
    const minor = group([latency({ labels: { model_name: 'ranker', severity: 'warning' } })], [], 'g2');
    w.incidents.effects.notify(notification(minor, T0), minor);
    w.clock.set(T0 + MINUTE);
    const major = group([latency()]);
    w.incidents.effects.notify(notification(major, T0 + MINUTE), major);
    slackTraffic(w);
    const list = w.incidents.actions.list({ open: true }, T0 + MINUTE);
    expect(list.map(({ priority, model }) => `${priority} ${model}`)).toEqual(['P1 fraud-detector', 'P2 ranker']);
    expect(list[0]).toMatchObject({ measure: 'p99 412 ms > 200 ms', openMembers: 1, ref: { channel: '#ml-alerts' } });
    expect(w.incidents.actions.list({ open: true, text: 'RANK' }, T0)).toHaveLength(1);
  });
});

describe('rights, at the moment of the act', () => {
  it('refuse guests and strangers, and the refusal is audited', () => {
    for (const standing of ['guest', 'stranger'] as const) {
      const w = world({ standing: () => ({ standing, groups: [], inCardChannel: true }) });
      const id = fire(w);
      expect(w.incidents.actions.acknowledge(id, ASHA, T0)).toMatchObject({ kind: 'refused', code: 'forbidden' });
      expect(w.store.incident(id)?.state.kind).toBe('triggered');
      expect(w.audit).toMatchObject([{ action: 'incident.acknowledge', after: { refused: expect.any(String) } }]);
    }
  });

  it('let whoever is on call for the card resolve and silence up to 4 h, even when groups cannot be read', async () => {
    const rights = () => ({ resolve: ['S0ML'], silence: ['S0ML'], override: [], admins: ['S0ADMIN'] });
    const w = world({ rights, standing: () => ({ standing: 'member', groups: undefined, inCardChannel: false }) });
    const id = fire(w);
    const stranger = { id: 'U99', name: 'Zoe', via: 'slack' } as const;
    const hour = 60 * MINUTE;
    expect(w.incidents.actions.resolve(id, stranger, T0, false)).toMatchObject({ code: 'forbidden' });
    expect(w.incidents.actions.silence(id, ASHA, T0, T0 + 4 * hour, '')).toMatchObject({ kind: 'done' });
    expect(w.incidents.actions.silence(id, ASHA, T0, T0 + 5 * hour, 'x')).toMatchObject({ code: 'forbidden' });
    expect(w.incidents.actions.resolve(id, ASHA, T0, false)).toMatchObject({ kind: 'confirm' });
  });
});
