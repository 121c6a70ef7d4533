import { UserError } from '../errors.ts';
import type { Labels } from '../labels/labels.ts';
import type { RoutingContext } from './context.ts';
import { recheckMutes, silenceDeadline } from './mute-watch.ts';
import {
  checkSilence,
  editSilence,
  expireSilence,
  MOST_SILENCES,
  newSilence,
  type Silence,
  type SilenceDraft,
  silenceMatches,
  silenceState,
} from './silence.ts';

/** A change of silences, written in the caller's transaction. */
export interface SilenceChange {
  /** The one in force after it. */
  readonly silence: Silence;
  /** Groups of which people would see a difference. */
  readonly groups: Set<string>;
}

/** @throws UserError `invalid_silence`, `too_many_silences` */
export function addSilence(context: RoutingContext, draft: SilenceDraft, now: number): SilenceChange {
  checkSilence(draft, now);
  refuseMore(context, now);
  const silence = newSilence(draft, context.newId(), now);
  return { silence, groups: put(context, [silence], now) };
}

/**
 * Changes a silence as far as history allows; else expires it and makes a new one, whose id is new.
 * @throws UserError `not_found`, `invalid_silence`, `too_many_silences`
 */
export function changeSilence(context: RoutingContext, id: string, draft: SilenceDraft, now: number): SilenceChange {
  const previous = known(context, id);
  checkSilence(draft, now);
  const edit = editSilence(previous, draft, context.newId(), now);
  if (edit.kind === 'replace') refuseMore(context, now);
  const expired = edit.kind === 'replace' ? edit.expired : undefined;
  return { silence: edit.silence, groups: put(context, expired ? [expired, edit.silence] : [edit.silence], now) };
}

/** Ends it now; nothing happens to one that has ended. @throws UserError `not_found` */
export function endSilence(context: RoutingContext, id: string, now: number): SilenceChange {
  const silence = expireSilence(known(context, id), now);
  return { silence, groups: put(context, [silence], now) };
}

function known(context: RoutingContext, id: string): Silence {
  const silence = context.state.silences.get(id);
  if (!silence) throw new UserError('not_found', `silence ${id} does not exist`);
  return silence;
}

function refuseMore(context: RoutingContext, now: number): void {
  const { silences } = context.state;
  if (silences.size < MOST_SILENCES) return;
  const standing = [...silences.values()].filter((silence) => silenceState(silence, now) !== 'expired').length;
  if (standing < MOST_SILENCES) return;
  context.limited('silences');
  throw new UserError('too_many_silences', `there are ${standing} silences already`);
}

function put(context: RoutingContext, silences: readonly Silence[], now: number): Set<string> {
  const { state } = context;
  const concerned: Silence[] = [...silences];
  for (const silence of silences) {
    const previous = state.silences.get(silence.id);
    if (previous) concerned.push(previous);
    state.putSilence(silence);
    state.silenceDeadlines.set(silence.id, silenceDeadline(silence, now));
  }
  const concerns = (labels: Labels): boolean => concerned.some((silence) => silenceMatches(silence, labels));
  return new Set(recheckMutes(context, concerns, now));
}
