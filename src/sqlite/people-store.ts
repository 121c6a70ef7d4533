import type { PeopleStore, SlackStanding, SlackUser } from '../people/person.ts';
import type { Db } from './db.ts';

interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly zone: string | null;
  readonly standing: SlackStanding;
}

const COLUMNS = 'id, name, email, zone, standing';

export class SqlitePeopleStore implements PeopleStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  users(): readonly SlackUser[] {
    return this.#db.all<UserRow>(`SELECT ${COLUMNS} FROM slack_users ORDER BY id`).map(userOf);
  }

  user(id: string): SlackUser | undefined {
    const row = this.#db.get<UserRow>(`SELECT ${COLUMNS} FROM slack_users WHERE id = ?`, id);
    return row && userOf(row);
  }

  userByEmail(email: string): SlackUser | undefined {
    // A deactivated account may keep the address of the person's present one.
    const row = this.#db.get<UserRow>(
      `SELECT ${COLUMNS} FROM slack_users WHERE email = ? COLLATE NOCASE ORDER BY standing = 'gone', id LIMIT 1`,
      email,
    );
    return row && userOf(row);
  }

  save(users: readonly SlackUser[], seenAt: number): void {
    this.#db.tx(() => {
      for (const user of users) {
        this.#db.run(
          `INSERT INTO slack_users (${COLUMNS}, seen_at) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, zone = excluded.zone,
             standing = excluded.standing, seen_at = excluded.seen_at`,
          user.id,
          user.name,
          user.email ?? null,
          user.zone ?? null,
          user.standing,
          seenAt,
        );
      }
    });
  }
}

function userOf(row: UserRow): SlackUser {
  return {
    id: row.id,
    name: row.name,
    standing: row.standing,
    ...(row.email !== null && { email: row.email }),
    ...(row.zone !== null && { zone: row.zone }),
  };
}
