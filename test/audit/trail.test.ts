import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainHash, GENESIS } from '../../src/audit/chain.ts';
import type { AuditEntry } from '../../src/audit/entry.ts';
import { createAudit } from '../../src/audit/trail.ts';
import { SqliteAuditStore } from '../../src/sqlite/audit-store.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';

function desk() {
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  return { db, audit: createAudit({ store: new SqliteAuditStore(db) }) };
}

const ACK: AuditEntry = {
  at: 1_790_000_000_000,
  actor: { id: 'U1', name: 'Asha', via: 'slack' },
  action: 'incident.acknowledge',
  target: 'inc_01',
  before: { state: 'triggered' },
  after: { state: 'acknowledged' },
};

/** What somebody with the file and without scruples can do. */
function tamper(db: Db, sql: string): void {
  db.exec('DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_no_replace;');
  db.exec(sql);
}

describe('the audit trail', () => {
  it('tells who did what to what, from where, before and after', () => {
    const { audit } = desk();
    audit.record(ACK);
    audit.record({ ...ACK, action: 'incident.resolve', before: undefined, after: undefined });
    const lines = [...audit.lines()].map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      seq: 1,
      at: 1_790_000_000_000,
      actor: { id: 'U1', name: 'Asha', via: 'slack' },
      action: 'incident.acknowledge',
      target: 'inc_01',
      before: { state: 'triggered' },
      after: { state: 'acknowledged' },
    });
    expect(lines[1]).not.toHaveProperty('before');
    expect(audit.verify()).toEqual({ ok: true, rows: 2 });
  });

  it('has no row for an act that was rolled back', () => {
    const { db, audit } = desk();
    audit.record(ACK);
    expect(() =>
      db.tx(() => {
        audit.record(ACK);
        throw new Error('the act failed');
      }),
    ).toThrow();
    audit.record(ACK);
    expect(audit.verify()).toEqual({ ok: true, rows: 2 });
  });

  it('refuses to change, remove or replace a row', () => {
    const { db, audit } = desk();
    audit.record(ACK);
    for (const sql of [
      `UPDATE audit SET actor_id = 'U2'`,
      'DELETE FROM audit',
      `INSERT OR REPLACE INTO audit SELECT * FROM audit`,
      `UPDATE OR REPLACE audit SET seq = 2`,
    ])
      expect(() => db.exec(sql), sql).toThrow('append-only');
    expect(audit.verify()).toEqual({ ok: true, rows: 1 });
  });

  it('shows where a row was altered, removed or cut off behind its back', () => {
    const cases: [string, unknown][] = [
      [`UPDATE audit SET actor_name = 'Bilal' WHERE seq = 3`, { kind: 'altered', seq: 3 }],
      [`UPDATE audit SET after = '' WHERE seq = 5`, { kind: 'altered', seq: 5 }],
      ['DELETE FROM audit WHERE seq = 2', { kind: 'missing', seq: 3 }],
      ['DELETE FROM audit WHERE seq = 1', { kind: 'missing', seq: 2 }],
      ['DELETE FROM audit WHERE seq > 3', { kind: 'cut_off', seq: 4 }],
      ['DELETE FROM audit', { kind: 'cut_off', seq: 1 }],
    ];
    for (const [sql, fault] of cases) {
      const { db, audit } = desk();
      for (let i = 0; i < 5; i += 1) audit.record({ ...ACK, target: `inc_${i}` });
      tamper(db, sql);
      expect(audit.verify(), sql).toMatchObject({ ok: false, fault });
    }
  });

  it('shows a row that was altered together with its own hash', () => {
    const { db, audit } = desk();
    for (let i = 0; i < 3; i += 1) audit.record({ ...ACK, target: `inc_${i}` });
    const [first] = new SqliteAuditStore(db).after(0, 1);
    if (!first) throw new Error('no row');
    const forged = { ...first, actorId: 'U9' };
    tamper(db, `UPDATE audit SET actor_id = 'U9', hash = '${chainHash(GENESIS, forged)}' WHERE seq = 1`);
    expect(audit.verify()).toMatchObject({ ok: false, fault: { kind: 'altered', seq: 2 } });
  });

  it('stays whole whatever names and states hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary', maxLength: 400 }), fc.jsonValue(), fc.anything()), {
          maxLength: 8,
        }),
        (acts) => {
          const { audit } = desk();
          for (const [text, before, after] of acts)
            audit.record({ ...ACK, actor: { id: text, name: text, via: text }, target: text, before, after });
          expect(audit.verify()).toEqual({ ok: true, rows: acts.length });
          expect([...audit.lines()]).toHaveLength(acts.length);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('says that a state was too large instead of keeping it', () => {
    const { audit } = desk();
    audit.record({ ...ACK, after: { text: 'x'.repeat(100_000) } });
    expect([...audit.lines()][0]).toContain('"after":{"omitted":"100011 characters"}');
  });

  it('never reads two different rows as the same', () => {
    const row = {
      seq: 1,
      at: 1,
      actorId: 'a',
      actorName: 'b',
      via: '',
      action: '',
      target: '',
      before: '',
      after: '',
    };
    expect(chainHash(GENESIS, row)).not.toBe(chainHash(GENESIS, { ...row, actorId: 'ab', actorName: '' }));
  });
});
