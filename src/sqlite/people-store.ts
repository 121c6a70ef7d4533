import type { Departure, DepartureStore } from '../people/departure.ts';
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

/** An account of somebody who was deactivated here is gone, whatever Slack says. */
const SEEN = `id, name, email, zone, CASE WHEN EXISTS (
  SELECT 1 FROM departures d WHERE d.slack_id = slack_users.id OR d.email = slack_users.email COLLATE NOCASE
) THEN 'gone' ELSE standing END AS standing`;

interface DepartureRow {
  readonly key: string;
  readonly email: string | null;
  readonly slack_id: string | null;
  readonly name: string | null;
  readonly left_at: number;
}

export class SqlitePeopleStore implements PeopleStore, DepartureStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  users(): readonly SlackUser[] {
    return this.#db.all<UserRow>(`SELECT ${SEEN} FROM slack_users ORDER BY id`).map(userOf);
  }

  user(id: string): SlackUser | undefined {
    const row = this.#db.get<UserRow>(`SELECT ${SEEN} FROM slack_users WHERE id = ?`, id);
    return row && userOf(row);
  }

  userByEmail(email: string): SlackUser | undefined {
    // A deactivated account may keep the address of the person's present one.
    const row = this.#db.get<UserRow>(
      `SELECT ${SEEN} FROM slack_users WHERE email = ? COLLATE NOCASE ORDER BY slack_users.standing = 'gone', id LIMIT 1`,
      email,
    );
    return row && userOf(row);
  }

  departures(): readonly Departure[] {
    return this.#db.all<DepartureRow>('SELECT * FROM departures ORDER BY left_at, key').map((row) => ({
      key: row.key,
      at: row.left_at,
      ...(row.email !== null && { email: row.email }),
      ...(row.slack_id !== null && { slackId: row.slack_id }),
      ...(row.name !== null && { name: row.name }),
    }));
  }

  depart({ key, email, slackId, name, at }: Departure): void {
    this.#db.run(
      'INSERT INTO departures (key, email, slack_id, name, left_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING',
      key,
      email ?? null,
      slackId ?? null,
      name ?? null,
      at,
    );
  }

  readmit(key: string): void {
    this.#db.run('DELETE FROM departures WHERE key = ?', key);
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
