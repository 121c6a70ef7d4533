import type { Priority } from '../alert/priority.ts';
import type { OutboxDraft, OutboxEntry, OutboxState } from '../delivery/outbox.ts';
import type { Lane, LaneKey, NewRow, OutboxStore, Requeue } from '../delivery/store.ts';
import type { Db } from './db.ts';
import { LowerBound } from './lower-bound.ts';

const ROWS = 'SELECT o.*, p.payload, p.body FROM outbox o JOIN outbox_payloads p ON p.seq = o.seq';
const LANE_COLUMNS =
  'o.id, o.seq, o.kind, o.destination, o.lane, o.created_at AS createdAt, o.not_before AS notBefore, o.crashes';

/** In the words of the index `outbox_late`. */
const UNTOLD = `priority = 'P1' AND late_told = 0 AND state IN ('queued', 'attempting')`;

interface Row {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly destination: string;
  readonly lane: string;
  readonly payload: string;
  readonly body: string | null;
  readonly priority: Priority;
  readonly coalesce_key: string | null;
  readonly order_key: string | null;
  readonly fallback_of: string | null;
  readonly caused_at: number;
  readonly time_to_live_ms: number | null;
  readonly created_at: number;
  readonly not_before: number;
  readonly expires_at: number;
  readonly state: OutboxState;
  readonly attempts: number;
  readonly crashes: number;
  readonly degraded: number;
  readonly ambiguous: number;
  readonly last_reason: string | null;
}

function entryOf(row: Row): OutboxEntry {
  return {
    id: row.id,
    kind: row.kind,
    destination: row.destination,
    payload: JSON.parse(row.payload) as unknown,
    ...(row.body === null ? {} : { body: row.body }),
    priority: row.priority,
    ...(row.coalesce_key === null ? {} : { coalesceKey: row.coalesce_key }),
    ...(row.order_key === null ? {} : { orderKey: row.order_key }),
    ...(row.fallback_of === null
      ? {}
      : { fallbackOf: JSON.parse(row.fallback_of) as NonNullable<OutboxDraft['fallbackOf']> }),
    causedAt: row.caused_at,
    ...(row.time_to_live_ms === null ? {} : { timeToLiveMs: row.time_to_live_ms }),
    createdAt: row.created_at,
    notBefore: row.not_before,
    expiresAt: row.expires_at,
    state: row.state,
    attempts: row.attempts,
    degraded: row.degraded === 1,
    ambiguous: row.ambiguous === 1,
    ...(row.last_reason === null ? {} : { lastReason: row.last_reason }),
  };
}

/** Rows with an order key form a lane of their own, the others one lane per priority. */
function laneOf(orderKey: string | undefined | null, priority: Priority): string {
  return orderKey === undefined || orderKey === null ? `priority ${priority}` : `order ${orderKey}`;
}

function moreUrgent(a: Priority, b: Priority): Priority {
  return a < b ? a : b;
}

export class SqliteOutboxStore implements OutboxStore {
  readonly #db: Db;
  /** Lanes that changed, by destination and lane; a transaction that was rolled back leaves some that did not. */
  readonly #changed = new Map<string, LaneKey>();
  readonly #expiry = new LowerBound(
    () => this.#db.get<{ at: number | null }>(`SELECT MIN(expires_at) AS at FROM outbox WHERE state = 'queued'`)?.at,
  );
  readonly #untold = new LowerBound(
    () => this.#db.get<{ at: number | null }>(`SELECT MIN(created_at) AS at FROM outbox WHERE ${UNTOLD}`)?.at,
  );
  readonly tx: <T>(fn: () => T) => T;

  constructor(db: Db) {
    this.#db = db;
    this.tx = (fn) => db.tx(fn);
  }

  put(row: NewRow): string {
    return this.#db.tx(() => {
      const { draft } = row;
      const waiting = draft.coalesceKey === undefined ? undefined : this.#waiting(draft, draft.coalesceKey);
      if (waiting) {
        this.#takeOver(waiting, {
          payload: JSON.stringify(draft.payload ?? null),
          body: draft.body ?? null,
          priority: draft.priority,
          causedAt: draft.causedAt,
          expiresAt: row.expiresAt,
        });
        return waiting.id;
      }
      const lane = laneOf(draft.orderKey, draft.priority);
      const { lastId } = this.#db.run(
        `INSERT INTO outbox (id, kind, destination, lane, priority, coalesce_key, order_key, fallback_of, caused_at,
           time_to_live_ms, created_at, not_before, expires_at, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued')`,
        row.id,
        draft.kind,
        draft.destination,
        lane,
        draft.priority,
        draft.coalesceKey ?? null,
        draft.orderKey ?? null,
        draft.fallbackOf ? JSON.stringify(draft.fallbackOf) : null,
        draft.causedAt,
        draft.timeToLiveMs ?? null,
        row.createdAt,
        row.createdAt,
        row.expiresAt,
      );
      this.#db.run(
        'INSERT INTO outbox_payloads (seq, payload, body) VALUES (?, ?, ?)',
        lastId,
        JSON.stringify(draft.payload ?? null),
        draft.body ?? null,
      );
      this.#changes(draft.destination, lane);
      this.#expiry.came(row.expiresAt);
      if (draft.priority === 'P1') this.#untold.came(row.createdAt);
      return row.id;
    });
  }

  entry(id: string): OutboxEntry | undefined {
    const row = this.#row(id);
    return row && entryOf(row);
  }

  lanes(): Lane[] {
    return this.#db.all<Lane>(
      `WITH heads AS (
         SELECT MIN(seq) AS seq, MIN(priority) AS priority FROM outbox WHERE state = 'queued' GROUP BY destination, lane
       )
       SELECT ${LANE_COLUMNS}, heads.priority FROM heads JOIN outbox o ON o.seq = heads.seq`,
    );
  }

  lane({ destination, lane }: LaneKey): Lane | undefined {
    return this.#db.get<Lane>(
      `WITH head AS (
         SELECT MIN(seq) AS seq, MIN(priority) AS priority FROM outbox
         WHERE state = 'queued' AND destination = ? AND lane = ?
       )
       SELECT ${LANE_COLUMNS}, head.priority FROM head JOIN outbox o ON o.seq = head.seq`,
      destination,
      lane,
    );
  }

  hasChanges(): boolean {
    return this.#changed.size > 0;
  }

  takeChanges(): LaneKey[] {
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    return changed;
  }

  lastId(): string {
    return this.#db.get<{ id: string | null }>('SELECT MAX(id) AS id FROM outbox')?.id ?? '';
  }

  claim(id: string): OutboxEntry | undefined {
    const { changes } = this.#db.run(
      `UPDATE outbox SET state = 'attempting', attempts = attempts + 1 WHERE id = ? AND state = 'queued'`,
      id,
    );
    return changes === 0 ? undefined : this.entry(id);
  }

  markSent(id: string, at: number, detail: string): void {
    this.#db.run(`UPDATE outbox SET state = 'sent', ended_at = ?, last_reason = ? WHERE id = ?`, at, detail, id);
  }

  markDead(id: string, at: number, reason: string): void {
    this.#db.run(`UPDATE outbox SET state = 'dead', ended_at = ?, last_reason = ? WHERE id = ?`, at, reason, id);
  }

  requeue(id: string, change: Requeue): void {
    this.#db.tx(() => {
      const row = this.#row(id);
      if (!row) return;
      const newer = row.coalesce_key === null ? undefined : this.#waiting(row, row.coalesce_key);
      if (newer) this.#db.run('DELETE FROM outbox WHERE id = ?', newer.id);
      this.#db.run(
        `UPDATE outbox SET state = 'queued', crashes = ?, not_before = ?, last_reason = ?, attempts = ?,
           ambiguous = MAX(ambiguous, ?) WHERE id = ?`,
        change.crashes ?? 0,
        change.notBefore,
        change.reason,
        change.attempts,
        change.ambiguous ? 1 : 0,
        id,
      );
      this.#changes(row.destination, row.lane);
      this.#expiry.came(row.expires_at);
      if (newer) {
        const { payload, body, priority, caused_at: causedAt, expires_at: expiresAt } = newer;
        this.#takeOver(row, { payload, body, priority, causedAt, expiresAt });
      } else if (change.degradedPayload !== undefined) {
        this.#db.run('UPDATE outbox SET degraded = 1 WHERE seq = ?', row.seq);
        this.#setPayload(row.seq, JSON.stringify(change.degradedPayload), row.body);
      }
    });
  }

  expired(now: number, limit: number): OutboxEntry[] {
    this.#expiry.passed();
    return this.#db
      .all<Row>(`${ROWS} WHERE o.state = 'queued' AND o.expires_at <= ? ORDER BY o.expires_at LIMIT ?`, now, limit)
      .map(entryOf);
  }

  nextExpiry(): number | undefined {
    return this.#expiry.at;
  }

  interrupted(): { readonly entry: OutboxEntry; readonly crashes: number }[] {
    return this.#db.tx(() => {
      this.#db.run(`UPDATE outbox SET crashes = crashes + 1 WHERE state = 'attempting'`);
      const rows = this.#db.all<Row>(`${ROWS} WHERE o.state = 'attempting' ORDER BY o.seq`);
      return rows.map((row) => ({ entry: entryOf(row), crashes: row.crashes }));
    });
  }

  late(createdBy: number): OutboxEntry[] {
    this.#untold.passed();
    return this.#db
      .all<Row>(`${ROWS} WHERE ${UNTOLD} AND o.created_at <= ? ORDER BY o.created_at`, createdBy)
      .map(entryOf);
  }

  oldestUntold(): number | undefined {
    return this.#untold.at;
  }

  markLate(id: string): void {
    this.#db.run('UPDATE outbox SET late_told = 1 WHERE id = ?', id);
  }

  prune(sentBefore: number, deadBefore: number): number {
    return this.#db.run(
      `DELETE FROM outbox WHERE (state = 'sent' AND ended_at < ?) OR (state = 'dead' AND ended_at < ?)`,
      sentBefore,
      deadBefore,
    ).changes;
  }

  depth(): { readonly kind: string; readonly state: OutboxState; readonly count: number }[] {
    return this.#db.all('SELECT kind, state, COUNT(*) AS count FROM outbox GROUP BY kind, state');
  }

  #changes(destination: string, lane: string): void {
    this.#changed.set(`${destination}\n${lane}`, { destination, lane });
  }

  #setPayload(seq: number, payload: string, body: string | null): void {
    this.#db.run('UPDATE outbox_payloads SET payload = ?, body = ? WHERE seq = ?', payload, body, seq);
  }

  #row(id: string): Row | undefined {
    return this.#db.get<Row>(`${ROWS} WHERE o.id = ?`, id);
  }

  #waiting(of: { readonly kind: string; readonly destination: string }, coalesceKey: string): Row | undefined {
    return this.#db.get<Row>(
      `${ROWS} WHERE o.state = 'queued' AND o.coalesce_key = ? AND o.destination = ? AND o.kind = ?`,
      coalesceKey,
      of.destination,
      of.kind,
    );
  }

  /** Newer content into an older row: the place stays, urgency and life never shrink. */
  #takeOver(
    row: Row,
    newer: {
      readonly payload: string;
      readonly body: string | null;
      readonly priority: Priority;
      readonly causedAt: number;
      readonly expiresAt: number;
    },
  ): void {
    const priority = moreUrgent(row.priority, newer.priority);
    const lane = laneOf(row.order_key, priority);
    this.#db.run(
      'UPDATE outbox SET priority = ?, lane = ?, caused_at = ?, expires_at = ?, degraded = 0 WHERE seq = ?',
      priority,
      lane,
      newer.causedAt,
      Math.max(row.expires_at, newer.expiresAt),
      row.seq,
    );
    this.#setPayload(row.seq, newer.payload, newer.body);
    if (priority === 'P1') this.#untold.came(row.created_at);
    this.#changes(row.destination, row.lane);
    this.#changes(row.destination, lane);
  }
}
