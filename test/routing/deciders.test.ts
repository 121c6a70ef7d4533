import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NotifyReason } from '../../src/delivery/notification.ts';
import { DeadlineQueue } from '../../src/routing/deadline-queue.ts';
import { inOrder } from '../../src/routing/group.ts';
import { InhibitSources } from '../../src/routing/inhibit.ts';
import { parseMatchers } from '../../src/routing/matcher-text.ts';
import { type NotificationLogEntry, needsUpdate, type SkipReason } from '../../src/routing/notification-log.ts';
import {
  checkSilence,
  editSilence,
  expireSilence,
  newSilence,
  observeSilence,
  type Silence,
  type SilenceDraft,
  silenceEnd,
  silenceState,
} from '../../src/routing/silence.ts';
import { containsInstant, type TimeInterval } from '../../src/routing/time-interval.ts';
import { alert, config, START } from './house.ts';

const HOUR = 3_600_000;

describe('whether an integration is told', () => {
  const entry = (firing: string, resolved: string, at: number, heard = firing): NotificationLogEntry => ({
    groupKey: 'k',
    groupId: 'k',
    integration: { receiver: 'r', kind: 'webhook', index: 0 },
    firing: new Set(firing),
    resolved: new Set(resolved),
    heard: new Set(heard),
    at,
  });
  const none = undefined;
  const table: [NotificationLogEntry | undefined, string, string, boolean, NotifyReason | SkipReason][] = [
    [none, 'a', '', true, 'first_notification'],
    [none, 'a', 'b', true, 'first_notification'],
    [none, '', 'a', true, 'ended_unheard'],
    [entry('a', '', 0), 'ab', '', true, 'new_alerts'],
    [entry('', 'a', 0, ''), 'a', '', true, 'first_notification'],
    [entry('ab', '', 0), 'b', 'a', true, 'new_resolved'],
    [entry('ab', '', 0), 'b', 'a', false, 'nothing_changed'],
    [entry('b', 'a', 0), 'b', 'a', true, 'nothing_changed'],
    [entry('ab', '', 0), '', 'ab', true, 'all_resolved'],
    [entry('ab', '', 0), '', 'a', true, 'all_resolved'],
    [entry('ab', '', 0), '', 'ab', false, 'resolved_unwanted'],
    [entry('', 'a', 0, ''), '', 'ab', true, 'ended_unheard'],
    // b was muted when a was told to have ended; its own end is still owed
    [entry('', 'a', 0, 'b'), '', 'b', true, 'all_resolved'],
    [entry('a', '', -HOUR), 'a', '', true, 'nothing_changed'],
    [entry('a', '', -HOUR - 1), 'a', '', true, 'repeat_interval'],
    [entry('ab', '', -HOUR - 1), 'a', '', true, 'repeat_interval'],
  ];
  it.each(table)(
    '%o with firing %s and ended %s (send_resolved %s): %s',
    (logged, firing, resolved, sendResolved, reason) => {
      const input = {
        entry: logged,
        firing: new Set(firing),
        resolved: new Set(resolved),
        sendResolved,
        repeatIntervalMs: HOUR,
      };
      expect(needsUpdate(input, 0).reason).toBe(reason);
    },
  );
});

describe('inhibition', () => {
  const inhibiting = (rule: string, sources: readonly string[], target: string): string | undefined => {
    const { inhibitRules } = config(
      `{ route: { receiver: a }, receivers: [ { name: a } ], inhibit_rules: [ ${rule} ] }`,
    );
    const index = new InhibitSources(inhibitRules);
    for (const source of sources) index.set(alert(source, START));
    return index.inhibiting(alert(target, START).labels)?.source.labels.get('alertname');
  };
  const rule = '{ source_matchers: [ sev=crit ], target_matchers: [ sev=warn ], equal: [ model, zone ] }';

  it.each([
    [rule, ['alertname=S,sev=crit,model=a'], 'alertname=T,sev=warn,model=a', 'S'],
    [rule, ['alertname=S,sev=crit,model=b'], 'alertname=T,sev=warn,model=a', undefined],
    [rule, ['alertname=S,sev=crit'], 'alertname=T,sev=warn', 'S'],
    [rule, ['alertname=S,sev=crit,model=a,zone=1'], 'alertname=T,sev=warn,model=a', undefined],
    [rule, ['alertname=S,sev=crit'], 'alertname=T,sev=crit', undefined],
    [
      '{ source_match: { sev: crit }, target_match_re: { sev: crit|warn } }',
      ['alertname=S,sev=crit'],
      'alertname=T,sev=crit',
      undefined,
    ],
    [
      '{ source_match: { sev: crit }, target_match_re: { sev: crit|warn } }',
      ['alertname=S,sev=crit'],
      'alertname=T,sev=warn',
      'S',
    ],
    ['{ source_matchers: [ a=1 ], target_matchers: [ b=1 ] }', ['alertname=S,a=1'], 'alertname=T,a=1,b=1', 'S'],
    [
      '{ source_matchers: [ a=1 ], target_matchers: [ b=1 ] }',
      ['alertname=S,a=1,b=1'],
      'alertname=T,a=1,b=1',
      undefined,
    ],
    ['{ source_matchers: [ a=1 ], target_matchers: [ b=1 ] }', ['alertname=S,a=1,b=1'], 'alertname=T,b=1', 'S'],
  ])('%s with %j mutes %s by %s', (text, sources, target, by) => {
    expect(inhibiting(text, sources, target)).toBe(by);
  });

  it('ends when the source ends, and lasts while the source has no data', () => {
    const { inhibitRules } = config(
      `{ route: { receiver: a }, receivers: [ { name: a } ], inhibit_rules: [ ${rule} ] }`,
    );
    const index = new InhibitSources(inhibitRules);
    const target = alert('alertname=T,sev=warn', START).labels;
    expect(index.set(alert('alertname=S,sev=crit', START))).toBe(true);
    expect(index.set(alert('alertname=S,sev=crit', START))).toBe(false);
    expect(index.set(alert('alertname=S,sev=crit', START, { noDataSince: START }))).toBe(false);
    expect(index.inhibiting(target)).toBeDefined();
    expect(index.set(alert('alertname=S,sev=crit', START, { resolvedAt: START }))).toBe(true);
    expect(index.inhibiting(target)).toBeUndefined();
  });
});

describe('a silence', () => {
  const draft = (more: Partial<SilenceDraft> = {}): SilenceDraft => ({
    matcherSets: [parseMatchers('model="a"')],
    startsAt: START,
    endsAt: START + HOUR,
    createdBy: 'asha',
    comment: '',
    ...more,
  });
  const made = (more: Partial<SilenceDraft> = {}): Silence => newSilence(draft(more), 'one', START);

  it('is pending, active and expired by its row and the clock alone', () => {
    const silence = made({ startsAt: START + 10 });
    expect([9, 10, HOUR - 1, HOUR].map((ms) => silenceState(silence, START + ms))).toEqual([
      'pending',
      'active',
      'active',
      'expired',
    ]);
  });

  it.each([
    [{ matcherSets: [] }, 'at least one matcher required'],
    [{ matcherSets: [parseMatchers('{}')] }, 'at least one matcher required'],
    [{ matcherSets: [parseMatchers('a=~".*",b=""')] }, 'at least one matcher must not match the empty string'],
    [
      { matcherSets: [parseMatchers('a=b'), parseMatchers('a=~".*"')] },
      'at least one matcher must not match the empty string',
    ],
    [{ endsAt: START }, 'start time must be before end time'],
    [{ startsAt: START - 10, endsAt: START - 5 }, "end time can't be in the past"],
    [{ endsAt: Number.NaN }, 'the end is not an instant'],
    [
      { matcherSets: [parseMatchers(Array.from({ length: 33 }, (_, i) => `a${i}=b`).join(','))] },
      'more than 32 matchers',
    ],
  ] as [Partial<SilenceDraft>, string][])('is refused where %o', (more, message) => {
    expect(() => checkSilence(draft(more), START)).toThrow(message);
  });

  it('may match everything that has a label', () => {
    expect(() => checkSilence(draft({ matcherSets: [parseMatchers('a!=""')] }), START)).not.toThrow();
  });

  it('in force keeps its matchers and start: another end is an update, anything else a new silence', () => {
    const now = START + 1000;
    const longer = editSilence(made(), draft({ endsAt: START + 2 * HOUR, comment: 'longer' }), 'two', now);
    expect(longer).toMatchObject({
      kind: 'update',
      silence: { id: 'one', endsAt: START + 2 * HOUR, comment: 'longer' },
    });
    const wider = editSilence(made(), draft({ matcherSets: [parseMatchers('model=~"a|b"')] }), 'two', now);
    expect(wider).toMatchObject({
      kind: 'replace',
      expired: { id: 'one', endsAt: now },
      silence: { id: 'two', startsAt: now },
    });
    const later = editSilence(made(), draft({ startsAt: START + 60_000 }), 'two', now);
    expect(later).toMatchObject({ kind: 'replace', silence: { startsAt: START + 60_000 } });
  });

  it('never comes back once it has expired', () => {
    const expired = expireSilence(made(), START + 5);
    expect(silenceState(expired, START + 5)).toBe('expired');
    const revived = editSilence(expired, draft(), 'two', START + 10);
    expect(revived).toMatchObject({ kind: 'replace', silence: { id: 'two', startsAt: START + 10 } });
    expect('expired' in revived && revived.expired).toBeFalsy();
    expect(expireSilence(expired, START + HOUR)).toBe(expired);
  });

  it('that is pending never starts after it was ended', () => {
    const expired = expireSilence(made({ startsAt: START + 60_000 }), START + 5);
    expect(silenceState(expired, START + 60_000)).toBe('expired');
  });

  it('until resolved ends when what it matched has been quiet for as long as asked', () => {
    const silence = made({ end: { kind: 'resolved', forMs: 600_000 } });
    expect(silenceEnd(observeSilence(silence, false, START))).toBe(START + HOUR);
    const matched = observeSilence(silence, true, START + 1);
    const quiet = observeSilence(matched, false, START + 100);
    expect(silenceEnd(quiet)).toBe(START + 600_100);
    expect(silenceEnd(observeSilence(quiet, true, START + 200))).toBe(START + HOUR);
  });

  it('that matches nothing ends after as long as asked', () => {
    expect(silenceEnd(made({ end: { kind: 'unmatched', forMs: 60_000 } }))).toBe(START + 60_000);
  });
});

describe('a time interval', () => {
  const holds = (interval: string, instant: string): boolean => {
    const { timeIntervals } = config(
      `{ route: { receiver: a }, receivers: [ { name: a } ], time_intervals: [ { name: n, time_intervals: [ ${interval} ] } ] }`,
    );
    const [only] = timeIntervals.get('n') ?? [];
    return containsInstant(only as TimeInterval, Date.parse(instant));
  };
  it.each([
    ["{ times: [ { start_time: '09:00', end_time: '17:00' } ] }", '2026-11-16T09:00:00Z', true],
    ["{ times: [ { start_time: '09:00', end_time: '17:00' } ] }", '2026-11-16T16:59:59Z', true],
    ["{ times: [ { start_time: '09:00', end_time: '17:00' } ] }", '2026-11-16T17:00:00Z', false],
    ["{ times: [ { start_time: '00:00', end_time: '24:00' } ] }", '2026-11-16T23:59:59Z', true],
    ["{ times: [ { start_time: '09:00', end_time: '17:00' } ], location: Asia/Kolkata }", '2026-11-16T03:30:00Z', true],
    [
      "{ times: [ { start_time: '09:00', end_time: '17:00' } ], location: Asia/Kolkata }",
      '2026-11-16T03:29:59Z',
      false,
    ],
    ["{ weekdays: [ 'saturday', 'sunday' ] }", '2026-11-15T12:00:00Z', true],
    ["{ weekdays: [ 'monday:friday' ] }", '2026-11-15T12:00:00Z', false],
    // Sunday 20:00 UTC is Monday in Kolkata
    ["{ weekdays: [ 'monday' ], location: Asia/Kolkata }", '2026-11-15T20:00:00Z', true],
    ["{ days_of_month: [ '-1' ] }", '2026-02-28T12:00:00Z', true],
    ["{ days_of_month: [ '-1' ] }", '2028-02-28T12:00:00Z', false],
    ["{ days_of_month: [ '31' ] }", '2026-04-30T12:00:00Z', false],
    ["{ days_of_month: [ '29:31' ] }", '2026-04-30T12:00:00Z', true],
    ["{ days_of_month: [ '-3:-1' ] }", '2026-04-28T12:00:00Z', true],
    ["{ days_of_month: [ '-31:-30' ] }", '2026-02-01T12:00:00Z', false],
    // November has an hour more in New York, and still 30 days
    ["{ days_of_month: [ '-1' ], location: America/New_York }", '2026-12-01T04:59:00Z', true],
    ["{ days_of_month: [ '-1' ], location: America/New_York }", '2026-12-01T05:00:00Z', false],
    // March has an hour less in New York, and still 31 days
    ["{ days_of_month: [ '-1' ], location: America/New_York }", '2026-03-31T12:00:00Z', true],
    ["{ days_of_month: [ '-1' ], location: America/New_York }", '2026-03-30T12:00:00Z', false],
    ["{ months: [ 'november', '1:2' ] }", '2026-11-16T12:00:00Z', true],
    ["{ months: [ '1:2' ] }", '2026-11-16T12:00:00Z', false],
    ["{ years: [ '2026:2027' ] }", '2027-12-31T23:59:59Z', true],
    ["{ years: [ '2025' ] }", '2026-01-01T00:00:00Z', false],
    ['{ times: [] }', '2026-01-01T00:00:00Z', false],
    ['{}', '2026-01-01T00:00:00Z', true],
    // 02:30 does not exist on this day in New York; 03:30 is an hour later than the day before
    [
      "{ times: [ { start_time: '03:00', end_time: '04:00' } ], location: America/New_York }",
      '2026-03-08T07:15:00Z',
      true,
    ],
  ])('%s at %s: %s', (interval, instant, wanted) => {
    expect(holds(interval, instant)).toBe(wanted);
  });
});

describe('order', () => {
  it('lists alerts by job, instance, number of labels and labels, as Alertmanager', () => {
    const texts = [
      'alertname=B',
      'alertname=A,z=1',
      'alertname=A,b=2',
      'alertname=A',
      'alertname=C,instance=2',
      'alertname=Z,instance=1',
      'alertname=Z,job=x',
    ];
    const sorted = inOrder(texts.map((text) => alert(text, START)));
    expect(sorted.map((a) => a.labels.toString().replaceAll('"', ''))).toEqual([
      '{alertname=Z, job=x}',
      '{alertname=Z, instance=1}',
      '{alertname=C, instance=2}',
      '{alertname=A}',
      '{alertname=B}',
      '{alertname=A, z=1}',
      '{alertname=A, b=2}',
    ]);
  });

  it('finds what is due whatever was set before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.option(fc.nat(20), { nil: undefined }))),
        fc.nat(20),
        (sets, now) => {
          const queue = new DeadlineQueue();
          const model = new Map<string, number>();
          for (const [id, due] of sets) {
            queue.set(id, due);
            if (due === undefined) model.delete(id);
            else model.set(id, due);
          }
          expect(queue.next()).toBe(model.size > 0 ? Math.min(...model.values()) : undefined);
          const due = [...model].filter(([, when]) => when <= now).map(([id]) => id);
          expect(queue.due(now).toSorted()).toEqual(due.toSorted());
          expect(queue.due(now).toSorted()).toEqual(due.toSorted());
        },
      ),
    );
  });
});
