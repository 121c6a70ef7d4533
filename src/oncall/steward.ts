import type { AuditActor, AuditEntry } from '../audit/entry.ts';
import type { Directory } from '../people/directory.ts';
import type { Person } from '../people/person.ts';
import type { Job } from '../time/loop.ts';
import { nextWeekly, type Weekly } from '../time/weekly.ts';
import {
  CONFIRM_WITHIN_MS,
  decideHandoff,
  type Handoff,
  type HandoffBrief,
  type HandoffNotice,
  type HandoffStore,
  outOfTheNight,
} from './handoff.ts';
import type { Roster } from './roster.ts';

export interface StewardPorts {
  readonly roster: Roster;
  readonly store: HandoffStore;
  readonly directory: Directory;
  readonly transact: <T>(fn: () => T) => T;
  readonly record: (entry: AuditEntry) => void;
  /** Who is paged after whoever holds the schedule. */
  readonly secondaries: (schedule: string, now: number) => readonly Person[];
  /** Whether somebody put themselves on call for what is under way: then nobody asks whether they are there. */
  readonly tookIt: (schedule: string, user: string, now: number) => boolean;
  readonly brief: (handoff: Handoff, now: number) => HandoffBrief;
  /** Where a person's clock stands. */
  readonly zoneOf: (person: Person) => string;
  /** Puts a private message into the outbox. */
  readonly tell: (person: Person, notice: HandoffNotice, now: number) => void;
  /** Puts the gaps ahead into the outbox, where there are any. */
  readonly postGaps: (now: number) => void;
  readonly teamZone: () => string;
}

export type ReachableResult =
  | { readonly kind: 'done'; readonly handoff: Handoff }
  | { readonly kind: 'refused'; readonly message: string };

const GAPS_AT: Weekly = { weekday: 1, time: 9 * 60 };
/** A shift without an end in sight is looked at again after this long. */
const LOOK_AGAIN_MS = 7 * 86_400_000;
const SYSTEM: AuditActor = { id: 'system', name: 'Watchroom', via: 'system' };

/**
 * Looks after handoffs: tells whoever comes and goes, asks whether the pager is near, and backs up who does not answer. Every
 * deadline is a column; each step commits together with its messages.
 */
export class Steward implements Job {
  readonly name = 'steward';
  readonly #ports: StewardPorts;

  constructor(ports: StewardPorts) {
    this.#ports = ports;
  }

  nextDue(): number | undefined {
    const { roster, store } = this.#ports;
    const names = roster.names();
    if (names.length === 0) return undefined;
    const watched = new Set(store.watches().map(({ schedule }) => schedule));
    if (store.gapsAt() === undefined || names.some((name) => !watched.has(name))) return Number.MIN_SAFE_INTEGER;
    return store.nextDeadline();
  }

  run(now: number): Promise<void> {
    const { roster, store, transact } = this.#ports;
    const watches = new Map(store.watches().map((watch) => [watch.schedule, watch]));
    for (const name of roster.names()) {
      const watch = watches.get(name);
      if (!watch || watch.lookAt <= now) transact(() => this.#look(name, watch !== undefined, watch?.user, now));
      watches.delete(name);
    }
    // Schedules that are gone have no next look.
    for (const watch of watches.values()) store.saveWatch({ ...watch, lookAt: Number.MAX_SAFE_INTEGER });
    for (const handoff of store.due(now)) transact(() => this.#due(handoff, now));
    transact(() => this.#gaps(now));
    return Promise.resolve();
  }

  /** Who holds what may be others than a moment ago. Inside the transaction of the change. */
  changed(now: number): void {
    this.#ports.store.lookAgain(now);
  }

  /** "I'm reachable." Only who was asked can say so; twice is once. */
  reachable(id: string, actor: AuditActor, now: number): ReachableResult {
    const { store, directory, transact } = this.#ports;
    return transact(() => {
      const handoff = store.handoff(id);
      if (!handoff) return { kind: 'refused', message: 'This handoff is not known here.' };
      if (directory.person(actor.id)?.key !== handoff.incoming)
        return { kind: 'refused', message: 'Only the person who comes on call can confirm this.' };
      if (handoff.state === 'confirmed') return { kind: 'done', handoff };
      if (handoff.end <= now) return { kind: 'refused', message: 'That shift is over.' };
      const { dueAt: _, ...rest } = handoff;
      const confirmed: Handoff = { ...rest, state: 'confirmed' };
      store.saveHandoff(confirmed);
      this.#record('oncall.reachable', confirmed, actor, now);
      if (handoff.state === 'backed') this.#tellOthers(handoff, 'backup_ended', now);
      return { kind: 'done', handoff: confirmed };
    });
  }

  /** The last one of each schedule. */
  handoffs(): readonly Handoff[] {
    const { roster, store } = this.#ports;
    return roster.names().flatMap((name) => store.latest(name) ?? []);
  }

  /** Who is paged beside the holder because the holder has not confirmed. */
  backups(schedule: string, now: number): readonly string[] {
    const latest = this.#ports.store.latest(schedule);
    if (latest?.state !== 'backed' || now < latest.start || now >= latest.end) return [];
    return this.#others(latest, now).map(({ key }) => key);
  }

  #look(schedule: string, known: boolean, before: string | undefined, now: number): void {
    const { roster, store } = this.#ports;
    const holder = roster.holder(schedule, now);
    const user = holder?.current && this.#key(holder.current.user);
    const lookAt = holder?.until ?? now + LOOK_AGAIN_MS;
    store.saveWatch({ schedule, lookAt, ...(user !== undefined && { user }) });
    // Who was known by an address only may have an account by now.
    if (!known || user === (before === undefined ? undefined : this.#key(before))) return;
    const last = store.latest(schedule);
    if (last && last.state !== 'confirmed' && last.state !== 'over') {
      const { dueAt: _, ...rest } = last;
      store.saveHandoff({ ...rest, state: 'over' });
    }
    const isThere = user !== undefined && this.#ports.tookIt(schedule, user, now);
    const outgoing = before === undefined ? undefined : this.#ports.directory.person(before);
    store.addHandoff({
      schedule,
      incoming: user ?? '',
      start: holder?.current?.start ?? now,
      end: lookAt,
      state: user === undefined ? 'over' : isThere ? 'confirmed' : 'waiting',
      ...(user !== undefined && !isThere && { dueAt: now }),
      ...(outgoing && {
        outgoing: outgoing.key,
        signOffAt: outOfTheNight(now, this.#ports.zoneOf(outgoing)),
      }),
    });
  }

  #due(handoff: Handoff, now: number): void {
    const signed = this.#signOff(handoff, now);
    if (signed.dueAt === undefined || signed.dueAt > now) return;
    const { store, directory, zoneOf, tell, brief } = this.#ports;
    const person = directory.person(signed.incoming);
    const decision = decideHandoff(signed, person, this.#others(signed, now), zoneOf, now);
    const { dueAt: _, ...rest } = signed;
    switch (decision.kind) {
      case 'wait':
        store.saveHandoff({ ...signed, dueAt: decision.until });
        return;
      case 'ask': {
        const asked: Handoff = { ...rest, state: 'asked', dueAt: now + CONFIRM_WITHIN_MS };
        store.saveHandoff(asked);
        if (person) tell(person, { kind: 'brief', handoff: asked, brief: brief(asked, now) }, now);
        return;
      }
      case 'back_up': {
        const backed: Handoff = { ...rest, state: 'backed' };
        store.saveHandoff(backed);
        this.#record('oncall.backup_added', backed, SYSTEM, now);
        this.#tellOthers(backed, 'backup_added', now);
        return;
      }
      case 'drop':
        store.saveHandoff({ ...rest, state: 'over' });
    }
  }

  #signOff(handoff: Handoff, now: number): Handoff {
    if (handoff.signOffAt === undefined || handoff.signOffAt > now) return handoff;
    const { store, directory, tell, brief } = this.#ports;
    const { signOffAt: _, ...signed } = handoff;
    store.saveHandoff(signed);
    const person = directory.person(handoff.outgoing ?? '');
    const to = directory.person(handoff.incoming);
    const notice: HandoffNotice = {
      kind: 'signed_off',
      schedule: handoff.schedule,
      to: to?.slackId ?? to?.name ?? '',
      open: brief(handoff, now).open.length,
    };
    if (person) tell(person, notice, now);
    return signed;
  }

  #tellOthers(handoff: Handoff, kind: 'backup_added' | 'backup_ended', now: number): void {
    const { directory, tell } = this.#ports;
    const primary = directory.person(handoff.incoming);
    const written = primary?.slackId ?? primary?.name ?? handoff.incoming;
    const { schedule, end: until } = handoff;
    const notice: HandoffNotice =
      kind === 'backup_added' ? { kind, schedule, primary: written, until } : { kind, schedule, primary: written };
    for (const person of this.#others(handoff, now)) tell(person, notice, now);
  }

  #others(handoff: Handoff, now: number): readonly Person[] {
    return this.#ports.secondaries(handoff.schedule, now).filter(({ key }) => key !== handoff.incoming);
  }

  #gaps(now: number): void {
    const { store, postGaps, teamZone } = this.#ports;
    const at = store.gapsAt();
    if (at !== undefined && at > now) return;
    // The first start only sets the deadline.
    if (at !== undefined) postGaps(now);
    store.setGapsAt(nextWeekly(GAPS_AT, teamZone(), now));
  }

  #record(action: string, handoff: Handoff, actor: AuditActor, now: number): void {
    this.#ports.record({ at: now, actor, action, target: handoff.schedule, after: handoff });
  }

  #key(reference: string): string {
    return this.#ports.directory.person(reference)?.key ?? reference;
  }
}
