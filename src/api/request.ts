import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { issueWords } from '../document/issue-words.ts';
import { UserError } from '../errors.ts';
import type { Actor } from '../incident/actions.ts';

/** The body of a request in the shape that is asked for; none at all is an empty object. @throws UserError `invalid_body` */
export function readBody<T>(body: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  throw new UserError('invalid_body', `${where}${issue ? issueWords(issue) : 'not what is expected here'}`);
}

/**
 * Who acts: the token's name. Where no token is needed, the name that the caller gives for itself, because whoever can reach a
 * loopback address could read the database as well.
 */
export function actorOf({ caller, headers }: FastifyRequest): Actor {
  const via = /^watchroom-cli\b/.test(headers['user-agent'] ?? '') ? 'cli' : 'api';
  if (caller.kind === 'token') return { id: caller.name, name: caller.name, via };
  const given = headers['x-watchroom-actor'];
  const name = typeof given === 'string' && /^[\w.@+-]{1,64}$/.test(given) ? given : 'somebody';
  return { id: name, name, via };
}
