import type { PagePath, PathTest, PathTestStore } from '../oncall/path-test.ts';
import type { Db, SqlValue } from './db.ts';

interface Row {
  readonly seq: number;
  /** NULL in the first of a run. */
  readonly run: number | null;
  readonly person: string;
  readonly path: PagePath;
  readonly at: number;
  readonly row: string | null;
  readonly rang: number | null;
  readonly answered_at: number | null;
}

export class SqlitePathTestStore implements PathTestStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  add(draft: Parameters<PathTestStore['add']>[0]): PathTest {
    const { lastId } = this.#db.run(
      'INSERT INTO path_tests (run, person, path, at, row) VALUES (?, ?, ?, ?, ?)',
      draft.run === undefined ? null : rowOf(draft.run),
      draft.person,
      draft.path,
      draft.at,
      draft.row ?? null,
    );
    const id = String(lastId);
    return { ...draft, id, run: draft.run ?? id };
  }

  save({ id, row, answer }: PathTest): void {
    this.#db.run(
      'UPDATE path_tests SET row = ?, rang = ?, answered_at = ? WHERE seq = ?',
      row ?? null,
      answer === undefined ? null : Number(answer.rang),
      answer?.at ?? null,
      rowOf(id),
    );
  }

  test(id: string): PathTest | undefined {
    return this.#tests('WHERE seq = ?', rowOf(id))[0];
  }

  ofRun(run: string): PathTest[] {
    return this.#tests('WHERE run = ? OR seq = ? ORDER BY seq', rowOf(run), rowOf(run));
  }

  prune(before: number): void {
    this.#db.run('DELETE FROM path_tests WHERE at < ?', before);
  }

  latest(person: string): PathTest[] {
    return this.#tests(
      'WHERE seq IN (SELECT max(seq) FROM path_tests WHERE person = ? GROUP BY path) ORDER BY seq',
      person,
    );
  }

  #tests(rest: string, ...values: SqlValue[]): PathTest[] {
    return this.#db.all<Row>(`SELECT * FROM path_tests ${rest}`, ...values).map((row) => ({
      id: String(row.seq),
      run: String(row.run ?? row.seq),
      person: row.person,
      path: row.path,
      at: row.at,
      ...(row.row !== null && { row: row.row }),
      ...(row.rang !== null && { answer: { rang: row.rang === 1, at: row.answered_at ?? row.at } }),
    }));
  }
}

/** Ids come back from buttons as text; whatever else is sent matches no row. */
function rowOf(id: string): number {
  return /^\d{1,15}$/.test(id) ? Number(id) : -1;
}
