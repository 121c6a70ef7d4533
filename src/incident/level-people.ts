import type { Person } from '../people/person.ts';
import type { EscalationLevel, EscalationTarget } from './escalation.ts';
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
    const named = references.flatMap((reference) => ports.directory.person(reference) ?? []);
    const found = named.filter(({ leftAt }) => leftAt === undefined);
    if (found.length === 0) empty.push(emptyWords(ports, target, at));
    for (const person of found) people.set(person.key, person);
  }
  return { people: [...people.values()], empty };
}

/** The target's id, and whose deactivation left it empty. */
function emptyWords(
  ports: Pick<IncidentsPorts, 'directory' | 'schedules'>,
  { kind, id }: EscalationTarget,
  at: number,
): string {
  const { directory, schedules } = ports;
  if (kind === 'user') return directory.leavers()?.(id) === undefined ? id : `${id} (deactivated)`;
  const missing = schedules.missing?.(directory.schedule(id), at);
  return missing === undefined ? id : `${id} (${directory.person(missing)?.name ?? missing} is deactivated)`;
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
