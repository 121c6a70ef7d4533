import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Actor } from '../incident/actions.ts';
import type { DrillReport } from '../incident/drill.ts';
import type { DrillDesk, DrillResult } from '../incident/drill-desk.ts';
import type { PageRequest, PageResult } from '../incident/manual-page-acts.ts';
import { humanDuration } from '../time/duration.ts';
import { isoInstant } from '../time/instant.ts';
import { type Endpoint, serveEndpoints } from './endpoints.ts';
import { actorOf, readBody } from './request.ts';
import type { Routes } from './server.ts';

export interface CallsPorts {
  readonly page: (request: PageRequest, actor: Actor, now: number) => PageResult;
  readonly drills: Pick<DrillDesk, 'start' | 'acknowledge' | 'callOff' | 'last'>;
  /** How a person's id is written. */
  readonly nameOf: (id: string) => string;
  /** Domain time. */
  readonly now: () => number;
}

const PageBody = z.strictObject({
  target: z.string().max(300),
  message: z.string().max(4000),
  /** A channel's id; the card stands there. */
  channel: z.string().max(80).optional(),
});
const DrillBody = z.strictObject({ policy: z.string().max(200).optional() });
const Params = z.object({ id: z.string().max(40) });

/** Calling people by hand and rehearsing it, for the command line and other programs: the same acts as in Slack. */
export function callRoutes(ports: CallsPorts): Routes {
  return (server) => {
    server.register(
      async (scope) =>
        serveEndpoints(scope, endpoints(ports), async (request, reply, allowed) =>
          reply
            .code(405)
            .send({ error: `${request.method} is not for this path; ${allowed.join(', ')} is`, code: 'method' }),
        ),
      { prefix: '/api/watchroom/oncall' },
    );
  };
}

function endpoints(ports: CallsPorts): Endpoint[] {
  const { drills, now } = ports;
  return [
    { method: 'POST', path: '/page', needs: 'incidents:write', handle: (request) => page(request, ports) },
    {
      method: 'POST',
      path: '/drills',
      needs: 'oncall:write',
      handle: (request) => {
        const { policy } = readBody(request.body, DrillBody);
        const { drill, levels } = done(drills.start({ policy }, actorOf(request), now()));
        const where = drill.channel === undefined ? '' : `; the report comes to ${drill.channel}`;
        return {
          drill: drill.id,
          policy: drill.policy,
          levels,
          message: `the drill of ${drill.policy} begins${where}`,
        };
      },
    },
    {
      method: 'DELETE',
      path: '/drills/running',
      needs: 'oncall:write',
      handle: (request) => {
        const { drill } = done(drills.callOff(actorOf(request), now()));
        return { drill: drill.id, message: `the drill of ${drill.policy} is called off` };
      },
    },
    {
      method: 'POST',
      path: '/drills/:id/acknowledge',
      needs: 'oncall:write',
      handle: (request) => {
        const { id } = Params.parse(request.params);
        const { drill, afterMs = 0 } = done(drills.acknowledge(id, actorOf(request), now()));
        return { drill: drill.id, seconds: afterMs / 1000, message: `it reached you after ${humanDuration(afterMs)}` };
      },
    },
    {
      method: 'GET',
      path: '/drills/last',
      needs: 'read',
      handle: () => {
        const report = drills.last();
        if (!report) throw new UserError('not_found', 'no drill has been held yet');
        return reportView(report, ports);
      },
    },
  ];
}

function page(request: FastifyRequest, { page: act, nameOf, now }: CallsPorts): object {
  const { channel, ...asked } = readBody(request.body, PageBody);
  const result = act({ ...asked, ...(channel !== undefined && { channel }) }, actorOf(request), now());
  const { incidentId, to, first, next } = done(result);
  const told = first.map(({ who, ways }) => ({ who: nameOf(who), ways }));
  const names = told.map(({ who, ways }) => `${who} (${ways.map((way) => WAYS[way]).join(', else ')})`).join(', ');
  const then = next && `; without an answer ${next.who.map(nameOf).join(', ')} in ${humanDuration(next.at - now())}`;
  const whom = names === '' ? `${nameOf(to)}: nobody is there just now` : names;
  return {
    incident: incidentId,
    to: nameOf(to),
    first: told,
    ...(next && { next: { who: next.who.map(nameOf), at: isoInstant(next.at) } }),
    message: `paging ${whom}${then ?? ''}; incident ${incidentId}`,
  };
}

const WAYS = { slack: 'Slack message', sms: 'text message' } as const;

function reportView({ drill, levels, unreached }: DrillReport, { nameOf }: CallsPorts): object {
  return {
    drill: drill.id,
    policy: drill.policy,
    state: drill.state,
    startedBy: drill.startedBy.name,
    startedAt: isoInstant(drill.startedAt),
    ...(drill.endedAt !== undefined && { endedAt: isoInstant(drill.endedAt) }),
    levels: levels.map(({ level, targets, outcome, afterMs }) => ({
      level,
      targets,
      outcome,
      ...(afterMs !== undefined && { seconds: afterMs / 1000 }),
    })),
    unreached: unreached.map(({ who, reason }) => ({ who: nameOf(who), reason })),
  };
}

/** @throws UserError for everything that did not happen */
function done<T extends PageResult | DrillResult>(result: T): Exclude<T, { readonly kind: 'refused' }> {
  if (result.kind === 'refused') throw new UserError(result.code, result.message);
  return result as Exclude<T, { readonly kind: 'refused' }>;
}
