import type { Person } from '../people/person.ts';
import { breathe } from '../time/breathe.ts';
import type { Job } from '../time/loop.ts';
import type { CardPost } from './card-post.ts';
import { type EscalationPolicy, FINAL_REPEAT_MS, ladderAction } from './escalation.ts';
import type { Incident } from './incident.ts';
import { settleLadder, stopLadder } from './ladder.ts';
import { type LevelPeople, peopleOfLevel, written } from './level-people.ts';
import { type Lifecycle, REOPEN_AFTER_MS, STILL_ON_IT_ANSWER_MS } from './lifecycle.ts';
import { policyOf } from './manual-page.ts';
import { lookAt } from './membership.ts';
import type { PageOutcome, Pager } from './paging.ts';
import type { IncidentsPorts } from './ports.ts';
import { noticeStep } from './small-team.ts';
import type { Ladder } from './store.ts';

/** A step that is later than this was delayed by an outage: the levels after it get their full time from now on. */
const LATE_MS = 60_000;
/** Outside the business hours of everybody on a level: when to look again. */
const HOURS_RECHECK_MS = 15 * 60_000;
/** Committed together: a thousand incidents that are due at one instant are told within it. */
const STEPS_AT_ONCE = 100;

/** One ladder at one of its steps. */
interface Climb {
  readonly policy: EscalationPolicy;
  readonly ladder: Ladder;
  readonly incident: Incident;
  /** Keys of people in Do Not Disturb. */
  readonly asleep: ReadonlySet<string>;
}

/**
 * Does what is due for incidents: climbs ladders, asks acknowledgers, reopens what was closed by hand, makes the spaced edits.
 * Every deadline is a column, and each step commits together with its outbox rows, so a crash repeats nothing.
 */
export class Escalator implements Job {
  readonly name = 'escalator';
  readonly #ports: IncidentsPorts;
  readonly #lifecycle: Lifecycle;
  readonly #post: CardPost;
  readonly #pager: Pager;

  constructor(ports: IncidentsPorts, lifecycle: Lifecycle, post: CardPost, pager: Pager) {
    this.#ports = ports;
    this.#lifecycle = lifecycle;
    this.#post = post;
    this.#pager = pager;
  }

  nextDue(): number | undefined {
    return this.#ports.store.nextDeadline();
  }

  async run(now: number): Promise<void> {
    const { store, transact } = this.#ports;
    const ladders = store.ladders.due(now);
    const asleep = await this.#asleep(ladders, now);
    const failures: unknown[] = [];
    // A commit takes longer than a step. One that fails stays due and holds up no other: its batch goes again one by one.
    const all = <T>(items: readonly T[], act: (item: T) => void): void => {
      try {
        transact(() =>
          this.#post.batch(() => {
            for (const item of items) act(item);
          }),
        );
      } catch (error) {
        if (items.length === 1) failures.push(error);
        else for (const item of items) all([item], act);
      }
    };
    const each = async <T>(items: readonly T[], act: (item: T) => void): Promise<void> => {
      for (let start = 0; start < items.length; start += STEPS_AT_ONCE) {
        if (start > 0) await breathe();
        all(items.slice(start, start + STEPS_AT_ONCE), act);
      }
    };
    await each(ladders, ({ incidentId }) => this.#climb(incidentId, asleep, now));
    await each(store.dueIncidents(now), ({ id }) => this.#check(id, now));
    await each(store.ladders.bundlesDue(now), (bundle) => this.#pager.close(bundle, now));
    await each(store.cards.due(now), (card) => {
      const incident = store.incident(card.incidentId);
      if (incident) this.#post.refresh(card, incident, now);
    });
    if (failures.length > 0) throw failures[0];
  }

  /** The keys of people in Do Not Disturb among those who may be told now. Not knowing counts as reachable. */
  async #asleep(ladders: readonly Ladder[], now: number): Promise<ReadonlySet<string>> {
    if (!this.#ports.doNotDisturb || ladders.length === 0) return new Set();
    const people = new Map<string, Person>();
    for (const ladder of ladders) {
      const policy = policyOf(this.#ports, this.#ports.store.incident(ladder.incidentId), ladder);
      for (const level of policy?.levels ?? []) {
        for (const person of peopleOfLevel(this.#ports, level, now).people) people.set(person.key, person);
      }
    }
    try {
      return await this.#ports.doNotDisturb([...people.values()], now);
    } catch {
      return new Set();
    }
  }

  #climb(incidentId: string, asleep: ReadonlySet<string>, now: number): void {
    const { store } = this.#ports;
    const incident = store.incident(incidentId);
    // Somebody may have answered while Do Not Disturb was being asked about.
    if (!incident) return;
    if (incident.state.kind !== 'triggered') {
      stopLadder(this.#lifecycle.tools, incident, incident.state.kind, now);
      return;
    }
    settleLadder(this.#lifecycle.tools, incident, lookAt(this.#ports, incidentId, now), now);
    const ladder = store.ladders.ladder(incidentId);
    if (!ladder || ladder.stopped !== undefined || ladder.nextAt === undefined || ladder.nextAt > now) return;
    this.#postCard(ladder, incident, now);
    const climb = { incident, ladder, asleep };
    const policy = policyOf(this.#ports, incident, ladder);
    store.ladders.save(policy ? this.#next({ ...climb, policy }, now) : this.#withoutPolicy(climb, now));
    this.#post.refreshAll(incident, now, 'everything');
  }

  /** A card in the channel of the paging entry, where no receiver has posted one anywhere. */
  #postCard(ladder: Ladder, incident: Incident, now: number): void {
    const { store } = this.#ports;
    if (ladder.channel === undefined) return;
    if (store.cards.ofIncident(incident.id).some((card) => card.view === 'card')) return;
    const [episode] = store.episodes.ofIncident(incident.id);
    if (episode) this.#post.ensure(incident, episode.id, ladder.channel, now);
  }

  #next(climb: Climb, now: number): Ladder {
    if (climb.policy.manner === 'notice') return noticeStep(this.#lifecycle.tools, this.#pager, climb, now);
    return this.#step(climb, now);
  }

  /** Tells the next level that can hear; returns the ladder as it stands after. */
  #step(climb: Climb, now: number): Ladder {
    const { policy, ladder } = climb;
    const due = ladder.nextAt ?? now;
    const base = now - due < LATE_MS ? due : now;
    let { step } = ladder;
    // One whole pass is looked through at most.
    for (let looked = 0; looked < policy.levels.length; looked += 1) {
      const action = ladderAction(policy, step);
      if (action.kind === 'page_last') return this.#last(climb, action.first, step, base, now);
      const found = this.#found(policy, action.level, now);
      const present = ladder.businessHours ? this.#inHours(found.people, now) : found.people;
      if (found.people.length > 0 && present.length + found.channels.length === 0)
        return { ...ladder, step, nextAt: now + HOURS_RECHECK_MS };
      const outcome = this.#tell(
        climb,
        { ...found, people: present },
        { step, pass: action.pass, level: action.level },
        now,
      );
      step += 1;
      if (outcome === 'told') return { ...ladder, step, nextAt: base + action.waitMs };
      // Nobody on this level can hear: the next one is told at once.
    }
    this.#mentionChannel(climb, now);
    return { ...ladder, step, nextAt: base + FINAL_REPEAT_MS };
  }

  /** Past the last pass: the last level that has anybody, every half hour; the channel once, or always where nobody is left. */
  #last(climb: Climb, first: boolean, step: number, base: number, now: number): Ladder {
    const { policy, ladder } = climb;
    if (first) this.#mentionChannel(climb, now);
    const levels = policy.levels.map((_, level) => ({ level, found: this.#found(policy, level, now) }));
    const last = levels.findLast(({ found }) => found.people.length + found.channels.length > 0);
    const told = last && this.#tell(climb, last.found, { step, pass: policy.passes, level: last.level }, now);
    if (told !== 'told' && !first) this.#mentionChannel(climb, now);
    return { ...ladder, step: step + 1, nextAt: base + FINAL_REPEAT_MS };
  }

  /** The policy is gone from the configuration: the channel is all there is. */
  #withoutPolicy(climb: Omit<Climb, 'policy'>, now: number): Ladder {
    this.#mentionChannel(climb, now);
    return { ...climb.ladder, step: climb.ladder.step + 1, nextAt: now + FINAL_REPEAT_MS };
  }

  #found(policy: EscalationPolicy, level: number, now: number): LevelPeople {
    const entry = policy.levels[level];
    return entry ? peopleOfLevel(this.#ports, entry, now) : { people: [], channels: [], empty: [] };
  }

  #inHours(people: readonly Person[], now: number): readonly Person[] {
    return people.filter((person) => this.#ports.inBusinessHours?.(person, now) ?? true);
  }

  /** Pages everybody on a level and writes down what became of it. */
  #tell(climb: Climb, found: LevelPeople, at: { step: number; pass: number; level: number }, now: number): PageOutcome {
    const { incident, ladder, asleep } = climb;
    const { store } = this.#ports;
    const outcomes = found.people.map((person) => ({
      person,
      outcome: this.#pager.page(incident, person, !asleep.has(person.key), now),
    }));
    const heard = outcomes.filter(({ outcome }) => outcome !== 'unreachable');
    const called = found.channels.filter((channel) => this.#callChannel(climb, channel, at.level, now));
    const row = { incidentId: incident.id, startedAt: ladder.startedAt, ...at, at: now };
    if (heard.length + called.length === 0) {
      const targets = [...found.empty, ...outcomes.map(({ person }) => person.name)];
      store.ladders.addStep({ ...row, outcome: 'skipped', who: targets });
      this.#lifecycle.record(incident, now, { kind: 'level_skipped', level: at.level, targets });
      // Once is a note; at every pass it would be noise.
      if (at.pass === 0)
        this.#post.lineOnCards(incident, { kind: 'level_skipped', level: at.level + 1, targets }, now, true);
      return 'unreachable';
    }
    store.ladders.addStep({ ...row, outcome: 'told', who: [...heard.map(({ person }) => person.key), ...called] });
    for (const { person } of heard) {
      this.#lifecycle.record(incident, now, { kind: 'paged', person: person.key, level: at.level, pass: at.pass });
    }
    const who = [...heard.map(({ person }) => written(person)), ...called];
    this.#post.lineOnCards(incident, { kind: 'escalated', level: at.level + 1, pass: at.pass + 1, who }, now);
    return called.length > 0 || heard.some(({ outcome }) => outcome === 'told') ? 'told' : 'asleep';
  }

  /** A level that is a whole channel: a message there that mentions it. false where there is no card yet to lead to. */
  #callChannel({ incident }: Pick<Climb, 'incident'>, channel: string, level: number, now: number): boolean {
    const cards = this.#ports.store.cards.ofIncident(incident.id).filter((card) => card.view === 'card');
    const [episode] = this.#ports.store.episodes.ofIncident(incident.id);
    if (cards.length === 0 && episode) this.#post.ensure(incident, episode.id, channel, now);
    const [card] = cards.length > 0 ? cards : this.#ports.store.cards.ofIncident(incident.id);
    if (!card) return false;
    this.#post.message(card, incident, { kind: 'channel_called', level: level + 1 }, now, { kind: 'channel', channel });
    this.#lifecycle.record(incident, now, { kind: 'channel_mentioned' });
    return true;
  }

  /** A message of its own in the channel: mentions inside threads notify nobody. */
  #mentionChannel({ incident, ladder }: Omit<Climb, 'policy'>, now: number): void {
    const rows = this.#ports.store.ladders.steps(incident.id, ladder.startedAt);
    const most = policyOf(this.#ports, incident, ladder)?.passes ?? 0;
    const passes = rows.some(({ outcome }) => outcome === 'told') ? Math.min(most, (rows.at(-1)?.pass ?? 0) + 1) : 0;
    if (incident.page) this.#tellPager(incident, ladder, now);
    if (incident.page?.chain.kind === 'own' && !incident.page.chain.mentions) return;
    const cards = this.#ports.store.cards.ofIncident(incident.id).filter((card) => card.view === 'card');
    const card = cards.find(({ destination: d }) => d.kind === 'channel' && d.channel === ladder.channel) ?? cards[0];
    if (!card) return;
    this.#post.message(card, incident, { kind: 'ladder_exhausted', passes }, now, card.destination);
    this.#lifecycle.record(incident, now, { kind: 'channel_mentioned' });
  }

  /** Whoever paged by hand hears once per run that it was in vain so far. */
  #tellPager(incident: Incident, ladder: Ladder, now: number): void {
    const { startedAt, step } = ladder;
    const { passes: most = 0, levels = [] } = policyOf(this.#ports, incident, ladder) ?? {};
    // Before that nobody on it could hear: a message that Do Not Disturb holds back calls nobody.
    const passes = step >= most * levels.length ? most : 0;
    const told = this.#ports.store.events(incident.id).some(({ kind, at }) => kind === 'unanswered' && at >= startedAt);
    if (!told) this.#lifecycle.record(incident, now, { kind: 'unanswered', passes });
  }

  /** Looks after what people said: "closed" while it held, "acknowledged" an hour ago. */
  #check(id: string, now: number): void {
    const incident = this.#ports.store.incident(id);
    if (!incident) return;
    if (incident.reopenAt !== undefined && incident.reopenAt <= now) this.#checkClosed(incident, now);
    const check = incident.acknowledgementCheck;
    if (check === undefined || check.at > now) return;
    if (incident.state.kind !== 'acknowledged') {
      const { acknowledgementCheck: _, ...rest } = incident;
      this.#ports.store.save(rest);
    } else if (check.asked) this.#lifecycle.retrigger(incident, 'acknowledgement_expired', now);
    else this.#ask(incident, incident.state.by.id, now);
  }

  #checkClosed(incident: Incident, now: number): void {
    const look = lookAt(this.#ports, incident.id, now);
    if (look.conditionHolds) this.#lifecycle.reopen(incident, 'condition_still_true', now);
    // What cannot be seen is neither true nor over.
    else if (look.noData) this.#ports.store.save({ ...incident, reopenAt: now + REOPEN_AFTER_MS });
    else this.#lifecycle.settle(incident, now);
  }

  #ask(incident: Incident, by: string, now: number): void {
    const person = this.#ports.directory.person(by);
    const from = person ? this.#mayAskFrom(incident, person, now) : now;
    if (from > now) {
      this.#ports.store.save({ ...incident, acknowledgementCheck: { at: from, asked: false } });
      return;
    }
    const answerBy = now + STILL_ON_IT_ANSWER_MS;
    const asked: Incident = { ...incident, acknowledgementCheck: { at: answerBy, asked: true } };
    this.#ports.store.save(asked);
    this.#lifecycle.record(asked, now, { kind: 'asked_still_on_it', person: person?.key ?? by });
    if (person?.slackId !== undefined) this.#pager.page(asked, person, true, now);
    else this.#post.lineOnCards(asked, { kind: 'still_on_it', answerBy }, now, true);
  }

  /** Whoever only has notices is not asked in the evening either. */
  #mayAskFrom(incident: Incident, person: Person, now: number): number {
    const policy = this.#ports.policies().get(this.#ports.store.ladders.ladder(incident.id)?.policy ?? '');
    return policy?.manner === 'notice' ? (this.#ports.businessHoursFrom?.(person, now) ?? now) : now;
  }
}
