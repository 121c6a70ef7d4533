import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Actor } from '../incident/actions.ts';
import type { OncallAnswers } from '../oncall/answers.ts';
import type { OncallChange, OncallResult, OverrideView, SwapView } from '../oncall/change.ts';
import { OVERRIDE_EFFECTS } from '../oncall/override.ts';
import type { OverrideActs } from '../oncall/override-acts.ts';
import { readPeriod } from '../oncall/period.ts';
import type { Roster } from '../oncall/roster.ts';
import type { Steward } from '../oncall/steward.ts';
import type { SwapActs } from '../oncall/swap-acts.ts';
import type { Directory } from '../people/directory.ts';
import { isoInstant } from '../time/instant.ts';
import { dayAndTime } from '../time/wall-clock.ts';
import { type Endpoint, serveEndpoints } from './endpoints.ts';
import { actorOf, readBody } from './request.ts';
import type { Routes } from './server.ts';

export interface ArrangementsPorts {
  readonly roster: Roster;
  readonly directory: Directory;
  readonly answers: Pick<OncallAnswers, 'who'>;
  readonly overrides: Pick<OverrideActs, 'make' | 'take' | 'end' | 'ahead'>;
  readonly swaps: Pick<SwapActs, 'offer' | 'cover' | 'take' | 'decline' | 'withdraw' | 'open'>;
  readonly steward: Pick<Steward, 'reachable' | 'handoffs'>;
  /** Domain time. */
  readonly now: () => number;
}

const Person = z.string().trim().min(1).max(250);
const Name = z.string().max(200).optional();
const OverrideBody = z.strictObject({
  schedule: Name,
  person: Person,
  when: z.string().min(1).max(200),
  effect: z.enum(OVERRIDE_EFFECTS).default('replace'),
});
const TakeBody = z.strictObject({ schedule: Name, person: Person });
const SwapBody = z.strictObject({
  owner: Person,
  person: Person.optional(),
  schedule: Name,
  date: z.string().max(20).optional(),
});
const PersonBody = z.strictObject({ person: Person });
const Params = z.object({ id: z.string().max(40) });

/**
 * Overrides, swaps and handoffs for the command line and other programs: the same acts as in Slack. What belongs to a person (taking
 * a shift, saying "I'm reachable") names the person; whoever holds the token answers for that, and the trail has both.
 */
export function arrangementRoutes(ports: ArrangementsPorts): Routes {
  return (server) => {
    server.register(
      async (scope) =>
        serveEndpoints(
          scope,
          [...lists(ports), ...overrides(ports), ...swaps(ports)],
          async (request, reply, allowed) =>
            reply
              .code(405)
              .send({ error: `${request.method} is not for this path; ${allowed.join(', ')} is`, code: 'method' }),
        ),
      { prefix: '/api/watchroom/oncall' },
    );
  };
}

function lists({
  roster,
  answers,
  overrides: made,
  swaps: asked,
  steward,
  now,
  ...ports
}: ArrangementsPorts): Endpoint[] {
  const nameOf = (reference: string): string => ports.directory.person(reference)?.name ?? reference;
  return [
    {
      method: 'GET',
      path: '/now',
      needs: 'read',
      handle: () =>
        answers.who(now()).map(({ schedule, current, until, next, note }) => ({
          schedule,
          timezone: roster.schedule(schedule)?.zone ?? 'UTC',
          current: current.map(nameOf),
          until: until === undefined ? null : isoInstant(until),
          next: next.map(nameOf),
          note,
        })),
    },
    {
      method: 'GET',
      path: '/arrangements',
      needs: 'read',
      handle: () => ({
        overrides: made.ahead(now()).map((one) => overrideView(one, nameOf)),
        swaps: asked.open(now()).map(({ state, ...one }) => ({ ...swapView(one, nameOf), state })),
        handoffs: steward.handoffs().map(({ id, schedule, incoming, state, start, end }) => ({
          id,
          schedule,
          incoming: incoming === '' ? null : nameOf(incoming),
          state,
          start: isoInstant(start),
          end: isoInstant(end),
        })),
      }),
    },
    {
      method: 'POST',
      path: '/handoffs/:id/reachable',
      needs: 'oncall:write',
      handle: (request) => {
        const result = steward.reachable(idOf(request), asPerson(request, ports), now());
        if (result.kind === 'refused') throw new UserError('invalid', result.message);
        const { id, schedule, incoming } = result.handoff;
        return { id, message: `${nameOf(incoming)} is reachable for ${schedule}` };
      },
    },
  ];
}

function overrides(ports: ArrangementsPorts): Endpoint[] {
  const { roster, overrides: acts, now } = ports;
  return [
    {
      method: 'POST',
      path: '/overrides',
      needs: 'oncall:write',
      handle: (request) => {
        const { schedule, person, when, effect } = readBody(request.body, OverrideBody);
        const [only, second] = roster.names();
        const name = ports.directory.schedule(schedule ?? (second === undefined ? (only ?? '') : ''));
        const zone = roster.schedule(name)?.zone;
        if (zone === undefined)
          throw new UserError('not_found', `which schedule? There are ${roster.names().join(', ')}`);
        const period = readPeriod(when.trim().split(/\s+/), zone, now());
        if (period.kind === 'invalid') throw new UserError('invalid', period.message);
        const { start, end } = period;
        return outcome(acts.make({ schedule: name, person, start, end, effect }, actorOf(request), now()), ports);
      },
    },
    {
      method: 'DELETE',
      path: '/overrides/:id',
      needs: 'oncall:write',
      handle: (request) => outcome(acts.end(idOf(request), actorOf(request), now()), ports),
    },
    {
      method: 'POST',
      path: '/take',
      needs: 'oncall:write',
      handle: (request) => {
        const { schedule, person } = readBody(request.body, TakeBody);
        return outcome(acts.take(schedule, personActor(person, request, ports), now()), ports);
      },
    },
  ];
}

function swaps(ports: ArrangementsPorts): Endpoint[] {
  const { swaps: acts, now } = ports;
  const answer = (name: 'take' | 'decline' | 'withdraw'): Endpoint => ({
    method: 'POST',
    path: `/swaps/:id/${name}`,
    needs: 'oncall:write',
    handle: (request) => outcome(acts[name](idOf(request), asPerson(request, ports), now()), ports),
  });
  return [
    {
      method: 'POST',
      path: '/swaps',
      needs: 'oncall:write',
      handle: (request) => {
        const { person, owner, schedule, date } = readBody(request.body, SwapBody);
        const asked = { owner, ...(schedule !== undefined && { schedule }), ...(date !== undefined && { date }) };
        const actor = actorOf(request);
        if (person === undefined) return outcome(acts.cover(asked, actor, now()), ports);
        return outcome(acts.offer({ ...asked, person }, actor, now()), ports);
      },
    },
    answer('take'),
    answer('decline'),
    answer('withdraw'),
  ];
}

function idOf(request: FastifyRequest): string {
  return Params.parse(request.params).id;
}

function asPerson(request: FastifyRequest, ports: Pick<ArrangementsPorts, 'directory'>): Actor {
  return personActor(readBody(request.body, PersonBody).person, request, ports);
}

/** A person as who acts, with the name of the caller who says so. */
function personActor(
  reference: string,
  request: FastifyRequest,
  { directory }: Pick<ArrangementsPorts, 'directory'>,
): Actor {
  const person = directory.person(reference);
  if (!person)
    throw new UserError('not_found', `nobody is called “${reference}”: give an e-mail address or a Slack user id`);
  const caller = actorOf(request);
  return { id: person.slackId ?? person.key, name: `${person.name} (by ${caller.name})`, via: caller.via };
}

/** @throws UserError for what did not happen */
function outcome(result: OncallResult, { directory, roster }: Pick<ArrangementsPorts, 'directory' | 'roster'>): object {
  if (result.kind === 'refused') throw new UserError(result.code, result.message);
  const { change } = result;
  const nameOf = (reference: string): string => directory.person(reference)?.name ?? reference;
  const view = 'swap' in change ? swapView(change.swap, nameOf) : overrideView(change.override, nameOf);
  const { warnings, schedule, start, end } = 'swap' in change ? change.swap : change.override;
  const zone = roster.schedule(schedule)?.zone ?? 'UTC';
  const when = `${schedule}, ${dayAndTime(start, zone)} – ${dayAndTime(end, zone)}`;
  const who =
    'swap' in change
      ? `${nameOf(change.swap.from)} → ${nameOf(change.swap.to) || 'anybody'}`
      : nameOf(change.override.user);
  return {
    ...view,
    kind: change.kind,
    warnings: warnings.map((warning) =>
      warning.kind === 'nobody_on_call'
        ? { ...warning, start: isoInstant(warning.start), end: isoInstant(warning.end) }
        : warning,
    ),
    message: `${WORDS[change.kind]}${'override' in change && change.override.effect !== 'replace' ? `, ${change.override.effect}` : ''} (${view.id}): ${who}: ${when}`,
  };
}

function swapView({ id, schedule, start, end, from, to }: SwapView, nameOf: (reference: string) => string) {
  const times = { start: isoInstant(start), end: isoInstant(end) };
  return { id, schedule, from: nameOf(from), to: to === '' ? null : nameOf(to), ...times };
}

function overrideView(
  { id, effect, schedule, start, end, user, by }: OverrideView,
  nameOf: (reference: string) => string,
) {
  const times = { start: isoInstant(start), end: isoInstant(end) };
  return { id, effect, schedule, user: nameOf(user), by: nameOf(by), ...times };
}

const WORDS: Readonly<Record<OncallChange['kind'], string>> = {
  swap_offered: 'asked',
  cover_asked: 'asked of everybody',
  swap_agreed: 'agreed',
  swap_declined: 'declined',
  swap_withdrawn: 'taken back',
  swap_undone: 'undone',
  swap_reminder: 'reminded',
  swap_void: 'off',
  override_made: 'override',
  shift_taken: 'taken',
  override_ended: 'override ended',
};
