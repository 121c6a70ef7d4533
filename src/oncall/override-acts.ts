import type { AuditActor } from '../audit/entry.ts';
import type { Person } from '../people/person.ts';
import { dayAndTime } from '../time/wall-clock.ts';
import type { OncallChange, OncallResult, OverrideView } from './change.ts';
import { isRefusal, kept, type Refusal, refused, type ScheduleDesk } from './desk.ts';
import type { OverrideEffect } from './override.ts';
import type { Schedule } from './schedule.ts';
import type { OverrideRow } from './store.ts';

/** How far a shift under way is looked at for its end. */
const AHEAD_MS = 35 * 86_400_000;

/** Who is to be on call, or not, and when. */
export interface OverrideDraft {
  readonly schedule?: string;
  readonly person: string;
  readonly start: number;
  readonly end: number;
  readonly effect?: OverrideEffect;
}

/** Putting somebody on call instead of whoever it would be: each act is one transaction with its audit row and its words. */
export class OverrideActs {
  readonly #desk: ScheduleDesk;

  constructor(desk: ScheduleDesk) {
    this.#desk = desk;
  }

  /** @param draft `schedule` may be left out where there is only one; `person` is anything that names one */
  make(draft: OverrideDraft, actor: AuditActor, now: number): OncallResult {
    const { ports } = this.#desk;
    return ports.transact(() => {
      const schedule = this.#desk.schedule(draft.schedule);
      if (isRefusal(schedule)) return schedule;
      const refusal = this.#desk.refusal({ kind: 'override' }, actor, 'oncall.override', schedule.name, now);
      if (refusal) return refusal;
      const person = this.#desk.person(draft.person);
      if (isRefusal(person)) return person;
      const { start, end, effect = 'replace' } = draft;
      if (start >= end || end <= now || start < now)
        return refused('invalid', 'An override begins now or later and ends after that.');
      const user = this.#userFor(effect, person, schedule, start, end);
      if (typeof user !== 'string') return user;
      const row = { schedule: schedule.name, user, start, end, by: actor.id, createdAt: now };
      return this.#put(effect === 'replace' ? row : { ...row, effect }, 'override_made', actor, now);
    });
  }

  /** How the person is kept in the row, or why the override would be none. */
  #userFor(
    effect: OverrideEffect,
    person: Person,
    { name, zone }: Schedule,
    start: number,
    end: number,
  ): string | Refusal {
    const { store, roster } = this.#desk.ports;
    const others = store.overrides(name, start).filter((row) => row.start < end && row.end > start);
    // Who is added or removed does not compete with who stands in.
    const rival = others.find((row) => row.effect === undefined);
    if (effect === 'replace' && rival) return refused('overlap', overlapWords(rival, zone, this.#desk));
    const all = [...roster.shifts(name, start, end), ...roster.beside(name, start, end)];
    const mine = all.filter(({ user }) => this.#desk.key(user) === person.key);
    if (effect === 'remove') {
      const held = mine.find(({ user }) => roster.shifts(name, start, end).some((shift) => shift.user === user));
      return held?.user ?? refused('invalid', `${person.name} is not on call for ${name} in that time.`);
    }
    if (mine.reduce((sum, shift) => sum + shift.end - shift.start, 0) === end - start)
      return refused('invalid', `${person.name} is on call for ${name} in that time anyway.`);
    return kept(person);
  }

  /** Those that were made at run time and are not over. */
  ahead(now: number): readonly OverrideView[] {
    const { roster, store } = this.#desk.ports;
    return roster.names().flatMap((name) => store.overrides(name, now).map((row) => this.#view(row, [], [])));
  }

  /** The actor has the schedule from now on, for what is left of the shift under way. Covers any override made before. */
  take(schedule: string | undefined, actor: AuditActor, now: number): OncallResult {
    const { ports } = this.#desk;
    return ports.transact(() => {
      const found = this.#desk.schedule(schedule);
      if (isRefusal(found)) return found;
      const refusal = this.#desk.refusal({ kind: 'override' }, actor, 'oncall.take', found.name, now);
      if (refusal) return refusal;
      const person = this.#desk.person(actor.id);
      if (isRefusal(person)) return person;
      const holder = ports.roster.holder(found.name, now);
      const [shift] = ports.roster.shifts(found.name, now, now + AHEAD_MS);
      if (holder?.current && this.#desk.key(holder.current.user) === person.key)
        return refused('invalid', `You are on call for ${found.name} already.`);
      const end = holder?.until ?? (holder?.current ? shift?.end : shift?.start);
      if (end === undefined)
        return refused('invalid', `${found.name} has no shift to take: make an override with an end.`);
      const row = { schedule: found.name, user: kept(person), start: now, end, by: actor.id, createdAt: now };
      return this.#put(row, 'shift_taken', actor, now);
    });
  }

  /** Ends an override now, or forgets it where it has not begun. Whoever made it or holds it may, beside those who may make one. */
  end(id: string, actor: AuditActor, now: number): OncallResult {
    const { ports } = this.#desk;
    return ports.transact(() => {
      const row = ports.store.override(id);
      if (!row) return refused('not_found', `There is no override ${id}.`);
      if (row.end <= now) return refused('invalid', 'That override is over already.');
      const me = this.#desk.key(actor.id);
      const isOwn = row.by === actor.id || this.#desk.key(row.user) === me;
      const act = isOwn ? 'own_shift' : 'override';
      const refusal = this.#desk.refusal({ kind: act }, actor, 'oncall.override_end', row.schedule, now);
      if (refusal) return refusal;
      ports.store.endOverride(id, now);
      const from = Math.max(now, row.start);
      const after = ports.roster.shifts(row.schedule, from, row.end).map(({ user }) => user);
      const change: OncallChange = { kind: 'override_ended', override: this.#view({ ...row, start: from }, after, []) };
      ports.record({ at: now, actor, action: 'oncall.override_end', target: row.schedule, before: row });
      this.#spread(change, [row.user, ...after], actor, now);
      return { kind: 'done', change };
    });
  }

  #put(
    draft: Omit<OverrideRow, 'id'>,
    kind: 'override_made' | 'shift_taken',
    actor: AuditActor,
    now: number,
  ): OncallResult {
    const { ports } = this.#desk;
    const { schedule, start, end } = draft;
    const others = (): string[] =>
      ports.roster
        .shifts(schedule, start, end)
        .map(({ user }) => user)
        .filter((user) => this.#desk.key(user) !== this.#desk.key(draft.user));
    const before = others();
    const person = this.#desk.person(draft.user);
    const isGone = draft.effect === 'remove';
    const held = isGone || isRefusal(person) ? [] : this.#desk.warnings(person, schedule, start, end);
    const row = ports.store.addOverride(draft);
    const instead = isGone ? others() : before;
    // Where nobody is there at all, the change says so itself.
    const holes = isGone && instead.length > 0 ? ports.roster.gaps(schedule, start, end) : [];
    const warnings = [
      ...held,
      ...holes.map((hole) => ({ kind: 'nobody_on_call' as const, start: hole.start, end: hole.end })),
    ];
    const change: OncallChange = { kind, override: this.#view(row, instead, warnings) };
    const action = kind === 'shift_taken' ? 'oncall.take' : 'oncall.override';
    ports.record({ at: now, actor, action, target: schedule, before: { instead }, after: row });
    this.#spread(change, [row.user, ...instead], actor, now);
    return { kind: 'done', change };
  }

  #spread(change: OncallChange, concerned: readonly string[], actor: AuditActor, now: number): void {
    this.#desk.tell(concerned, actor, change, now);
    this.#desk.ports.announce(change, now);
    this.#desk.ports.wake();
  }

  #view(row: OverrideRow, instead: readonly string[], warnings: OverrideView['warnings']): OverrideView {
    const { id, schedule, start, end, effect = 'replace' } = row;
    const written = (reference: string): string => this.#desk.written(reference);
    return {
      id,
      effect,
      schedule,
      start,
      end,
      user: written(row.user),
      by: written(row.by),
      instead: [...new Set(instead.map(written))],
      warnings,
    };
  }
}

function overlapWords(row: OverrideRow, zone: string, desk: ScheduleDesk): string {
  const who = desk.ports.directory.person(row.user)?.name ?? row.user;
  const when = `${dayAndTime(row.start, zone)} – ${dayAndTime(row.end, zone)}`;
  return `That overlaps override ${row.id} (${who}, ${when}). End that one first.`;
}
