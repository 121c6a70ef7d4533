import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Needs } from './auth.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One method of one path. Its handler returns the body, undefined for none. */
export interface Endpoint {
  readonly method: Method;
  readonly path: string;
  readonly needs: Needs;
  /** In bytes; the server's default where absent. */
  readonly bodyLimit?: number;
  readonly handle: (request: FastifyRequest) => unknown;
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;

/**
 * Serves a table of endpoints. A path that is there, asked with another method, is answered by `notAllowed` (405) and not by
 * "not found", so that a sender with the wrong method is told so.
 */
export function serveEndpoints(
  scope: FastifyInstance,
  endpoints: readonly Endpoint[],
  notAllowed: (request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]) => Promise<unknown>,
): void {
  const allowed = new Map<string, string[]>();
  for (const { method, path, needs, bodyLimit, handle } of endpoints) {
    allowed.set(path, [...(allowed.get(path) ?? []), method]);
    scope.route({
      method,
      url: path,
      config: { needs },
      ...(bodyLimit !== undefined && { bodyLimit }),
      handler: async (request, reply) => {
        const body: unknown = await handle(request);
        if (body === undefined) return reply.send();
        return reply.type('application/json').send(`${JSON.stringify(body)}\n`);
      },
    });
  }
  for (const [path, methods] of allowed) {
    scope.route({
      method: METHODS.filter((method) => !methods.includes(method)),
      url: path,
      config: { needs: 'open' },
      // Whatever the body is, it is not read.
      onRequest: async (request, reply) => notAllowed(request, reply.header('allow', methods.join(',')), methods),
      handler: async () => undefined,
    });
  }
}

/** The query of a request, with every value of a repeated name. */
export function searchOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(request.url.split('?').slice(1).join('?'));
}
