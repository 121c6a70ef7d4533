import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transition } from '../../src/incident/incident.ts';
import { excess, formatMeasure, formatValue } from '../../src/incident/measure.ts';
import {
  ASHA,
  ended,
  group,
  latency,
  MINUTE,
  notification,
  onlyIncident,
  shown,
  T0,
  type World,
  world,
} from './incident-world.ts';

function fire(w: World, ...alerts: ReturnType<typeof latency>[]): string {
  const g = group(alerts);
  w.incidents.effects.notify(notification(g, T0), g);
  return onlyIncident(w);
}

describe('what a card says', () => {
  it('takes what all members share, and tells members apart by what differs', () => {
    const w = world();
    fire(
      w,
      latency({ labels: { feature_name: 'amount', region: 'eu', team: 'ml-platform' } }),
      latency({ labels: { feature_name: 'country', region: 'us', team: 'ml-platform' }, value: 0.9 }),
    );
    const state = shown(w);
    expect(state).toMatchObject({
      model: 'fraud-detector',
      version: 'v2.3.2',
      environment: 'production',
      region: '',
      team: 'ml-platform',
      priority: 'P1',
      summary: 'Model fraud-detector P99 latency above 200ms',
      dashboardUrl: 'https://grafana.example/d/1',
    });
    expect(state.members.map(({ label }) => label)).toEqual([
      'feature_name=country, region=us',
      'feature_name=amount, region=eu',
    ]);
    expect(state.evidence?.value).toBe(0.9);
  });

  it('lets the rule’s own links stand before the configured ones', () => {
    const w = world();
    fire(w, latency({ annotations: { runbook_url: 'https://wiki/r', dashboard_url: 'https://grafana/own' } }));
    expect(shown(w)).toMatchObject({ runbookUrl: 'https://wiki/r', dashboardUrl: 'https://grafana/own' });
  });

  it('counts members that have ended, but speaks of those that are open', () => {
    const w = world();
    const [a, b] = [latency({ value: 0.9, labels: { region: 'eu' } }), latency({ labels: { region: 'us' } })];
    fire(w, a, b);
    w.incidents.effects.changed(group([ended(a, T0), b]));
    expect(shown(w)).toMatchObject({ openMembers: 1, totalMembers: 2, region: 'us', evidence: { value: 0.412 } });
    expect(shown(w).members.map(({ state }) => state)).toEqual(['firing', 'resolved']);
  });

  it('bounds hostile names and texts, and keeps the lock screen on one line', async () => {
    const w = world();
    const evil = `<!channel>\n${'x'.repeat(5000)}`;
    fire(w, latency({ labels: { model_name: evil }, annotations: { summary: 'y'.repeat(100_000) } }));
    await w.at('0s');
    expect(shown(w).summary.length).toBeLessThanOrEqual(3000);
    expect(shown(w).lockScreen).not.toContain('\n');
    expect(shown(w).lockScreen.length).toBeLessThan(400);
  });

  it('lists at most a hundred of very many members', () => {
    const w = world();
    fire(w, ...Array.from({ length: 150 }, (_, index) => latency({ labels: { feature_name: `f${index}` } })));
    expect(shown(w).members).toHaveLength(100);
    expect(shown(w).totalMembers).toBe(150);
  });

  it('remembers where it was posted, and what it replaces when that is lost', () => {
    const w = world();
    const id = fire(w, latency());
    const [card] = w.store.cards.ofIncident(id);
    if (!card) throw new Error('there is no card');
    const { cards } = w.incidents;
    cards.posted(card.id, { channel: 'C1', ts: '1.1' });
    expect(cards.at({ channel: 'C1', ts: '1.1' })?.id).toBe(card.id);
    cards.lost(card.id, 'message_not_found');
    expect(cards.card(card.id)).toMatchObject({ replaces: { channel: 'C1', ts: '1.1' } });
    expect(cards.card(card.id)?.ref).toBeUndefined();
    cards.posted(card.id, { channel: 'C1', ts: '2.2' });
    expect(cards.card(card.id)?.replaces).toBeUndefined();
    expect(cards.state('nothing', T0)).toBeUndefined();
  });

  it('says on a lock screen how each life ends', () => {
    const w = world();
    const id = fire(w, latency());
    w.clock.set(T0 + 6 * MINUTE);
    expect(shown(w).lockScreen).toBe('P1 fraud-detector prod: p99 412 ms > 200 ms for 6 min. Asha at 02:56 IST');
    w.incidents.actions.acknowledge(id, ASHA, T0 + 6 * MINUTE);
    expect(shown(w).lockScreen).toBe('P1 fraud-detector prod: acknowledged by Asha');
    w.incidents.actions.resolve(id, ASHA, T0 + 6 * MINUTE, true);
    expect(shown(w).lockScreen).toBe('P1 fraud-detector prod: closed by Asha, condition still true');
  });
});

describe('measures', () => {
  it.each([
    [0.412, 'seconds', '412 ms'],
    [0.2, 'seconds', '200 ms'],
    [0.00025, 'seconds', '250 µs'],
    [1.5, 'seconds', '1.5 s'],
    [0, 'seconds', '0 s'],
    [5400, 'seconds', '90 min'],
    [0.074, 'ratio', '7.4 %'],
    [7.4, 'percent', '7.4 %'],
    [1.5e9, 'bytes', '1.5 GB'],
    [14.4, undefined, '14.4'],
    [1234567, 'rows', '1,234,567 rows'],
    [Number.NaN, 'seconds', 'no value'],
    [Number.POSITIVE_INFINITY, undefined, '+Inf'],
  ])('%d %s reads %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  it('never stand without their limit where there is one, and rank by how far they are beyond it', () => {
    const { evidence } = latency();
    expect(formatMeasure(evidence)).toBe('p99 412 ms > 200 ms');
    expect(formatMeasure(undefined)).toBe('');
    if (!evidence) throw new Error('no evidence');
    const below = { ...evidence, limit: { operator: '<', value: 0.9 } as const };
    expect(excess({ ...below, value: 0.5 })).toBeGreaterThan(excess({ ...below, value: 0.8 }));
    expect(excess({ ...evidence, value: Number.NaN })).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('the state machine', () => {
  const input = fc.oneof(
    fc.constant({ kind: 'acknowledge', by: ASHA } as const),
    fc.constant({ kind: 'retrigger', reason: 'higher_priority' } as const),
    fc
      .constantFrom('members_ended' as const, 'closed_by_hand' as const)
      .map((how) => ({ kind: 'resolve', by: ASHA, how }) as const),
    fc.constant({ kind: 'reopen', reason: 'condition_still_true' } as const),
  );

  it('never leaves a seen recovery, and leaves "closed by hand" only by reopening, in whatever order things happen', () => {
    fc.assert(
      fc.property(fc.array(input), (inputs) => {
        let state: Parameters<typeof transition>[0] = { kind: 'triggered' };
        for (const [now, one] of inputs.entries()) {
          const result = transition(state, one, now);
          if (result.kind !== 'changed') continue;
          if (state.kind === 'resolved') {
            expect(state.how).toBe('closed_by_hand');
            expect(one.kind).toBe('reopen');
          }
          // Twice is once.
          expect(transition(result.state, one, now).kind).not.toBe('changed');
          state = result.state;
        }
      }),
    );
  });
});
