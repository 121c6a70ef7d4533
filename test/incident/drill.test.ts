import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Delivery, type DrillNotice, drillReport } from '../../src/incident/drill.ts';
import { DrillDesk, type DrillPorts, type DrillSchedule } from '../../src/incident/drill-desk.ts';
import { Drillmaster } from '../../src/incident/drillmaster.ts';
import type { AuditRecord } from '../../src/incident/ports.ts';
import { createDirectory } from '../../src/people/directory.ts';
import { Db } from '../../src/sqlite/db.ts';
import { SqliteDrillStore } from '../../src/sqlite/drill-store.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqlitePeopleStore } from '../../src/sqlite/people-store.ts';
import { advance } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { parseMonthly } from '../../src/time/monthly.ts';
import { ASHA, BILAL, MINUTE, POLICY } from './incident-world.ts';

const DAY = 24 * 60 * MINUTE;
/** Tuesday 2026-01-20 11:00 UTC. */
const START = Date.UTC(2026, 0, 20, 11);
const FIRST_TUESDAY = Date.UTC(2026, 1, 3, 11);

function monthly(at: string): DrillSchedule {
  const parsed = parseMonthly(at);
  if (!parsed) throw new Error(at);
  return { monthly: parsed, zone: 'UTC', text: at };
}

/** Drills on a real database and a manual clock; everybody is at work. */
function house(change: Partial<DrillPorts> = {}) {
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  const clock = new ManualClock(START);
  const people = new SqlitePeopleStore(db);
  people.save(
    [
      { id: 'U01ASHA', name: 'Asha', email: 'asha@example.com', standing: 'member' },
      { id: 'U02BILAL', name: 'Bilal', email: 'bilal@example.com', standing: 'member' },
    ],
    START,
  );
  const said: { readonly to: string; readonly kind: DrillNotice['kind']; readonly at: number }[] = [];
  const audit: AuditRecord[] = [];
  const state: { p1: boolean; delivery: Delivery; schedule: DrillSchedule | undefined } = {
    p1: false,
    delivery: 'sent',
    schedule: undefined,
  };
  const store = new SqliteDrillStore(db);
  const ports: DrillPorts = {
    store,
    transact: (fn) => db.tx(fn),
    audit: (record) => audit.push(record),
    directory: createDirectory(
      () => ({ schedules: { ML_PRIMARY_ONCALL: 'primary', ML_SECONDARY_ONCALL: 'secondary' }, users: {} }),
      people,
    ),
    schedules: {
      onCall: (name) => ({ primary: ['asha@example.com'], secondary: ['bilal@example.com'] })[name],
      names: () => ['primary', 'secondary'],
    },
    policies: () => new Map([[POLICY.name, { ...POLICY, levels: POLICY.levels.slice(0, 2) }]]),
    paging: () => [],
    rights: () => ({ resolve: [], silence: [], override: [], admins: [] }),
    standing: () => ({ standing: 'member', groups: [], inCardChannel: true }),
    schedule: () => state.schedule,
    isP1Open: () => state.p1,
    tell: (person, { kind }, now) => {
      said.push({ to: person.key, kind, at: now });
      return person.slackId === undefined ? undefined : `row ${said.length}`;
    },
    text: () => undefined,
    announce: (to, { kind }, now) => void said.push({ to, kind, at: now }),
    delivery: () => state.delivery,
    fallbackChannel: () => '#ml-alerts',
    ...change,
  };
  const desk = new DrillDesk(ports);
  // Anew each time, as after a restart: what a drill knows are its rows.
  const pass = (ms: number): Promise<void> =>
    advance(clock, [new Drillmaster(ports, new DrillDesk(ports))], clock.now() + ms);
  const calls = (): string[] =>
    said.filter(({ kind }) => kind === 'call').map(({ to, at }) => `${(at - START) / MINUTE} ${to}`);
  return { clock, desk, store, said, audit, state, pass, calls };
}

describe('a drill', () => {
  it('ends early once the last level has answered, and takes the first answer of a level', async () => {
    const { desk, pass, clock, said, calls } = house();
    desk.start({}, ASHA, START);
    await pass(30_000);
    desk.acknowledge('1', ASHA, clock.now());
    await pass(5 * MINUTE);
    expect(desk.acknowledge('1', BILAL, clock.now())).toMatchObject({ kind: 'done', afterMs: 30_000 });
    // A second press is no second answer.
    expect(desk.acknowledge('1', BILAL, clock.now() + 1000)).toMatchObject({ kind: 'done', afterMs: 30_000 });
    await pass(0);
    expect(calls()).toEqual(['0 U01ASHA', '5 U02BILAL']);
    expect(said.at(-1)).toMatchObject({ to: '#ml-alerts', kind: 'report', at: START + 5 * MINUTE + 30_000 });
    expect(desk.last()?.levels).toMatchObject([
      { outcome: 'answered', afterMs: 30_000 },
      { outcome: 'answered', afterMs: 30_000 },
    ]);
    expect(said.some(({ kind }) => kind === 'over')).toBe(false);
  });

  it('is the same however often it is interrupted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4 * MINUTE }), { maxLength: 20 }), async (pieces) => {
        const { desk, pass, said, clock, calls } = house();
        desk.start({}, ASHA, START);
        for (const piece of pieces) await pass(piece);
        await pass(Math.max(0, START + 20 * MINUTE - clock.now()));
        expect(calls()).toEqual(['0 U01ASHA', '5 U02BILAL']);
        expect(said.filter(({ kind }) => kind === 'report').map(({ at }) => at)).toEqual([START + 10 * MINUTE]);
      }),
      { numRuns: 30 },
    );
  });

  it('takes no answer from whom it has not called, nor after its end', async () => {
    const { desk, pass, clock } = house();
    desk.start({}, ASHA, START);
    await pass(MINUTE);
    expect(desk.acknowledge('1', BILAL, clock.now())).toMatchObject({ kind: 'refused' });
    expect(desk.acknowledge('99', ASHA, clock.now())).toMatchObject({ kind: 'refused', code: 'not_found' });
    await pass(20 * MINUTE);
    expect(desk.acknowledge('1', ASHA, clock.now())).toMatchObject({ kind: 'refused' });
    expect(desk.last()?.levels[0]?.outcome).toBe('no_answer');
  });

  it('tells a level that nobody’s message reached from one that did not answer', async () => {
    const { desk, pass, state } = house({
      doNotDisturb: (people) =>
        Promise.resolve(new Set(people.map(({ key }) => key).filter((key) => key === 'U02BILAL'))),
    });
    desk.start({}, ASHA, START);
    state.delivery = 'dead';
    await pass(20 * MINUTE);
    expect(desk.last()).toMatchObject({
      levels: [{ outcome: 'not_reached' }, { outcome: 'not_reached' }],
      unreached: [
        { who: 'U01ASHA', reason: 'not_delivered' },
        { who: 'U02BILAL', reason: 'do_not_disturb' },
      ],
    });
  });

  it('whose policy goes away in between ends with what it has', async () => {
    const policies = new Map([[POLICY.name, POLICY]]);
    const { desk, pass, said } = house({ policies: () => policies });
    desk.start({}, ASHA, START);
    await pass(MINUTE);
    policies.clear();
    await pass(10 * MINUTE);
    expect(said.filter(({ kind }) => kind === 'report')).toHaveLength(1);
    expect(desk.last()).toMatchObject({ drill: { state: 'finished' }, levels: [{ outcome: 'no_answer' }] });
  });

  it('keeps to those whom rights name, and writes down who was refused', () => {
    const { desk, audit } = house({
      rights: () => ({ resolve: [], silence: [], override: [], page: ['S0ML'], admins: [] }),
    });
    expect(desk.start({}, ASHA, START)).toMatchObject({ kind: 'refused', code: 'forbidden' });
    expect(audit).toMatchObject([{ action: 'oncall.drill', actor: ASHA }]);
  });
});

describe('the monthly drill', () => {
  it('waits a day while a P1 is open, and is not held twice', async () => {
    const { pass, state, calls, clock } = house();
    state.schedule = monthly('first tuesday 11:00');
    state.p1 = true;
    await pass(FIRST_TUESDAY - START + 60 * MINUTE);
    expect(calls()).toEqual([]);
    state.p1 = false;
    await pass(DAY);
    expect(calls()[0]).toBe(`${(FIRST_TUESDAY + DAY - START) / MINUTE} U01ASHA`);
    const held = calls().length;
    await pass(20 * DAY);
    expect(calls()).toHaveLength(held);
    await pass(20 * DAY);
    expect(calls()).toHaveLength(2 * held);
    expect(clock.now()).toBeGreaterThan(Date.UTC(2026, 2, 3, 11));
  });

  it('that was missed by more than a day is left out', async () => {
    const { pass, state, clock, calls } = house();
    state.schedule = monthly('first tuesday 11:00');
    await pass(0);
    clock.set(FIRST_TUESDAY + 2 * DAY);
    await pass(5 * DAY);
    expect(calls()).toEqual([]);
  });

  it('moves with its configuration, and ends with it', async () => {
    const { pass, state, store, calls } = house();
    state.schedule = monthly('first tuesday 11:00');
    await pass(0);
    expect(store.deadline()?.at).toBe(FIRST_TUESDAY);
    state.schedule = monthly('last friday 09:30');
    await pass(0);
    expect(store.deadline()?.at).toBe(Date.UTC(2026, 0, 30, 9, 30));
    state.schedule = undefined;
    await pass(40 * DAY);
    expect(store.deadline()).toBeUndefined();
    expect(calls()).toEqual([]);
  });
});

describe('a drill’s report', () => {
  it('counts no person’s time but the first of a level, and names only whom nothing reaches', () => {
    const drill = {
      id: '1',
      policy: 'p',
      startedBy: ASHA,
      startedAt: 0,
      level: 1,
      state: 'finished' as const,
    };
    const call = { drillId: '1', level: 0, at: 0, way: 'slack' as const, row: 'r' };
    const report = drillReport(
      drill,
      {
        levels: [{ drillId: '1', level: 0, at: 0, outcome: 'called', targets: ['primary'] }],
        calls: [
          { ...call, person: 'slow', acknowledgedAt: 90_000 },
          { ...call, person: 'quick', acknowledgedAt: 20_000 },
          { ...call, person: 'silent' },
          { drillId: '1', level: 0, at: 0, way: 'none', person: 'lost' },
        ],
      },
      [['primary'], ['secondary']],
      () => 'sent',
      (key) => key,
    );
    expect(report.levels).toEqual([
      { level: 1, targets: ['primary'], outcome: 'answered', afterMs: 20_000 },
      { level: 2, targets: ['secondary'], outcome: 'not_called' },
    ]);
    expect(report.unreached).toEqual([{ who: 'lost', reason: 'no_way' }]);
  });
});
