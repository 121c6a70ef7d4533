import type { IncomingMessage, ServerResponse } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { UserError } from '../errors.ts';

/** One group of endpoints; registered on the server under its own paths. */
export type Routes = (server: FastifyInstance) => void;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly routes: readonly Routes[];
  /** Bolt's own request listener, mounted at /slack/events in HTTP mode. It reads the raw body itself. */
  readonly slackListener?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Host names that requests may name, beside loopback's: guards against DNS rebinding. */
  readonly hosts: readonly string[];
  readonly onError: (error: unknown, path: string) => void;
}

export interface Server {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const BODY_LIMIT = 8 * 1024 * 1024;
const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]', '::1'];
const STATUS_OF = new Map([
  ['not_found', 404],
  ['forbidden', 403],
  ['unavailable', 503],
  ['too_large', 413],
]);

export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === 'localhost' || host === '::1';
}

/** Starts the one HTTP server. Port 0 takes any free one. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const server = Fastify({ bodyLimit: BODY_LIMIT, forceCloseConnections: true, requestTimeout: 15_000 });
  const allowed = new Set([...LOOPBACK_HOSTS, options.host, ...options.hosts]);
  server.addHook('onRequest', async (request, reply) => {
    if (!isLoopback(options.host)) return;
    const host = request.headers.host?.replace(/:\d+$/, '') ?? '';
    if (!allowed.has(host))
      await reply.code(403).send({ error: `this server does not answer for the host ${JSON.stringify(host)}` });
  });
  server.setErrorHandler(async (error, request, reply) => {
    if (error instanceof UserError) {
      await reply.code(STATUS_OF.get(error.code) ?? 400).send({ error: error.message, code: error.code });
      return;
    }
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    if (status < 500) {
      await reply.code(status).send({ error: error instanceof Error ? error.message : String(error) });
      return;
    }
    options.onError(error, request.url);
    await reply.code(500).send({ error: 'internal error' });
  });
  for (const routes of options.routes) routes(server);
  if (options.slackListener) mountSlack(server, options.slackListener);
  await server.listen({ host: options.host, port: options.port });
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    port,
    close: () => server.close(),
  };
}

/** Slack signs the raw body, so no parser may touch it: the request goes to Bolt as it came. */
function mountSlack(server: FastifyInstance, listener: NonNullable<ServerOptions['slackListener']>): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.post('/slack/events', async (request, reply) => {
      reply.hijack();
      listener(request.raw, reply.raw);
    });
  });
}
