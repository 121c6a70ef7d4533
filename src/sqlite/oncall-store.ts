import type { OverrideEffect } from '../oncall/override.ts';
import type { SwapLeg } from '../oncall/schedule.ts';
import type { OncallStore, OverrideRow } from '../oncall/store.ts';
import type { Swap, SwapState } from '../oncall/swap.ts';
import type { SwapReminderStore, SwapSide } from '../oncall/swap-reminders.ts';
import type { Db, SqlValue } from './db.ts';

interface OverrideColumns {
  readonly seq: number;
  readonly schedule: string;
  readonly user: string;
  readonly start_at: number;
  readonly end_at: number;
  readonly created_by: string;
  readonly created_at: number;
  readonly effect: OverrideEffect;
}

interface SwapColumns {
  readonly seq: number;
  readonly state: SwapState;
  readonly schedule: string;
  readonly from_user: string;
  readonly to_user: string | null;
  readonly shift_start: number;
  readonly shift_end: number;
  readonly in_return: string | null;
  readonly created_at: number;
  readonly asked_by: string | null;
}

export class SqliteOncallStore implements OncallStore, SwapReminderStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  overrides(schedule: string, since: number): OverrideRow[] {
    return this.#overrides('WHERE schedule = ? AND end_at > ? ORDER BY seq', schedule, since);
  }

  override(id: string): OverrideRow | undefined {
    return this.#overrides('WHERE seq = ?', rowOf(id))[0];
  }

  addOverride(draft: Omit<OverrideRow, 'id'>): OverrideRow {
    const { lastId } = this.#db.run(
      `INSERT INTO oncall_overrides (schedule, user, start_at, end_at, created_by, created_at, effect)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      draft.schedule,
      draft.user,
      draft.start,
      draft.end,
      draft.by,
      draft.createdAt,
      draft.effect ?? 'replace',
    );
    return { ...draft, id: String(lastId) };
  }

  endOverride(id: string, at: number): void {
    this.#db.tx(() => {
      this.#db.run('DELETE FROM oncall_overrides WHERE seq = ? AND start_at >= ?', rowOf(id), at);
      this.#db.run('UPDATE oncall_overrides SET end_at = ? WHERE seq = ? AND end_at > ?', at, rowOf(id), at);
    });
  }

  swaps(schedule: string, since = Number.MIN_SAFE_INTEGER): Swap[] {
    return this.#swaps('WHERE schedule = ? AND shift_end > ? ORDER BY seq', schedule, since);
  }

  agreedSwaps(since: number): Swap[] {
    // What was promised in return may lie later than the shift itself.
    return this.#swaps(
      `WHERE state = 'agreed' AND (shift_end > ? OR json_extract(in_return, '$.shiftEnd') > ?) ORDER BY seq`,
      since,
      since,
    );
  }

  openSwaps(since: number): Swap[] {
    return this.#swaps("WHERE state IN ('offered', 'agreed') AND shift_end > ? ORDER BY seq", since);
  }

  swap(id: string): Swap | undefined {
    return this.#swaps('WHERE seq = ?', rowOf(id))[0];
  }

  addSwap(draft: Omit<Swap, 'id'>): Swap {
    const { lastId } = this.#db.run(
      `INSERT INTO oncall_swaps (state, schedule, from_user, to_user, shift_start, shift_end, in_return, created_at, asked_by)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      draft.state,
      draft.schedule,
      draft.from,
      draft.to ?? null,
      draft.shiftStart,
      draft.shiftEnd,
      draft.inReturn ? JSON.stringify(draft.inReturn) : null,
      draft.createdAt,
      draft.by ?? null,
    );
    return { ...draft, id: String(lastId) };
  }

  saveSwap(swap: Swap): void {
    this.#db.run(
      'UPDATE oncall_swaps SET state = ?, to_user = ?, in_return = ? WHERE seq = ?',
      swap.state,
      swap.to ?? null,
      swap.inReturn ? JSON.stringify(swap.inReturn) : null,
      rowOf(swap.id),
    );
  }

  unreminded(): { readonly swap: Swap; readonly side: SwapSide }[] {
    const done = new Set(
      this.#db
        .all<{ swap: number; side: SwapSide }>('SELECT swap, side FROM oncall_swap_reminders')
        .map(({ swap, side }) => `${swap} ${side}`),
    );
    return this.#swaps(
      `WHERE state = 'agreed' AND (SELECT count(*) FROM oncall_swap_reminders WHERE swap = seq) < 2 ORDER BY seq`,
    ).flatMap((swap) =>
      (['from', 'to'] as const).flatMap((side) => (done.has(`${swap.id} ${side}`) ? [] : [{ swap, side }])),
    );
  }

  noteReminded(swapId: string, side: SwapSide, at: number): void {
    this.#db.run(
      'INSERT INTO oncall_swap_reminders (swap, side, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      rowOf(swapId),
      side,
      at,
    );
  }

  #overrides(rest: string, ...values: SqlValue[]): OverrideRow[] {
    return this.#db.all<OverrideColumns>(`SELECT * FROM oncall_overrides ${rest}`, ...values).map((row) => ({
      id: String(row.seq),
      schedule: row.schedule,
      user: row.user,
      start: row.start_at,
      end: row.end_at,
      by: row.created_by,
      createdAt: row.created_at,
      ...(row.effect !== 'replace' && { effect: row.effect }),
    }));
  }

  #swaps(rest: string, ...values: SqlValue[]): Swap[] {
    return this.#db.all<SwapColumns>(`SELECT * FROM oncall_swaps ${rest}`, ...values).map((row) => ({
      id: String(row.seq),
      state: row.state,
      schedule: row.schedule,
      from: row.from_user,
      shiftStart: row.shift_start,
      shiftEnd: row.shift_end,
      createdAt: row.created_at,
      ...(row.to_user !== null && { to: row.to_user }),
      ...(row.asked_by !== null && { by: row.asked_by }),
      ...(row.in_return !== null && { inReturn: JSON.parse(row.in_return) as SwapLeg }),
    }));
  }
}

/** Ids are shown to people as plain numbers; whatever else is typed matches no row. */
function rowOf(id: string): number {
  return /^\d{1,15}$/.test(id) ? Number(id) : -1;
}
