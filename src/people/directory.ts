import type { Leavers } from './departure.ts';
import { type PeopleStore, type Person, personOfUser, type SlackUser } from './person.ts';

/** The `directory:` of watchroom.yml: ids that policies use → schedules and people by the names we know. */
export interface DirectoryConfig {
  readonly schedules: Readonly<Record<string, string>>;
  readonly users: Readonly<Record<string, string>>;
}

/** Who is meant by what a file, a policy or a command calls somebody. */
export interface Directory {
  /**
   * A person by policy id, e-mail address, Slack user id (`U…`, `W…`, also as a mention `<@U…>`) or unique Slack name. An e-mail
   * address always names a person, though perhaps one without a Slack account. undefined where nobody is meant.
   */
  person(reference: string): Person | undefined;
  /** The account that is meant, also one that is deactivated; undefined where Slack has none. */
  account(reference: string): SlackUser | undefined;
  /** Whom HR has deactivated, however files name them; undefined where there is nobody. */
  leavers(): Leavers | undefined;
  /** The schedule's name behind a policy's id; the id itself where it is not mapped. */
  schedule(reference: string): string;
}

const SLACK_ID = /^(?:<@)?([UW][A-Z0-9]{2,20})(?:\|[^>]*)?>?$/;
const EMAIL = /^[^\s@<>]+@[^\s@<>]+$/;

/** @param config read anew at each question, so that a reload takes effect. */
export function createDirectory(config: () => DirectoryConfig, people: PeopleStore): Directory {
  const mapped = (reference: string): string => (own(config().users, reference) ?? reference).trim();
  const leavers = (): Leavers | undefined => {
    const all = people.departures();
    if (all.length === 0) return undefined;
    return (reference) => {
      const name = mapped(reference);
      const id = SLACK_ID.exec(name)?.[1];
      if (id !== undefined) return all.find(({ slackId }) => slackId === id)?.at;
      if (EMAIL.test(name)) return all.find(({ email }) => email === name.toLowerCase())?.at;
      // A name that is somebody else's by now is theirs.
      const bare = name.replace(/^@/, '').toLowerCase();
      const named = all.find((departure) => departure.name?.toLowerCase() === bare);
      return named && personOf(name, people) === undefined ? named.at : undefined;
    };
  };
  return {
    person(reference) {
      const person = personOf(mapped(reference), people);
      const leftAt = person?.slackId === undefined ? leavers()?.(reference) : undefined;
      return person && leftAt !== undefined ? { ...person, leftAt } : person;
    },
    account: (reference) => accountOf(mapped(reference), people),
    leavers,
    schedule: (reference) => own(config().schedules, reference) ?? reference,
  };
}

function personOf(name: string, people: PeopleStore): Person | undefined {
  const id = SLACK_ID.exec(name)?.[1];
  if (id !== undefined) {
    const user = people.user(id);
    if (user?.standing === 'gone') return undefined;
    return user ? personOfUser(user) : { key: id, name: id, slackId: id };
  }
  if (EMAIL.test(name)) {
    const user = people.userByEmail(name);
    if (user && user.standing !== 'gone') return personOfUser(user);
    return { key: name.toLowerCase(), name: name.split('@')[0] ?? name, email: name };
  }
  const bare = name.replace(/^@/, '').toLowerCase();
  if (bare === '') return undefined;
  const named = people.users().filter((user) => user.standing !== 'gone' && user.name.toLowerCase() === bare);
  const [only, second] = named;
  return only && !second ? personOfUser(only) : undefined;
}

function accountOf(name: string, people: PeopleStore): SlackUser | undefined {
  const id = SLACK_ID.exec(name)?.[1];
  if (id !== undefined) return people.user(id);
  if (EMAIL.test(name)) return people.userByEmail(name);
  const person = personOf(name, people);
  return person?.slackId === undefined ? undefined : people.user(person.slackId);
}

function own(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
