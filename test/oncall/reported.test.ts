import { beforeEach, describe, expect, it } from 'vitest';
import type { OncallChange, OncallResult } from '../../src/oncall/change.ts';
import { gaps, onCallAt, shifts } from '../../src/oncall/schedule.ts';
import { renderChange } from '../../src/slack/view/oncall-change.ts';
import { group, latency, MINUTE, notification, T0, world } from '../incident/incident-world.ts';
import { ASHA, at, BILAL, CHITRA, DAY, HOUR, house, NOW, weekly, who } from './schedule-house.ts';

/** What went wrong for people elsewhere, each as it was reported. */

let h: ReturnType<typeof house>;
beforeEach(() => {
  h = house();
});

function changed(result: OncallResult): OncallChange {
  if (result.kind === 'refused') throw new Error(result.message);
  return result.change;
}

function idOf(result: OncallResult): string {
  const change = changed(result);
  return 'swap' in change ? change.swap.id : change.override.id;
}

const refusal = (result: OncallResult): string => (result.kind === 'refused' ? result.message : 'done');
const onCall = (when: number): string | undefined => h.roster.onCall('primary', when)?.[0];
/** Asha's next shift that has not begun. */
const NEXT = at('2026-03-23T09:00:00Z');

describe('shifts that change hands (19)', () => {
  it('nobody could take the shift of a colleague who fell ill: taken now, and given back before it ends', () => {
    const id = idOf(h.overrides.take('primary', CHITRA, NOW));
    expect(onCall(NOW)).toBe('chitra@example.com');
    h.overrides.end(id, CHITRA, NOW + HOUR);
    expect(onCall(NOW + HOUR)).toBe('asha@example.com');
  });

  it('nobody could ask the channel for cover: whoever takes it first has it, once, and may give it back until it starts', () => {
    const id = idOf(h.swaps.cover({}, ASHA, NOW));
    expect(h.told).toEqual(['everybody: cover_asked']);
    expect(onCall(NEXT)).toBe('asha@example.com');
    expect(refusal(h.swaps.take(id, ASHA, NOW))).toContain('your own shift');
    expect(refusal(h.swaps.take(id, who('U09GUEST'), NOW))).toContain('cannot be on call');
    changed(h.swaps.take(id, BILAL, NOW));
    expect(refusal(h.swaps.take(id, CHITRA, NOW))).toContain('settled already');
    expect(onCall(NEXT)).toBe('bilal@example.com');
    changed(h.swaps.withdraw(id, BILAL, NEXT - HOUR));
    expect(onCall(NEXT)).toBe('asha@example.com');
  });

  it('the manager had to log in as the absent person: somebody else puts a third on call, and all three hear it', () => {
    changed(h.overrides.make({ person: 'Bilal', start: NOW, end: NOW + DAY }, CHITRA, NOW));
    expect(h.told.toSorted()).toEqual(['Asha: override_made', 'Bilal: override_made', 'everybody: override_made']);
  });

  it('a swap held before the other had agreed: until then the shift is the asker’s, and may be declined', () => {
    const id = idOf(h.swaps.offer({ person: 'Bilal' }, ASHA, NOW));
    expect(onCall(NEXT)).toBe('asha@example.com');
    changed(h.swaps.decline(id, BILAL, NOW));
    expect(onCall(NEXT)).toBe('asha@example.com');
  });
});

describe('swaps and the shifts that they are about (20)', () => {
  it('a swap came loose when the rotation changed: it ends, and both people hear it', () => {
    h.swaps.take(idOf(h.swaps.offer({ person: 'Bilal' }, ASHA, NOW)), BILAL, NOW);
    h.told.length = 0;
    h.schedules[0] = weekly('primary', 'chitra@example.com, bilal@example.com, asha@example.com');
    h.swaps.settle(NOW);
    expect(h.told).toEqual(['Asha: swap_void', 'Bilal: swap_void']);
    expect(onCall(NEXT)).not.toBe('bilal@example.com');
  });

  it('two swaps of one shift were allowed: the second is refused with what to do', () => {
    h.swaps.offer({ person: 'Bilal' }, ASHA, NOW);
    expect(refusal(h.swaps.offer({ person: 'Chitra' }, ASHA, NOW))).toContain('take that back first');
  });

  it('a swap of somebody else’s shift silently did nothing: it is refused in words', () => {
    expect(refusal(h.swaps.offer({ person: 'Bilal', date: '2026-03-12' }, ASHA, NOW))).toContain(
      'no shift of your own on 2026-03-12',
    );
  });
});

describe('what the message about a shift says (21)', () => {
  it('it named the end of the rotation although an override or a swap ends sooner or later', () => {
    h.overrides.make({ person: 'Bilal', start: NOW + HOUR, end: NOW + 3 * HOUR }, CHITRA, NOW);
    expect(h.roster.holder('primary', NOW)).toMatchObject({ until: NOW + HOUR, next: { user: 'bilal@example.com' } });
    expect(h.roster.holder('primary', NOW + HOUR)).toMatchObject({ until: NOW + 3 * HOUR });
    h.swaps.take(idOf(h.swaps.offer({ person: 'Chitra' }, ASHA, NOW)), CHITRA, NOW);
    // Chitra's own week comes before the one she takes.
    expect(h.roster.holder('primary', NEXT - HOUR)).toMatchObject({ until: NEXT + 7 * DAY });
    const change = changed(h.overrides.take('primary', CHITRA, NOW + HOUR));
    const text = renderChange(change, 'everybody', { timezone: 'UTC', nameOf: () => undefined }).text;
    expect(text).toContain('until Tue 3 Mar, 15:00 UTC');
  });
});

describe('holes (22)', () => {
  it('clocks changed and an hour had nobody, or two people', () => {
    const schedule = { ...weekly('primary', 'asha, bilal'), zone: 'Europe/London' };
    const layers = schedule.layers.map((layer) =>
      'rotation' in layer ? { ...layer, rotation: { ...layer.rotation, zone: 'Europe/London' } } : layer,
    );
    const from = at('2026-03-20T00:00:00Z');
    const london = { ...schedule, layers };
    expect(gaps(london, from, from + 300 * DAY)).toEqual([]);
    const seen = shifts(london, from, from + 300 * DAY);
    for (const [index, shift] of seen.entries()) if (index > 0) expect(shift.start).toBe(seen[index - 1]?.end);
    expect(onCallAt(london, at('2026-03-30T08:00:00Z'))?.start).toBe(at('2026-03-30T08:00:00Z'));
  });

  it('cover for one shift merged the shifts around it and hid the hole between them', () => {
    const [layer] = weekly('primary', 'asha').layers;
    const office = { weekdays: [1, 2, 3, 4, 5], from: 540, to: 1020 };
    if (layer) h.schedules[0] = { ...weekly('primary', 'asha'), layers: [{ ...layer, windows: [office] }] };
    const [from, to] = [at('2026-03-03T09:00:00Z'), at('2026-03-05T17:00:00Z')];
    const before = h.roster.gaps('primary', from, to);
    expect(before).toHaveLength(2);
    const cover = { person: 'Bilal', start: at('2026-03-04T09:00:00Z'), end: at('2026-03-04T17:00:00Z') };
    changed(h.overrides.make(cover, CHITRA, at('2026-03-03T12:00:00Z')));
    expect(h.roster.gaps('primary', from, to)).toEqual(before);
  });
});

describe('levels with nobody (23)', () => {
  const people = (w: ReturnType<typeof world>): string[] =>
    w.events.flatMap((event) => (event.kind === 'paged' ? [`${(event.at - T0) / MINUTE} ${event.person}`] : []));
  function fire(w: ReturnType<typeof world>): void {
    const g = group([latency()]);
    w.incidents.effects.notify(notification(g, T0), g);
  }

  it('directors were woken because level 2 could not be reached and its time was not waited: levels behind it keep theirs', async () => {
    const w = world();
    w.onCall.set('secondary', ['nobody-here@example.com']);
    fire(w);
    await w.at('20m');
    // The lead is told when level 2 would have been, and the manager has the lead's whole time after that.
    expect(people(w)).toEqual(['0 U01ASHA', '5 U03LEAD', '20 U04BOSS']);
    expect(w.events.find(({ kind }) => kind === 'level_skipped')).toMatchObject({ level: 1 });
  });

  it('nobody was on call and the page vanished: the channel is called, and whoever comes next is paged', async () => {
    const w = world();
    w.onCall.set('primary', []);
    w.onCall.set('secondary', []);
    fire(w);
    await w.at('0s');
    expect(people(w)).toEqual(['0 U03LEAD']);
  });
});
