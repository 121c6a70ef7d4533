import type { Job } from '../time/loop.ts';
import { type EscalationPolicy, FINAL_REPEAT_MS } from './escalation.ts';
import type { Incident } from './incident.ts';
import { type LadderTools, restartLadder, settleLadder, startLadder } from './ladder.ts';
import { policyOf } from './manual-page.ts';
import { type IncidentLook, lookAt } from './membership.ts';
import type { IncidentsPorts } from './ports.ts';
import type { Ladder } from './store.ts';

/** What was wrong with the ladder of an incident that nobody has answered. */
export type LadderFault =
  /** Nothing was started: a fault where `paging:` has an entry for it. */
  | 'never_started'
  /** It says somebody answered, or that nothing fires; neither is so. */
  | 'stopped_wrongly'
  /** It runs, but no step is pending. */
  | 'no_step'
  /** Its step lies further ahead than any wait of its policy. */
  | 'step_too_far'
  /** Its step should have come minutes ago. */
  | 'step_overdue';

export interface LadderRepair {
  readonly incidentId: string;
  readonly alertName: string;
  readonly fault: LadderFault;
}

const EVERY_MS = 60_000;
/** Steps are done when they are due; one this late was missed. */
const OVERDUE_MS = 3 * 60_000;

/**
 * Every unacknowledged P1 with a policy has exactly one pending step; this says why one has none. A ladder is one row per incident,
 * so there are never two.
 */
export function ladderFault(
  ladder: Ladder | undefined,
  look: Pick<IncidentLook, 'open' | 'allMuted'>,
  policy: EscalationPolicy | undefined,
  now: number,
): LadderFault | undefined {
  // What is muted, or has ended and waits for its group to be told, pages nobody for now.
  if (look.open.length === 0 || look.allMuted) return undefined;
  if (!ladder) return 'never_started';
  const isNotice = policy?.manner === 'notice';
  if (isNotice && ladder.stopped === 'noticed') return undefined;
  if (ladder.stopped !== undefined) return 'stopped_wrongly';
  if (ladder.nextAt === undefined) return 'no_step';
  const longest = Math.max(FINAL_REPEAT_MS, ...(policy?.levels ?? []).map(({ delayMs }) => delayMs));
  // Business hours may be a weekend away.
  if (!isNotice && ladder.nextAt > now + longest) return 'step_too_far';
  return ladder.nextAt < now - OVERDUE_MS ? 'step_overdue' : undefined;
}

/** Looks each minute at every P1 that nobody has answered; what should not be is mended and told. */
export class LadderAuditor implements Job {
  readonly name = 'ladder-auditor';
  readonly #ports: IncidentsPorts;
  readonly #tools: LadderTools;
  #lastAt: number;

  constructor(ports: IncidentsPorts, tools: LadderTools) {
    this.#ports = ports;
    this.#tools = tools;
    this.#lastAt = ports.clock.now();
  }

  nextDue(): number | undefined {
    return this.#ports.store.hasUnansweredP1() ? this.#lastAt + EVERY_MS : undefined;
  }

  run(now: number): Promise<void> {
    // After a pause of the whole program the escalator is about to do what is late.
    const paused = now - this.#lastAt > 2 * EVERY_MS;
    this.#lastAt = now;
    for (const id of this.#ports.store.unansweredP1()) this.#ports.transact(() => this.#check(id, paused, now));
    return Promise.resolve();
  }

  #check(id: string, paused: boolean, now: number): void {
    const { store } = this.#ports;
    const incident = store.incident(id);
    if (!incident || incident.state.kind !== 'triggered') return;
    const look = lookAt(this.#ports, id, now);
    const before = store.ladders.ladder(id);
    // What ends by time alone, as a mute does, is no fault: it is settled when somebody looks, as here.
    if (before?.stopped === 'all_muted' || before?.stopped === 'all_ended')
      settleLadder(this.#tools, incident, look, now);
    const ladder = store.ladders.ladder(id);
    const policy = ladder && policyOf(this.#ports, incident, ladder);
    const fault = ladderFault(ladder, look, policy, now);
    if (!fault || (fault === 'step_overdue' && paused) || !this.#mend(incident, ladder, look, fault, now)) return;
    const repair = { incidentId: id, alertName: incident.alertName, fault };
    this.#ports.audit({
      at: now,
      actor: { id: 'system', name: 'Watchroom', via: 'system' },
      action: 'incident.ladder_repaired',
      target: id,
      ...(ladder && { before: ladder }),
      after: { fault },
    });
    this.#ports.repaired?.(repair, now);
    this.#ports.wake?.();
  }

  /** false where there was nothing to mend after all: no entry of `paging:` is about it. */
  #mend(incident: Incident, ladder: Ladder | undefined, look: IncidentLook, fault: LadderFault, now: number): boolean {
    switch (fault) {
      case 'never_started': {
        const [first] = look.open;
        if (first) startLadder(this.#tools, incident, first.alert.labels, now);
        return this.#ports.store.ladders.ladder(incident.id) !== undefined;
      }
      case 'stopped_wrongly':
        restartLadder(this.#tools, incident, now);
        return true;
      case 'no_step':
      case 'step_too_far':
      case 'step_overdue':
        if (ladder) this.#ports.store.ladders.save({ ...ladder, nextAt: now });
        return true;
    }
  }
}
