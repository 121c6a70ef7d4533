import { describe, expect, it } from 'vitest';
import type { LadderRepair } from '../../src/incident/auditor.ts';
import type { Ladder } from '../../src/incident/store.ts';
import { ASHA, group, latency, MINUTE, notification, onlyIncident, T0, type World, world } from './incident-world.ts';

function start(repairs: LadderRepair[], paging?: () => []): World {
  const w = world({ repaired: (repair) => repairs.push(repair), ...(paging && { paging }) });
  const g = group([latency()]);
  w.incidents.effects.notify(notification(g, T0), g);
  return w;
}

function pages(w: World): string[] {
  return w.events.flatMap((event) => (event.kind === 'paged' ? [`${(event.at - T0) / MINUTE} ${event.person}`] : []));
}

function plant(w: World, change: (ladder: Ladder) => Ladder): void {
  const ladder = w.store.ladders.ladder(onlyIncident(w));
  if (!ladder) throw new Error('no ladder');
  w.store.ladders.save(change(ladder));
}

function without(ladder: Ladder): Ladder {
  const { nextAt: _, ...rest } = ladder;
  return rest;
}

describe('every unacknowledged P1 has exactly one pending step', () => {
  it.each<[string, LadderRepair['fault'], (ladder: Ladder) => Ladder]>([
    ['a ladder that lost its next step', 'no_step', without],
    ['a step that lies days ahead', 'step_too_far', (ladder) => ({ ...ladder, nextAt: T0 + 5 * 24 * 60 * MINUTE })],
  ])('%s goes on within a minute, is told, and is told once', async (_, fault, damage) => {
    const repairs: LadderRepair[] = [];
    const w = start(repairs);
    await w.at('2m30s');
    plant(w, damage);
    await w.at('10m');
    expect(repairs).toEqual([{ incidentId: onlyIncident(w), alertName: 'ModelLatencyP99High', fault }]);
    const [first, second] = pages(w);
    expect(first).toBe('0 U01ASHA');
    expect(second).toMatch(/^3(?:\.5)? U02BILAL$/);
    expect(w.audit.map(({ action }) => action)).toContain('incident.ladder_repaired');
  });

  it('a ladder that says somebody answered, although nobody did, begins again at its first level', async () => {
    const repairs: LadderRepair[] = [];
    const w = start(repairs);
    await w.at('2m30s');
    plant(w, (ladder) => ({ ...without(ladder), stopped: 'acknowledged' }));
    await w.at('4m');
    expect(repairs.map(({ fault }) => fault)).toEqual(['stopped_wrongly']);
    expect(pages(w).map((page) => page.split(' ')[1])).toEqual(['U01ASHA', 'U01ASHA']);
  });

  it('what is whole, acknowledged, or has no entry in paging is left alone', async () => {
    const repairs: LadderRepair[] = [];
    const w = start(repairs);
    await w.at('4h');
    w.incidents.actions.acknowledge(onlyIncident(w), ASHA, T0 + 240 * MINUTE);
    await w.at('4h30m');
    const unpaged = start(repairs, () => []);
    await unpaged.at('1h');
    expect(repairs).toEqual([]);
  });
});
