import { type AlertTexts, alertFromTexts, contentText, sameContent, stateText } from '../alert/json.ts';
import type { Member } from '../incident/store.ts';
import type { AlertRows } from './alert-rows.ts';
import type { Db } from './db.ts';

interface MemberRow extends AlertTexts {
  readonly joined_at: number;
  readonly left_at: number | null;
}

/** A member, or its row until somebody asks for it. */
interface Kept {
  readonly fingerprint: string;
  readonly joinedAt: number;
  content: { readonly kind: 'row'; readonly row: MemberRow } | { readonly kind: 'member'; readonly member: Member };
}

interface OfIncident {
  /** The incident's number. */
  readonly seq: number;
  readonly byFingerprint: Map<string, Kept>;
  /** In the order in which they joined; absent after one more did. */
  inOrder: readonly Kept[] | undefined;
}

/** Rows beyond this are read from the database again. */
const MOST_ROWS = 25_000;

/**
 * Members of incidents, read once: in a storm every look at ten thousand of them would otherwise read and parse them all. Nothing else
 * in this process may write them; a rollback forgets everything.
 */
export class MemberStore {
  readonly #db: Db;
  readonly #alerts: AlertRows;
  readonly #incidents = new Map<string, OfIncident>();
  #rows = 0;
  #rollbacks = 0;

  constructor(db: Db, alerts: AlertRows) {
    this.#db = db;
    this.#alerts = alerts;
  }

  /** After an incident was made: it has no members, which need not be looked up. */
  opened(incidentId: string, seq: number): void {
    this.#forgetAfterRollback();
    this.#incidents.set(incidentId, { seq, byFingerprint: new Map(), inOrder: undefined });
  }

  /** In the order in which they joined. */
  members(incidentId: string): Member[] {
    const known = this.#of(incidentId);
    if (!known) return [];
    known.inOrder ??= [...known.byFingerprint.values()].toSorted(byJoining);
    return known.inOrder.map((kept) => memberOf(incidentId, kept));
  }

  member(incidentId: string, fingerprint: string): Member | undefined {
    const kept = this.#of(incidentId)?.byFingerprint.get(fingerprint);
    return kept && memberOf(incidentId, kept);
  }

  /** The instant of joining never changes. */
  save(member: Member): void {
    const { incidentId, alert, joinedAt, leftAt } = member;
    const known = this.#of(incidentId);
    if (!known) throw new Error(`there is no incident ${incidentId}`);
    const { fingerprint } = alert;
    const before = known.byFingerprint.get(fingerprint);
    const joined = before?.joinedAt ?? joinedAt;
    const state = stateText(alert);
    if (!before) {
      const row = this.#alerts.rowLike(alert);
      this.#db.run(
        'INSERT INTO incident_members (incident, fingerprint, alert, content, state, joined_at, left_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        known.seq,
        fingerprint,
        row ?? null,
        row === undefined ? contentText(alert) : null,
        state,
        joined,
        leftAt ?? null,
      );
    } else if (sameContent(memberOf(incidentId, before).alert, alert)) {
      this.#db.run(
        'UPDATE incident_members SET state = ?, left_at = ? WHERE incident = ? AND fingerprint = ?',
        state,
        leftAt ?? null,
        known.seq,
        fingerprint,
      );
    } else {
      this.#db.run(
        `UPDATE incident_members SET alert = NULL, content = ?, state = ?, left_at = ? WHERE incident = ? AND fingerprint = ?`,
        contentText(alert),
        state,
        leftAt ?? null,
        known.seq,
        fingerprint,
      );
    }
    if (!before) this.#rows += 1;
    const content = { kind: 'member', member: { ...member, joinedAt: joined } } as const;
    known.byFingerprint.set(fingerprint, { fingerprint, joinedAt: joined, content });
    known.inOrder = undefined;
  }

  #of(incidentId: string): OfIncident | undefined {
    this.#forgetAfterRollback();
    const known = this.#incidents.get(incidentId);
    if (known) return known;
    const incident = this.#db.get<{ seq: number }>('SELECT seq FROM incidents WHERE id = ?', incidentId);
    if (!incident) return undefined;
    const rows = this.#db.all<MemberRow>(
      `SELECT m.fingerprint, coalesce(m.content, a.content) AS content, m.state, m.joined_at, m.left_at
       FROM incident_members m LEFT JOIN alerts a ON a.seq = m.alert WHERE m.incident = ?`,
      incident.seq,
    );
    const read: OfIncident = {
      seq: incident.seq,
      byFingerprint: new Map(rows.map((row) => [row.fingerprint, keptOf(row)])),
      inOrder: undefined,
    };
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

function byJoining(a: Kept, b: Kept): number {
  return a.joinedAt - b.joinedAt || (a.fingerprint < b.fingerprint ? -1 : 1);
}

function keptOf(row: MemberRow): Kept {
  return { fingerprint: row.fingerprint, joinedAt: row.joined_at, content: { kind: 'row', row } };
}

function memberOf(incidentId: string, kept: Kept): Member {
  if (kept.content.kind === 'member') return kept.content.member;
  const { row } = kept.content;
  const member: Member = {
    incidentId,
    alert: alertFromTexts(row),
    joinedAt: row.joined_at,
    ...(row.left_at !== null && { leftAt: row.left_at }),
  };
  kept.content = { kind: 'member', member };
  return member;
}
