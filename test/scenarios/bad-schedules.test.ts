import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { TWO_PEOPLE } from '../support/two-levels.ts';
import { startWorld, type World } from '../support/world.ts';

/** Monday 2026-03-02 12:00 in New York. */
const NOON = Date.UTC(2026, 2, 2, 17);

const rotation = (members: readonly string[], more: object = {}): object => ({
  type: 'weekly',
  handoff_time: '09:00',
  start: '2026-01-05',
  members,
  ...more,
});
const schedule = (change: object = {}): object => ({
  name: 'primary',
  timezone: 'America/New_York',
  rotation: rotation(['asha@example.com', 'Bilal']),
  ...change,
});

let world: World;
beforeEach(async () => {
  world = await startWorld({
    startAt: NOON,
    users: TWO_PEOPLE,
    config: { scrape_configs: [], schedules: [schedule()] },
  });
  await world.settle();
});
afterEach(() => world.close());

const who = (): readonly string[] | undefined => world.app.onCall.roster.onCall('primary', world.clock.now());

/** What the bot says to a configuration; '' where it takes it. */
async function reloaded(...schedules: readonly object[]): Promise<string> {
  try {
    world.rewrite({ scrape_configs: [], schedules });
    await world.app.reload();
    return '';
  } catch (error) {
    if (error instanceof UserError || (error instanceof Error && 'problems' in error)) return error.message;
    throw error;
  }
}

describe('a schedule that cannot be meant is refused with its place and what to write; the one that runs stays', () => {
  const swapped = rotation(['Bilal', 'asha@example.com']);
  const leaders = (layer: string): object => ({
    name: 'leaders',
    timezone: 'America/New_York',
    layers: [{ schedule: layer }],
  });

  it.each([
    [
      'an unknown member',
      [schedule({ rotation: rotation(['Bilaal', 'asha@example.com']) })],
      /^world\.yml:\d+:\d+: unknown member Bilaal; did you mean Bilal\?$/,
    ],
    [
      'an unknown person in an override',
      [schedule({ rotation: swapped, overrides: [{ start: '2026-03-03', end: '2026-03-04', user: 'zoe' }] })],
      /:\d+:\d+: unknown member zoe; write an e-mail address or a Slack user id/,
    ],
    [
      'leave of somebody who takes no turns',
      [schedule({ rotation: swapped, leave: [{ user: 'Bilall', start: '2026-03-03', end: '2026-03-04' }] })],
      /:\d+:\d+: unknown member Bilall; did you mean Bilal\?/,
    ],
    [
      'overrides that overlap',
      [
        schedule({
          rotation: swapped,
          overrides: [
            { start: '2026-03-03', end: '2026-03-05', user: 'Bilal' },
            { start: '2026-03-04', end: '2026-03-06', user: 'Asha' },
          ],
        }),
      ],
      /:\d+:\d+: overlaps the override of Bilal from 2026-03-03T05:00Z to 2026-03-05T05:00Z: end one where the other begins/,
    ],
    [
      'an empty override',
      [schedule({ rotation: swapped, overrides: [{ start: '2026-03-03', end: '2026-03-03', user: 'Bilal' }] })],
      /:\d+:\d+: the override ends before it begins; the end date is not included/,
    ],
    [
      'a time that does not exist',
      [schedule({ rotation: swapped, overrides: [{ start: '2026-03-08 02:30', end: '2026-03-09', user: 'Bilal' }] })],
      /:\d+:\d+: 2026-03-08 02:30 does not exist in America\/New_York: clocks go forward over it/,
    ],
    [
      'a time that exists twice',
      [schedule({ rotation: swapped, overrides: [{ start: '2026-11-01 01:30', end: '2026-11-02', user: 'Bilal' }] })],
      /:\d+:\d+: 2026-11-01 01:30 comes twice in America\/New_York.* Write 2026-11-01T05:30Z or 2026-11-01T06:30Z/,
    ],
    [
      'a circle of schedules',
      [{ name: 'primary', timezone: 'UTC', layers: [{ schedule: 'leaders' }] }, leaders('primary')],
      /:\d+:\d+: schedules include each other in a circle: primary → leaders → primary; take one of these layers out/,
    ],
  ])('%s', async (_, schedules, message) => {
    expect(who()).toEqual(['asha@example.com']);
    expect(await reloaded(...schedules)).toMatch(new RegExp(message.source, 'm'));
    expect(who()).toEqual(['asha@example.com']);
    // What is right is taken at once.
    expect(await reloaded(schedule({ rotation: swapped }))).toBe('');
    expect(who()).toEqual(['Bilal']);
  });

  it('typed in Slack, a time that comes twice is answered with both readings, each of which can be written instead', async () => {
    const say = async (text: string): Promise<string> => {
      const before = world.workspace.state.ephemerals('U01ASHA').length;
      await world.workspace.act.command('U01ASHA', 'ml-alerts', text);
      await world.workspace.until((state) => state.ephemerals('U01ASHA').length > before);
      return world.workspace.state.ephemerals('U01ASHA').at(-1)?.text ?? '';
    };
    const answer = await say('/oncall override @Bilal 2026-11-01 01:30 2h');
    expect(answer).toContain('comes twice in America/New_York');
    const [, second = ''] = /(\S+Z) or (\S+Z)/.exec(answer)?.slice(1) ?? [];
    expect(second).toBe('2026-11-01T06:30Z');
    expect(await say('/oncall override @Bilal 2026-03-08 02:30 2h')).toContain('does not exist in America/New_York');
    expect(await say(`/oncall override @Bilal ${second} 2h`)).toContain('Bilal is on call for primary Sun 1 Nov');
  });
});
