import type { Person } from '../people/person.ts';
import type { Job } from '../time/loop.ts';
import { nextMonthly } from '../time/monthly.ts';
import { DRILL_WAIT_MS, type Drill, type DrillWay } from './drill.ts';
import { type DrillDesk, type DrillPorts, SYSTEM } from './drill-desk.ts';
import type { EscalationLevel } from './escalation.ts';
import { peopleOfLevel } from './level-people.ts';

const DAY_MS = 86_400_000;
/** How long a level is waited for whose people are not at work: a long weekend. */
const LONGEST_WAIT_MS = 4 * DAY_MS;
const LOOK_AGAIN_MS = 15 * 60_000;

/**
 * Holds drills: calls each level of a policy in turn, the way the ladder would, whether or not the one before has answered, and
 * reports who cannot be reached. Every deadline is a column; each step commits together with its messages.
 */
export class Drillmaster implements Job {
  readonly name = 'drillmaster';
  readonly #ports: DrillPorts;
  readonly #desk: DrillDesk;

  constructor(ports: DrillPorts, desk: DrillDesk) {
    this.#ports = ports;
    this.#desk = desk;
  }

  nextDue(): number | undefined {
    const { store, schedule } = this.#ports;
    const deadline = store.deadline();
    if (deadline?.schedule !== schedule()?.text) return Number.MIN_SAFE_INTEGER;
    const dues = [store.nextDue(), deadline?.at].filter((at) => at !== undefined);
    return dues.length > 0 ? Math.min(...dues) : undefined;
  }

  async run(now: number): Promise<void> {
    const { store, transact } = this.#ports;
    transact(() => this.#scheduled(now));
    for (const { id } of store.due(now)) {
      const asleep = await this.#asleep(id, now);
      transact(() => this.#step(id, asleep, now));
    }
  }

  /** A scheduled drill that is due is held today or, while a P1 is open, a day later; one that was missed by a day is left out. */
  #scheduled(now: number): void {
    const { store, schedule } = this.#ports;
    const wanted = schedule();
    const deadline = store.deadline();
    if (!wanted) {
      if (deadline) store.setDeadline(undefined);
      return;
    }
    const next = { schedule: wanted.text, at: nextMonthly(wanted.monthly, wanted.zone, now) };
    if (deadline?.schedule !== wanted.text) {
      store.setDeadline(next);
      return;
    }
    if (deadline.at > now) return;
    if (now - deadline.at < DAY_MS && this.#ports.isP1Open()) {
      store.setDeadline({ ...next, at: deadline.at + DAY_MS });
      return;
    }
    store.setDeadline(next);
    if (now - deadline.at >= DAY_MS) return;
    const policy = this.#desk.policy(wanted.policy);
    if (!('kind' in policy) && !this.#desk.cannot(policy)) this.#desk.begin(policy, SYSTEM, now);
  }

  /** Calls the next level that has anybody at work, or ends the drill after the last. */
  #step(id: string, asleep: ReadonlySet<string>, now: number): void {
    const { store, policies } = this.#ports;
    const found = store.drill(id);
    if (found?.state !== 'running') return;
    const levels = policies().get(found.policy)?.levels ?? [];
    let drill: Drill = found;
    for (let level = levels[drill.level]; level; level = levels[drill.level]) {
      const after = this.#level(drill, level, asleep, now);
      store.save(after.drill);
      if (after.waits) return;
      drill = after.drill;
    }
    this.#desk.end(drill, 'finished', SYSTEM, now);
  }

  /** `waits`: somebody was called, or will be when they are at work. A level that has nobody takes no time. */
  #level(
    drill: Drill,
    level: EscalationLevel,
    asleep: ReadonlySet<string>,
    now: number,
  ): { readonly drill: Drill; readonly waits: boolean } {
    const { people, empty } = peopleOfLevel(this.#ports, level, now);
    const present = people.filter((person) => this.#ports.inBusinessHours?.(person, now) ?? true);
    const { waitingSince: since = now, ...rest } = drill;
    if (people.length > 0 && present.length === 0 && now - since < LONGEST_WAIT_MS) {
      const nextAt = Math.min(this.#workBegins(people, now), since + LONGEST_WAIT_MS);
      return { drill: { ...rest, waitingSince: since, nextAt }, waits: true };
    }
    const outcome = people.length === 0 ? 'empty' : present.length === 0 ? 'out_of_hours' : 'called';
    const targets = outcome === 'empty' ? empty : this.#desk.names(level);
    this.#ports.store.addLevel({ drillId: drill.id, level: drill.level, at: now, outcome, targets });
    const called = outcome === 'called' ? present : [];
    for (const person of called) this.#call(drill, person, !asleep.has(person.key), now);
    return { drill: { ...rest, level: drill.level + 1, nextAt: now + DRILL_WAIT_MS }, waits: called.length > 0 };
  }

  #call(drill: Drill, person: Person, disturbable: boolean, now: number): void {
    const { store, tell, text } = this.#ports;
    const until = now + DRILL_WAIT_MS;
    const message = tell(person, { kind: 'call', drill, level: drill.level + 1, until }, now);
    const sms = message === undefined || !disturbable ? text(person, drill, now) : undefined;
    const way: DrillWay =
      sms !== undefined ? 'sms' : message === undefined ? 'none' : disturbable ? 'slack' : 'do_not_disturb';
    const row = sms ?? message;
    store.saveCall({
      drillId: drill.id,
      level: drill.level,
      person: person.key,
      at: now,
      way,
      ...(row !== undefined && { row }),
    });
  }

  #workBegins(people: readonly Person[], now: number): number {
    const from = people.map((person) => this.#ports.businessHoursFrom?.(person, now) ?? now + LOOK_AGAIN_MS);
    return Math.max(now + 1000, Math.min(...from));
  }

  /** The keys of people on its levels who are in Do Not Disturb. Not knowing counts as reachable. */
  async #asleep(id: string, now: number): Promise<ReadonlySet<string>> {
    const { store, policies, doNotDisturb } = this.#ports;
    const levels = policies().get(store.drill(id)?.policy ?? '')?.levels ?? [];
    if (!doNotDisturb || levels.length === 0) return new Set();
    const people = levels.flatMap((level) => peopleOfLevel(this.#ports, level, now).people);
    try {
      return await doNotDisturb([...new Map(people.map((person) => [person.key, person])).values()], now);
    } catch {
      return new Set();
    }
  }
}
