import type { Priority } from '../alert/priority.ts';
import type { Incident, IncidentState, IncidentVerdict } from '../incident/incident.ts';
import type { ManualPage } from '../incident/manual-page.ts';
import type { IncidentStore, Member } from '../incident/store.ts';
import type { IncidentEvent, IncidentFact } from '../incident/timeline.ts';
import { Labels } from '../labels/labels.ts';
import { AlertRows } from './alert-rows.ts';
import { SqliteCardStore } from './card-store.ts';
import type { Db } from './db.ts';
import { SqliteEpisodeStore, shortId } from './episode-store.ts';
import { IncidentCache } from './incident-cache.ts';
import { SqliteLadderStore } from './ladder-store.ts';
import { MemberStore } from './member-store.ts';
import { SqliteStormStore } from './storm-store.ts';

interface IncidentRow {
  readonly id: string;
  readonly state_detail: string;
  readonly priority: Priority;
  readonly alert_name: string;
  readonly home_group: string;
  readonly group_labels: string;
  readonly opened_at: number;
  readonly reopen_at: number | null;
  readonly check_at: number | null;
  readonly check_asked: number;
  readonly verdict: string | null;
  readonly page: string | null;
}

/** What `SELECT *` of the incident's tables means; the id is short enough to type and does not depend on chance. */
export class SqliteIncidentStore implements IncidentStore {
  readonly episodes: SqliteEpisodeStore;
  readonly cards: SqliteCardStore;
  readonly ladders: SqliteLadderStore;
  readonly storms: SqliteStormStore;
  readonly #db: Db;
  readonly #members: MemberStore;
  readonly #known: IncidentCache;

  /** @param alerts where members find what alerts say; the one that routing writes through, else each member has a copy */
  constructor(db: Db, alerts = new AlertRows(db)) {
    this.#db = db;
    this.#members = new MemberStore(db, alerts);
    this.#known = new IncidentCache(db);
    this.episodes = new SqliteEpisodeStore(db);
    this.cards = new SqliteCardStore(db);
    this.ladders = new SqliteLadderStore(db);
    this.storms = new SqliteStormStore(db);
  }

  open(draft: Omit<Incident, 'id'>): Incident {
    const seq = this.#db.get<{ seq: number }>('SELECT coalesce(max(seq), 0) + 1 AS seq FROM incidents')?.seq ?? 1;
    const incident = { ...draft, id: shortId(['incident', seq, draft.homeGroup, draft.openedAt], this.#isTaken) };
    this.#db.run(
      `INSERT INTO incidents (seq, id, state, state_detail, priority, alert_name, home_group, group_labels, opened_at,
         reopen_at, check_at, check_asked, verdict, page) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      incident.id,
      ...incidentColumns(incident),
    );
    this.#members.opened(incident.id, seq);
    this.#known.opened(incident, seq);
    return incident;
  }

  save(incident: Incident): void {
    this.#db.run(
      `UPDATE incidents SET state = ?, state_detail = ?, priority = ?, alert_name = ?, home_group = ?, group_labels = ?,
         opened_at = ?, reopen_at = ?, check_at = ?, check_asked = ?, verdict = ?, page = ? WHERE id = ?`,
      ...incidentColumns(incident),
      incident.id,
    );
    this.#known.saved(incident);
  }

  incident(id: string): Incident | undefined {
    return this.#known.incident(id, this.#read);
  }

  byPrefix(prefix: string): Incident[] {
    // A range instead of LIKE: % and _ in what people type are ordinary characters.
    return this.#incidents('WHERE id >= ? AND id < ? ORDER BY seq DESC LIMIT 10', prefix, `${prefix}\u{10ffff}`);
  }

  openIncidents(): Incident[] {
    return this.#incidents(`WHERE state <> 'resolved' ORDER BY seq`);
  }

  unansweredP1(): string[] {
    return this.#db
      .all<{ id: string }>(`SELECT id FROM incidents WHERE ${UNANSWERED_P1} ORDER BY seq`)
      .map(({ id }) => id);
  }

  hasUnansweredP1(): boolean {
    return this.#db.get(`SELECT 1 FROM incidents WHERE ${UNANSWERED_P1} LIMIT 1`) !== undefined;
  }

  recent(limit: number): Incident[] {
    return this.#incidents('ORDER BY seq DESC LIMIT ?', limit);
  }

  between(from: number, to: number): Incident[] {
    return this.#incidents('WHERE opened_at >= ? AND opened_at < ? ORDER BY seq', from, to);
  }

  holding(fingerprint: string): Incident | undefined {
    return this.#known.holder(fingerprint, this.#read);
  }

  ofHome(groupKey: string): Incident | undefined {
    return this.#incidents(
      `WHERE home_group = ? AND (state <> 'resolved' OR reopen_at IS NOT NULL) ORDER BY state = 'resolved', seq LIMIT 1`,
      groupKey,
    )[0];
  }

  dueIncidents(now: number): Incident[] {
    return this.#incidents('WHERE reopen_at <= ? OR check_at <= ? ORDER BY seq', now, now);
  }

  members(incidentId: string): Member[] {
    return this.#members.members(incidentId);
  }

  member(incidentId: string, fingerprint: string): Member | undefined {
    return this.#members.member(incidentId, fingerprint);
  }

  saveMember(member: Member): void {
    this.#members.save(member);
    this.#known.joined(member.alert.fingerprint, member.incidentId);
  }

  append(incidentId: string, at: number, fact: IncidentFact): IncidentEvent {
    const { lastId } = this.#db.run(
      'INSERT INTO incident_events (incident_id, at, fact) VALUES (?, ?, ?)',
      incidentId,
      at,
      JSON.stringify(fact),
    );
    return { ...fact, seq: lastId, incidentId, at };
  }

  events(incidentId: string): IncidentEvent[] {
    return this.#db
      .all<{ seq: number; at: number; fact: string }>(
        'SELECT seq, at, fact FROM incident_events WHERE incident_id = ? ORDER BY seq',
        incidentId,
      )
      .map((row) => ({ ...(JSON.parse(row.fact) as IncidentFact), seq: row.seq, incidentId, at: row.at }));
  }

  nextDeadline(): number | undefined {
    const row = this.#db.get<{ at: number | null }>(
      `SELECT min(at) AS at FROM (
         SELECT min(reopen_at) AS at FROM incidents WHERE reopen_at IS NOT NULL
         UNION ALL SELECT min(check_at) FROM incidents WHERE check_at IS NOT NULL
         UNION ALL SELECT min(next_at) FROM ladders WHERE next_at IS NOT NULL AND stopped IS NOT 'all_ended'
         UNION ALL SELECT min(refresh_due_at) FROM cards WHERE refresh_due_at IS NOT NULL
         UNION ALL SELECT min(closes_at) FROM page_bundles WHERE closed = 0)`,
    );
    return row?.at ?? undefined;
  }

  readonly #isTaken = (id: string): boolean => this.#db.get('SELECT 1 FROM incidents WHERE id = ?', id) !== undefined;

  readonly #read = (id: string): Incident | undefined => this.#incidents('WHERE id = ?', id)[0];

  #incidents(rest: string, ...values: (string | number)[]): Incident[] {
    return this.#db.all<IncidentRow>(`SELECT * FROM incidents ${rest}`, ...values).map(incidentOf);
  }
}

/** In the words of the index `incidents_unanswered`, which SQLite else does not use. */
const UNANSWERED_P1 = `state = 'triggered' AND priority = 'P1'`;

function incidentColumns(incident: Incident): (string | number | null)[] {
  return [
    incident.state.kind,
    JSON.stringify(incident.state),
    incident.priority,
    incident.alertName,
    incident.homeGroup,
    JSON.stringify(incident.groupLabels),
    incident.openedAt,
    incident.reopenAt ?? null,
    incident.acknowledgementCheck?.at ?? null,
    incident.acknowledgementCheck?.asked ? 1 : 0,
    incident.verdict ? JSON.stringify(incident.verdict) : null,
    incident.page ? JSON.stringify(incident.page) : null,
  ];
}

function incidentOf(row: IncidentRow): Incident {
  return {
    id: row.id,
    state: JSON.parse(row.state_detail) as IncidentState,
    priority: row.priority,
    alertName: row.alert_name,
    homeGroup: row.home_group,
    groupLabels: labelsOf(row.group_labels),
    openedAt: row.opened_at,
    ...(row.reopen_at !== null && { reopenAt: row.reopen_at }),
    ...(row.check_at !== null && { acknowledgementCheck: { at: row.check_at, asked: row.check_asked === 1 } }),
    ...(row.verdict !== null && { verdict: JSON.parse(row.verdict) as IncidentVerdict }),
    ...(row.page !== null && { page: JSON.parse(row.page) as ManualPage }),
  };
}

function labelsOf(json: string): Labels {
  return Labels.of(JSON.parse(json) as Record<string, string>);
}
