import type { DigestItem, DueDigest, MailDigestStore } from '../notifiers/mail-digest.ts';
import type { Db } from './db.ts';

export class SqliteMailDigestStore implements MailDigestStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  add({ receiver, position, incidentId, at, dueAt }: DigestItem): void {
    this.#db.run(
      `INSERT INTO mail_digest (receiver, position, incident_id, added_at, due_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      receiver,
      position,
      incidentId,
      at,
      dueAt,
    );
  }

  nextDue(): number | undefined {
    return this.#db.get<{ at: number | null }>('SELECT MIN(due_at) AS at FROM mail_digest')?.at ?? undefined;
  }

  takeDue(now: number): DueDigest[] {
    const rows = this.#db.all<{ receiver: string; position: number; incidentId: string; at: number }>(
      `SELECT m.receiver, m.position, m.incident_id AS incidentId, m.added_at AS at FROM mail_digest m
       JOIN (SELECT DISTINCT receiver, position FROM mail_digest WHERE due_at <= ?) USING (receiver, position)
       ORDER BY m.receiver, m.position, m.added_at, m.incident_id`,
      now,
    );
    const digests = new Map<string, { receiver: string; position: number; since: number; incidentIds: string[] }>();
    for (const { receiver, position, incidentId, at } of rows) {
      const key = `${receiver}\n${position}`;
      const digest = digests.get(key) ?? { receiver, position, since: at, incidentIds: [] };
      digest.incidentIds.push(incidentId);
      digests.set(key, digest);
    }
    for (const { receiver, position } of digests.values())
      this.#db.run('DELETE FROM mail_digest WHERE receiver = ? AND position = ?', receiver, position);
    return [...digests.values()];
  }
}
