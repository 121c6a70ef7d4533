import type { Ladder, LadderStepRow, LadderStore, PageBundle } from '../incident/store.ts';
import type { LadderStop } from '../incident/timeline.ts';
import type { Db } from './db.ts';

interface Row {
  readonly incident_id: string;
  readonly policy: string;
  readonly channel: string | null;
  readonly business_hours: number;
  readonly started_at: number;
  readonly step: number;
  readonly next_at: number | null;
  readonly stopped: LadderStop | null;
}

interface StepRow {
  readonly step: number;
  readonly pass: number;
  readonly level: number;
  readonly at: number;
  readonly outcome: 'told' | 'skipped';
  readonly who: string;
}

interface BundleRow {
  readonly card_id: string;
  readonly person: string;
  readonly opened_at: number;
  readonly closes_at: number;
  readonly closed: number;
}

export class SqliteLadderStore implements LadderStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  ladder(incidentId: string): Ladder | undefined {
    const row = this.#db.get<Row>('SELECT * FROM ladders WHERE incident_id = ?', incidentId);
    return row && ladderOf(row);
  }

  save(ladder: Ladder): void {
    this.#db.run(
      `INSERT INTO ladders (incident_id, policy, channel, business_hours, started_at, step, next_at, stopped)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (incident_id) DO UPDATE SET policy = excluded.policy, channel = excluded.channel,
         business_hours = excluded.business_hours, started_at = excluded.started_at, step = excluded.step,
         next_at = excluded.next_at, stopped = excluded.stopped`,
      ladder.incidentId,
      ladder.policy,
      ladder.channel ?? null,
      ladder.businessHours ? 1 : 0,
      ladder.startedAt,
      ladder.step,
      ladder.nextAt ?? null,
      ladder.stopped ?? null,
    );
  }

  due(now: number): Ladder[] {
    return this.#db
      .all<Row>(
        `SELECT l.* FROM ladders l JOIN incidents i ON i.id = l.incident_id
         WHERE l.next_at <= ? AND l.stopped IS NOT 'all_ended' ORDER BY i.priority, l.next_at, i.seq`,
        now,
      )
      .map(ladderOf);
  }

  addStep(step: LadderStepRow): void {
    this.#db.run(
      `INSERT INTO ladder_steps (incident_id, started_at, step, pass, level, at, outcome, who)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      step.incidentId,
      step.startedAt,
      step.step,
      step.pass,
      step.level,
      step.at,
      step.outcome,
      JSON.stringify(step.who),
    );
  }

  steps(incidentId: string, startedAt: number): LadderStepRow[] {
    return this.#db
      .all<StepRow>(
        'SELECT * FROM ladder_steps WHERE incident_id = ? AND started_at = ? ORDER BY step',
        incidentId,
        startedAt,
      )
      .map((row) => ({
        incidentId,
        startedAt,
        step: row.step,
        pass: row.pass,
        level: row.level,
        at: row.at,
        outcome: row.outcome,
        who: JSON.parse(row.who) as string[],
      }));
  }

  openBundleCard(person: string, now: number): string | undefined {
    const row = this.#db.get<{ card_id: string }>(
      'SELECT card_id FROM page_bundles WHERE person = ? AND closed = 0 AND opened_at <= ? AND closes_at > ? LIMIT 1',
      person,
      now,
      now,
    );
    return row?.card_id;
  }

  pagesOf(person: string, from: number, to: number): number {
    const row = this.#db.get<{ n: number }>(
      'SELECT count(*) AS n FROM page_bundles WHERE person = ? AND opened_at >= ? AND opened_at < ?',
      person,
      from,
      to,
    );
    return row?.n ?? 0;
  }

  bundleOf(cardId: string): PageBundle | undefined {
    const row = this.#db.get<BundleRow>('SELECT * FROM page_bundles WHERE card_id = ?', cardId);
    return row && this.#bundleOf(row);
  }

  openBundle(bundle: Omit<PageBundle, 'incidentIds' | 'closed'>): void {
    this.#db.run(
      'INSERT INTO page_bundles (card_id, person, opened_at, closes_at) VALUES (?, ?, ?, ?)',
      bundle.cardId,
      bundle.person,
      bundle.openedAt,
      bundle.closesAt,
    );
  }

  addToBundle(cardId: string, incidentId: string, at: number): void {
    this.#db.run('INSERT OR IGNORE INTO pages (card_id, incident_id, at) VALUES (?, ?, ?)', cardId, incidentId, at);
  }

  closeBundle(cardId: string): void {
    this.#db.run('UPDATE page_bundles SET closed = 1 WHERE card_id = ?', cardId);
  }

  bundlesDue(now: number): PageBundle[] {
    return this.#db
      .all<BundleRow>('SELECT * FROM page_bundles WHERE closed = 0 AND closes_at <= ? ORDER BY closes_at', now)
      .map((row) => this.#bundleOf(row));
  }

  #bundleOf(row: BundleRow): PageBundle {
    const pages = this.#db.all<{ incident_id: string }>(
      'SELECT incident_id FROM pages WHERE card_id = ? ORDER BY at, incident_id',
      row.card_id,
    );
    return {
      cardId: row.card_id,
      person: row.person,
      openedAt: row.opened_at,
      closesAt: row.closes_at,
      closed: row.closed === 1,
      incidentIds: pages.map((page) => page.incident_id),
    };
  }
}

function ladderOf(row: Row): Ladder {
  return {
    incidentId: row.incident_id,
    policy: row.policy,
    businessHours: row.business_hours === 1,
    startedAt: row.started_at,
    step: row.step,
    ...(row.channel !== null && { channel: row.channel }),
    ...(row.next_at !== null && { nextAt: row.next_at }),
    ...(row.stopped !== null && { stopped: row.stopped }),
  };
}
