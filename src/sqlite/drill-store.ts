import type { Actor } from '../incident/actions.ts';
import type { Drill, DrillCall, DrillLevel, DrillStore, DrillWay } from '../incident/drill.ts';
import type { Db, SqlValue } from './db.ts';

interface DrillRow {
  readonly seq: number;
  readonly policy: string;
  readonly channel: string | null;
  readonly started_by: string;
  readonly started_at: number;
  readonly level: number;
  readonly next_at: number | null;
  readonly waiting_since: number | null;
  readonly state: Drill['state'];
  readonly ended_at: number | null;
}

interface LevelRow {
  readonly level: number;
  readonly at: number;
  readonly outcome: DrillLevel['outcome'];
  readonly targets: string;
}

interface CallRow {
  readonly level: number;
  readonly person: string;
  readonly at: number;
  readonly way: DrillWay;
  readonly row: string | null;
  readonly acknowledged_at: number | null;
}

export class SqliteDrillStore implements DrillStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  add(draft: Omit<Drill, 'id'>): Drill {
    const { lastId } = this.#db.run(
      `INSERT INTO drills (policy, channel, started_by, started_at, level, next_at, waiting_since, state, ended_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      draft.policy,
      draft.channel ?? null,
      JSON.stringify(draft.startedBy),
      draft.startedAt,
      ...movingColumns(draft),
    );
    return { ...draft, id: String(lastId) };
  }

  save(drill: Drill): void {
    this.#db.run(
      'UPDATE drills SET level = ?, next_at = ?, waiting_since = ?, state = ?, ended_at = ? WHERE seq = ?',
      ...movingColumns(drill),
      rowOf(drill.id),
    );
  }

  drill(id: string): Drill | undefined {
    return this.#drills('WHERE seq = ?', rowOf(id))[0];
  }

  running(): Drill[] {
    return this.#drills(`WHERE state = 'running' ORDER BY seq`);
  }

  recent(limit: number): Drill[] {
    return this.#drills('ORDER BY seq DESC LIMIT ?', limit);
  }

  due(now: number): Drill[] {
    return this.#drills('WHERE next_at <= ? ORDER BY seq', now);
  }

  addLevel({ drillId, level, at, outcome, targets }: DrillLevel): void {
    this.#db.run(
      'INSERT INTO drill_levels (drill, level, at, outcome, targets) VALUES (?, ?, ?, ?, ?)',
      rowOf(drillId),
      level,
      at,
      outcome,
      JSON.stringify(targets),
    );
  }

  levels(drillId: string): DrillLevel[] {
    return this.#db
      .all<LevelRow>(
        'SELECT level, at, outcome, targets FROM drill_levels WHERE drill = ? ORDER BY level',
        rowOf(drillId),
      )
      .map((row) => ({ ...row, drillId, targets: JSON.parse(row.targets) as string[] }));
  }

  saveCall(call: DrillCall): void {
    this.#db.run(
      `INSERT INTO drill_calls (drill, level, person, at, way, row, acknowledged_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (drill, level, person) DO UPDATE SET acknowledged_at = excluded.acknowledged_at`,
      rowOf(call.drillId),
      call.level,
      call.person,
      call.at,
      call.way,
      call.row ?? null,
      call.acknowledgedAt ?? null,
    );
  }

  calls(drillId: string): DrillCall[] {
    return this.#db
      .all<CallRow>('SELECT * FROM drill_calls WHERE drill = ? ORDER BY level, person', rowOf(drillId))
      .map((row) => ({
        drillId,
        level: row.level,
        person: row.person,
        at: row.at,
        way: row.way,
        ...(row.row !== null && { row: row.row }),
        ...(row.acknowledged_at !== null && { acknowledgedAt: row.acknowledged_at }),
      }));
  }

  deadline(): { readonly schedule: string; readonly at: number } | undefined {
    return this.#db.get<{ schedule: string; at: number }>('SELECT schedule, at FROM drill_deadline');
  }

  setDeadline(deadline: { readonly schedule: string; readonly at: number } | undefined): void {
    this.#db.run('DELETE FROM drill_deadline');
    if (!deadline) return;
    this.#db.run('INSERT INTO drill_deadline (one, schedule, at) VALUES (1, ?, ?)', deadline.schedule, deadline.at);
  }

  prune(before: number): void {
    const old = '(SELECT seq FROM drills WHERE started_at < ?)';
    this.#db.run(`DELETE FROM drill_calls WHERE drill IN ${old}`, before);
    this.#db.run(`DELETE FROM drill_levels WHERE drill IN ${old}`, before);
    this.#db.run('DELETE FROM drills WHERE started_at < ?', before);
  }

  nextDue(): number | undefined {
    return (
      this.#db.get<{ at: number | null }>('SELECT min(next_at) AS at FROM drills WHERE next_at IS NOT NULL')?.at ??
      undefined
    );
  }

  #drills(rest: string, ...values: SqlValue[]): Drill[] {
    return this.#db.all<DrillRow>(`SELECT * FROM drills ${rest}`, ...values).map((row) => ({
      id: String(row.seq),
      policy: row.policy,
      startedBy: JSON.parse(row.started_by) as Actor,
      startedAt: row.started_at,
      level: row.level,
      state: row.state,
      ...(row.channel !== null && { channel: row.channel }),
      ...(row.next_at !== null && { nextAt: row.next_at }),
      ...(row.waiting_since !== null && { waitingSince: row.waiting_since }),
      ...(row.ended_at !== null && { endedAt: row.ended_at }),
    }));
  }
}

/** What changes while it runs. */
function movingColumns({ level, nextAt, waitingSince, state, endedAt }: Omit<Drill, 'id'>): SqlValue[] {
  return [level, nextAt ?? null, waitingSince ?? null, state, endedAt ?? null];
}

/** Ids come back from buttons as text; whatever else is sent matches no row. */
function rowOf(id: string): number {
  return /^\d{1,15}$/.test(id) ? Number(id) : -1;
}
