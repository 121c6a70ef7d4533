import { decideRights, type RightsAct } from '../people/rights.ts';
import { humanDuration } from '../time/duration.ts';
import type { Actor, ActResult, IncidentActions, IncidentSummary, VerdictKind } from './actions.ts';
import type { CardPost } from './card-post.ts';
import { ladderAction } from './escalation.ts';
import type { Incident } from './incident.ts';
import { labelsToSilence } from './labels-to-silence.ts';
import { settleLadder } from './ladder.ts';
import { ladderSteps } from './ladder-view.ts';
import { peopleOfLevel, spoken, written } from './level-people.ts';
import { type Lifecycle, STILL_ON_IT_AFTER_MS } from './lifecycle.ts';
import { lookUp } from './lookup.ts';
import { policyOf } from './manual-page.ts';
import { formatMeasure } from './measure.ts';
import { type IncidentLook, lookAt, worstOf } from './membership.ts';
import type { Pager } from './paging.ts';
import type { IncidentsPorts } from './ports.ts';
import { summaries } from './summary.ts';

type Refusal = Extract<ActResult, { kind: 'refused' }>;

interface Request {
  readonly id: string;
  readonly actor: Actor;
  readonly now: number;
  /** Kept with the act; '' for none. */
  readonly reason: string;
  /** What the audit trail calls it, where that is not the right it needs. */
  readonly action?: string;
}

/** People's acts. Each is one transaction; a second click, or a click that comes too late, changes nothing and says so. */
export class Acts implements IncidentActions {
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

  acknowledge(id: string, actor: Actor, now: number): ActResult {
    return this.#act({ id, actor, now, reason: '' }, { kind: 'acknowledge' }, (incident) => {
      if (incident.acknowledgementCheck?.asked) return this.#confirm(incident, actor, now);
      const result = this.#lifecycle.acknowledge(incident, actor, now);
      switch (result.kind) {
        case 'changed':
          return done(incident, true, 'Acknowledged: it is yours, and nobody else is paged.');
        case 'unchanged':
          return done(incident, false, `Already acknowledged by ${this.#who(incident)}.`);
        case 'refused':
          return this.#ended(incident, now);
      }
    });
  }

  resolve(id: string, actor: Actor, now: number, anyway: boolean): ActResult {
    return this.#act({ id, actor, now, reason: '' }, { kind: 'resolve' }, (incident) => {
      if (incident.state.kind === 'resolved')
        return done(incident, false, endedWords(incident, this.#who(incident), now));
      if (incident.page) {
        this.#lifecycle.endPage(incident, actor, now);
        return done(incident, true, 'Closed: whoever was paged sees it.');
      }
      const look = lookAt(this.#ports, incident.id, now);
      if (look.open.length > 0 && !anyway)
        return { kind: 'confirm', incidentId: incident.id, message: stillWords(look, now) };
      if (look.open.length === 0) {
        this.#lifecycle.settle(incident, now);
        return done(incident, true, 'Resolved: the condition has ended.');
      }
      this.#lifecycle.resolve(incident, actor, 'closed_by_hand', now);
      return done(incident, true, 'Closed by you. If the condition is still true in 5 min, it opens again and pages.');
    });
  }

  silence(
    id: string,
    actor: Actor,
    now: number,
    endsAt: number,
    comment: string,
  ): ActResult & { readonly silenceId?: string } {
    let silenceId: string | undefined;
    const act: RightsAct = { kind: 'silence', forMs: endsAt - now, scope: 'group' };
    const result = this.#act({ id, actor, now, reason: comment }, act, (incident) => {
      if (!(endsAt > now)) return refuse('invalid', 'A silence must end in the future.');
      if (incident.state.kind === 'resolved') return this.#ended(incident, now);
      const labels = labelsToSilence(this.#ports.store, incident);
      if (typeof labels === 'string') return refuse('invalid', labels);
      const silence = { labels, startsAt: now, endsAt, createdBy: actor.id, comment };
      silenceId = this.#ports.silences.create(silence);
      this.#lifecycle.record(incident, now, { kind: 'silenced', by: actor, silenceId, endsAt });
      settleLadder(this.#lifecycle.tools, incident, lookAt(this.#ports, incident.id, now), now);
      this.#post.refreshAll(incident, now, 'everything');
      this.#ports.wake?.();
      return done(incident, true, `Silenced ${labels.toString()} for ${humanDuration(endsAt - now)}.`);
    });
    return silenceId === undefined ? result : { ...result, silenceId };
  }

  verdict(id: string, verdict: VerdictKind, actor: Actor, now: number): ActResult {
    return this.#act({ id, actor, now, reason: '' }, { kind: 'verdict' }, (incident) => {
      if (incident.page) return refuse('invalid', 'No rule is behind a page by hand, so there is nothing to judge.');
      if (incident.verdict?.verdict === verdict)
        return done(incident, false, `Already marked: ${verdictWords(verdict)}.`);
      // A false alarm needs nobody any more, but only the condition or a person's Resolve ends it.
      const acknowledges = verdict === 'false_positive' && incident.state.kind === 'triggered';
      if (acknowledges) this.#lifecycle.acknowledge(incident, actor, now);
      const fresh = this.#ports.store.incident(incident.id) ?? incident;
      const acknowledged = acknowledges || (incident.verdict?.acknowledged ?? false);
      const after: Incident = { ...fresh, verdict: { verdict, by: actor, at: now, acknowledged } };
      this.#ports.store.save(after);
      this.#lifecycle.record(after, now, { kind: 'verdict', verdict, by: actor });
      this.#post.refreshAll(after, now, 'everything');
      const offer = verdict === 'false_positive' && after.state.kind !== 'resolved';
      const more = offer ? ' Acknowledged; silence it to keep it quiet, or undo.' : '';
      return done(incident, true, `Marked: ${verdictWords(verdict)}.${more}`);
    });
  }

  undoVerdict(id: string, actor: Actor, now: number): ActResult {
    return this.#act({ id, actor, now, reason: '', action: 'verdict_undo' }, { kind: 'verdict' }, (incident) => {
      const { verdict, ...rest } = incident;
      if (!verdict) return done(incident, false, 'There is no verdict to take back.');
      this.#ports.store.save(rest);
      this.#lifecycle.record(rest, now, { kind: 'verdict_undone', by: actor });
      const mine = verdict.acknowledged && rest.state.kind === 'acknowledged' && rest.state.by.id === verdict.by.id;
      const after = mine ? this.#lifecycle.retrigger(rest, 'verdict_undone', now) : rest;
      this.#post.refreshAll(after, now, 'everything');
      return done(incident, true, mine ? 'Taken back: it is open again and pages.' : 'Taken back.');
    });
  }

  /** Whoever cannot take it passes it on: the next level is told now instead of when its time comes. */
  handOver(id: string, actor: Actor, now: number): ActResult {
    return this.#act({ id, actor, now, reason: '', action: 'hand_over' }, { kind: 'acknowledge' }, (incident) => {
      if (incident.state.kind === 'resolved') return this.#ended(incident, now);
      if (incident.state.kind === 'acknowledged')
        return refuse('invalid', `${this.#who(incident)} has acknowledged it: nobody is being paged.`);
      const ladder = this.#ports.store.ladders.ladder(incident.id);
      if (!ladder || ladder.stopped !== undefined || ladder.nextAt === undefined)
        return refuse('invalid', 'No ladder is running for it: there is no next level to tell.');
      const hasNext = ladderSteps(this.#ports, incident).some(({ state }) => state === 'next');
      this.#ports.store.ladders.save({ ...ladder, nextAt: now });
      this.#ports.wake?.();
      if (!hasNext) return done(incident, true, 'Escalated, but no level that follows has anybody to tell.');
      return done(incident, true, 'Escalated: the next level is told now.');
    });
  }

  /** Calls one person now and gives them the time of a level; only then the ladder goes on. Whoever had it has it no more. */
  reassign(id: string, to: string, actor: Actor, now: number): ActResult {
    return this.#act({ id, actor, now, reason: to, action: 'reassign' }, { kind: 'acknowledge' }, (incident) => {
      if (incident.state.kind === 'resolved') return this.#ended(incident, now);
      const person = this.#ports.directory.person(to);
      if (!person)
        return refuse(
          'invalid',
          `Nobody is called “${to.replace(/^@/, '')}”: mention the person, or give an e-mail address.`,
        );
      if (person.leftAt !== undefined)
        return refuse('invalid', `${person.name} was deactivated: choose somebody else.`);
      if (this.#ports.pageDirectory?.isPerson(person) === false)
        return refuse('invalid', `${person.name} is no member of this workspace: choose somebody else.`);
      const holder = incident.state.kind === 'acknowledged' ? incident.state.by.id : undefined;
      if (holder !== undefined && this.#ports.directory.person(holder)?.key === person.key)
        return done(incident, false, `${person.name} has it already.`);
      if (this.#pager.page(incident, person, true, now) === 'unreachable')
        return refuse('invalid', `${person.name} cannot be reached: no Slack account and no other way is known.`);
      const released = holder === undefined ? incident : this.#lifecycle.release(incident, now);
      this.#lifecycle.record(released, now, { kind: 'reassigned', by: actor, person: person.key });
      this.#giveTime(released, now);
      this.#post.lineOnCards(released, { kind: 'reassigned', by: actor.id, to: written(person) }, now);
      this.#post.refreshAll(released, now, 'everything');
      return done(released, true, `Passed on: ${person.name} is paged now.`);
    });
  }

  /** The level that comes next waits as long as if the one before it had just been told. */
  #giveTime(incident: Incident, now: number): void {
    const { ladders } = this.#ports.store;
    const ladder = ladders.ladder(incident.id);
    const policy = policyOf(this.#ports, incident, ladder);
    if (!ladder || !policy || policy.manner === 'notice' || ladder.stopped === 'all_muted') return;
    const { stopped: _, ...rest } = ladder;
    const { waitMs } = ladderAction(policy, Math.max(0, ladder.step - 1));
    ladders.save({ ...rest, nextAt: now + waitMs });
    this.#ports.wake?.();
  }

  list(filter: { readonly open: boolean; readonly text?: string }, now: number): IncidentSummary[] {
    return summaries(this.#ports, filter, now);
  }

  /** Look-up, rights and audit around one act, all in one transaction. */
  #act(request: Request, act: RightsAct, change: (incident: Incident) => ActResult): ActResult {
    const { id, actor, now, reason } = request;
    return this.#ports.transact(() => {
      const found = lookUp(this.#ports.store, id);
      if (found.kind === 'refused') return found.refusal;
      const { incident } = found;
      const refusal = this.#refusal(act, incident, request);
      const result = refusal ?? change(incident);
      const changed = result.kind === 'done' && result.changed;
      if (changed || refusal) {
        const after = this.#ports.store.incident(incident.id);
        this.#ports.audit({
          at: now,
          actor,
          action: `incident.${request.action ?? act.kind}`,
          target: incident.id,
          before: { state: incident.state, verdict: incident.verdict },
          after: refusal ? { refused: refusal.message } : { state: after?.state, verdict: after?.verdict, reason },
        });
      }
      return result;
    });
  }

  #refusal(act: RightsAct, incident: Incident, { actor, now, reason }: Request): Refusal | undefined {
    const { store, directory, schedules } = this.#ports;
    const channels = store.cards
      .ofIncident(incident.id)
      .flatMap((card) => (card.view === 'card' ? [card.ref?.channel ?? channelOf(card.destination)] : []));
    const me = directory.person(actor.id)?.key ?? actor.id;
    const isMe = (reference: string): boolean => directory.person(reference)?.key === me;
    const onCall = schedules.names().some((name) => schedules.onCall(name, now)?.some(isMe));
    const policy = policyOf(this.#ports, incident, store.ladders.ladder(incident.id));
    const onCallForCard = (policy?.levels ?? []).some((level) =>
      peopleOfLevel(this.#ports, level, now).people.some(({ key }) => key === me),
    );
    // Who called may call it off.
    const isConcerned = onCallForCard || (incident.page !== undefined && isMe(incident.page.by.id));
    const known = this.#ports.standing(actor, channels);
    const facts = { ...known, onCall: onCall || isConcerned, onCallForCard: isConcerned, reason };
    const decision = decideRights(act, facts, this.#ports.rights());
    return decision.allowed ? undefined : refuse('forbidden', decision.message);
  }

  /** The answer to "still on it?": whoever gives it has the incident. */
  #confirm(incident: Incident, actor: Actor, now: number): ActResult {
    const after: Incident = {
      ...incident,
      state: { kind: 'acknowledged', by: actor, at: now },
      acknowledgementCheck: { at: now + STILL_ON_IT_AFTER_MS, asked: false },
    };
    this.#ports.store.save(after);
    this.#lifecycle.record(after, now, { kind: 'confirmed_still_on_it', by: actor });
    this.#post.refreshAll(after, now, 'everything');
    return done(incident, true, 'Thank you: it stays yours for another hour.');
  }

  #ended(incident: Incident, now: number): Refusal {
    return refuse('ended', endedWords(incident, this.#who(incident), now));
  }

  #who(incident: Incident): string {
    const { state } = incident;
    return state.kind === 'triggered' ? '' : spoken(this.#ports, state.by.id) || state.by.name;
  }
}

function channelOf(destination: { kind: 'channel'; channel: string } | { kind: 'user'; user: string }): string {
  return destination.kind === 'channel' ? destination.channel : destination.user;
}

function endedWords(incident: Incident, who: string, now: number): string {
  const { state } = incident;
  if (state.kind !== 'resolved') return '';
  const ago = humanDuration(now - state.at);
  switch (state.how) {
    case 'members_ended':
      return `It resolved by itself ${ago} ago.`;
    case 'sender_silent':
      return `It ended ${ago} ago, when its sender went silent.`;
    case 'closed_by_hand':
      return `Closed by ${who} ${ago} ago.`;
  }
}

/** *Still 412 ms > 200 ms.* Each face offers the ways on in its own manner: buttons, or a word to add. */
function stillWords(look: IncidentLook, now: number): string {
  const worst = worstOf(look.open);
  const measure = formatMeasure(worst?.alert.evidence) || 'firing';
  const { condition } = worst?.alert ?? {};
  if (look.noData && condition?.kind === 'no_data')
    return `No data for ${humanDuration(now - condition.since)}, last seen ${measure}.`;
  return `Still ${measure}.`;
}

function verdictWords(verdict: VerdictKind): string {
  return verdict.replaceAll('_', ' ');
}

function done(incident: Incident, changed: boolean, message: string): ActResult {
  return { kind: 'done', incidentId: incident.id, changed, message };
}

function refuse(code: Refusal['code'], message: string): Refusal {
  return { kind: 'refused', code, message };
}
