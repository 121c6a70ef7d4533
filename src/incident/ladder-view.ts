import type { LadderStep } from './card.ts';
import { type EscalationPolicy, ladderAction } from './escalation.ts';
import type { Incident } from './incident.ts';
import { peopleOfLevel, written, writtenKey } from './level-people.ts';
import { policyOf } from './manual-page.ts';
import type { IncidentsPorts } from './ports.ts';
import { noticesAhead } from './small-team.ts';
import type { Ladder, LadderStepRow } from './store.ts';

/** The ladder as a card shows it: what the present pass has done, and what it would still do, at the times it would do it. */
export function ladderSteps(ports: IncidentsPorts, incident: Incident): readonly LadderStep[] {
  const ladder = ports.store.ladders.ladder(incident.id);
  if (!ladder) return [];
  const rows = ports.store.ladders.steps(incident.id, ladder.startedAt);
  const pass = rows.at(-1)?.pass ?? 0;
  const done = rows.filter((row) => row.pass === pass).map((row) => doneStep(ports, incident, row));
  const policy = policyOf(ports, incident, ladder);
  if (!policy || ladder.nextAt === undefined || ladder.stopped !== undefined) return done;
  if (policy.manner === 'notice') {
    const ahead = noticesAhead(ports, policy, ladder, ladder.nextAt);
    return [
      ...done,
      ...ahead.map(({ person, from }): LadderStep => ({ who: [written(person)], at: from, state: 'next' })),
    ];
  }
  return [...done, ...coming(ports, policy, ladder, ladder.nextAt)];
}

function doneStep(ports: IncidentsPorts, incident: Incident, row: LadderStepRow): LadderStep {
  const who = row.who.map((key) => writtenKey(ports, key));
  if (row.outcome === 'skipped') return { who, at: row.at, state: 'skipped' };
  const { state } = incident;
  const answered = state.kind === 'acknowledged' && who.includes(writtenKey(ports, state.by.id));
  return { who, at: row.at, state: answered ? 'acknowledged' : 'told' };
}

/** The rest of the pass that is under way (or the one step that comes next, where a pass has just ended). */
function coming(ports: IncidentsPorts, policy: EscalationPolicy, ladder: Ladder, nextAt: number): LadderStep[] {
  const steps: LadderStep[] = [];
  const count = policy.levels.length;
  let at = nextAt;
  for (let step = ladder.step; ; step += 1) {
    const action = ladderAction(policy, step);
    const level = policy.levels[action.level];
    const { people, channels } = level ? peopleOfLevel(ports, level, at) : { people: [], channels: [] };
    const who = [...people.map(written), ...channels];
    if (who.length > 0) steps.push({ who, at, state: steps.length === 0 ? 'next' : 'later' });
    if (action.kind === 'page_last' || step % count === count - 1) return steps;
    // A level without anybody is passed over at once, so it takes no time either.
    if (who.length > 0) at += action.waitMs;
  }
}
