import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { DepartureActs, DepartureResult } from '../oncall/departure-acts.ts';
import { isoInstant } from '../time/instant.ts';
import { type Endpoint, serveEndpoints } from './endpoints.ts';
import { actorOf, readBody } from './request.ts';
import type { Routes } from './server.ts';

/** For HR systems: whether somebody counts here. A path names a person by e-mail address or Slack user id. */
export interface PeopleApiPorts {
  readonly departures: Pick<DepartureActs, 'status' | 'deactivate' | 'reactivate'>;
  /** Domain time. */
  readonly now: () => number;
}

const Params = z.object({ person: z.string().max(250) });
const Change = z.strictObject({ active: z.boolean(), reason: z.string().max(500).default('') });

/**
 * `GET` and `PUT /api/watchroom/people/PERSON`: `{"active": false}` takes somebody off every schedule from now on, `true` puts them
 * back. The same again changes nothing and answers the same.
 */
export function peopleRoutes(ports: PeopleApiPorts): Routes {
  return (server) => {
    server.register(async (scope) => serve(scope, ports), { prefix: '/api/watchroom' });
  };
}

function serve(scope: FastifyInstance, { departures, now }: PeopleApiPorts): void {
  const path = '/people/:person';
  const endpoints: Endpoint[] = [
    {
      method: 'GET',
      path,
      needs: 'people:write',
      handle: ({ params }) => view(departures.status(Params.parse(params).person)),
    },
    {
      method: 'PUT',
      path,
      needs: 'people:write',
      handle: (request) => {
        const { person } = Params.parse(request.params);
        const { active, reason } = readBody(request.body, Change);
        const actor = actorOf(request);
        const act = active ? departures.reactivate : departures.deactivate;
        return view(act.call(departures, person, reason, actor, now()));
      },
    },
  ];
  serveEndpoints(scope, endpoints, async (request, reply, allowed) =>
    reply.code(405).send({ error: `${request.method} is not for this path; ${allowed.join(', ')} is`, code: 'method' }),
  );
}

function view(result: DepartureResult): object {
  if (result.kind === 'refused') throw new UserError(result.code, result.message);
  const { status, changed, gaps } = result;
  return {
    person: status.person,
    active: status.active,
    ...(status.leftAt !== undefined && { since: isoInstant(status.leftAt) }),
    changed,
    gaps: gaps.map(({ schedule, start, end }) => ({ schedule, start: isoInstant(start), end: isoInstant(end) })),
  };
}
