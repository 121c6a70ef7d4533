import type { Person } from '../people/person.ts';
import type { EscalationLevel, EscalationTarget } from './escalation.ts';
import type { IncidentsPorts } from './ports.ts';

/** Whom a level means at an instant, each person once. */
export interface LevelPeople {
  readonly people: readonly Person[];
  /** Channels that are called as a whole. */
  readonly channels: readonly string[];
  /** Targets with nobody behind them: unknown ids, missing schedules, schedules with a gap. */
  readonly empty: readonly string[];
}

type Known = Pick<IncidentsPorts, 'directory' | 'schedules' | 'pageDirectory'>;

export function peopleOfLevel(ports: Known, level: EscalationLevel, at: number): LevelPeople {
  const people = new Map<string, Person>();
  const empty: string[] = [];
  const channels = level.targets.flatMap(({ kind, id }) => (kind === 'channel' ? [id] : []));
  for (const target of level.targets) {
    if (target.kind === 'channel') continue;
    const named = referencesOf(ports, target, at).flatMap((reference) => ports.directory.person(reference) ?? []);
    const found = named.filter(({ leftAt }) => leftAt === undefined);
    if (found.length === 0) empty.push(emptyWords(ports, target, at));
    for (const person of found) people.set(person.key, person);
  }
  return { people: [...people.values()], channels: [...new Set(channels)], empty };
}

function referencesOf(
  { directory, schedules, pageDirectory }: Known,
  target: EscalationTarget,
  at: number,
): readonly string[] {
  const { kind, id } = target;
  switch (kind) {
    case 'user':
      return [id];
    case 'user_group':
      return pageDirectory?.userGroup(id)?.users ?? [];
    case 'schedule':
      return schedules.onCall(directory.schedule(id), at) ?? [];
    case 'schedule_secondary':
      return schedules.secondary?.(directory.schedule(id), at) ?? [];
    case 'channel':
      return [];
  }
}

/** The target's id, and whose deactivation left it empty. */
function emptyWords({ directory, schedules }: Known, { kind, id }: EscalationTarget, at: number): string {
  if (kind === 'user') return directory.leavers()?.(id) === undefined ? id : `${id} (deactivated)`;
  if (kind === 'schedule_secondary') return `${id} (secondary)`;
  if (kind !== 'schedule') return id;
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
