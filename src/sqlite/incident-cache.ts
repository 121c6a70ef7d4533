import type { Incident } from '../incident/incident.ts';
import type { Db } from './db.ts';

const MOST_INCIDENTS = 5000;
const MOST_HOLDERS = 25_000;

/**
 * Incidents by id, and which incident holds an alert: asked for each of ten thousand alerts of a storm again and again. Right as long
 * as every write of this process is told here; a rollback forgets everything.
 */
export class IncidentCache {
  readonly #db: Db;
  readonly #byId = new Map<string, Incident>();
  /** By fingerprint; undefined where none does. */
  readonly #holders = new Map<string, string | undefined>();
  /** At least the alerts of every incident that can hold one; absent while unknown. Most alerts of a storm are in none. */
  #members: Set<string> | undefined;
  #rollbacks = 0;

  constructor(db: Db) {
    this.#db = db;
  }

  incident(id: string, read: () => Incident | undefined): Incident | undefined {
    this.#forgetAfterRollback();
    const known = this.#byId.get(id);
    if (known) return known;
    const incident = read();
    if (this.#byId.size >= MOST_INCIDENTS) this.#byId.clear();
    if (incident) this.#byId.set(id, incident);
    return incident;
  }

  /** The id of the incident that holds an alert. */
  holder(fingerprint: string, read: () => string | undefined): string | undefined {
    this.#forgetAfterRollback();
    if (this.#holders.has(fingerprint)) return this.#holders.get(fingerprint);
    this.#members ??= this.#readMembers();
    if (!this.#members.has(fingerprint)) return undefined;
    const id = read();
    if (this.#holders.size >= MOST_HOLDERS) this.#holders.clear();
    this.#holders.set(fingerprint, id);
    return id;
  }

  /** After an incident was written: one that opened or closed holds other alerts than before. */
  saved(incident: Incident): void {
    const before = this.#byId.get(incident.id);
    this.#byId.delete(incident.id);
    const isSame = before?.state.kind === incident.state.kind && isReopenable(before) === isReopenable(incident);
    if (!isSame) this.#holders.clear();
    if (canHold(incident) && !(before && canHold(before))) this.#members = undefined;
  }

  /** After an alert was written into an incident. */
  joined(fingerprint: string): void {
    this.#holders.delete(fingerprint);
    this.#members?.add(fingerprint);
  }

  #readMembers(): Set<string> {
    const rows = this.#db.all<{ fingerprint: string }>(
      `SELECT m.fingerprint FROM incidents i JOIN incident_members m ON m.incident_id = i.id
       WHERE i.state <> 'resolved' OR i.reopen_at IS NOT NULL`,
    );
    return new Set(rows.map(({ fingerprint }) => fingerprint));
  }

  #forgetAfterRollback(): void {
    if (this.#rollbacks === this.#db.rollbacks) return;
    this.#rollbacks = this.#db.rollbacks;
    this.#byId.clear();
    this.#holders.clear();
    this.#members = undefined;
  }
}

function canHold(incident: Incident): boolean {
  return incident.state.kind !== 'resolved' || isReopenable(incident);
}

function isReopenable(incident: Incident): boolean {
  return incident.reopenAt !== undefined;
}
