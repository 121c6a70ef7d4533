import type { Episode, EpisodeMember, EpisodeStore } from '../incident/store.ts';
import { hashText } from '../labels/fingerprint.ts';
import { Labels } from '../labels/labels.ts';
import type { Mute } from '../routing/effects.ts';
import type { Db } from './db.ts';

interface EpisodeRow {
  readonly id: string;
  readonly group_key: string;
  readonly receiver: string;
  readonly labels: string;
  readonly incident_id: string;
  readonly opened_at: number;
  readonly ended_at: number | null;
}

/**
 * The fingerprint of each alert of one incident in one episode, and what mutes it there; null where nothing does. Not an object: V8 makes
 * a shape for every name that it has not seen.
 */
type Mutes = [fingerprint: string, mute: Mute | null][];

interface LinksRow {
  readonly episode_id: string;
  readonly incident_id: string;
  readonly mutes: string;
}

/** Ids of the episodes in which an incident (by its id) has or had members. */
export const EPISODES_OF = `SELECT e.id FROM incidents i JOIN episode_links l ON l.incident = i.seq
  JOIN episodes e ON e.seq = l.episode WHERE i.id = ?`;

const LINKS = `SELECT e.id AS episode_id, i.id AS incident_id, l.mutes
  FROM episode_links l JOIN episodes e ON e.seq = l.episode JOIN incidents i ON i.seq = l.incident`;

export class SqliteEpisodeStore implements EpisodeStore {
  readonly #db: Db;
  /** Of the episode that was asked for last: one look at a group asks four times. Nothing else writes them; a rollback forgets. */
  #latest: { readonly episodeId: string; readonly links: EpisodeMember[]; readonly rollbacks: number } | undefined;

  constructor(db: Db) {
    this.#db = db;
  }

  open(draft: Omit<Episode, 'id'>): Episode {
    const seq = this.#db.get<{ seq: number }>('SELECT coalesce(max(seq), 0) + 1 AS seq FROM episodes')?.seq ?? 1;
    const episode = { ...draft, id: shortId(['episode', seq, draft.groupKey, draft.openedAt], this.#isTaken) };
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
    this.#keep(episode.id, []);
    return episode;
  }

  save(episode: Episode): void {
    this.#db.run(
      'UPDATE episodes SET incident_id = ?, ended_at = ? WHERE id = ?',
      episode.incidentId,
      episode.endedAt ?? null,
      episode.id,
    );
  }

  episode(id: string): Episode | undefined {
    return this.#episodes('WHERE id = ?', id)[0];
  }

  openOf(groupKey: string): Episode | undefined {
    return this.#episodes('WHERE group_key = ? AND ended_at IS NULL', groupKey)[0];
  }

  latestOf(groupKey: string): Episode | undefined {
    return this.#episodes('WHERE group_key = ? ORDER BY seq DESC LIMIT 1', groupKey)[0];
  }

  ofIncident(incidentId: string): Episode[] {
    return this.#episodes(
      `WHERE incident_id = ? OR id IN (${EPISODES_OF}) ORDER BY ended_at IS NOT NULL, seq`,
      incidentId,
      incidentId,
    );
  }

  linksOf(episodeId: string): EpisodeMember[] {
    if (this.#latest?.episodeId !== episodeId || this.#latest.rollbacks !== this.#db.rollbacks)
      this.#keep(episodeId, this.#links('WHERE e.id = ?', episodeId));
    return [...(this.#latest?.links ?? [])];
  }

  openLinks(incidentId: string): EpisodeMember[] {
    return this.#links('WHERE i.id = ? AND e.ended_at IS NULL ORDER BY e.seq', incidentId);
  }

  saveLinks(links: readonly EpisodeMember[]): void {
    for (const episodeId of new Set(links.map((link) => link.episodeId)))
      this.#saveLinksOf(
        episodeId,
        links.filter((link) => link.episodeId === episodeId),
      );
  }

  readonly #isTaken = (id: string): boolean => this.#db.get('SELECT 1 FROM episodes WHERE id = ?', id) !== undefined;

  #keep(episodeId: string, links: Iterable<EpisodeMember>): void {
    this.#latest = { episodeId, links: [...links].toSorted(byFingerprint), rollbacks: this.#db.rollbacks };
  }

  /** Writes the rows of the incidents that have some of the links, or had them before. */
  #saveLinksOf(episodeId: string, links: readonly EpisodeMember[]): void {
    const all = new Map(this.linksOf(episodeId).map((link) => [link.fingerprint, link]));
    const changed = new Map<string, Mutes>();
    for (const link of links) {
      const before = all.get(link.fingerprint);
      if (before) changed.set(before.incidentId, []);
      changed.set(link.incidentId, []);
      all.set(link.fingerprint, link);
    }
    for (const { incidentId, fingerprint, mute } of all.values())
      changed.get(incidentId)?.push([fingerprint, mute ?? null]);
    for (const [incidentId, mutes] of changed) {
      this.#db.run(
        `INSERT INTO episode_links (episode, incident, mutes)
         SELECT e.seq, i.seq, ? FROM episodes e, incidents i WHERE e.id = ? AND i.id = ?
         ON CONFLICT (episode, incident) DO UPDATE SET mutes = excluded.mutes`,
        JSON.stringify(mutes),
        episodeId,
        incidentId,
      );
    }
    this.#keep(episodeId, all.values());
  }

  #links(rest: string, id: string): EpisodeMember[] {
    return this.#db.all<LinksRow>(`${LINKS} ${rest}`, id).flatMap((row) =>
      (JSON.parse(row.mutes) as Mutes)
        .map(([fingerprint, mute]) => ({
          episodeId: row.episode_id,
          incidentId: row.incident_id,
          fingerprint,
          ...(mute && { mute }),
        }))
        .toSorted(byFingerprint),
    );
  }

  #episodes(rest: string, ...values: string[]): Episode[] {
    return this.#db.all<EpisodeRow>(`SELECT * FROM episodes ${rest}`, ...values).map((row) => ({
      id: row.id,
      groupKey: row.group_key,
      receiver: row.receiver,
      labels: Labels.of(JSON.parse(row.labels) as Record<string, string>),
      incidentId: row.incident_id,
      openedAt: row.opened_at,
      ...(row.ended_at !== null && { endedAt: row.ended_at }),
    }));
  }
}

function byFingerprint(a: EpisodeMember, b: EpisodeMember): number {
  if (a.fingerprint === b.fingerprint) return 0;
  return a.fingerprint < b.fingerprint ? -1 : 1;
}

/**
 * Ten hex digits: short enough to type, the same in every replay.
 * @param isTaken whether another one has them already, as one of a hundred thousand might
 */
export function shortId(parts: readonly (string | number)[], isTaken: (id: string) => boolean): string {
  for (let attempt = 0; ; attempt += 1) {
    const id = hashText(JSON.stringify([...parts, attempt])).slice(-10);
    if (!isTaken(id)) return id;
  }
}
