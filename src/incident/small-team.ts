import type { Person } from '../people/person.ts';
import type { EscalationPolicy, EscalationTarget } from './escalation.ts';
import type { Incident } from './incident.ts';
import type { LadderTools } from './ladder.ts';
import { peopleOfLevel } from './level-people.ts';
import type { Pager } from './paging.ts';
import type { IncidentsPorts } from './ports.ts';
import type { Ladder } from './store.ts';

/** The policy of a team that is too small to take turns, by the name of its setting. */
export const SMALL_TEAM = 'small_team';

/** One or two people are as many as cannot take turns. */
export const LARGEST_SMALL_TEAM = 2;

/** Everybody is told once, in their business hours; nobody is paged, and nothing comes after it. */
export function smallTeamPolicy(targets: readonly EscalationTarget[]): EscalationPolicy {
  return {
    name: SMALL_TEAM,
    description: 'business-hours notices, no pages',
    manner: 'notice',
    passes: 1,
    levels: [{ targets, delayMs: 0 }],
  };
}

/** Who still waits for the notice, and from when on each of them may have it. */
export function noticesAhead(
  ports: Pick<IncidentsPorts, 'store' | 'directory' | 'schedules' | 'businessHoursFrom'>,
  policy: EscalationPolicy,
  ladder: Pick<Ladder, 'incidentId' | 'startedAt'>,
  now: number,
): { readonly person: Person; readonly from: number }[] {
  const rows = ports.store.ladders.steps(ladder.incidentId, ladder.startedAt);
  const told = new Set(rows.flatMap(({ who }) => who));
  const people = policy.levels.flatMap((level) => peopleOfLevel(ports, level, now).people);
  return people
    .filter(({ key }) => !told.has(key))
    .map((person) => ({ person, from: ports.businessHoursFrom?.(person, now) ?? now }));
}

/** Tells whoever is at work now and has not been told; returns the ladder as it stands after, at its end once everybody has been. */
export function noticeStep(
  { ports, record }: Pick<LadderTools, 'ports' | 'record'>,
  pager: Pager,
  climb: { readonly policy: EscalationPolicy; readonly ladder: Ladder; readonly incident: Incident },
  now: number,
): Ladder {
  const { policy, ladder, incident } = climb;
  let { step } = ladder;
  for (const { person, from } of noticesAhead(ports, policy, ladder, now)) {
    if (from > now) continue;
    const told = pager.notice(incident, person, now);
    const row = { incidentId: incident.id, startedAt: ladder.startedAt, pass: 0, level: 0, at: now, who: [person.key] };
    ports.store.ladders.addStep({ ...row, step, outcome: told ? 'told' : 'skipped' });
    record(
      incident,
      now,
      told
        ? { kind: 'noticed', person: person.key }
        : { kind: 'level_skipped', level: 0, targets: [`${person.name} (no Slack account)`] },
    );
    step += 1;
  }
  const left = noticesAhead(ports, policy, ladder, now).map(({ from }) => from);
  const { nextAt: _, ...rest } = ladder;
  if (left.length === 0) return { ...rest, step, stopped: 'noticed' };
  return { ...rest, step, nextAt: Math.min(...left) };
}
