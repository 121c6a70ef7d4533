import { alertAt, isOpen } from '../alert/alert.ts';
import type { Labels } from '../labels/labels.ts';
import { muteContext, type RoutingContext, sameMute } from './context.ts';
import { muteOf } from './pipeline.ts';
import {
  expireSilence,
  MOST_SILENCES,
  observeSilence,
  SILENCE_RETENTION_MS,
  type Silence,
  silenceEnd,
  silenceMatches,
  silenceState,
  warnSilenceAt,
} from './silence.ts';

/**
 * Looks again at the mutes of members whose labels `concern` picks, in groups that people may have heard of, and records what
 * changed.
 * @returns the groups in which something did.
 */
export function recheckMutes(context: RoutingContext, concern: (labels: Labels) => boolean, now: number): Set<string> {
  const { state } = context;
  const changed = new Set<string>();
  const muting = muteContext(context, now);
  for (const group of state.groups.values()) {
    if (group.flushedAt === undefined) continue;
    const route = context.routes.get(group.routeId);
    for (const member of [...group.members.values()]) {
      const alert = state.alerts.get(member.fingerprint);
      if (!alert || !concern(alert.labels)) continue;
      const mute = muteOf(alertAt(alert, now), route, muting, now);
      if (sameMute(member.mute, mute)) continue;
      const { fingerprint, retired } = member;
      state.putMember(group.id, { fingerprint, retired, ...(mute && { mute }) });
      changed.add(group.id);
    }
  }
  return changed;
}

/** When a silence next needs a look: its start, the warning to its author, its end, or (expired) its removal. */
export function silenceDeadline(silence: Silence, now: number): number {
  switch (silenceState(silence, now)) {
    case 'pending':
      return silence.startsAt;
    case 'active':
      return Math.min(silenceEnd(silence), warnSilenceAt(silence) ?? Number.POSITIVE_INFINITY);
    case 'expired':
      return silence.endsAt + SILENCE_RETENTION_MS;
  }
}

export interface SilenceTurn {
  /** Silences that began or ended to mute. */
  readonly turned: readonly Silence[];
}

/** Does what is due of silences: starts, ends (also those by end mode), removals. */
export function turnSilences(context: RoutingContext, now: number): SilenceTurn {
  const { state } = context;
  const turned: Silence[] = [];
  for (const id of state.silenceDeadlines.due(now)) {
    const silence = state.silences.get(id);
    if (!silence) continue;
    if (now >= silence.endsAt + SILENCE_RETENTION_MS) {
      state.deleteSilence(id);
      continue;
    }
    const active = silenceState(silence, now) === 'active';
    const byMode = active && silenceEnd(silence) <= now;
    const warns = active && !byMode && (warnSilenceAt(silence) ?? now + 1) <= now;
    const next = byMode ? expireSilence(silence, now) : warns ? { ...silence, warnedFor: silence.endsAt } : silence;
    if (next !== silence) state.putSilence(next);
    state.silenceDeadlines.set(id, silenceDeadline(next, now));
    if (warns) context.effects.silenceEnding?.(next);
    turned.push(next);
  }
  return { turned };
}

/**
 * Expired silences are history for five days, but no more of them than may stand: a program that makes and ends them in a loop
 * would fill the memory.
 */
export function forgetSilences({ state }: RoutingContext, now: number): void {
  if (state.silences.size <= 2 * MOST_SILENCES) return;
  const expired = [...state.silences.values()].filter((silence) => silenceState(silence, now) === 'expired');
  const oldestFirst = expired.toSorted((a, b) => a.endsAt - b.endsAt);
  for (const { id } of oldestFirst.slice(0, Math.max(0, expired.length - MOST_SILENCES))) state.deleteSilence(id);
}

/** Lets silences that end when nothing matches any more see what is open now. */
export function observeSilences(context: RoutingContext, now: number): void {
  const { state } = context;
  for (const silence of [...state.silences.values()]) {
    if (silence.end.kind === 'at' || silenceState(silence, now) !== 'active') continue;
    const next = observeSilence(silence, matchesOpen(context, silence, now), now);
    if (next === silence) continue;
    state.putSilence(next);
    state.silenceDeadlines.set(next.id, silenceDeadline(next, now));
  }
}

function matchesOpen(context: RoutingContext, silence: Silence, now: number): boolean {
  for (const alert of context.state.alerts.values()) {
    if (isOpen(alertAt(alert, now)) && silenceMatches(silence, alert.labels)) return true;
  }
  return false;
}
