import { UserError } from '../errors.ts';
import { type Matcher, type MatchOperator, matcher } from '../labels/matcher.ts';
import type { Silence, SilenceEnd } from '../routing/silence.ts';
import type { SilenceStore } from '../routing/store.ts';
import type { Db } from './db.ts';

interface SilenceRow {
  readonly id: string;
  readonly matcher_sets: string;
  readonly starts_at: number;
  readonly ends_at: number;
  readonly end_kind: SilenceEnd['kind'];
  readonly end_after_ms: number | null;
  readonly matched: number;
  readonly quiet_since: number | null;
  readonly created_by: string;
  readonly comment: string;
  readonly updated_at: number;
  readonly warned_for: number | null;
}

type MatcherText = readonly [name: string, operator: MatchOperator, value: string];

/** Silences in the state database. */
export class SqliteSilenceStore implements SilenceStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  load(): Silence[] {
    return this.#db.all<SilenceRow>('SELECT * FROM silences ORDER BY rowid').map(silenceOf);
  }

  put(silence: Silence): void {
    const sets = silence.matcherSets.map((set) => set.map((m): MatcherText => [m.name, m.operator, m.value]));
    this.#db.run(
      `INSERT INTO silences (id, matcher_sets, starts_at, ends_at, end_kind, end_after_ms, matched, quiet_since, created_by, comment,
         updated_at, warned_for)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET matcher_sets = excluded.matcher_sets, starts_at = excluded.starts_at,
         ends_at = excluded.ends_at, end_kind = excluded.end_kind, end_after_ms = excluded.end_after_ms,
         matched = excluded.matched, quiet_since = excluded.quiet_since, created_by = excluded.created_by,
         comment = excluded.comment, updated_at = excluded.updated_at, warned_for = excluded.warned_for`,
      silence.id,
      JSON.stringify(sets),
      silence.startsAt,
      silence.endsAt,
      silence.end.kind,
      silence.end.kind === 'at' ? null : silence.end.forMs,
      silence.matched ? 1 : 0,
      silence.quietSince ?? null,
      silence.createdBy,
      silence.comment,
      silence.updatedAt,
      silence.warnedFor ?? null,
    );
  }

  delete(id: string): void {
    this.#db.run('DELETE FROM silences WHERE id = ?', id);
  }
}

function silenceOf(row: SilenceRow): Silence {
  const sets = JSON.parse(row.matcher_sets) as MatcherText[][];
  return {
    id: row.id,
    matcherSets: sets.map((set) => set.map(matcherOf)),
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    end: row.end_kind === 'at' ? { kind: 'at' } : { kind: row.end_kind, forMs: row.end_after_ms ?? 0 },
    matched: row.matched === 1,
    ...(row.quiet_since !== null && { quietSince: row.quiet_since }),
    createdBy: row.created_by,
    comment: row.comment,
    updatedAt: row.updated_at,
    ...(row.warned_for !== null && { warnedFor: row.warned_for }),
  };
}

/** A pattern that an earlier release accepted and this one refuses matches nothing; its silence can still be listed and expired. */
function matcherOf([name, operator, value]: MatcherText): Matcher {
  try {
    return matcher(name, operator, value, 'alertmanager');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name, operator, value, matches: () => false };
  }
}
