import type { AuditActor } from '../../audit/entry.ts';
import { UserError } from '../../errors.ts';
import { printMatcher } from '../../labels/matcher.ts';
import { type Silence, silenceState } from '../../routing/silence.ts';
import { isoInstant } from '../../time/instant.ts';
import type { Caller } from '../auth.ts';
import type { AlertmanagerPorts } from './ports.ts';
import { refusal } from './refusal.ts';
import { readSilence } from './silence-request.ts';

/** Complaints that Alertmanager makes before it looks at the rest, and introduces differently. */
const ABOUT_TIME = new Set(['start time must be before end time', "end time can't be in the past"]);

/**
 * Makes a silence, or changes the one whose id the body names. The change and its audit row commit together.
 * @returns the id of the silence that is now in force: a new one where history must stay true. @throws Refusal
 */
export function putSilence(body: unknown, caller: Caller, ports: AlertmanagerPorts): string {
  const { id, draft } = readSilence(body);
  const { dispatcher } = ports;
  const now = ports.now();
  const actor = actorOf(caller);
  try {
    return ports.transact(() => {
      const before = id === undefined ? undefined : dispatcher.silence(id);
      const silence =
        id === undefined ? dispatcher.createSilence(draft, now) : dispatcher.updateSilence(id, draft, now);
      ports.audit({
        at: now,
        actor,
        action: before ? 'silence.update' : 'silence.create',
        target: silence.id,
        ...(before && { before: record(before) }),
        after: record(silence),
      });
      return silence.id;
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error.code === 'not_found') throw refusal(404, 'silence not found');
    if (error.code !== 'invalid_silence') throw refusal(400, error.message);
    throw refusal(
      400,
      `${ABOUT_TIME.has(error.message) ? 'Failed to create silence' : 'silence invalid'}: ${error.message}`,
    );
  }
}

/** Ends a silence; one that has ended stays as it is. @throws Refusal 500 for one that is not there, as Alertmanager 0.25 */
export function expireSilence(id: string, caller: Caller, ports: AlertmanagerPorts): undefined {
  const { dispatcher } = ports;
  const now = ports.now();
  const actor = actorOf(caller);
  return ports.transact(() => {
    const before = dispatcher.silence(id);
    if (!before) throw refusal(500, 'silence not found');
    if (silenceState(before, now) === 'expired') return undefined;
    const after = dispatcher.expireSilence(id, now);
    ports.audit({ at: now, actor, action: 'silence.expire', target: id, before: record(before), after: record(after) });
    return undefined;
  });
}

function actorOf(caller: Caller): AuditActor {
  const name = caller.kind === 'token' ? caller.name : 'api';
  return { id: name, name, via: 'api' };
}

function record(silence: Silence): unknown {
  return {
    id: silence.id,
    matchers: silence.matcherSets.map((set) => set.map(printMatcher)),
    startsAt: isoInstant(silence.startsAt),
    endsAt: isoInstant(silence.endsAt),
    createdBy: silence.createdBy,
    comment: silence.comment,
  };
}
