import type { Person } from '../people/person.ts';
import type { EscalationLevel } from './escalation.ts';
import type { IncidentsPorts } from './ports.ts';

/** Whom a level means at an instant, each person once. */
export interface LevelPeople {
  readonly people: readonly Person[];
  /** Targets with nobody behind them: unknown ids, missing schedules, schedules with a gap. */
  readonly empty: readonly string[];
}

export function peopleOfLevel(
  ports: Pick<IncidentsPorts, 'directory' | 'schedules'>,
  level: EscalationLevel,
  at: number,
): LevelPeople {
  const people = new Map<string, Person>();
  const empty: string[] = [];
  for (const target of level.targets) {
    const references =
      target.kind === 'user' ? [target.id] : (ports.schedules.onCall(ports.directory.schedule(target.id), at) ?? []);
    const found = references.flatMap((reference) => ports.directory.person(reference) ?? []);
    if (found.length === 0) empty.push(target.id);
    for (const person of found) people.set(person.key, person);
  }
  return { people: [...people.values()], empty };
}

/** How a person is written where the view may make a mention of it: Slack id, else name. */
export function written(person: Person): string {
  return person.slackId ?? person.name;
}

/** The same for a key or an actor id that was stored. */
export function writtenKey(ports: Pick<IncidentsPorts, 'directory'>, key: string): string {
  const person = ports.directory.person(key);
  return person ? written(person) : key;
}

const ACCOUNT = /^[UW][A-Z0-9]{5,20}$/;

/** The name to read aloud. An account that nobody knows by name is "somebody": its id says nothing to a reader. */
export function spoken(ports: Pick<IncidentsPorts, 'directory'>, key: string): string {
  return ports.directory.person(key)?.name ?? (ACCOUNT.test(key) ? 'somebody' : key);
}
