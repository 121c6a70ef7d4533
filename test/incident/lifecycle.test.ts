import { describe, expect, it } from 'vitest';
import { Labels } from '../../src/labels/labels.ts';
import {
  ASHA,
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
  world,
} from './incident-world.ts';

describe('an episode and its card', () => {
  it('opens at the first notifying flush, not when the group changes', () => {
    const w = world();
    const g = group([latency()]);
    w.incidents.effects.changed(g);
    expect(w.store.recent(10)).toEqual([]);
    w.incidents.effects.notify(notification(g, T0), g);
    expect(slackTraffic(w)).toEqual(['post card #ml-alerts: firing']);
    expect(w.store.incident(onlyIncident(w))?.openedAt).toBe(T0);
  });

  it('opens nothing for a muted alert', () => {
    const w = world();
    const alert = latency();
    const g = group([alert], [[alert, { kind: 'silenced', by: 's1' }]]);
    w.incidents.effects.notify(notification(g, T0), g);
    expect(w.store.recent(10)).toEqual([]);
    expect(w.outbox).toEqual([]);
  });

  it('makes two cards, one incident and one ladder of an alert that two routes tell', async () => {
    const w = world();
    const first = group([latency()]);
    const second = group([latency()], [], 'g2');
    w.incidents.effects.notify(notification(first, T0), first);
    w.incidents.effects.notify(notification(second, T0), second);
    await w.at('0s');
    const id = onlyIncident(w);
    const traffic = slackTraffic(w);
    expect(traffic.filter((line) => line.startsWith('post card'))).toEqual([
      'post card #ml-alerts: firing',
      'post card #ml-alerts-warnings: firing',
    ]);
    expect(traffic.filter((line) => line.startsWith('post page'))).toEqual(['post page U01ASHA: firing']);
    w.incidents.actions.acknowledge(id, ASHA, T0 + MINUTE);
    expect(slackTraffic(w).filter((line) => line.startsWith('edit'))).toEqual([
      'edit card #ml-alerts: acknowledged',
      'edit card #ml-alerts-warnings: acknowledged',
      'edit page U01ASHA: acknowledged',
    ]);
  });

  it('joins alerts of a later route to the incident of their first matching route', () => {
    const home = { key: 'g1', labels: Labels.of({ alertname: 'ModelLatencyP99High' }) };
    const w = world({ homeGroup: () => home });
    const second = group([latency({ labels: { region: 'eu' } })], [], 'g2');
    w.incidents.effects.notify(notification(second, T0), second);
    const first = group([latency({ labels: { region: 'us' } })], [], 'g1');
    w.incidents.effects.notify(notification(first, T0), first);
    expect(w.store.incident(onlyIncident(w))?.homeGroup).toBe('g1');
  });

  it('posts no second card at later flushes', () => {
    const w = world();
    const alert = latency();
    const g = group([alert]);
    w.incidents.effects.notify(notification(g, T0), g);
    slackTraffic(w);
    const bigger = group([alert, latency({ labels: { region: 'eu' } })]);
    w.incidents.effects.notify(notification(bigger, T0 + 5 * MINUTE, 'new_alerts'), bigger);
    expect(slackTraffic(w)).toEqual(['line #ml-alerts: member_joined', 'edit card #ml-alerts: firing']);
    expect(shown(w)).toMatchObject({ openMembers: 2, totalMembers: 2 });
  });

  it('says a repeat in the channel while nobody has acknowledged, and only edits afterwards', () => {
    const w = world();
    const g = group([latency()]);
    w.incidents.effects.notify(notification(g, T0), g);
    slackTraffic(w);
    w.incidents.effects.notify(notification(g, T0 + 30 * MINUTE, 'repeat_interval'), g);
    expect(lines(w)).toEqual([
      { kind: 'repeat', openMembers: 1, firingForMs: 30 * MINUTE, measure: 'p99 412 ms > 200 ms' },
    ]);
    expect(slackTraffic(w)).toContain('broadcast #ml-alerts: repeat');
    w.incidents.actions.acknowledge(onlyIncident(w), ASHA, T0 + 31 * MINUTE);
    slackTraffic(w);
    w.incidents.effects.notify(notification(g, T0 + 60 * MINUTE, 'repeat_interval'), g);
    expect(slackTraffic(w)).toEqual(['edit card #ml-alerts: acknowledged']);
  });

  it('replaces a repeat that Slack has not taken yet by the next one', () => {
    const w = world();
    const g = group([latency()]);
    w.incidents.effects.notify(notification(g, T0), g);
    slackTraffic(w);
    w.incidents.effects.notify(notification(g, T0 + 30 * MINUTE, 'repeat_interval'), g);
    w.incidents.effects.notify(notification(g, T0 + 60 * MINUTE, 'repeat_interval'), g);
    expect(lines(w)).toMatchObject([{ kind: 'repeat', firingForMs: 60 * MINUTE }]);
  });

  it('closes by an edit when all has ended, keeping first value, peak and last value', () => {
    const w = world();
    const alert = latency({ value: 0.24 });
    w.incidents.effects.notify(notification(group([alert]), T0), group([alert]));
    const worse = { ...latency({ value: 0.53 }), updatedAt: T0 + MINUTE };
    w.clock.set(T0 + MINUTE);
    w.incidents.effects.changed(group([worse]));
    w.clock.set(T0 + 24 * MINUTE);
    const over = group([ended({ ...latency({ value: 0.121 }) }, T0 + 24 * MINUTE)]);
    slackTraffic(w);
    w.incidents.effects.notify(notification(over, T0 + 24 * MINUTE, 'all_resolved'), over);
    w.incidents.effects.ended(over);
    expect(slackTraffic(w)).toEqual(['edit card #ml-alerts: resolved', 'line #ml-alerts: resolved']);
    const state = shown(w);
    expect(state.phase).toEqual({ kind: 'resolved', at: T0 + 24 * MINUTE });
    expect(state.evidence).toMatchObject({ firstValue: 0.24, peak: 0.53, value: 0.121 });
    expect(w.store.incident(onlyIncident(w))?.state).toMatchObject({ kind: 'resolved', how: 'members_ended' });
  });

  it('closes the card even when the members end while they are silenced', () => {
    const w = world();
    const alert = latency();
    w.incidents.effects.notify(notification(group([alert]), T0), group([alert]));
    const mute = { kind: 'silenced', by: 's1', until: T0 + 60 * MINUTE } as const;
    w.clock.set(T0 + 10 * MINUTE);
    w.incidents.effects.changed(group([alert], [[alert, mute]]));
    const over = ended(alert, T0 + 11 * MINUTE);
    w.clock.set(T0 + 11 * MINUTE);
    w.incidents.effects.ended(group([over], [[over, mute]]));
    expect(shown(w).phase.kind).toBe('resolved');
  });

  it('is amber and open without data, and grey when only the sender went silent', () => {
    const w = world();
    const alert = latency();
    w.incidents.effects.notify(notification(group([alert]), T0), group([alert]));
    w.clock.set(T0 + 2 * MINUTE);
    w.incidents.effects.changed(group([{ ...alert, condition: { kind: 'no_data', since: T0 + MINUTE } }]));
    expect(shown(w).phase).toEqual({ kind: 'no_data', since: T0 + MINUTE });
    const silent = { ...alert, condition: { kind: 'sender_silent', at: T0 + 3 * MINUTE } } as const;
    w.clock.set(T0 + 4 * MINUTE);
    w.incidents.effects.ended(group([silent]));
    expect(shown(w).phase).toEqual({ kind: 'sender_silent', at: T0 + 3 * MINUTE });
  });

  it('starts a new incident and a new card when the alert fires again after the end', () => {
    const w = world();
    const alert = latency();
    w.incidents.effects.notify(notification(group([alert]), T0), group([alert]));
    const over = group([ended(alert, T0 + MINUTE)]);
    w.incidents.effects.ended(over);
    w.outbox.length = 0;
    w.clock.set(T0 + 10 * MINUTE);
    w.incidents.effects.notify(notification(group([alert]), T0 + 10 * MINUTE), group([alert]));
    expect(w.store.recent(10)).toHaveLength(2);
    expect(slackTraffic(w)).toEqual(['post card #ml-alerts: firing']);
  });

  it('edits for mere values at most once a minute, and still shows the last one', async () => {
    const w = world({ paging: () => [] });
    const alert = latency();
    w.incidents.effects.notify(notification(group([alert]), T0), group([alert]));
    slackTraffic(w);
    for (let second = 15; second <= 120; second += 15) {
      await w.at(`${second}s`);
      w.incidents.effects.changed(group([latency({ value: 0.4 + second / 1000, updatedAt: T0 + second * 1000 })]));
      if (second % 60 === 0) expect(slackTraffic(w)).toHaveLength(1);
      else expect(slackTraffic(w)).toEqual([]);
    }
    await w.at('5m');
    expect(slackTraffic(w)).toHaveLength(1);
    expect(shown(w).evidence?.value).toBeCloseTo(0.52);
  });

  it('resolves only when the last member has ended, in whichever group', () => {
    const w = world({ homeGroup: () => ({ key: 'home', labels: Labels.empty }) });
    const [a, b] = [latency({ labels: { region: 'eu' } }), latency({ labels: { region: 'us' } })];
    w.incidents.effects.notify(notification(group([a]), T0), group([a]));
    w.incidents.effects.notify(notification(group([b], [], 'g2'), T0), group([b], [], 'g2'));
    const id = onlyIncident(w);
    w.incidents.effects.ended(group([ended(a, T0 + MINUTE)]));
    expect(w.store.incident(id)?.state.kind).toBe('triggered');
    w.incidents.effects.ended(group([ended(b, T0 + 2 * MINUTE)], [], 'g2'));
    expect(w.store.incident(id)?.state.kind).toBe('resolved');
  });

  it('hands other integrations the notification with the incident as it stands after it', () => {
    const w = world();
    const alert = latency();
    w.incidents.effects.notify(notification(group([alert]), T0, 'first_notification', 'pagerduty'), group([alert]));
    const over = group([ended(alert, T0 + MINUTE)]);
    w.incidents.effects.notify(notification(over, T0 + MINUTE, 'all_resolved', 'pagerduty'), over);
    expect(w.delivered.map(({ state }) => state)).toEqual(['triggered', 'resolved']);
    expect(new Set(w.delivered.map(({ incidentId }) => incidentId)).size).toBe(1);
    expect(w.outbox.filter(({ kind }) => kind === 'slack.card')).toEqual([]);
  });
});

describe('a member that joins', () => {
  it('tells the thread and the acknowledger, who keeps the incident', () => {
    const w = world();
    const alert = latency();
    w.incidents.effects.notify(notification(group([alert]), T0), group([alert]));
    w.incidents.actions.acknowledge(onlyIncident(w), ASHA, T0 + MINUTE);
    slackTraffic(w);
    const both = group([alert, latency({ labels: { feature_name: 'amount' } })]);
    w.incidents.effects.notify(notification(both, T0 + 5 * MINUTE, 'new_alerts'), both);
    expect(lines(w)[0]).toMatchObject({ kind: 'member_joined', labels: ['feature_name=amount'], count: 1 });
    expect(slackTraffic(w)).toEqual([
      'line #ml-alerts: member_joined',
      'message U01ASHA: member_joined',
      'edit card #ml-alerts: acknowledged',
    ]);
  });

  it('calls people again when it is more urgent, or from another environment', async () => {
    for (const labels of [{ environment: 'staging' }, { severity: 'critical', region: 'eu' }]) {
      const w = world();
      const alert = latency({ labels: { severity: 'severity' in labels ? 'warning' : 'critical' } });
      w.incidents.effects.notify(notification(group([alert]), T0), group([alert]));
      await w.at('0s');
      w.incidents.actions.acknowledge(onlyIncident(w), ASHA, T0);
      slackTraffic(w);
      await w.at('10m');
      const both = group([alert, latency({ labels })]);
      w.incidents.effects.notify(notification(both, T0 + 10 * MINUTE, 'new_alerts'), both);
      await w.at('10m');
      const traffic = slackTraffic(w);
      expect(traffic).toContain('broadcast #ml-alerts: retriggered');
      expect(traffic).toContain('post page U01ASHA: firing');
      expect(w.store.incident(onlyIncident(w))?.state.kind).toBe('triggered');
      expect(shown(w).priority).toBe('P1');
    }
  });
});
