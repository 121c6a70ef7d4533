import type { Alert } from '../alert/alert.ts';
import { type AlertTexts, alertFromTexts, contentText, sameContent, stateText } from '../alert/json.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import type { Db } from './db.ts';

interface Written {
  readonly seq: number;
  alert: Alert;
}

/**
 * The alerts that routing knows, a row each, and the numbers by which other tables name them. What is written is remembered: nothing else
 * in this process may write them, and a rollback forgets everything.
 */
export class AlertRows {
  readonly #db: Db;
  /** Absent while unknown. */
  #written: Map<Fingerprint, Written> | undefined;
  #rollbacks = 0;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Every alert, in the order in which they came. */
  load(): Alert[] {
    return [...this.#read().values()].map(({ alert }) => alert);
  }

  put(alert: Alert): void {
    const written = this.#known();
    const before = written.get(alert.fingerprint);
    if (!before) {
      const { lastId: seq } = this.#db.run(
        'INSERT INTO alerts (fingerprint, content, state) VALUES (?, ?, ?)',
        alert.fingerprint,
        contentText(alert),
        stateText(alert),
      );
      written.set(alert.fingerprint, { seq, alert });
      return;
    }
    if (sameContent(before.alert, alert)) {
      this.#db.run('UPDATE alerts SET state = ? WHERE seq = ?', stateText(alert), before.seq);
    } else {
      this.#part(before.seq);
      this.#db.run(
        'UPDATE alerts SET content = ?, state = ? WHERE seq = ?',
        contentText(alert),
        stateText(alert),
        before.seq,
      );
    }
    before.alert = alert;
  }

  delete(fingerprint: Fingerprint): void {
    const seq = this.seqOf(fingerprint);
    if (seq === undefined) return;
    this.#part(seq);
    this.#db.run('DELETE FROM alerts WHERE seq = ?', seq);
    this.#known().delete(fingerprint);
  }

  seqOf(fingerprint: Fingerprint): number | undefined {
    return this.#known().get(fingerprint)?.seq;
  }

  /** The row that says what this alert says, where there is one: who names it needs no copy of the content. */
  rowLike(alert: Alert): number | undefined {
    const written = this.#known().get(alert.fingerprint);
    return written && sameContent(written.alert, alert) ? written.seq : undefined;
  }

  /** Members of incidents that had their content in this row get it as it is now. */
  #part(seq: number): void {
    this.#db.run(
      `UPDATE incident_members SET content = (SELECT content FROM alerts WHERE seq = ?), alert = NULL WHERE alert = ?`,
      seq,
      seq,
    );
  }

  #known(): Map<Fingerprint, Written> {
    return this.#rollbacks === this.#db.rollbacks && this.#written ? this.#written : this.#read();
  }

  #read(): Map<Fingerprint, Written> {
    this.#rollbacks = this.#db.rollbacks;
    const rows = this.#db.all<AlertTexts & { readonly seq: number }>('SELECT * FROM alerts ORDER BY seq');
    this.#written = new Map(rows.map((row) => [row.fingerprint, { seq: row.seq, alert: alertFromTexts(row) }]));
    return this.#written;
  }
}
