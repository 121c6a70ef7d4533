import { describe, expect, it } from 'vitest';
import type { EscalationPolicy } from '../../src/incident/escalation.ts';
import type { PageResult } from '../../src/incident/manual-page-acts.ts';
import type { PageDirectory } from '../../src/incident/page-target.ts';
import type { IncidentsPorts } from '../../src/incident/ports.ts';
import { ASHA, BILAL, MINUTE, T0, world } from './incident-world.ts';

const PEOPLE: PageDirectory = {
  userGroup: (text) => (/^@?ml-leads$/.test(text) ? { handle: 'ml-leads', users: ['U03LEAD', 'U04BOSS'] } : undefined),
  teams: () => ['ml-platform', 'payments'],
  isPerson: ({ key, slackId }) => slackId === undefined || ['U01ASHA', 'U02BILAL', 'U03LEAD', 'U04BOSS'].includes(key),
  names: () => ['Asha', 'Bilal', 'Chitra', 'Dev'],
  otherWay: () => undefined,
  channel: () => '#ml-alerts',
};

const house = (change: Partial<IncidentsPorts> = {}) => world({ pageDirectory: PEOPLE, ...change });
type House = ReturnType<typeof house>;

function page(w: House, target: string, message = 'The feature store is being moved and stuck'): PageResult {
  return w.incidents.page({ target, message, channel: 'C0ML' }, ASHA, w.clock.now());
}

function paged(w: House, target: string): string {
  const result = page(w, target);
  if (result.kind !== 'done') throw new Error(result.message);
  return result.incidentId;
}

const stateOf = (w: House, id: string) => w.incidents.reader.state(id, w.clock.now());
const told = (w: House): string[] =>
  w.events.flatMap((event) => (event.kind === 'paged' ? [`${(event.at - T0) / MINUTE} ${event.person}`] : []));

describe('a page by hand', () => {
  it('to a schedule climbs its policy from the level that names it', async () => {
    const w = house();
    const result = page(w, 'secondary');
    expect(result).toMatchObject({
      kind: 'done',
      to: 'secondary',
      first: [{ who: 'U02BILAL', ways: ['slack'] }],
      next: { who: ['U03LEAD'], at: T0 + 10 * MINUTE },
      channel: 'C0ML',
    });
    await w.at('26m');
    expect(told(w)).toEqual(['0 U02BILAL', '10 U03LEAD', '25 U04BOSS']);
  });

  it('stands as a card of priority P1 with the pager’s own words, and is no rule’s work', () => {
    const w = house();
    const id = paged(w, 'primary');
    expect(stateOf(w, id)).toMatchObject({
      priority: 'P1',
      summary: 'The feature store is being moved and stuck',
      page: { by: 'U01ASHA', to: 'primary', isOwn: false },
      phase: { kind: 'firing' },
      lockScreen: 'P1 page from Asha: The feature store is being moved and stuck. Asha at 02:56 IST',
    });
    expect(w.incidents.reader.cardsOf(id).map(({ destination }) => destination)).toEqual([
      { kind: 'channel', channel: 'C0ML' },
    ]);
    expect(w.events.map(({ kind }) => kind)).not.toContain('opened');
  });

  it('to one person calls that person alone three times, then tells the pager and mentions nobody', async () => {
    const w = house();
    const id = paged(w, 'Dev');
    await w.at('20m');
    expect(told(w)).toEqual(['0 U04BOSS', '5 U04BOSS', '10 U04BOSS', '15 U04BOSS']);
    expect(w.store.events(id).filter(({ kind }) => kind === 'unanswered')).toMatchObject([
      { at: T0 + 15 * MINUTE, passes: 3 },
    ]);
    expect(w.outbox.some(({ payload }) => JSON.stringify(payload).includes('ladder_exhausted'))).toBe(false);
    // And goes on, as every ladder does until somebody answers.
    await w.at('46m');
    expect(told(w).at(-1)).toBe('45 U04BOSS');
  });

  it('goes on after a restart where it was', async () => {
    const w = house();
    paged(w, 'secondary');
    await w.at('2m');
    const after = w.restart();
    await after.at('11m');
    expect(told(w)).toEqual(['0 U02BILAL', '10 U03LEAD']);
  });

  it('ends with an acknowledgement, and with a word of the pager although rights would not allow it', async () => {
    const w = house({ rights: () => ({ resolve: ['S0ML'], silence: [], override: [], admins: [] }) });
    const id = paged(w, 'Bilal');
    await w.at('1m');
    expect(w.incidents.actions.acknowledge(id, BILAL, w.clock.now())).toMatchObject({ kind: 'done', changed: true });
    await w.at('40m');
    expect(told(w)).toEqual(['0 U02BILAL']);
    expect(w.incidents.actions.resolve(id, ASHA, w.clock.now(), false)).toMatchObject({ kind: 'done', changed: true });
    expect(stateOf(w, id)?.phase).toMatchObject({ kind: 'closed_by_hand', by: 'U01ASHA', conditionHolds: false });
    await w.at('3h');
    // Nothing reopens it: no condition is there to be still true.
    expect(w.store.incident(id)?.state.kind).toBe('resolved');
    expect(told(w)).toHaveLength(1);
  });

  it('is not hidden by a silence of everything, and cannot be silenced or judged', async () => {
    const w = house({ muteOf: () => ({ kind: 'silenced', by: 'all', until: T0 + 60 * MINUTE }) });
    const id = paged(w, 'Bilal');
    await w.at('1m');
    expect(told(w)).toEqual(['0 U02BILAL']);
    const now = w.clock.now();
    expect(w.incidents.actions.silence(id, ASHA, now, now + MINUTE, '')).toMatchObject({ kind: 'refused' });
    expect(w.incidents.actions.verdict(id, 'false_positive', ASHA, now)).toMatchObject({ kind: 'refused' });
  });

  it('to a user group calls everybody in it; to a team whomever its P1 would call', async () => {
    const w = house();
    expect(page(w, '@ml-leads')).toMatchObject({ to: '@ml-leads', first: [{ who: 'U03LEAD' }, { who: 'U04BOSS' }] });
    expect(page(w, 'ML-Platform')).toMatchObject({ to: 'ml-platform', first: [{ who: 'U01ASHA' }] });
    await w.at('16m');
    expect(told(w).filter((line) => line.startsWith('0 '))).toEqual(['0 U03LEAD', '0 U04BOSS', '0 U01ASHA']);
    // Nobody of the group answered: then the channel is called.
    expect(w.outbox.some(({ payload }) => JSON.stringify(payload).includes('ladder_exhausted'))).toBe(true);
  });

  it('to a policy that only sends notices calls its people all the same, at any hour', async () => {
    const team: EscalationPolicy = {
      name: 'small_team',
      description: '',
      manner: 'notice',
      passes: 1,
      levels: [{ targets: [{ kind: 'user', id: 'U02BILAL' }], delayMs: 0 }],
    };
    const w = house({ policies: () => new Map([[team.name, team]]), inBusinessHours: () => false });
    const id = paged(w, 'small_team');
    expect(stateOf(w, id)?.ladderManner).toBeUndefined();
    await w.at('6m');
    expect(told(w)).toEqual(['0 U02BILAL', '5 U02BILAL']);
  });

  it('to somebody unknown is refused with the nearest names, and opens nothing', () => {
    const w = house();
    expect(page(w, 'secondry')).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('Did you mean secondary?'),
    });
    expect(page(w, 'Blial')).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('Did you mean Bilal?'),
    });
    expect(page(w, 'platform')).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('Did you mean ml-platform'),
    });
    // Capitals that look like an account are a word all the same.
    expect(page(w, 'UPTIME')).toMatchObject({ kind: 'refused', code: 'not_found' });
    expect(w.store.openIncidents()).toEqual([]);
    expect(page(w, 'nobody@example.com')).toMatchObject({
      kind: 'refused',
      message: 'nobody has no Slack account and no phone number here: nobody would hear it.',
    });
    expect(page(w, 'primary', '  ')).toMatchObject({ kind: 'refused', code: 'invalid' });
  });

  it('belongs to the groups that rights name, never to guests, and leaves its trace either way', () => {
    const standing = { current: 'guest' as 'guest' | 'member' };
    const w = house({
      standing: () => ({ standing: standing.current, groups: ['S0OTHER'], inCardChannel: true }),
      rights: () => ({ resolve: [], silence: [], override: [], page: ['S0ML'], admins: [] }),
    });
    expect(page(w, 'primary')).toMatchObject({ kind: 'refused', code: 'forbidden' });
    standing.current = 'member';
    expect(page(w, 'primary')).toMatchObject({ kind: 'refused', message: 'Only S0ML may page people by hand.' });
    expect(w.audit.map(({ action, target }) => `${action} ${target}`)).toEqual([
      'oncall.page primary',
      'oncall.page primary',
    ]);
    expect(w.store.openIncidents()).toEqual([]);
  });
});
