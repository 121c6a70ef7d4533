import type { Handoff, HandoffState, HandoffStore, HolderWatch } from '../oncall/handoff.ts';
import type { Db, SqlValue } from './db.ts';

interface Row {
  readonly seq: number;
  readonly schedule: string;
  readonly incoming: string;
  readonly outgoing: string | null;
  readonly start_at: number;
  readonly end_at: number;
  readonly state: HandoffState;
  readonly due_at: number | null;
  readonly sign_off_at: number | null;
}

interface WatchRow {
  readonly schedule: string;
  readonly user: string | null;
  readonly look_at: number;
}

export class SqliteHandoffStore implements HandoffStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  watches(): HolderWatch[] {
    return this.#db.all<WatchRow>('SELECT * FROM holder_watches').map((row) => ({
      schedule: row.schedule,
      lookAt: row.look_at,
      ...(row.user !== null && { user: row.user }),
    }));
  }

  saveWatch({ schedule, user, lookAt }: HolderWatch): void {
    this.#db.run(
      `INSERT INTO holder_watches (schedule, user, look_at) VALUES (?, ?, ?)
       ON CONFLICT (schedule) DO UPDATE SET user = excluded.user, look_at = excluded.look_at`,
      schedule,
      user ?? null,
      lookAt,
    );
  }

  lookAgain(at: number): void {
    this.#db.run('UPDATE holder_watches SET look_at = min(look_at, ?)', at);
  }

  addHandoff(draft: Omit<Handoff, 'id'>): Handoff {
    const { lastId } = this.#db.run(
      `INSERT INTO handoffs (schedule, incoming, outgoing, start_at, end_at, state, due_at, sign_off_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      draft.schedule,
      draft.incoming,
      draft.outgoing ?? null,
      draft.start,
      draft.end,
      draft.state,
      draft.dueAt ?? null,
      draft.signOffAt ?? null,
    );
    return { ...draft, id: String(lastId) };
  }

  saveHandoff({ id, state, dueAt, signOffAt }: Handoff): void {
    this.#db.run(
      'UPDATE handoffs SET state = ?, due_at = ?, sign_off_at = ? WHERE seq = ?',
      state,
      dueAt ?? null,
      signOffAt ?? null,
      rowOf(id),
    );
  }

  handoff(id: string): Handoff | undefined {
    return this.#handoffs('WHERE seq = ?', rowOf(id))[0];
  }

  latest(schedule: string): Handoff | undefined {
    return this.#handoffs('WHERE schedule = ? ORDER BY seq DESC LIMIT 1', schedule)[0];
  }

  due(now: number): Handoff[] {
    return this.#handoffs('WHERE due_at <= ? OR sign_off_at <= ? ORDER BY seq', now, now);
  }

  gapsAt(): number | undefined {
    return this.#db.get<{ at: number }>('SELECT at FROM gaps_deadline')?.at;
  }

  setGapsAt(at: number): void {
    this.#db.run(
      'INSERT INTO gaps_deadline (one, at) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at',
      at,
    );
  }

  nextDeadline(): number | undefined {
    const row = this.#db.get<{ at: number | null }>(
      `SELECT min(at) AS at FROM (
         SELECT min(due_at) AS at FROM handoffs WHERE due_at IS NOT NULL
         UNION ALL SELECT min(sign_off_at) FROM handoffs WHERE sign_off_at IS NOT NULL
         UNION ALL SELECT min(look_at) FROM holder_watches
         UNION ALL SELECT at FROM gaps_deadline)`,
    );
    return row?.at ?? undefined;
  }

  #handoffs(rest: string, ...values: SqlValue[]): Handoff[] {
    return this.#db.all<Row>(`SELECT * FROM handoffs ${rest}`, ...values).map((row) => ({
      id: String(row.seq),
      schedule: row.schedule,
      incoming: row.incoming,
      start: row.start_at,
      end: row.end_at,
      state: row.state,
      ...(row.outgoing !== null && { outgoing: row.outgoing }),
      ...(row.due_at !== null && { dueAt: row.due_at }),
      ...(row.sign_off_at !== null && { signOffAt: row.sign_off_at }),
    }));
  }
}

/** Ids come back from buttons as text; whatever else is sent matches no row. */
function rowOf(id: string): number {
  return /^\d{1,15}$/.test(id) ? Number(id) : -1;
}
