import { createHash } from 'node:crypto';
import { alertText } from '../alert/json.ts';
import type { Priority } from '../alert/priority.ts';
import type { Incident, IncidentState, IncidentVerdict } from '../incident/incident.ts';
import type { ManualPage } from '../incident/manual-page.ts';
import type { Episode, EpisodeMember, IncidentStore, Member } from '../incident/store.ts';
import type { IncidentEvent, IncidentFact } from '../incident/timeline.ts';
import { Labels } from '../labels/labels.ts';
import type { Mute } from '../routing/effects.ts';
import { SqliteCardStore } from './card-store.ts';
import type { Db } from './db.ts';
import { IncidentCache } from './incident-cache.ts';
import { SqliteLadderStore } from './ladder-store.ts';
import { MemberCache, type MemberRow } from './member-cache.ts';
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

interface EpisodeRow {
  readonly id: string;
  readonly group_key: string;
  readonly receiver: string;
  readonly labels: string;
  readonly incident_id: string;
  readonly opened_at: number;
  readonly ended_at: number | null;
}

interface LinkRow {
  readonly episode_id: string;
  readonly incident_id: string;
  readonly fingerprint: string;
  readonly mute: string | null;
}

/** What `SELECT *` of the incident's tables means; the id is short enough to type and does not depend on chance. */
export class SqliteIncidentStore implements IncidentStore {
  readonly cards: SqliteCardStore;
  readonly ladders: SqliteLadderStore;
  readonly storms: SqliteStormStore;
  readonly #db: Db;
  readonly #members: MemberCache;
  readonly #known: IncidentCache;

  constructor(db: Db) {
    this.#db = db;
    this.#members = new MemberCache(db);
    this.#known = new IncidentCache(db);
    this.cards = new SqliteCardStore(db);
    this.ladders = new SqliteLadderStore(db);
    this.storms = new SqliteStormStore(db);
  }

  open(draft: Omit<Incident, 'id'>): Incident {
    const seq = this.#next('incidents');
    const incident = { ...draft, id: digest('incident', seq, draft.homeGroup, draft.openedAt) };
    this.#db.run(
      `INSERT INTO incidents (seq, id, state, state_detail, priority, alert_name, home_group, group_labels, opened_at,
         reopen_at, check_at, check_asked, verdict, page) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      incident.id,
      ...incidentColumns(incident),
    );
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
    return this.#known.incident(id, () => this.#incidents('WHERE id = ?', id)[0]);
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
    const id = this.#known.holder(
      fingerprint,
      () =>
        this.#db.get<{ id: string }>(
          `SELECT id FROM incidents WHERE id IN (SELECT incident_id FROM incident_members WHERE fingerprint = ?)
             AND (state <> 'resolved' OR reopen_at IS NOT NULL) ORDER BY state = 'resolved', seq LIMIT 1`,
          fingerprint,
        )?.id,
    );
    return id === undefined ? undefined : this.incident(id);
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
    const row: MemberRow = {
      incident_id: member.incidentId,
      fingerprint: member.alert.fingerprint,
      alert: alertText(member.alert),
      joined_at: member.joinedAt,
      left_at: member.leftAt ?? null,
    };
    this.#db.run(
      `INSERT INTO incident_members (incident_id, fingerprint, alert, joined_at, left_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (incident_id, fingerprint) DO UPDATE SET alert = excluded.alert, left_at = excluded.left_at`,
      row.incident_id,
      row.fingerprint,
      row.alert,
      row.joined_at,
      row.left_at,
    );
    this.#members.put(row);
    this.#known.joined(row.fingerprint);
  }

  episode(groupKey: string): Episode | undefined {
    return this.#episodes('WHERE group_key = ? AND ended_at IS NULL', groupKey)[0];
  }

  latestEpisode(groupKey: string): Episode | undefined {
    return this.#episodes('WHERE group_key = ? ORDER BY seq DESC LIMIT 1', groupKey)[0];
  }

  episodeById(id: string): Episode | undefined {
    return this.#episodes('WHERE id = ?', id)[0];
  }

  episodesOf(incidentId: string): Episode[] {
    return this.#episodes(
      `WHERE incident_id = ? OR id IN (SELECT episode_id FROM episode_members WHERE incident_id = ?)
       ORDER BY ended_at IS NOT NULL, seq`,
      incidentId,
      incidentId,
    );
  }

  openEpisode(draft: Omit<Episode, 'id'>): Episode {
    const seq = this.#next('episodes');
    const episode = { ...draft, id: digest('episode', seq, draft.groupKey, draft.openedAt) };
    this.#db.run(
      `INSERT INTO episodes (seq, id, group_key, receiver, labels, incident_id, opened_at, ended_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      episode.id,
      episode.groupKey,
      episode.receiver,
      JSON.stringify(episode.labels),
      episode.incidentId,
      episode.openedAt,
      episode.endedAt ?? null,
    );
    return episode;
  }

  saveEpisode(episode: Episode): void {
    this.#db.run(
      'UPDATE episodes SET incident_id = ?, ended_at = ? WHERE id = ?',
      episode.incidentId,
      episode.endedAt ?? null,
      episode.id,
    );
  }

  linksOf(episodeId: string): EpisodeMember[] {
    return this.#db
      .all<LinkRow>('SELECT * FROM episode_members WHERE episode_id = ? ORDER BY fingerprint', episodeId)
      .map(linkOf);
  }

  openLinks(incidentId: string): EpisodeMember[] {
    return this.#db
      .all<LinkRow>(
        `SELECT m.* FROM episode_members m JOIN episodes e ON e.id = m.episode_id
         WHERE m.incident_id = ? AND e.ended_at IS NULL ORDER BY e.seq, m.fingerprint`,
        incidentId,
      )
      .map(linkOf);
  }

  saveLinks(links: readonly EpisodeMember[]): void {
    if (links.length === 0) return;
    const rows = links.map(({ episodeId, fingerprint, incidentId, mute }) => [
      episodeId,
      fingerprint,
      incidentId,
      mute ? JSON.stringify(mute) : null,
    ]);
    // One statement for a group's members: calling SQLite costs more than a row of four short columns.
    this.#db.run(
      `INSERT INTO episode_members (episode_id, fingerprint, incident_id, mute)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?) WHERE true
       ON CONFLICT (episode_id, fingerprint) DO UPDATE SET incident_id = excluded.incident_id, mute = excluded.mute`,
      JSON.stringify(rows),
    );
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

  #next(table: 'incidents' | 'episodes'): number {
    return this.#db.get<{ seq: number }>(`SELECT coalesce(max(seq), 0) + 1 AS seq FROM ${table}`)?.seq ?? 1;
  }

  #incidents(rest: string, ...values: (string | number)[]): Incident[] {
    return this.#db.all<IncidentRow>(`SELECT * FROM incidents ${rest}`, ...values).map(incidentOf);
  }

  #episodes(rest: string, ...values: string[]): Episode[] {
    return this.#db.all<EpisodeRow>(`SELECT * FROM episodes ${rest}`, ...values).map((row) => ({
      id: row.id,
      groupKey: row.group_key,
      receiver: row.receiver,
      labels: labelsOf(row.labels),
      incidentId: row.incident_id,
      openedAt: row.opened_at,
      ...(row.ended_at !== null && { endedAt: row.ended_at }),
    }));
  }
}

/** In the words of the index `incidents_unanswered`, which SQLite else does not use. */
const UNANSWERED_P1 = `state = 'triggered' AND priority = 'P1'`;

/** Ten hex digits: unique in practice, short enough to type, the same in every replay. */
function digest(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 10);
}

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

function linkOf(row: LinkRow): EpisodeMember {
  return {
    episodeId: row.episode_id,
    incidentId: row.incident_id,
    fingerprint: row.fingerprint,
    ...(row.mute !== null && { mute: JSON.parse(row.mute) as Mute }),
  };
}

function labelsOf(json: string): Labels {
  return Labels.of(JSON.parse(json) as Record<string, string>);
}
