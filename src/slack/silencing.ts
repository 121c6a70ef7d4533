import type { Actor } from '../incident/actions.ts';
import type { MessageRef } from '../incident/card.ts';
import type { SilenceEnd } from '../routing/silence.ts';
import { type Effects, reply } from './effect.ts';
import type { SilenceSummary, SlackDeps } from './ports.ts';
import type { SilenceRequest } from './silence-request.ts';
import type { SlackMessage } from './view/block.ts';
import { code, esc, mrkdwn } from './view/mrkdwn.ts';
import { renderNotice, renderRefusal } from './view/notice.ts';
import { renderSilenced } from './view/silence.ts';

/** Where everybody is told: below an incident's card, else in the channel named, else where the interaction came from. */
export interface Announce {
  readonly belowCardOf?: string;
  readonly channel?: string;
}

/** Creates what was asked for and tells the channel; a refusal goes to the asker alone. */
export function silenceMatchers(
  request: Extract<SilenceRequest, { kind: 'matchers' }> & { readonly announce?: Announce },
  deps: SlackDeps,
  actor: Actor,
  now: number,
): Effects {
  const { matchers, endsAfterMs, end, comment, announce } = request;
  const result = deps.silences.create({ matchers, endsAt: now + endsAfterMs, end, comment }, actor, now);
  if (result.kind === 'refused') return reply(renderRefusal(result.message));
  return say(announcement(result.silence, deps, actor, now), announce ?? {}, deps, now);
}

export interface IncidentSilence {
  readonly id: string;
  readonly endsAfterMs: number;
  /** Default: only after that time. */
  readonly end?: SilenceEnd;
  readonly comment: string;
  readonly announce: Announce;
}

/** Silences an incident's group for a while. */
export function silenceIncident(request: IncidentSilence, deps: SlackDeps, actor: Actor, now: number): Effects {
  if (request.end !== undefined && request.end.kind !== 'at') {
    const result = deps.silences.untilResolved(request.id, actor, now, request.comment, request.end);
    if (result.kind === 'refused') return reply(renderRefusal(result.message));
    return say(announcement(result.silence, deps, actor, now), request.announce, deps, now);
  }
  const result = deps.actions.silence(request.id, actor, now, now + request.endsAfterMs, request.comment);
  if (result.kind !== 'done') return reply(renderRefusal(result.message));
  const silence = deps.silences.list(now).find((known) => known.id === result.silenceId);
  const message = silence ? announcement(silence, deps, actor, now) : renderNotice(esc(result.message));
  return say(message, request.announce, deps, now);
}

/** Silences an incident's group until it has been resolved for a while. */
export function silenceUntilResolved(incidentId: string, deps: SlackDeps, actor: Actor, now: number): Effects {
  const result = deps.silences.untilResolved(incidentId, actor, now, 'until resolved');
  if (result.kind === 'refused') return reply(renderRefusal(result.message));
  if (!result.changed) return reply(renderNotice(mrkdwn`Already silenced: ${code(result.silence.id.slice(0, 8))}`));
  return say(announcement(result.silence, deps, actor, now), { belowCardOf: incidentId }, deps, now);
}

function announcement(silence: SilenceSummary, deps: SlackDeps, actor: Actor, now: number): SlackMessage {
  const hidden = deps.silences.preview(silence.matchers, now);
  return renderSilenced(silence, hidden, actor.id, { now, timezone: deps.settings.timezone });
}

function say(message: SlackMessage, { belowCardOf, channel }: Announce, deps: SlackDeps, now: number): Effects {
  const under = belowCardOf === undefined ? undefined : cardOf(belowCardOf, deps, now);
  return [{ kind: 'say', message, ...(under && { under }), ...(channel !== undefined && { channel }) }];
}

function cardOf(incidentId: string, deps: SlackDeps, now: number): MessageRef | undefined {
  return deps.actions.list({ open: false, text: incidentId }, now).find(({ id }) => id === incidentId)?.ref;
}
