import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PageDirectory } from '../../src/incident/page-target.ts';
import { ASHA, BILAL, MINUTE, T0, world } from './incident-world.ts';

const PEOPLE: PageDirectory = {
  userGroup: () => undefined,
  teams: () => [],
  isPerson: () => true,
  names: () => [],
  otherWay: () => undefined,
  channel: () => '#ml-alerts',
};

type Step = 'acknowledge' | 'resolve' | 'escalate' | 'restart' | number;
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.constantFrom<Step>('acknowledge', 'resolve', 'escalate', 'restart'),
    fc.integer({ min: 1, max: 40 }).map((minutes) => minutes * MINUTE),
  ),
  { maxLength: 12 },
);

describe('a page to one person, whatever happens', () => {
  it('calls that person and nobody else, never the channel, never after an answer, and never forgets', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        let w = world({ pageDirectory: PEOPLE });
        const paged = w.incidents.page({ target: 'Dev', message: 'help' }, ASHA, T0);
        const id = paged.kind === 'done' ? paged.incidentId : '';
        let now = T0;
        await w.at('0s');
        for (const step of script) {
          if (step === 'acknowledge') w.incidents.actions.acknowledge(id, BILAL, now);
          else if (step === 'resolve') w.incidents.actions.resolve(id, ASHA, now, false);
          else if (step === 'escalate') w.incidents.handOver(id, ASHA, now);
          else if (step === 'restart') w = { ...w, ...w.restart() };
          else now += step;
          await w.at(`${(now - T0) / 1000}s`);
          const incident = w.store.incident(id);
          const ladder = w.store.ladders.ladder(id);
          const isWaiting = incident?.state.kind === 'triggered';
          expect(ladder?.stopped === undefined && ladder?.nextAt !== undefined).toBe(isWaiting);
        }
        const events = w.store.events(id);
        const told = events.filter(({ kind }) => kind === 'paged' || kind === 'asked_still_on_it');
        expect(new Set(told.flatMap((event) => (event.kind === 'paged' ? [event.person] : [])))).toEqual(
          new Set(['U04BOSS']),
        );
        expect(events.some(({ kind }) => kind === 'channel_mentioned')).toBe(false);
        const end = events.find(({ kind }) => kind === 'resolved')?.at ?? Number.POSITIVE_INFINITY;
        expect(told.every(({ at }) => at <= end)).toBe(true);
        expect(events.filter(({ kind }) => kind === 'resolved').length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });
});
