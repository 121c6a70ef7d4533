import type { IncomingMessage, ServerResponse } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { UserError } from '../errors.ts';
import { type Auth, type Caller, isLoopback, type Needs } from './auth.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Default: `read` for GET and HEAD, `admin` for everything else. */
    readonly needs?: Needs;
  }
  interface FastifyRequest {
    caller: Caller;
  }
}

/** One group of endpoints; registered on the server under its own paths. */
export type Routes = (server: FastifyInstance) => void;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly routes: readonly Routes[];
  /** Who may do what; asked for each request, so that a reload's tokens hold at once. */
  readonly auth: () => Auth;
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

export const BODY_LIMIT = 1024 * 1024;
const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]', '::1'];
const STATUS_OF = new Map([
  ['unauthorized', 401],
  ['forbidden', 403],
  ['not_found', 404],
  ['confirm', 409],
  ['ended', 409],
  ['too_large', 413],
  ['unavailable', 503],
]);
/** A token in the address would stand in logs, histories and referrers. */
const TOKEN_PARAMETERS = ['token', 'access_token', 'api_key', 'authorization'];

/** What an error means outside: its status, and a text that is meant for the sender. Defects are told to nobody. */
export interface ErrorAnswer {
  readonly status: number;
  readonly message: string;
  /** A defect of ours, to be logged. */
  readonly defect: boolean;
}

export function failureOf(error: unknown): ErrorAnswer {
  if (error instanceof UserError) {
    return { status: STATUS_OF.get(error.code) ?? 400, message: error.message, defect: false };
  }
  if (error instanceof Error && 'statusCode' in error) {
    const status = Number(error.statusCode);
    if (status >= 400 && status < 500) return { status, message: error.message, defect: false };
  }
  // A disk that is full or a database that is busy may be better soon: the sender is to try again.
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_')) {
    return { status: 503, message: 'the database does not take this now', defect: true };
  }
  return { status: 500, message: 'internal error', defect: true };
}

/** Starts the one HTTP server. Port 0 takes any free one. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const server = Fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    requestTimeout: 15_000,
    // Longer than senders' intervals: a connection must not be closed under a request that is just being sent.
    keepAliveTimeout: 75_000,
    http: { headersTimeout: 10_000, maxHeaderSize: 16 * 1024 },
    routerOptions: { ignoreTrailingSlash: true },
  });
  server.server.maxConnections = 256;
  server.decorateRequest('caller');
  server.addHook('onRequest', async (request) => {
    if (isLoopback(options.host)) refuseForeignHosts(request, [options.host, ...options.hosts]);
    refuseTokensInAddress(request.url);
    const needs = request.routeOptions.config.needs ?? (/^(?:GET|HEAD)$/.test(request.method) ? 'read' : 'admin');
    const admission = options.auth().admit(request.headers.authorization, needs);
    if (admission.kind === 'refused') throw new UserError(admission.code, admission.message);
    request.caller = admission.caller;
  });
  server.addHook('onSend', async (_request, reply) => {
    if (reply.statusCode === 401) reply.header('www-authenticate', 'Bearer realm="watchroom"');
    reply.header('x-content-type-options', 'nosniff');
  });
  server.addHook('onError', async (request, _reply, error) => {
    if (failureOf(error).defect) options.onError(error, request.url);
  });
  server.setErrorHandler(async (error, _request, reply) => {
    const { status, message } = failureOf(error);
    await reply.code(status).send({ error: message, ...(error instanceof UserError && { code: error.code }) });
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

/**
 * On a loopback address no token is asked for, so a browser on this machine must not be a way in for the pages it shows: neither by
 * a name that is made to resolve to this address, nor by a form that a foreign page sends here.
 */
function refuseForeignHosts(request: FastifyRequest, hosts: readonly string[]): void {
  const allowed = [...LOOPBACK_HOSTS, ...hosts.map((host) => host.toLowerCase())];
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (!allowed.includes(host)) {
    throw new UserError('forbidden', `this server does not answer for the host ${JSON.stringify(host)}`);
  }
  const { origin } = request.headers;
  if (origin === undefined || /^(?:GET|HEAD)$/.test(request.method)) return;
  if (!URL.canParse(origin) || !allowed.includes(new URL(origin).hostname)) {
    throw new UserError('forbidden', `pages of ${JSON.stringify(origin)} may not change anything here`);
  }
}

function refuseTokensInAddress(url: string): void {
  const names = new URLSearchParams(url.split('?').slice(1).join('?')).keys();
  if ([...names].some((name) => TOKEN_PARAMETERS.includes(name.toLowerCase()))) {
    throw new UserError(
      'token_in_address',
      'a token in the address ends up in logs: send it as Authorization: Bearer TOKEN',
    );
  }
}

/** Slack signs the raw body, so no parser may touch it: the request goes to Bolt as it came. */
function mountSlack(server: FastifyInstance, listener: NonNullable<ServerOptions['slackListener']>): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.post('/slack/events', { config: { needs: 'open' } }, async (request, reply) => {
      reply.hijack();
      listener(request.raw, reply.raw);
    });
  });
}
