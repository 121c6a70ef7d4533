import type { Labels } from '../labels/labels.ts';
import { matchesAll } from '../labels/matcher.ts';
import type { CardPost } from './card-post.ts';
import type { Incident } from './incident.ts';
import type { IncidentLook } from './membership.ts';
import type { IncidentsPorts } from './ports.ts';
import type { Ladder } from './store.ts';
import type { IncidentFact, LadderStop } from './timeline.ts';

/** Puts a fact into an incident's timeline. */
type RecordFact = (incident: Incident, at: number, fact: IncidentFact) => void;

export interface LadderTools {
  readonly ports: IncidentsPorts;
  readonly post: CardPost;
  readonly record: RecordFact;
}

/** Starts the ladder of the first `paging` entry that fits, from its first level. Without one nothing starts and nothing stops. */
export function startLadder(tools: LadderTools, incident: Incident, labels: Labels, now: number): void {
  const known = labels.with({ priority: incident.priority });
  const entry = tools.ports.paging().find(({ matchers }) => matchesAll(matchers, known));
  if (!entry) return;
  runLadder(tools, incident, now, {
    policy: entry.escalationPolicy,
    businessHours: entry.businessHours,
    ...(entry.channel !== undefined && { channel: entry.channel }),
  });
}

/** The same ladder once more from its first level, where there is one. */
export function restartLadder(tools: LadderTools, incident: Incident, now: number): void {
  const ladder = tools.ports.store.ladders.ladder(incident.id);
  if (!ladder) return;
  runLadder(tools, incident, now, {
    policy: ladder.policy,
    businessHours: ladder.businessHours,
    ...(ladder.channel !== undefined && { channel: ladder.channel }),
  });
}

/** Starts a ladder at its first level; one that runs already starts again. */
export function runLadder(
  tools: LadderTools,
  incident: Incident,
  now: number,
  entry: Pick<Ladder, 'policy' | 'businessHours' | 'channel'>,
): void {
  const before = tools.ports.store.ladders.ladder(incident.id);
  // Two starts within one transaction are one; a run that has paged already keeps its steps under its own time.
  const startedAt = before && before.startedAt >= now && before.step > 0 ? before.startedAt + 1 : now;
  tools.ports.store.ladders.save({ ...entry, incidentId: incident.id, startedAt, step: 0, nextAt: now });
  tools.record(incident, now, { kind: 'ladder_started', policy: entry.policy });
  tools.ports.wake?.();
}

/** Stops the ladder; nothing more of it is started. */
export function stopLadder(tools: LadderTools, incident: Incident, reason: LadderStop, now: number): void {
  const ladder = tools.ports.store.ladders.ladder(incident.id);
  if (!ladder || ladder.stopped === reason) return;
  const { nextAt: _, ...rest } = ladder;
  tools.ports.store.ladders.save({ ...rest, stopped: reason });
  tools.record(incident, now, { kind: 'ladder_stopped', reason });
}

/**
 * Brings the ladder in line with the members: it stops while every open member is muted and starts again from its first level
 * when that ends; it pauses while all members have ended but their group has not been told.
 */
export function settleLadder(tools: LadderTools, incident: Incident, look: IncidentLook, now: number): void {
  noteMutes(tools, incident, look, now);
  const { ladders } = tools.ports.store;
  const ladder = ladders.ladder(incident.id);
  if (!ladder || incident.state.kind !== 'triggered') return;
  if (look.open.length === 0) {
    if (ladder.stopped === undefined) ladders.save({ ...ladder, stopped: 'all_ended' });
    return;
  }
  if (look.allMuted) {
    const { nextAt: _, ...rest } = ladder;
    const { until } = look.allMuted;
    ladders.save({ ...rest, stopped: 'all_muted', ...(until !== undefined && until > now && { nextAt: until }) });
    return;
  }
  if (ladder.stopped === 'all_muted') restartLadder(tools, incident, now);
  else if (ladder.stopped === 'all_ended') {
    const { stopped: _, ...rest } = ladder;
    ladders.save(rest);
    tools.ports.wake?.();
  }
}

/** Says once that an incident went quiet or came back, on the timeline and to those who were paged for it. */
function noteMutes(tools: LadderTools, incident: Incident, look: IncidentLook, now: number): void {
  if (incident.state.kind === 'resolved') return;
  const { store } = tools.ports;
  const last = store.events(incident.id).findLast((event) => event.kind === 'muted' || event.kind === 'unmuted');
  if (look.allMuted && last?.kind !== 'muted') {
    const mute = look.allMuted;
    tools.record(incident, now, { kind: 'muted', mute });
    const ladder = store.ladders.ladder(incident.id);
    if (ladder && incident.state.kind === 'triggered')
      tools.record(incident, now, { kind: 'ladder_stopped', reason: 'all_muted' });
    tools.post.refreshAll(incident, now, 'everything');
    if (incident.state.kind !== 'triggered') return;
    const told = new Set<string>();
    for (const card of store.cards.ofIncident(incident.id).toReversed()) {
      const { destination } = card;
      if (destination.kind !== 'user' || told.has(destination.user)) continue;
      told.add(destination.user);
      tools.post.line(card, incident, { kind: 'muted', mute }, now);
    }
  } else if (!look.allMuted && look.open.length > 0 && last?.kind === 'muted') {
    tools.record(incident, now, { kind: 'unmuted', mute: last.mute });
    tools.post.refreshAll(incident, now, 'everything');
    tools.post.lineOnCards(incident, { kind: 'unmuted', mute: last.mute }, now);
  }
}
