import type { Incident } from '../incident/incident.ts';
import type { Db } from './db.ts';

const MOST_INCIDENTS = 5000;
/** With more incidents than this that ended since, who holds what is read anew. */
const MOST_ENDED = 5000;

interface Holder {
  readonly id: string;
  readonly seq: number;
}

/** Alerts of incidents that can hold one, and of some that no longer can. */
interface Holders {
  /** By fingerprint, oldest incident first. */
  readonly byAlert: Map<string, Holder[]>;
  /** By id, the incidents all of whose alerts stand in `byAlert`. */
  readonly complete: Map<string, Holder>;
  ended: number;
}

/**
 * Incidents by id, and which incident holds an alert: asked for each of ten thousand alerts of a storm again and again. Right as long
 * as every write of this process is told here; a rollback forgets everything.
 */
export class IncidentCache {
  readonly #db: Db;
  readonly #byId = new Map<string, Incident>();
  /** Absent while unknown. */
  #holders: Holders | undefined;
  #rollbacks = 0;

  constructor(db: Db) {
    this.#db = db;
  }

  incident(id: string, read: (id: string) => Incident | undefined): Incident | undefined {
    this.#forgetAfterRollback();
    const known = this.#byId.get(id);
    if (known) return known;
    const incident = read(id);
    if (this.#byId.size >= MOST_INCIDENTS) this.#byId.clear();
    if (incident) this.#byId.set(id, incident);
    return incident;
  }

  /** The incident that holds an alert: an open one before one that was closed by hand and is still looked at. */
  holder(fingerprint: string, read: (id: string) => Incident | undefined): Incident | undefined {
    this.#forgetAfterRollback();
    this.#holders ??= this.#readHolders();
    let closed: Incident | undefined;
    for (const { id } of this.#holders.byAlert.get(fingerprint) ?? []) {
      const incident = this.incident(id, read);
      if (!incident || !canHold(incident)) continue;
      if (incident.state.kind !== 'resolved') return incident;
      closed ??= incident;
    }
    return closed;
  }

  /** After an incident was made. */
  opened(incident: Incident, seq: number): void {
    this.#forgetAfterRollback();
    const { id } = incident;
    this.#byId.set(id, incident);
    this.#holders?.complete.set(id, { id, seq });
  }

  /** After an incident was written. */
  saved(incident: Incident): void {
    this.#byId.delete(incident.id);
    const holders = this.#holders;
    if (!holders) return;
    if (canHold(incident)) {
      // One that was over when the others were read is to be looked at again: nobody here knows its alerts.
      if (!holders.complete.has(incident.id)) this.#holders = undefined;
      return;
    }
    holders.ended += 1;
    if (holders.ended > MOST_ENDED) this.#holders = undefined;
  }

  /** After an alert was written into an incident. */
  joined(fingerprint: string, incidentId: string): void {
    const holders = this.#holders;
    const holder = holders?.complete.get(incidentId);
    if (holders && holder) add(holders, fingerprint, holder);
  }

  #readHolders(): Holders {
    const holders: Holders = { byAlert: new Map(), complete: new Map(), ended: 0 };
    const rows = this.#db.all<{ id: string; seq: number; fingerprint: string | null }>(
      `SELECT i.id, i.seq, m.fingerprint FROM incidents i LEFT JOIN incident_members m ON m.incident = i.seq
       WHERE i.state <> 'resolved' OR i.reopen_at IS NOT NULL ORDER BY i.seq`,
    );
    for (const { id, seq, fingerprint } of rows) {
      const holder = holders.complete.get(id) ?? { id, seq };
      holders.complete.set(id, holder);
      if (fingerprint !== null) add(holders, fingerprint, holder);
    }
    return holders;
  }

  #forgetAfterRollback(): void {
    if (this.#rollbacks === this.#db.rollbacks) return;
    this.#rollbacks = this.#db.rollbacks;
    this.#byId.clear();
    this.#holders = undefined;
  }
}

function add({ byAlert }: Holders, fingerprint: string, holder: Holder): void {
  const known = byAlert.get(fingerprint);
  if (!known) byAlert.set(fingerprint, [holder]);
  else if (!known.some(({ id }) => id === holder.id))
    byAlert.set(
      fingerprint,
      [...known, holder].toSorted((a, b) => a.seq - b.seq),
    );
}

function canHold(incident: Incident): boolean {
  return incident.state.kind !== 'resolved' || incident.reopenAt !== undefined;
}
