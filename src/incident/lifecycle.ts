import type { Alert } from '../alert/alert.ts';
import { alertName } from '../alert/alert.ts';
import { comparePriority, type Priority, priorityOf } from '../alert/priority.ts';
import type { Labels } from '../labels/labels.ts';
import type { GroupView } from '../routing/effects.ts';
import type { Actor } from './actions.ts';
import type { CardPost } from './card-post.ts';
import {
  type Incident,
  type IncidentInput,
  type ReopenReason,
  type ResolvedHow,
  type RetriggerReason,
  type Transition,
  transition,
} from './incident.ts';
import { type LadderTools, restartLadder, settleLadder, startLadder, stopLadder } from './ladder.ts';
import { lookAt } from './membership.ts';
import type { IncidentsPorts } from './ports.ts';
import type { IncidentFact } from './timeline.ts';

const MINUTE_MS = 60_000;
/** Closed by hand while the condition held: when to look again. */
export const REOPEN_AFTER_MS = 5 * MINUTE_MS;
/** P1 only: how long an acknowledgement stands before its author is asked, and how long the answer may take. */
export const STILL_ON_IT_AFTER_MS = 60 * MINUTE_MS;
export const STILL_ON_IT_ANSWER_MS = 10 * MINUTE_MS;

/** The program itself as an actor. */
const SYSTEM: Actor = { id: 'system', name: 'Watchroom', via: 'system' };

/**
 * Every change of an incident's state with all that belongs to it: timeline, ladder, lines, edits. Used inside a transaction by
 * routing's effects, by people's acts and by the escalator, so that the same change means the same thing from everywhere.
 */
export class Lifecycle {
  readonly tools: LadderTools;
  readonly #ports: IncidentsPorts;
  readonly #post: CardPost;

  constructor(ports: IncidentsPorts, post: CardPost) {
    this.#ports = ports;
    this.#post = post;
    this.tools = { ports, post, record: (incident, at, fact) => this.record(incident, at, fact) };
  }

  record(incident: Incident, at: number, fact: IncidentFact): void {
    const event = this.#ports.store.append(incident.id, at, fact);
    this.#ports.observe?.(event, incident);
  }

  priorityOf(alert: Alert): Priority {
    return priorityOf((name) => alert.labels.get(name), this.#ports.severities()).priority;
  }

  open(alert: Alert, home: { key: string; labels: Labels }, group: GroupView, now: number): Incident {
    const incident = this.#ports.store.open({
      state: { kind: 'triggered' },
      priority: this.priorityOf(alert),
      alertName: alertName(alert),
      homeGroup: home.key,
      groupLabels: home.labels,
      openedAt: now,
    });
    const { priority } = incident;
    this.record(incident, now, { kind: 'opened', priority, groupKey: group.key, receiver: group.receiver });
    startLadder(this.tools, incident, alert.labels, now);
    return incident;
  }

  /** A more urgent member raises the whole incident; who acknowledged the lesser one is asked again. */
  raise(incident: Incident, alert: Alert, now: number): Incident {
    const to = this.priorityOf(alert);
    if (comparePriority(to, incident.priority) >= 0) return incident;
    const raised: Incident = { ...incident, priority: to };
    this.#ports.store.save(raised);
    this.record(raised, now, { kind: 'priority_raised', from: incident.priority, to });
    const after = raised.state.kind === 'acknowledged' ? this.#retriggerState(raised, 'higher_priority', now) : raised;
    startLadder(this.tools, after, alert.labels, now);
    this.#post.refreshAll(after, now, 'everything');
    return after;
  }

  acknowledge(incident: Incident, by: Actor, now: number): Transition {
    const result = transition(incident.state, { kind: 'acknowledge', by }, now);
    if (result.kind !== 'changed') return result;
    const check = incident.priority === 'P1' && {
      acknowledgementCheck: { at: now + STILL_ON_IT_AFTER_MS, asked: false },
    };
    const after: Incident = { ...incident, state: result.state, ...check };
    this.#ports.store.save(after);
    this.record(after, now, { kind: 'acknowledged', by });
    stopLadder(this.tools, after, 'acknowledged', now);
    this.#post.refreshAll(after, now, 'everything');
    this.#post.lineOnCards(after, { kind: 'acknowledged', by: by.id, via: by.via }, now);
    return result;
  }

  /** Calls people again for an acknowledged incident, from the first level. */
  retrigger(incident: Incident, reason: RetriggerReason, now: number): Incident {
    const after = this.#retriggerState(incident, reason, now);
    if (after === incident) return incident;
    restartLadder(this.tools, after, now);
    return after;
  }

  /** Takes an acknowledgement back, so that somebody else can have it. The ladder is the caller's. */
  release(incident: Incident, now: number): Incident {
    return this.#retriggerState(incident, 'reassigned', now);
  }

  #retriggerState(incident: Incident, reason: RetriggerReason, now: number): Incident {
    const after = this.#apply(incident, { kind: 'retrigger', reason }, now);
    if (!after) return incident;
    this.record(after, now, { kind: 'retriggered', reason });
    this.#post.refreshAll(after, now, 'everything');
    // An edit notifies nobody, and this must be heard.
    this.#post.lineOnCards(after, { kind: 'retriggered', reason }, now, true);
    return after;
  }

  resolve(incident: Incident, by: Actor, how: ResolvedHow, now: number): Incident {
    const moved = this.#apply(incident, { kind: 'resolve', by, how }, now);
    if (!moved) return incident;
    const look = lookAt(this.#ports, incident.id, now);
    const stillOpen = how === 'closed_by_hand' && look.open.length > 0;
    const after: Incident = { ...moved, ...(stillOpen && { reopenAt: now + REOPEN_AFTER_MS }) };
    this.#ports.store.save(after);
    const { conditionHolds } = look;
    this.record(after, now, { kind: 'resolved', by, how, conditionHolds });
    stopLadder(this.tools, after, 'resolved', now);
    this.#post.refreshAll(after, now, 'everything');
    const line = { kind: 'resolved', how, conditionHolds, ...(how === 'closed_by_hand' && { by: by.id }) } as const;
    this.#post.lineOnCards(after, line, now);
    return after;
  }

  /** A page by hand is over when somebody says so: nothing else could see it end. */
  endPage(incident: Incident, by: Actor, now: number): Incident {
    const { store } = this.#ports;
    for (const member of store.members(incident.id)) {
      const alert: Alert = { ...member.alert, updatedAt: now, condition: { kind: 'resolved', at: now } };
      store.saveMember({ ...member, alert, leftAt: now });
    }
    const after = this.resolve(incident, by, 'closed_by_hand', now);
    for (const episode of store.episodes.ofIncident(incident.id)) store.episodes.save({ ...episode, endedAt: now });
    return after;
  }

  /** What a person closed is still true, or grew: the same card opens and pages from the first level. */
  reopen(incident: Incident, reason: ReopenReason, now: number): Incident {
    const moved = this.#apply(incident, { kind: 'reopen', reason }, now);
    if (!moved) return incident;
    this.record(moved, now, { kind: 'reopened', reason });
    restartLadder(this.tools, moved, now);
    this.#post.refreshAll(moved, now, 'everything');
    this.#post.lineOnCards(moved, { kind: 'reopened', reason }, now, true);
    settleLadder(this.tools, moved, lookAt(this.#ports, moved.id, now), now);
    return moved;
  }

  /** Resolves an incident whose members have all ended, and lets go of one that was closed by hand. */
  settle(incident: Incident, now: number): Incident {
    const look = lookAt(this.#ports, incident.id, now);
    if (look.open.length > 0) {
      settleLadder(this.tools, incident, look, now);
      return incident;
    }
    if (incident.state.kind === 'resolved') {
      if (incident.reopenAt === undefined) return incident;
      const { reopenAt: _, ...rest } = incident;
      this.#ports.store.save(rest);
      this.#post.refreshAll(rest, now, 'everything');
      return rest;
    }
    const silent = look.members.some(({ alert }) => alert.condition.kind === 'sender_silent');
    return this.resolve(incident, SYSTEM, silent ? 'sender_silent' : 'members_ended', now);
  }

  /** Applies a transition and saves; the deadlines of the state that was left go with it. undefined where it changes nothing. */
  #apply(incident: Incident, input: IncidentInput, now: number): Incident | undefined {
    const result = transition(incident.state, input, now);
    if (result.kind !== 'changed') return undefined;
    const { reopenAt: _, acknowledgementCheck: __, ...rest } = incident;
    const after: Incident = { ...rest, state: result.state };
    this.#ports.store.save(after);
    return after;
  }
}
