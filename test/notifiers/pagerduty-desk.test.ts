import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.ts';
import { DEFAULT_SEVERITIES } from '../../src/alert/priority.ts';
import type { OutboxDraft } from '../../src/delivery/outbox.ts';
import type { PagerdutyAct } from '../../src/notifiers/pagerduty.ts';
import { PagerdutyDesk } from '../../src/notifiers/pagerduty-desk.ts';
import { NO_TEXTS } from '../../src/notifiers/pagerduty-event.ts';
import type { Db } from '../../src/sqlite/db.ts';
import { SqlitePagerdutyBook } from '../../src/sqlite/pagerduty-store.ts';
import {
  ASHA,
  ended,
  group,
  latency,
  MINUTE,
  notification,
  onlyIncident,
  T0,
  type World,
  world,
} from '../incident/incident-world.ts';

const KEY = 'fraud-detector-ModelLatencyP99High-production';

/** Incidents that PagerDuty hears of, and the acts it was told, as `action key severity`. */
function house(sendsResolved = true) {
  const held: { desk?: PagerdutyDesk } = {};
  const told: OutboxDraft[] = [];
  const w = world({
    deliver: (said, incident) => held.desk?.deliver(said, incident),
    observe: (event, incident) => held.desk?.observe(event, incident),
  }) as World & { db: Db };
  held.desk = new PagerdutyDesk({
    book: new SqlitePagerdutyBook(w.db),
    enqueue: (draft) => String(told.push(draft)),
    severities: () => DEFAULT_SEVERITIES,
    texts: () => NO_TEXTS,
    sendsResolved: () => sendsResolved,
    members: (id) => w.store.members(id).map(({ alert }) => alert),
  });
  const notify = (view: ReturnType<typeof group>, reason?: 'repeat_interval' | 'new_alerts' | 'all_resolved') =>
    w.incidents.effects.notify(notification(view, w.clock.now(), reason, 'pagerduty'), view);
  const acts = (): string[] =>
    told.splice(0).map(({ payload, destination }) => {
      const act = payload as PagerdutyAct;
      const severity = act.action === 'trigger' ? ` ${act.event.payload.severity}` : '';
      return `${destination.replace('pagerduty:', '')} ${act.action} ${act.dedupKey}${severity}`;
    });
  return { w, notify, acts };
}

describe('PagerDuty follows our incidents', () => {
  it('hears trigger, acknowledge and resolve of one incident, once each', () => {
    const { w, notify, acts } = house();
    notify(group([latency()]));
    expect(acts()).toEqual([`ml-critical/0 trigger ${KEY} critical`]);
    w.incidents.actions.acknowledge(onlyIncident(w), ASHA, T0 + MINUTE);
    w.incidents.actions.acknowledge(onlyIncident(w), ASHA, T0 + MINUTE);
    expect(acts()).toEqual([`ml-critical/0 acknowledge ${KEY}`]);
    w.clock.set(T0 + 10 * MINUTE);
    const over = group([ended(latency(), T0 + 10 * MINUTE)]);
    notify(over, 'all_resolved');
    w.incidents.effects.ended(over);
    expect(acts()).toEqual([`ml-critical/0 resolve ${KEY}`]);
  });

  it('stays open while another group still reports the incident', () => {
    const { w, notify, acts } = house();
    const [first, second] = [latency(), latency({ labels: { region: 'eu-west-1' } })];
    notify(group([first, second]));
    acts();
    w.clock.set(T0 + 5 * MINUTE);
    notify(group([ended(first, T0 + 5 * MINUTE), second]), 'new_alerts');
    expect(acts()).toEqual([`ml-critical/0 trigger ${KEY} critical`]);
    notify(group([ended(first, T0 + 5 * MINUTE), ended(second, T0 + 5 * MINUTE)]), 'all_resolved');
    expect(acts()).toEqual([`ml-critical/0 resolve ${KEY}`]);
  });

  it('closes what a person closed, keeps quiet about repeats, and opens it again when it reopens', async () => {
    const { w, notify, acts } = house();
    notify(group([latency()]));
    w.incidents.actions.resolve(onlyIncident(w), ASHA, T0, true);
    expect(acts()).toEqual([`ml-critical/0 trigger ${KEY} critical`, `ml-critical/0 resolve ${KEY}`]);
    w.clock.set(T0 + 2 * MINUTE);
    notify(group([latency()]), 'repeat_interval');
    expect(acts()).toEqual([]);
    await w.at('6m');
    expect(acts()).toEqual([`ml-critical/0 trigger ${KEY} critical`]);
  });

  it('is triggered anew by a higher priority', () => {
    const { w, notify, acts } = house();
    const mild = latency({ labels: { severity: 'warning' } });
    notify(group([mild]));
    expect(acts()).toEqual([`ml-critical/0 trigger ${KEY} warning`]);
    w.incidents.actions.acknowledge(onlyIncident(w), ASHA, T0);
    acts();
    notify(group([mild, latency({ labels: { severity: 'critical', region: 'eu-west-1' } })]), 'new_alerts');
    expect(acts().filter((act) => act.includes('trigger')).length).toBeGreaterThan(0);
  });

  it('tells two open incidents of the same model, alert and environment apart, and keeps each one’s key', () => {
    const { w, notify, acts } = house();
    const view = (alert: Alert, key: string): ReturnType<typeof group> => group([alert], [], key);
    const [one, two] = [latency({ labels: { region: 'a' } }), latency({ labels: { region: 'b' } })];
    notify(view(one, 'g1'));
    notify({ ...view(two, 'g2'), receiver: 'ml-critical' });
    const [first, second] = acts();
    expect(first).toBe(`ml-critical/0 trigger ${KEY} critical`);
    expect(second).toMatch(new RegExp(`^ml-critical/0 trigger ${KEY}-\\S+ critical$`));
    const [younger, older] = w.store.recent(2);
    w.incidents.actions.resolve(younger?.id ?? '', ASHA, T0, true);
    w.incidents.actions.resolve(older?.id ?? '', ASHA, T0, true);
    expect(acts().toSorted()).toEqual(
      [`ml-critical/0 resolve ${KEY}`, `ml-critical/0 resolve ${second?.split(' ')[2]}`].toSorted(),
    );
  });

  it('two services hear of one incident under one key, and an acknowledged one wakes nobody new', () => {
    const { w, notify, acts } = house();
    notify(group([latency()], [], 'g1'));
    w.incidents.actions.acknowledge(onlyIncident(w), ASHA, T0);
    acts();
    notify(group([latency()], [], 'g2'));
    expect(acts()).toEqual([`ml-warnings/0 trigger ${KEY} critical`, `ml-warnings/0 acknowledge ${KEY}`]);
    w.incidents.actions.resolve(onlyIncident(w), ASHA, T0, true);
    expect(acts()).toEqual([`ml-critical/0 resolve ${KEY}`, `ml-warnings/0 resolve ${KEY}`]);
  });

  it('is not told of ends where send_resolved is false', () => {
    const { w, notify, acts } = house(false);
    notify(group([latency()]));
    w.incidents.actions.resolve(onlyIncident(w), ASHA, T0, true);
    expect(acts()).toEqual([`ml-critical/0 trigger ${KEY} critical`]);
  });
});
