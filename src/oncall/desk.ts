import type { AuditActor, AuditEntry } from '../audit/entry.ts';
import type { Directory } from '../people/directory.ts';
import type { Person } from '../people/person.ts';
import { type ActorFacts, decideRights, type RightsAct, type RightsConfig } from '../people/rights.ts';
import type { OncallChange, OncallResult, OncallWarning } from './change.ts';
import type { Roster } from './roster.ts';
import type { Schedule } from './schedule.ts';
import type { OncallStore } from './store.ts';

/** Everything that changes of schedules need of the rest of the house. */
export interface DeskPorts {
  readonly roster: Roster;
  readonly store: OncallStore;
  readonly directory: Directory;
  readonly transact: <T>(fn: () => T) => T;
  readonly record: (entry: AuditEntry) => void;
  readonly rights: () => RightsConfig;
  readonly standing: (actor: AuditActor) => Pick<ActorFacts, 'standing' | 'groups' | 'inCardChannel'>;
  /** Whether the account may be on call at all: a guest, a stranger or a bot may not. */
  readonly mayServe: (person: Person) => boolean;
  /** Puts a private message into the outbox; a person without a Slack account is told nothing. */
  readonly tell: (person: Person, change: OncallChange, now: number) => void;
  /** Puts a public one into the outbox. */
  readonly announce: (change: OncallChange, now: number) => void;
  /** Deadlines may have moved: whoever is on call may be another. */
  readonly wake: () => void;
}

export type Refusal = Extract<OncallResult, { readonly kind: 'refused' }>;

/** With less than this between two shifts of one person there is no night between them. */
const REST_MS = 12 * 3_600_000;

/** What the acts on schedules have in common: who is meant, who may, who is told, what is written down. */
export class ScheduleDesk {
  readonly ports: DeskPorts;

  constructor(ports: DeskPorts) {
    this.ports = ports;
  }

  /** The schedule of that name; without a name the only one there is. */
  schedule(name: string | undefined): Schedule | Refusal {
    const { roster, directory } = this.ports;
    const names = roster.names();
    const wanted = name === undefined ? (names.length === 1 ? names[0] : undefined) : directory.schedule(name);
    const found = wanted === undefined ? undefined : roster.schedule(wanted);
    if (found) return found;
    if (names.length === 0) return refused('not_found', 'No schedule is configured.');
    const known = `There are ${names.join(', ')}.`;
    if (name === undefined) return refused('invalid', `Which schedule? ${known}`);
    return refused('not_found', `No schedule is called “${name}”. ${known}`);
  }

  /** Somebody who may be put on call. */
  person(reference: string): Person | Refusal {
    const person = this.ports.directory.person(reference);
    if (!person)
      return refused('not_found', `Nobody is called “${reference}”: mention the person, or give an e-mail address.`);
    if (person.leftAt !== undefined) return refused('invalid', `${person.name} was deactivated and cannot be on call.`);
    if (!this.ports.mayServe(person))
      return refused('invalid', `${person.name} is no member of this workspace and cannot be on call.`);
    return person;
  }

  /** The key of a reference in a file, a row or a click: equal for one person however written. */
  key(reference: string): string {
    return this.ports.directory.person(reference)?.key ?? reference;
  }

  /** To be read in a sentence. */
  name(reference: string): string {
    return this.ports.directory.person(reference)?.name ?? reference;
  }

  written(reference: string): string {
    const person = this.ports.directory.person(reference);
    return person?.slackId ?? person?.name ?? reference;
  }

  /** May the actor do this now? Refusals are written down, as acts are. */
  refusal(act: RightsAct, actor: AuditActor, action: string, target: string, now: number): Refusal | undefined {
    const { roster, standing, rights } = this.ports;
    const me = this.key(actor.id);
    const onCall = roster.names().some((name) => roster.onCall(name, now)?.some((user) => this.key(user) === me));
    const facts = { ...standing(actor), onCall, onCallForCard: false, reason: '' };
    const decision = decideRights(act, facts, rights());
    if (decision.allowed) return undefined;
    this.ports.record({ at: now, actor, action, target, after: { refused: decision.message } });
    return refused('forbidden', decision.message);
  }

  /** Tells the people of these references, once each and not the actor, who is answered anyway. */
  tell(references: readonly string[], actor: AuditActor | undefined, change: OncallChange, now: number): void {
    const told = new Set(actor ? [this.key(actor.id)] : []);
    for (const reference of references) {
      const person = this.ports.directory.person(reference);
      if (!person || told.has(person.key)) continue;
      told.add(person.key);
      this.ports.tell(person, change, now);
    }
  }

  /** What to think of before somebody holds a schedule in [start, end). */
  warnings(person: Person, schedule: string, start: number, end: number): OncallWarning[] {
    const { roster } = this.ports;
    const found: OncallWarning[] = person.slackId === undefined ? [{ kind: 'no_account' }] : [];
    for (const name of roster.names()) {
      const holds = (from: number, to: number): boolean =>
        roster.shifts(name, from, to).some(({ user }) => this.key(user) === person.key);
      if (name !== schedule && holds(start, end)) found.push({ kind: 'double_booked', schedule: name });
      if (holds(start - REST_MS, start)) found.push({ kind: 'no_rest', side: 'before', schedule: name });
      if (holds(end, end + REST_MS)) found.push({ kind: 'no_rest', side: 'after', schedule: name });
    }
    return found;
  }
}

export function isRefusal(found: object): found is Refusal {
  return 'kind' in found && found.kind === 'refused';
}

export function refused(code: Refusal['code'], message: string): Refusal {
  return { kind: 'refused', code, message };
}

/** How a person is kept in rows: as files name people, so that lists of shifts read alike. */
export function kept(person: Person): string {
  return person.email ?? person.key;
}
