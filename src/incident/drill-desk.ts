import { nearest } from '../document/suggest.ts';
import type { Person } from '../people/person.ts';
import { decideRights } from '../people/rights.ts';
import type { Monthly } from '../time/monthly.ts';
import type { Actor } from './actions.ts';
import {
  type Delivery,
  type Drill,
  type DrillNotice,
  type DrillReport,
  type DrillStore,
  drillReport,
} from './drill.ts';
import type { EscalationLevel, EscalationPolicy } from './escalation.ts';
import { written } from './level-people.ts';
import type { IncidentsPorts } from './ports.ts';

/** When drills are held by themselves. */
export interface DrillSchedule {
  readonly monthly: Monthly;
  readonly zone: string;
  /** As the configuration writes it: a change of it moves the deadline. */
  readonly text: string;
  readonly policy?: string;
}

type Shared = 'transact' | 'audit' | 'directory' | 'schedules' | 'policies' | 'paging' | 'rights' | 'standing' | 'wake';
type Optional = 'doNotDisturb' | 'inBusinessHours' | 'businessHoursFrom';

export interface DrillPorts extends Pick<IncidentsPorts, Shared | Optional> {
  readonly store: DrillStore;
  readonly schedule: () => DrillSchedule | undefined;
  /** Whether a P1 is open: nobody rehearses during a fire. */
  readonly isP1Open: () => boolean;
  /** Puts a private message into the outbox: its row; undefined for a person without an account. */
  readonly tell: (person: Person, notice: DrillNotice, now: number) => string | undefined;
  /** The same by text message; undefined where there is no way. */
  readonly text: (person: Person, drill: Drill, now: number) => string | undefined;
  /** Puts public words into the outbox. Never with a mention. */
  readonly announce: (channel: string, notice: DrillNotice, now: number) => void;
  readonly delivery: (row: string) => Delivery;
  readonly fallbackChannel: () => string | undefined;
}

export type DrillResult =
  | { readonly kind: 'done'; readonly drill: Drill; readonly levels: number; readonly afterMs?: number }
  | { readonly kind: 'refused'; readonly code: 'not_found' | 'forbidden' | 'invalid'; readonly message: string };
type Refusal = Extract<DrillResult, { kind: 'refused' }>;

const MOST_IN_A_WEEK = 50;
/** As long as the audit trail promises. */
const KEPT_MS = 400 * 86_400_000;

/** The program itself as an actor. */
export const SYSTEM: Actor = { id: 'system', name: 'Watchroom', via: 'system' };

/** People's acts on drills, and the beginning and the end that they have in common with the scheduled ones. */
export class DrillDesk {
  readonly #ports: DrillPorts;

  constructor(ports: DrillPorts) {
    this.#ports = ports;
  }

  /** Begins at once; levels whose people are not at work wait until they are. */
  start(
    request: { readonly policy?: string | undefined; readonly channel?: string },
    actor: Actor,
    now: number,
  ): DrillResult {
    return this.#ports.transact(() => {
      const policy = this.policy(request.policy);
      const refusal = this.#mayNot(actor, now) ?? ('kind' in policy ? policy : this.cannot(policy));
      if (refusal) return refusal;
      return 'kind' in policy ? policy : this.begin(policy, actor, now);
    });
  }

  /** "It reached me." Counts for every level on which the person was called. */
  acknowledge(id: string, actor: Actor, now: number): DrillResult {
    const { store, directory, transact, audit, wake } = this.#ports;
    return transact(() => {
      const drill = store.drill(id);
      if (!drill) return refused('not_found', 'This drill is not known here.');
      const me = directory.person(actor.id)?.key ?? actor.id;
      const mine = store.calls(id).filter(({ person }) => person === me);
      const [first] = mine;
      if (!first) return refused('invalid', 'This drill has not called you.');
      const levels = this.#ports.policies().get(drill.policy)?.levels.length ?? 0;
      const open = mine.filter(({ acknowledgedAt }) => acknowledgedAt === undefined);
      if (open.length === 0) return { kind: 'done', drill, levels, afterMs: (first.acknowledgedAt ?? now) - first.at };
      if (drill.state !== 'running') return refused('invalid', 'The drill is over; nothing is asked of you.');
      for (const call of open) store.saveCall({ ...call, acknowledgedAt: now });
      audit({ at: now, actor, action: 'oncall.drill_acknowledge', target: id });
      const isAnswered = store.calls(id).every((call) => call.acknowledgedAt !== undefined || call.row === undefined);
      if (drill.level >= levels && isAnswered) store.save({ ...drill, nextAt: now });
      wake?.();
      return { kind: 'done', drill, levels, afterMs: now - (open.at(-1)?.at ?? now) };
    });
  }

  /** Ends whatever runs: somebody said so, or (`by` absent) a P1 opened. */
  callOff(by: Actor | undefined, now: number): DrillResult {
    const { store, transact } = this.#ports;
    return transact(() => {
      const [first, ...more] = store.running();
      if (!first) return refused('not_found', 'No drill is running.');
      const refusal = by && this.#mayNot(by, now);
      if (refusal) return refusal;
      for (const drill of [first, ...more]) this.end(drill, 'called_off', by ?? SYSTEM, now);
      return { kind: 'done', drill: first, levels: 0 };
    });
  }

  /** What the drills that ended in [from, to) found, oldest first. */
  between(from: number, to: number): DrillReport[] {
    return this.#ports.store
      .recent(MOST_IN_A_WEEK)
      .filter(({ endedAt }) => endedAt !== undefined && endedAt >= from && endedAt < to)
      .toReversed()
      .map((drill) => this.#report(drill));
  }

  /** What the last drill found, or has found so far. */
  last(): DrillReport | undefined {
    const [drill] = this.#ports.store.recent(1);
    return drill && this.#report(drill);
  }

  /** The policy of that name, in any case; without one the configured one, else the first that pages. */
  policy(name: string | undefined): EscalationPolicy | Refusal {
    const { policies, paging, schedule } = this.#ports;
    const known = [...policies().values()];
    const names = known.map((policy) => policy.name);
    const wanted = name ?? schedule()?.policy ?? paging()[0]?.escalationPolicy ?? names[0];
    if (wanted === undefined) return refused('invalid', 'No escalation policy is configured.');
    const found = known.find((policy) => policy.name.toLowerCase() === wanted.toLowerCase());
    if (found) return found;
    const near = nearest(wanted, names);
    const hint = near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`;
    return refused('not_found', `No escalation policy is called “${wanted.slice(0, 80)}”. ${hint}`);
  }

  /** Why there can be none now. */
  cannot(policy: EscalationPolicy): Refusal | undefined {
    if (policy.manner === 'notice')
      return refused('invalid', `${policy.name} pages nobody, so there is nothing to rehearse.`);
    if (this.#ports.isP1Open()) return refused('invalid', 'A P1 is open: nobody rehearses during a fire.');
    const running = this.#ports.store.running();
    if (running.length > 0) return refused('invalid', `A drill of ${running[0]?.policy ?? ''} is running already.`);
    return undefined;
  }

  /** Announces it; the drillmaster calls the first level at once. */
  begin(policy: EscalationPolicy, actor: Actor, now: number): DrillResult {
    const { store, paging, audit, announce, fallbackChannel, wake } = this.#ports;
    const entry = paging().find(
      ({ escalationPolicy, channel }) => escalationPolicy === policy.name && channel !== undefined,
    );
    const channel = entry?.channel ?? fallbackChannel();
    store.prune(now - KEPT_MS);
    const drill = store.add({
      policy: policy.name,
      startedBy: actor,
      startedAt: now,
      level: 0,
      nextAt: now,
      state: 'running',
      ...(channel !== undefined && { channel }),
    });
    audit({ at: now, actor, action: 'oncall.drill', target: drill.id, after: { policy: policy.name } });
    if (channel !== undefined) announce(channel, { kind: 'started', drill, levels: policy.levels.length }, now);
    wake?.();
    return { kind: 'done', drill, levels: policy.levels.length };
  }

  /** Ends it, reports, and tells whoever was called and did not answer. */
  end(drill: Drill, state: 'finished' | 'called_off', by: Actor, now: number): void {
    const { store, announce, audit, tell, directory } = this.#ports;
    const { nextAt: _, waitingSince: __, ...rest } = drill;
    const ended: Drill = { ...rest, state, endedAt: now };
    store.save(ended);
    const report = this.#report(ended);
    const levels = report.levels.map(({ afterMs, ...level }) => ({
      ...level,
      ...(afterMs !== undefined && { seconds: Math.round(afterMs / 1000) }),
    }));
    const after = { policy: drill.policy, levels, unreached: report.unreached };
    audit({ at: now, actor: by, action: `oncall.drill_${state}`, target: drill.id, after });
    if (drill.channel !== undefined) announce(drill.channel, { kind: 'report', report }, now);
    const silent = store
      .calls(drill.id)
      .filter(({ acknowledgedAt, row }) => acknowledgedAt === undefined && row !== undefined);
    for (const key of new Set(silent.map(({ person }) => person))) {
      const person = directory.person(key);
      if (person) tell(person, { kind: 'over', drill: ended, person }, now);
    }
  }

  /** A level without anybody's name: what people are measured by is their rotation. */
  names({ targets }: EscalationLevel): string[] {
    const { directory } = this.#ports;
    return targets.map(({ kind, id }) => {
      if (kind === 'schedule') return directory.schedule(id);
      if (kind === 'schedule_secondary') return `${directory.schedule(id)} (secondary)`;
      if (kind !== 'user') return id;
      return /^(?:[UW][A-Z0-9]{5,}|.*@.*)$/.test(id) ? 'one person' : id;
    });
  }

  #mayNot(actor: Actor, now: number): Refusal | undefined {
    const { standing, rights, audit } = this.#ports;
    const facts = { ...standing(actor, []), onCall: false, onCallForCard: false, reason: '' };
    const decision = decideRights({ kind: 'page' }, facts, rights());
    if (decision.allowed) return undefined;
    audit({ at: now, actor, action: 'oncall.drill', target: '', after: { refused: decision.message } });
    return refused('forbidden', decision.message);
  }

  #report(drill: Drill): DrillReport {
    const { store, policies, delivery, directory } = this.#ports;
    const names = (policies().get(drill.policy)?.levels ?? []).map((level) => this.names(level));
    const kept = { levels: store.levels(drill.id), calls: store.calls(drill.id) };
    return drillReport(drill, kept, names, delivery, (key) => {
      const person = directory.person(key);
      return person ? written(person) : key;
    });
  }
}

function refused(code: Refusal['code'], message: string): Refusal {
  return { kind: 'refused', code, message };
}
