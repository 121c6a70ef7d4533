import type { AuditActor } from '../audit/entry.ts';
import { parseDate, startOfLocalDay } from '../time/wall-clock.ts';
import type { OncallChange, OncallResult, SwapView } from './change.ts';
import { isRefusal, kept, type Refusal, refused, type ScheduleDesk } from './desk.ts';
import { type LayerShift, layerShifts, type Schedule } from './schedule.ts';
import { decline, offer, type Swap, type SwapRefusal, type SwapResult, take, voided, withdraw } from './swap.ts';

/** Shifts further ahead than this are not offered yet. */
const AHEAD_MS = 400 * 86_400_000;

interface OwnShift {
  readonly schedule: Schedule;
  readonly shift: LayerShift;
}

/** A swap to be made: somebody's own shift, for somebody else. */
export interface SwapRequest {
  readonly person: string;
  /** Absent: whichever comes first. */
  readonly schedule?: string;
  /** A day on which the shift begins, or which it covers; absent: the next one that has not begun. */
  readonly date?: string;
  /** Exactly the shift that begins then. */
  readonly start?: number;
  /** Whose shift, where it is not the actor's own: that takes the right to override. */
  readonly owner?: string;
}

/** A shift that a person could give away. */
export interface OwnShiftLine {
  readonly schedule: string;
  readonly zone: string;
  readonly start: number;
  readonly end: number;
}

/** Swaps with consent: asked, taken or declined, undone until the shift begins. Each act is one transaction with all its words. */
export class SwapActs {
  readonly #desk: ScheduleDesk;

  constructor(desk: ScheduleDesk) {
    this.#desk = desk;
  }

  /** The actor asks one person to do a shift of the actor's. */
  offer(request: SwapRequest, actor: AuditActor, now: number): OncallResult {
    return this.#ask(request, request.person, actor, now);
  }

  /** The actor asks everybody: whoever takes it first has it. */
  cover(request: Omit<SwapRequest, 'person'>, actor: AuditActor, now: number): OncallResult {
    return this.#ask(request, undefined, actor, now);
  }

  #ask(request: Omit<SwapRequest, 'person'>, whom: string | undefined, actor: AuditActor, now: number): OncallResult {
    const { ports } = this.#desk;
    const action = whom === undefined ? 'oncall.cover_ask' : 'oncall.swap_offer';
    return ports.transact(() => {
      const owner = this.#desk.key(request.owner ?? actor.id);
      const isOwn = owner === this.#desk.key(actor.id);
      const act = isOwn ? 'own_shift' : 'override';
      const refusal = this.#desk.refusal({ kind: act }, actor, action, request.schedule ?? '', now);
      if (refusal) return refusal;
      const person = whom === undefined ? undefined : this.#desk.person(whom);
      if (person && isRefusal(person)) return person;
      if (person && person.slackId === undefined)
        return refused('invalid', `${person.name} has no Slack account here and cannot be asked.`);
      if (person && person.key === owner) return refused('invalid', WORDS.own_shift);
      const found = this.#find(request, owner, isOwn ? 'You have' : `${this.#desk.name(owner)} has`, now);
      if (isRefusal(found)) return found;
      const { schedule, shift } = found;
      if (shift.start <= now) return refused('invalid', WORDS.shift_over);
      const draft = {
        id: '',
        schedule: schedule.name,
        from: shift.user,
        shiftStart: shift.start,
        ...(!isOwn && { by: actor.id }),
      };
      const asked = person ? { ...draft, to: kept(person) } : draft;
      const result = offer(schedule, ports.store.swaps(schedule.name, now), asked, now);
      if (result.kind === 'refused') return refused('invalid', WORDS[result.reason]);
      const swap = ports.store.addSwap(result.swap);
      const change: OncallChange = {
        kind: person ? 'swap_offered' : 'cover_asked',
        swap: this.view(swap),
        ...(!isOwn && { by: this.#desk.written(actor.id) }),
      };
      this.#write(action, swap, undefined, actor, now);
      // Whose shift it is hears that somebody asks in their name.
      this.#desk.tell([shift.user, ...(person ? [kept(person)] : [])], actor, change, now);
      if (!person) ports.announce(change, now);
      return { kind: 'done', change };
    });
  }

  /** Those that wait for an answer, or hold and are not over. */
  open(now: number): readonly (SwapView & Pick<Swap, 'state'>)[] {
    return this.#desk.ports.store.openSwaps(now).map((swap) => ({ ...this.view(swap), state: swap.state }));
  }

  /** The person's own shifts by rotation that have not begun, soonest first. */
  own(userId: string, now: number): readonly OwnShiftLine[] {
    const { roster } = this.#desk.ports;
    const schedules = roster.names().flatMap((name) => roster.schedule(name) ?? []);
    return this.#mine(schedules, this.#desk.key(userId), now)
      .filter(({ shift }) => shift.start > now)
      .map(({ schedule, shift }) => ({
        schedule: schedule.name,
        zone: schedule.zone,
        start: shift.start,
        end: shift.end,
      }));
  }

  /** The person who was asked says yes, or, where everybody was, anybody who may be on call. */
  take(id: string, actor: AuditActor, now: number): OncallResult {
    const person = this.#desk.person(actor.id);
    if (isRefusal(person)) return person;
    return this.#act(id, actor, now, 'oncall.swap_take', (swap) => {
      const { roster } = this.#desk.ports;
      const schedule = roster.schedule(swap.schedule);
      if (!schedule) return { kind: 'refused', reason: 'unknown_shift' };
      // From the moment it begins the shift is somebody's past: what is left of it can be taken, but not swapped.
      if (swap.state === 'offered' && swap.shiftStart <= now) return { kind: 'refused', reason: 'shift_over' };
      const booked = roster
        .names()
        .flatMap((name) => roster.shifts(name, swap.shiftStart, swap.shiftEnd))
        .filter(({ user }) => this.#desk.key(user) === this.#desk.key(actor.id));
      return take(schedule, swap, this.#as(swap, actor), booked, now);
    });
  }

  /** The person who was asked says no. */
  decline(id: string, actor: AuditActor, now: number): OncallResult {
    return this.#act(id, actor, now, 'oncall.swap_decline', (swap) => decline(swap, this.#as(swap, actor)));
  }

  /** The asker takes the request back; either of the two undoes the agreement, until the shift begins. */
  withdraw(id: string, actor: AuditActor, now: number): OncallResult {
    return this.#act(id, actor, now, 'oncall.swap_withdraw', (swap) => {
      // Whoever asked in somebody's name takes it back in that name.
      const isAsker = swap.by !== undefined && this.#desk.key(swap.by) === this.#desk.key(actor.id);
      const result = withdraw(swap, isAsker ? swap.from : this.#as(swap, actor), now);
      // It was one person's answer to a question to that person: nobody else may take it up.
      return result.kind === 'done' ? { kind: 'done', swap: { ...swap, state: 'withdrawn' } } : result;
    });
  }

  /** After schedules have changed: swaps of shifts that are no more end, and both people hear it. */
  settle(now: number): void {
    const { ports } = this.#desk;
    ports.transact(() => {
      const leavers = ports.directory.leavers();
      for (const swap of ports.store.openSwaps(now)) {
        const schedule = ports.roster.schedule(swap.schedule);
        // Whoever gave a shift to somebody who is gone has it again; one that such a person gave away stays with the taker.
        const takerLeft = swap.to !== undefined && leavers?.(swap.to) !== undefined;
        if (schedule && !takerLeft && voided(schedule, [swap]).length === 0) continue;
        const ended: Swap = { ...swap, state: 'void' };
        ports.store.saveSwap(ended);
        const actor = { id: 'system', name: 'Watchroom', via: 'system' };
        this.#write('oncall.swap_void', ended, swap, actor, now);
        const why = takerLeft ? 'taker_gone' : 'shift_gone';
        const change: OncallChange = { kind: 'swap_void', swap: this.view(ended), why };
        this.#desk.tell([swap.from, swap.to ?? swap.from], undefined, change, now);
      }
    });
  }

  #act(id: string, actor: AuditActor, now: number, action: string, decide: (swap: Swap) => SwapResult): OncallResult {
    const { ports } = this.#desk;
    return ports.transact(() => {
      const swap = ports.store.swap(id);
      if (!swap) return refused('not_found', 'This swap is not known here.');
      const refusal = this.#desk.refusal({ kind: 'own_shift' }, actor, action, swap.schedule, now);
      if (refusal) return refusal;
      const result = decide(swap);
      if (result.kind === 'refused') return refused('invalid', WORDS[result.reason]);
      ports.store.saveSwap(result.swap);
      this.#write(action, result.swap, swap, actor, now);
      const change = this.#changeOf(swap, result.swap, action, actor);
      this.#desk.tell([swap.from, result.swap.to ?? swap.to ?? swap.from], actor, change, now);
      if (swap.state === 'agreed' || result.swap.state === 'agreed') {
        ports.announce(change, now);
        ports.wake();
      }
      return { kind: 'done', change };
    });
  }

  #changeOf(before: Swap, after: Swap, action: string, actor: AuditActor): OncallChange {
    const swap = this.view({ ...after, ...(before.to !== undefined && { to: after.to ?? before.to }) });
    if (after.state === 'agreed') return { kind: 'swap_agreed', swap };
    if (before.state === 'agreed') return { kind: 'swap_undone', swap, by: this.#desk.written(actor.id) };
    return { kind: action === 'oncall.swap_decline' ? 'swap_declined' : 'swap_withdrawn', swap };
  }

  /** The actor as the swap's row names them, so that one person has one name in it. */
  #as(swap: Swap, actor: AuditActor): string {
    const me = this.#desk.key(actor.id);
    const named = [swap.from, swap.to].find((name) => name !== undefined && this.#desk.key(name) === me);
    const person = this.#desk.ports.directory.person(actor.id);
    return named ?? (person ? kept(person) : actor.id);
  }

  /** @param owner a person's key */
  #mine(schedules: readonly Schedule[], owner: string, now: number): OwnShift[] {
    return schedules
      .flatMap((schedule) => layerShifts(schedule, now, now + AHEAD_MS).map((shift) => ({ schedule, shift })))
      .filter(({ shift }) => this.#desk.key(shift.user) === owner)
      .toSorted((a, b) => a.shift.start - b.shift.start);
  }

  #find(
    { schedule: name, date, start }: Omit<SwapRequest, 'person'>,
    owner: string,
    has: string,
    now: number,
  ): OwnShift | Refusal {
    const { roster } = this.#desk.ports;
    const named = name === undefined ? undefined : this.#desk.schedule(name);
    if (named && isRefusal(named)) return named;
    const schedules = named ? [named] : roster.names().flatMap((known) => roster.schedule(known) ?? []);
    const day = date === undefined ? undefined : parseDate(date);
    if (date !== undefined && day === undefined)
      return refused('invalid', `“${date}” is no date: write it like 2026-01-26.`);
    const mine = this.#mine(schedules, owner, now);
    if (mine.length === 0)
      return refused('not_found', `${has} no shift of ${has === 'You have' ? 'your' : 'their'} own ahead.`);
    const ahead = mine.filter(({ shift }) => shift.start > now);
    if (start !== undefined) {
      const exact = mine.find(({ shift }) => shift.start === start);
      return exact ?? refused('not_found', WORDS.unknown_shift);
    }
    if (day === undefined) return ahead[0] ?? refused('invalid', WORDS.shift_over);
    const within = ({ schedule, shift }: OwnShift): boolean =>
      shift.start < startOfLocalDay(day + 1, schedule.zone) && shift.end > startOfLocalDay(day, schedule.zone);
    const covering = ahead.filter(within);
    const begins = covering.find(({ schedule, shift }) => shift.start >= startOfLocalDay(day, schedule.zone));
    const found = begins ?? covering[0];
    if (found) return found;
    return mine.some(within)
      ? refused('invalid', WORDS.shift_over)
      : refused('not_found', `${has} no shift of ${has === 'You have' ? 'your' : 'their'} own on ${date}.`);
  }

  /** The swap as faces write it. */
  view(swap: Swap): SwapView {
    const { id, schedule, shiftStart: start, shiftEnd: end, from, to = '' } = swap;
    const taker = this.#desk.ports.directory.person(to);
    // Once agreed, the taker's own shifts would include this very one.
    const warnings = taker && swap.state === 'offered' ? this.#desk.warnings(taker, schedule, start, end) : [];
    return { id, schedule, start, end, from: this.#desk.written(from), to: this.#desk.written(to), warnings };
  }

  #write(action: string, swap: Swap, before: Swap | undefined, actor: AuditActor, now: number): void {
    const entry = { at: now, actor, action, target: swap.schedule, after: swap };
    this.#desk.ports.record(before ? { ...entry, before } : entry);
  }
}

const WORDS: Readonly<Record<SwapRefusal, string>> = {
  unknown_shift: 'That shift does not exist any more.',
  shift_over: 'That shift has begun: what is left of it can be taken or overridden, but not swapped.',
  own_shift: 'That is your own shift: ask somebody else.',
  not_open: 'This is settled already: the request was answered or taken back.',
  not_yours: 'Only the two people of the swap can change it.',
  already_swapped: 'That shift is swapped already, or somebody has been asked: take that back first.',
  double_booked: 'You are on call in that time yourself: nobody can be on call twice at once.',
  asked_other: 'Somebody else was asked to take this shift.',
};
