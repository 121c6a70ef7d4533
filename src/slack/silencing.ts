import { nearest } from '../document/suggest.ts';
import { UserError } from '../errors.ts';
import type { Actor } from '../incident/actions.ts';
import type { MessageRef } from '../incident/card.ts';
import { parseMatchers } from '../routing/matcher-text.ts';
import type { SilenceEnd } from '../routing/silence.ts';
import { type Effects, reply } from './effect.ts';
import type { SilenceMatcher, SilenceSummary, SlackDeps } from './ports.ts';
import { spokenEnd } from './silence-end.ts';
import type { SlackMessage } from './view/block.ts';
import { code, esc, mrkdwn } from './view/mrkdwn.ts';
import { renderNotice, renderRefusal } from './view/notice.ts';
import { renderSilenced } from './view/silence.ts';

/** What `/alert silence …` asks for. */
export type SilenceRequest =
  | {
      readonly kind: 'matchers';
      readonly matchers: readonly SilenceMatcher[];
      readonly endsAfterMs: number;
      readonly end: SilenceEnd;
      readonly comment: string;
    }
  | {
      readonly kind: 'incident';
      readonly id: string;
      readonly endsAfterMs: number;
      readonly end: SilenceEnd;
      readonly comment: string;
    }
  | { readonly kind: 'invalid'; readonly message: string };

export const DURATION_HINT = 'a duration such as 30m, 2h, 1d12h or 1w, from a minute to a year';
const END_HINT = `${DURATION_HINT}, or until resolved, or until unmatched 1h`;

/**
 * Reads `NAME|ID|MATCHERS DURATION|until resolved|until unmatched 1h [comment]`. A name of a rule or of an open alert silences all of it; an incident's id its
 * group; matchers (`model_name=~"fraud.*" severity=warning`) exactly what they match.
 */
export function readSilence(parts: readonly string[], rest: string, deps: SlackDeps, now: number): SilenceRequest {
  const at = parts.findIndex((_, index) => index > 0 && spokenEnd(parts.slice(index)) !== undefined);
  if (at < 0) return invalid(`For how long? Add ${END_HINT}.`);
  const spoken = spokenEnd(parts.slice(at));
  if (spoken === undefined || spoken === 'invalid') return invalid(`“${parts[at] ?? ''}” is not ${END_HINT}.`);
  const { endsAfterMs, end } = spoken;
  const comment = parts
    .slice(at + spoken.used)
    .join(' ')
    .slice(0, 500);
  const asked = { endsAfterMs, end, comment };
  const [target = ''] = parts;
  if (/[=~]/.test(target) || target.startsWith('{')) {
    return matcherRequest(matcherText(rest, parts.slice(at)), asked);
  }
  if (at > 1)
    return invalid(`“${parts.slice(0, at).join(' ')}” is not one alert name, incident id or list of matchers.`);
  const names = deps.silences.alertNames(now);
  const name =
    names.find((known) => known === target) ?? names.find((known) => known.toLowerCase() === target.toLowerCase());
  if (name !== undefined) {
    return { kind: 'matchers', matchers: [{ name: 'alertname', operator: '=', value: name }], ...asked };
  }
  if (deps.incidents.state(target, now) !== undefined) return { kind: 'incident', id: target, ...asked };
  const near = nearest(target, names);
  const known = near === undefined ? `There are ${names.slice(0, 8).join(', ')}.` : `Did you mean ${near}?`;
  return invalid(`No alert or open incident is called “${target}”.${names.length === 0 ? '' : ` ${known}`}`);
}

/** The text before the words of the end, where commas between matchers may be left out. */
function matcherText(rest: string, end: readonly string[]): string {
  const [first = ''] = end;
  const before = rest.slice(
    0,
    rest.lastIndexOf(` ${first.toLowerCase() === 'until' ? end.slice(0, 2).join(' ') : first}`),
  );
  return before.replace(/("|[^\s,={~!])\s+(?=[a-zA-Z_:][a-zA-Z0-9_:]*\s*(?:=~|!~|!=|=))/g, '$1,');
}

function matcherRequest(
  text: string,
  asked: { readonly endsAfterMs: number; readonly end: SilenceEnd; readonly comment: string },
): SilenceRequest {
  try {
    const matchers = parseMatchers(text);
    if (matchers.length === 0) return invalid('A silence needs at least one matcher.');
    if (matchers.every((matcher) => matcher.matches(''))) {
      return invalid('These matchers would hide everything: at least one must not match the empty value.');
    }
    return {
      kind: 'matchers',
      matchers: matchers.map(({ name, operator, value }) => ({ name, operator, value })),
      ...asked,
    };
  } catch (error) {
    if (error instanceof UserError) return invalid(error.message);
    throw error;
  }
}

function invalid(message: string): SilenceRequest {
  return { kind: 'invalid', message };
}

/** Creates what was asked for and tells the channel; a refusal goes to the asker alone. */
export function silenceMatchers(
  request: Extract<SilenceRequest, { kind: 'matchers' }>,
  deps: SlackDeps,
  actor: Actor,
  now: number,
): Effects {
  const { matchers, endsAfterMs, end, comment } = request;
  const result = deps.silences.create({ matchers, endsAt: now + endsAfterMs, end, comment }, actor, now);
  if (result.kind === 'refused') return reply(renderRefusal(result.message));
  return say(announcement(result.silence, deps, actor, now), undefined);
}

/** Where the words about a silence of one incident go: below its card, or (typed in a channel) into that channel. */
export type Announce = 'below_card' | 'in_channel';

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
    const under = request.announce === 'below_card' ? cardOf(request.id, deps, now) : undefined;
    return say(announcement(result.silence, deps, actor, now), under);
  }
  const result = deps.actions.silence(request.id, actor, now, now + request.endsAfterMs, request.comment);
  if (result.kind !== 'done') return reply(renderRefusal(result.message));
  const under = request.announce === 'below_card' ? cardOf(result.incidentId, deps, now) : undefined;
  const silence = deps.silences.list(now).find((known) => known.id === result.silenceId);
  return say(silence ? announcement(silence, deps, actor, now) : renderNotice(esc(result.message)), under);
}

/** Silences an incident's group until it has been resolved for a while. */
export function silenceUntilResolved(incidentId: string, deps: SlackDeps, actor: Actor, now: number): Effects {
  const result = deps.silences.untilResolved(incidentId, actor, now, 'until resolved');
  if (result.kind === 'refused') return reply(renderRefusal(result.message));
  if (!result.changed) return reply(renderNotice(mrkdwn`Already silenced: ${code(result.silence.id.slice(0, 8))}`));
  return say(announcement(result.silence, deps, actor, now), cardOf(incidentId, deps, now));
}

function announcement(silence: SilenceSummary, deps: SlackDeps, actor: Actor, now: number): SlackMessage {
  const hidden = deps.silences.preview(silence.matchers, now);
  return renderSilenced(silence, hidden, actor.id, { now, timezone: deps.settings.timezone });
}

function say(message: SlackMessage, under: MessageRef | undefined): Effects {
  return [under ? { kind: 'say', message, under } : { kind: 'say', message }];
}

function cardOf(incidentId: string, deps: SlackDeps, now: number): MessageRef | undefined {
  return deps.actions.list({ open: false, text: incidentId }, now).find(({ id }) => id === incidentId)?.ref;
}
