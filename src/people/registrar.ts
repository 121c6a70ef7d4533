import type { Job } from '../time/loop.ts';
import type { PeopleStore, SlackUser } from './person.ts';

/** A user group and the ids of its members. */
export interface UserGroup {
  readonly id: string;
  /** Without `@`. */
  readonly handle: string;
  readonly users: readonly string[];
}

/** When somebody has notifications off, [from, until); it comes again each day. */
export interface QuietTime {
  readonly from: number;
  readonly until: number;
}

export interface RegistrarPorts {
  readonly store: PeopleStore;
  /** Everybody; undefined where it could not be read. */
  readonly readUsers: () => Promise<readonly SlackUser[] | undefined>;
  /** One account; undefined where it could not be read or there is none. */
  readonly readUser: (id: string) => Promise<SlackUser | undefined>;
  /** All user groups; undefined where they could not be read. */
  readonly readGroups: () => Promise<readonly UserGroup[] | undefined>;
  /** One account's next or present Do Not Disturb; undefined where it could not be read. */
  readonly readQuiet?: (id: string) => Promise<QuietTime | undefined>;
  /** Accounts whose Do Not Disturb matters: whoever is on call soon. */
  readonly quietMatters?: () => readonly string[];
  /** Whether rights rely on user groups: then a read that failed is tried again soon. Pages by hand can wait for the next one. */
  readonly groupsMatter: () => boolean;
  /** The wire's time, at the start. */
  readonly startedAt: number;
  /** The loop should ask for the deadline anew. */
  readonly poke: () => void;
}

const USERS_EVERY_MS = 6 * 3_600_000;
const GROUPS_EVERY_MS = 5 * 60_000;
const RETRY_MS = 30_000;
/** So many calls at once leave Slack's limit to those who are paged. */
const MOST_QUIET = 30;
/** Two reads that failed: what was known is too old to grant anything by. */
const GROUPS_STALE_MS = 2 * GROUPS_EVERY_MS + RETRY_MS;

/**
 * Keeps what we know of Slack's accounts and user groups near the truth, so that deciding who somebody is never waits for Slack. Its
 * deadlines are of this process: whatever was known before a restart is read anew at the start.
 */
export class Registrar implements Job {
  readonly name = 'registrar';
  readonly #ports: RegistrarPorts;
  #usersDue: number;
  #groupsDue: number;
  readonly #quiet = new Map<string, QuietTime>();
  #groups: { readonly at: number; readonly groups: readonly UserGroup[] } | undefined;
  /** Seen acting, but not among the accounts we know. */
  readonly #wanted = new Set<string>();
  /** Asked for in vain since the last read of everybody. */
  readonly #unknown = new Set<string>();

  constructor(ports: RegistrarPorts) {
    this.#ports = ports;
    this.#usersDue = ports.startedAt;
    this.#groupsDue = ports.startedAt;
  }

  nextDue(): number | undefined {
    if (this.#wanted.size > 0) return Number.MIN_SAFE_INTEGER;
    return Math.min(this.#usersDue, this.#groupsDue);
  }

  async run(now: number): Promise<void> {
    if (this.#usersDue <= now) await this.#readUsers(now);
    for (const id of [...this.#wanted]) {
      const user = await this.#ports.readUser(id);
      if (user) this.#ports.store.save([user], now);
      else this.#unknown.add(id);
      this.#wanted.delete(id);
    }
    if (this.#groupsDue <= now) await this.#readGroups(now);
  }

  /** Somebody did something: whoever is not known yet is looked up soon. */
  seen(userId: string): void {
    if (this.#unknown.has(userId) || this.#wanted.has(userId) || this.#ports.store.user(userId)) return;
    this.#wanted.add(userId);
    this.#ports.poke();
  }

  /** As last read, up to six hours ago; undefined where Slack did not tell. */
  quietTime(userId: string): QuietTime | undefined {
    return this.#quiet.get(userId);
  }

  /** The groups a user is in, by id and by handle (with and without `@`); undefined where that is not known well enough to rely on. */
  groupsOf(userId: string, now: number): readonly string[] | undefined {
    if (!this.#groups || now - this.#groups.at > GROUPS_STALE_MS) return undefined;
    return this.#groups.groups
      .filter(({ users }) => users.includes(userId))
      .flatMap(({ id, handle }) => [id, handle, `@${handle}`]);
  }

  /** A group by id or handle, with or without `@`; undefined where there is none, or groups are not known well enough. */
  group(reference: string, now: number): UserGroup | undefined {
    if (!this.#groups || now - this.#groups.at > GROUPS_STALE_MS) return undefined;
    const wanted = reference.trim().replace(/^@/, '').toLowerCase();
    return this.#groups.groups.find(({ id, handle }) => id.toLowerCase() === wanted || handle.toLowerCase() === wanted);
  }

  async #readUsers(now: number): Promise<void> {
    const users = await this.#ports.readUsers();
    this.#usersDue = now + (users ? USERS_EVERY_MS : RETRY_MS);
    if (!users) return;
    this.#ports.store.save(users, now);
    this.#unknown.clear();
    await this.#readQuiet();
  }

  async #readQuiet(): Promise<void> {
    const { quietMatters, readQuiet } = this.#ports;
    this.#quiet.clear();
    for (const id of (quietMatters?.() ?? []).slice(0, MOST_QUIET)) {
      const quiet = await readQuiet?.(id);
      if (!quiet) return;
      if (quiet.until > quiet.from) this.#quiet.set(id, quiet);
    }
  }

  async #readGroups(now: number): Promise<void> {
    const groups = await this.#ports.readGroups();
    this.#groupsDue = now + (groups || !this.#ports.groupsMatter() ? GROUPS_EVERY_MS : RETRY_MS);
    if (groups) this.#groups = { at: now, groups };
  }
}
