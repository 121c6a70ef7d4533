import type { Priority } from '../alert/priority.ts';
import type { FeedbackStore } from '../feedback/store.ts';
import type { IncidentOutcome, Verdict } from '../feedback/verdict.ts';
import type { Db } from './db.ts';

interface OutcomeRow {
  readonly incident_id: string;
  readonly rule: string;
  readonly model: string;
  readonly environment: string;
  readonly priority: Priority;
  readonly opened_at: number;
  readonly acknowledged_at: number | null;
  readonly resolved_at: number | null;
  readonly notifications: number;
  readonly pages: string;
  readonly verdict: Verdict['verdict'] | null;
}

interface VerdictRow {
  readonly incident_id: string;
  readonly verdict: Verdict['verdict'];
  readonly by_id: string;
  readonly at: number;
  readonly undone_at: number | null;
}

export class SqliteFeedbackStore implements FeedbackStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  open(incident: Parameters<FeedbackStore['open']>[0]): void {
    const { incidentId, rule, model, environment, priority, openedAt } = incident;
    this.#db.tx(() => {
      this.#db.run(
        `INSERT INTO feedback_incidents (incident_id, rule, model, environment, priority, opened_at)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (incident_id) DO NOTHING`,
        incidentId,
        rule,
        model,
        environment,
        priority,
        openedAt,
      );
      this.#db.run(
        'INSERT INTO rule_first_fired (rule, at) VALUES (?, ?) ON CONFLICT (rule) DO NOTHING',
        rule,
        openedAt,
      );
    });
  }

  raisePriority(incidentId: string, priority: Priority): void {
    this.#db.run(
      'UPDATE feedback_incidents SET priority = MIN(priority, ?) WHERE incident_id = ?',
      priority,
      incidentId,
    );
  }

  countNotification(incidentId: string): void {
    this.#db.run('UPDATE feedback_incidents SET notifications = notifications + 1 WHERE incident_id = ?', incidentId);
  }

  addPage(incidentId: string, at: number): void {
    this.#db.run(
      'INSERT INTO feedback_pages (incident_id, at) SELECT incident_id, ? FROM feedback_incidents WHERE incident_id = ?',
      at,
      incidentId,
    );
  }

  acknowledge(incidentId: string, at: number): void {
    this.#db.run(
      'UPDATE feedback_incidents SET acknowledged_at = COALESCE(acknowledged_at, ?) WHERE incident_id = ?',
      at,
      incidentId,
    );
  }

  resolve(incidentId: string, at: number | undefined): void {
    this.#db.run('UPDATE feedback_incidents SET resolved_at = ? WHERE incident_id = ?', at ?? null, incidentId);
  }

  putVerdict(verdict: Verdict): void {
    const { incidentId, at, by } = verdict;
    this.#db.tx(() => {
      this.undoVerdict(incidentId, at);
      this.#db.run(
        `INSERT INTO verdicts (incident_id, verdict, by_id, at)
         SELECT incident_id, ?, ?, ? FROM feedback_incidents WHERE incident_id = ?`,
        verdict.verdict,
        by,
        at,
        incidentId,
      );
    });
  }

  undoVerdict(incidentId: string, at: number): void {
    this.#db.run('UPDATE verdicts SET undone_at = ? WHERE incident_id = ? AND undone_at IS NULL', at, incidentId);
  }

  verdicts(incidentId: string): Verdict[] {
    return this.#db
      .all<VerdictRow>('SELECT * FROM verdicts WHERE incident_id = ? ORDER BY seq', incidentId)
      .map((row) => ({
        incidentId: row.incident_id,
        verdict: row.verdict,
        by: row.by_id,
        at: row.at,
        ...(row.undone_at === null ? {} : { undoneAt: row.undone_at }),
      }));
  }

  outcomes(from: number, to: number): IncidentOutcome[] {
    return this.#db
      .all<OutcomeRow>(
        `SELECT i.*, v.verdict,
           (SELECT json_group_array(p.at) FROM feedback_pages p WHERE p.incident_id = i.incident_id) AS pages
         FROM feedback_incidents i
         LEFT JOIN verdicts v ON v.incident_id = i.incident_id AND v.undone_at IS NULL
         WHERE i.opened_at >= ? AND i.opened_at < ? ORDER BY i.opened_at, i.incident_id`,
        from,
        to,
      )
      .map(outcomeOf);
  }

  firstFired(): ReadonlyMap<string, number> {
    const rows = this.#db.all<{ rule: string; at: number }>('SELECT rule, at FROM rule_first_fired');
    return new Map(rows.map(({ rule, at }) => [rule, at]));
  }

  noteRules(names: readonly string[], at: number): void {
    for (const name of names) this.#db.run('INSERT OR IGNORE INTO rules_seen (rule, at) VALUES (?, ?)', name, at);
  }

  rulesSeen(): ReadonlyMap<string, number> {
    const rows = this.#db.all<{ rule: string; at: number }>('SELECT rule, at FROM rules_seen');
    return new Map(rows.map(({ rule, at }) => [rule, at]));
  }

  prune(before: number): void {
    this.#db.run('DELETE FROM feedback_incidents WHERE opened_at < ?', before);
  }

  digestDeadline(): { readonly at: number; readonly schedule: string } | undefined {
    return this.#db.get('SELECT at, schedule FROM digest_deadline');
  }

  setDigestDeadline({ at, schedule }: { readonly at: number; readonly schedule: string }): void {
    this.#db.run(
      `INSERT INTO digest_deadline (one, at, schedule) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET at = excluded.at, schedule = excluded.schedule`,
      at,
      schedule,
    );
  }
}

function outcomeOf(row: OutcomeRow): IncidentOutcome {
  return {
    incidentId: row.incident_id,
    rule: row.rule,
    model: row.model,
    environment: row.environment,
    priority: row.priority,
    openedAt: row.opened_at,
    ...(row.acknowledged_at === null ? {} : { acknowledgedAt: row.acknowledged_at }),
    ...(row.resolved_at === null ? {} : { resolvedAt: row.resolved_at }),
    notifications: row.notifications,
    pages: JSON.parse(row.pages) as number[],
    ...(row.verdict === null ? {} : { verdict: row.verdict }),
  };
}
