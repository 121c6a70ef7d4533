import { describe, expect, it } from 'vitest';
import type { SlackUser } from '../../src/people/person.ts';
import { Registrar, type RegistrarPorts } from '../../src/people/registrar.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqlitePeopleStore } from '../../src/sqlite/people-store.ts';
import { advance } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';

const HOUR = 3_600_000;
const ASHA: SlackUser = { id: 'U01ASHA', name: 'Asha', email: 'asha@example.com', standing: 'member' };
const BILAL: SlackUser = { id: 'U02BILAL', name: 'Bilal', standing: 'member' };

function house(change: Partial<RegistrarPorts> = {}) {
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  const clock = new ManualClock(1000);
  const store = new SqlitePeopleStore(db);
  const asked: string[] = [];
  const registrar = new Registrar({
    store,
    readUsers: () => {
      asked.push(`everybody at ${(clock.now() - 1000) / HOUR} h`);
      return Promise.resolve([ASHA]);
    },
    readUser: (id) => {
      asked.push(id);
      return Promise.resolve(id === BILAL.id ? BILAL : undefined);
    },
    readGroups: () => Promise.resolve([{ id: 'S01', handle: 'ml-oncall', users: [ASHA.id] }]),
    groupsMatter: () => false,
    startedAt: clock.now(),
    poke: () => undefined,
    ...change,
  });
  return { clock, store, asked, registrar, pass: (ms: number) => advance(clock, [registrar], clock.now() + ms) };
}

describe('the registrar', () => {
  it('reads everybody at the start and every six hours', async () => {
    const { asked, store, pass } = house();
    await pass(13 * HOUR);
    expect(asked).toEqual(['everybody at 0 h', 'everybody at 6 h', 'everybody at 12 h']);
    expect(store.userByEmail('ASHA@example.com')?.id).toBe(ASHA.id);
  });

  it('tries again soon after Slack did not answer', async () => {
    let failing = true;
    const { store, pass } = house({ readUsers: () => Promise.resolve(failing ? undefined : [ASHA]) });
    await pass(0);
    failing = false;
    await pass(29_000);
    expect(store.users()).toEqual([]);
    await pass(1000);
    expect(store.users()).toHaveLength(1);
  });

  it('looks up somebody new who acts, once, and does not ask again for whom nobody knows', async () => {
    const { asked, registrar, store, pass } = house();
    await pass(0);
    registrar.seen(ASHA.id);
    registrar.seen(BILAL.id);
    registrar.seen('U0NOBODY');
    await pass(1000);
    registrar.seen(BILAL.id);
    registrar.seen('U0NOBODY');
    await pass(1000);
    expect(asked).toEqual(['everybody at 0 h', BILAL.id, 'U0NOBODY']);
    expect(store.user(BILAL.id)?.name).toBe('Bilal');
  });

  it('knows user groups by id and handle where rights name any, and forgets them when they can no longer be read', async () => {
    let down = false;
    const { clock, registrar, pass } = house({
      groupsMatter: () => true,
      readGroups: () => Promise.resolve(down ? undefined : [{ id: 'S01', handle: 'ml-oncall', users: [ASHA.id] }]),
    });
    expect(registrar.groupsOf(ASHA.id, clock.now())).toBeUndefined();
    await pass(0);
    expect(registrar.groupsOf(ASHA.id, clock.now())).toEqual(['S01', 'ml-oncall', '@ml-oncall']);
    expect(registrar.groupsOf(BILAL.id, clock.now())).toEqual([]);
    down = true;
    await pass(9 * 60_000);
    expect(registrar.groupsOf(ASHA.id, clock.now())).toContain('S01');
    await pass(3 * 60_000);
    expect(registrar.groupsOf(ASHA.id, clock.now())).toBeUndefined();
  });
});
