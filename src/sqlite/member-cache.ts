import { type AlertJson, alertFromJson } from '../alert/json.ts';
import type { Member } from '../incident/store.ts';
import type { Db } from './db.ts';

/** A row of `incident_members`. */
export interface MemberRow {
  readonly incident_id: string;
  readonly fingerprint: string;
  readonly alert: string;
  readonly joined_at: number;
  readonly left_at: number | null;
}

interface Kept {
  /** Its `alert` is '' once it has been read. */
  row: MemberRow;
  /** Read when it is first asked for. */
  member?: Member;
}

interface OfIncident {
  readonly byFingerprint: Map<string, Kept>;
  /** In the order in which they joined; absent after one more did. */
  inOrder?: readonly Kept[];
}

/** Rows beyond this are read from the database again. */
const MOST_ROWS = 25_000;

/**
 * Members of incidents as they stand in the database, read once: in a storm every look at ten thousand of them would otherwise read
 * and parse them all. Right as long as every write of this process goes through `put`; a rollback forgets everything.
 */
export class MemberCache {
  readonly #db: Db;
  readonly #incidents = new Map<string, OfIncident>();
  #rows = 0;
  #rollbacks = 0;

  constructor(db: Db) {
    this.#db = db;
  }

  /** In the order in which they joined. */
  members(incidentId: string): Member[] {
    const known = this.#of(incidentId);
    known.inOrder ??= [...known.byFingerprint.values()].toSorted(byJoining);
    return known.inOrder.map(memberOf);
  }

  member(incidentId: string, fingerprint: string): Member | undefined {
    const kept = this.#of(incidentId).byFingerprint.get(fingerprint);
    return kept && memberOf(kept);
  }

  /** After the row was written. The instant of joining never changes. */
  put(row: MemberRow): void {
    this.#forgetAfterRollback();
    const known = this.#incidents.get(row.incident_id);
    if (!known) return;
    const before = known.byFingerprint.get(row.fingerprint)?.row;
    known.byFingerprint.set(row.fingerprint, { row: before ? { ...row, joined_at: before.joined_at } : row });
    delete known.inOrder;
    if (!before) this.#rows += 1;
  }

  #of(incidentId: string): OfIncident {
    this.#forgetAfterRollback();
    const known = this.#incidents.get(incidentId);
    if (known) return known;
    const rows = this.#db.all<MemberRow>('SELECT * FROM incident_members WHERE incident_id = ?', incidentId);
    const read: OfIncident = { byFingerprint: new Map(rows.map((row) => [row.fingerprint, { row }])) };
    if (this.#rows + rows.length > MOST_ROWS) this.#forget();
    this.#incidents.set(incidentId, read);
    this.#rows += rows.length;
    return read;
  }

  #forgetAfterRollback(): void {
    if (this.#rollbacks === this.#db.rollbacks) return;
    this.#rollbacks = this.#db.rollbacks;
    this.#forget();
  }

  #forget(): void {
    this.#incidents.clear();
    this.#rows = 0;
  }
}

function byJoining({ row: a }: Kept, { row: b }: Kept): number {
  return a.joined_at - b.joined_at || (a.fingerprint < b.fingerprint ? -1 : 1);
}

function memberOf(kept: Kept): Member {
  if (kept.member) return kept.member;
  const { row } = kept;
  const member: Member = {
    incidentId: row.incident_id,
    alert: alertFromJson(JSON.parse(row.alert) as AlertJson),
    joinedAt: row.joined_at,
    ...(row.left_at !== null && { leftAt: row.left_at }),
  };
  kept.member = member;
  kept.row = { ...row, alert: '' };
  return member;
}
