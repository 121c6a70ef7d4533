import type { AuditActor, AuditEntry } from '../audit/entry.ts';
import type { Departure, DepartureStore } from '../people/departure.ts';
import type { Directory } from '../people/directory.ts';
import type { PeopleStore, SlackUser } from '../people/person.ts';
import type { Hole } from './calendar.ts';
import type { Roster } from './roster.ts';

export interface DeparturePorts {
  readonly roster: Roster;
  readonly people: PeopleStore & DepartureStore;
  readonly directory: Directory;
  /** Everybody whom schedules and policies name, as they name them. */
  readonly named: () => readonly string[];
  readonly transact: <T>(fn: () => T) => T;
  readonly record: (entry: AuditEntry) => void;
  /** Inside the transaction: who holds what may be others than a moment ago. */
  readonly settle: (now: number) => void;
  /** Puts the gaps ahead into the outbox, where there are any. */
  readonly postGaps: (now: number) => void;
}

/** Whether somebody counts here. */
export interface PersonStatus {
  /** E-mail address, else Slack user id. */
  readonly person: string;
  readonly active: boolean;
  /** Since when not. */
  readonly leftAt?: number;
}

export type DepartureResult =
  /** `gaps`: what of the next 30 days has nobody because of it. */
  | { readonly kind: 'done'; readonly status: PersonStatus; readonly changed: boolean; readonly gaps: readonly Hole[] }
  | { readonly kind: 'refused'; readonly code: 'not_found' | 'invalid'; readonly message: string };

interface Identity {
  readonly key: string;
  readonly email?: string;
  readonly slackId?: string;
  readonly name?: string;
}

const AHEAD_MS = 30 * 86_400_000;
const EMAIL = /^[^\s@<>]{1,120}@[^\s@<>]{1,120}$/;
const SLACK_ID = /^[UW][A-Z0-9]{2,20}$/;

/**
 * People who leave, as HR says: from that moment on their turns, swaps, overrides and levels have nobody, which is seen at once. What
 * was before stays theirs. Saying it twice is saying it once.
 */
export class DepartureActs {
  readonly #ports: DeparturePorts;

  constructor(ports: DeparturePorts) {
    this.#ports = ports;
  }

  status(reference: string): DepartureResult {
    const identity = this.#identify(reference);
    if (!identity) return unknownPerson(reference);
    return { kind: 'done', status: statusOf(identity, this.#departure(identity)), changed: false, gaps: [] };
  }

  /** @param reason for the audit trail; may be '' */
  deactivate(reference: string, reason: string, actor: AuditActor, now: number): DepartureResult {
    const { people, transact, record, settle, postGaps } = this.#ports;
    return transact(() => {
      const identity = this.#identify(reference);
      if (!identity) return unknownPerson(reference);
      const before = this.#departure(identity);
      if (before) return { kind: 'done', status: statusOf(identity, before), changed: false, gaps: [] };
      const covered = this.#holes(now);
      const departure: Departure = { ...identity, at: now };
      people.depart(departure);
      settle(now);
      const gaps = this.#holes(now).filter((hole) => !covered.some((old) => within(hole, old)));
      const after = { active: false, reason, gaps: gaps.length };
      record({ at: now, actor, action: 'people.deactivate', target: identity.key, before: { active: true }, after });
      if (gaps.length > 0) postGaps(now);
      return { kind: 'done', status: statusOf(identity, departure), changed: true, gaps };
    });
  }

  reactivate(reference: string, reason: string, actor: AuditActor, now: number): DepartureResult {
    const { people, transact, record, settle } = this.#ports;
    return transact(() => {
      const identity = this.#identify(reference);
      if (!identity) return unknownPerson(reference);
      const before = this.#departure(identity);
      if (before) {
        people.readmit(before.key);
        settle(now);
        const after = { active: true, reason };
        record({ at: now, actor, action: 'people.reactivate', target: before.key, before: { active: false }, after });
      }
      return { kind: 'done', status: statusOf(identity, undefined), changed: before !== undefined, gaps: [] };
    });
  }

  /** The account or address that is meant; undefined where neither Slack nor any schedule or policy knows it. */
  #identify(reference: string): Identity | undefined {
    const { people, directory, named } = this.#ports;
    if (SLACK_ID.test(reference)) {
      const account = people.user(reference);
      return account && identityOf(account);
    }
    if (!EMAIL.test(reference)) return undefined;
    const email = reference.toLowerCase();
    const account = people.userByEmail(email);
    if (account) return identityOf(account);
    const isNamed = named().some((name) => directory.person(name)?.email?.toLowerCase() === email);
    return isNamed ? { key: email, email } : undefined;
  }

  #departure({ email, slackId }: Identity): Departure | undefined {
    return this.#ports.people
      .departures()
      .find(
        (one) => (email !== undefined && one.email === email) || (slackId !== undefined && one.slackId === slackId),
      );
  }

  #holes(now: number): Hole[] {
    const { roster } = this.#ports;
    return roster.names().flatMap((schedule) => {
      const zone = roster.schedule(schedule)?.zone ?? 'UTC';
      return roster.gaps(schedule, now, now + AHEAD_MS).map((gap) => ({ schedule, zone, ...gap }));
    });
  }
}

function identityOf({ id, name, email }: SlackUser): Identity {
  const address = email?.toLowerCase();
  return { key: address ?? id, slackId: id, name, ...(address !== undefined && { email: address }) };
}

function statusOf({ key }: Identity, departure: Departure | undefined): PersonStatus {
  return departure ? { person: key, active: false, leftAt: departure.at } : { person: key, active: true };
}

function within(hole: Hole, other: Hole): boolean {
  return hole.schedule === other.schedule && hole.start >= other.start && hole.end <= other.end;
}

function unknownPerson(reference: string): DepartureResult {
  if (!EMAIL.test(reference) && !SLACK_ID.test(reference)) {
    const message = `${JSON.stringify(reference.slice(0, 120))} is neither an e-mail address nor a Slack user id`;
    return { kind: 'refused', code: 'invalid', message };
  }
  const message = `${reference} is nobody whom Slack, a schedule or a policy knows here`;
  return { kind: 'refused', code: 'not_found', message };
}
