import type { IncomingMessage, ServerResponse } from 'node:http';
import { applyAppMessage } from './app-message.ts';
import type { Context } from './context.ts';
import { type Fault, readFault } from './faults.ts';
import { readBody, readUpload } from './http-body.ts';
import { handlePage, type PageOptions, sendJson, servePageFile } from './page-routes.ts';
import { isObject, type JsonObject } from './strict/check.ts';
import { handleApi, type WebApiOptions } from './web-api.ts';

export interface Routes {
  readonly api: WebApiOptions;
  readonly page: PageOptions;
  readonly addFault: (fault: Fault) => void;
  readonly reset: () => void;
}

/** For tests and for panels on other loopback ports. */
const CONTROLS = new Set(['/_state', '/_fault', '/_reset']);
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Every HTTP path of the workspace. */
export async function route(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isLocal(request))
    return sendJson(response, 403, { ok: false, error: 'this workspace answers only on loopback names' });
  const url = new URL(request.url ?? '/', 'http://local');
  const path = url.pathname;
  if (path.startsWith('/api/')) return handleApi(routes.api, request, response, url);
  if (path.startsWith('/_response/'))
    return respondTo(routes.api.context, path.slice('/_response/'.length), request, response);
  if (path.startsWith('/_upload/'))
    return upload(routes.api.context, path.slice('/_upload/'.length), request, response);
  if (path.startsWith('/_files/')) return serveFile(routes.api.context, path.split('/')[2] ?? '', response);
  if (path.startsWith('/_page/')) return handlePage(routes.page, request, response, url);
  if (CONTROLS.has(path)) return control(routes, path, request, response);
  return servePageFile(routes.page, path, response);
}

/** Keeps other web sites out: a foreign Host means DNS rebinding, a foreign Origin a cross-site post. */
function isLocal(request: IncomingMessage): boolean {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (!LOOPBACK.has(name)) return false;
  const { origin } = request.headers;
  return origin === undefined || (URL.canParse(origin) && LOOPBACK.has(new URL(origin).hostname));
}

async function control(
  routes: Routes,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { origin } = request.headers;
  if (origin !== undefined) {
    // Whoever comes here passed isLocal: the origin is a loopback one.
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-allow-headers', 'content-type');
    response.setHeader('vary', 'origin');
  }
  if (request.method === 'OPTIONS') return sendJson(response, 200, {});
  if (path === '/_state') return sendJson(response, 200, snapshot(routes.api.context));
  if (request.method !== 'POST') return sendJson(response, 405, { ok: false, error: 'POST only' });
  const body = (await readBody(request, 100_000)).toString('utf8');
  if (path === '/_reset') {
    routes.reset();
    return sendJson(response, 200, { ok: true });
  }
  const raw = parse(body);
  if (!isObject(raw)) return sendJson(response, 400, { ok: false, error: 'a fault is a JSON object' });
  if (raw['clear'] === true) {
    routes.api.context.faults.clear();
    return sendJson(response, 200, { ok: true });
  }
  const fault = readFault(raw);
  if (typeof fault === 'string') return sendJson(response, 400, { ok: false, error: fault });
  routes.addFault(fault);
  return sendJson(response, 200, { ok: true, pending: routes.api.context.faults.pending() });
}

async function respondTo(
  context: Context,
  secret: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = parse((await readBody(request, 4_000_000)).toString('utf8'));
  const target = context.triggers.spendResponseUrl(secret);
  const outcome =
    'error' in target
      ? { ok: false as const, error: target.error, problems: [] }
      : applyAppMessage(context, target, body);
  context.traffic.add({
    kind: 'response_url',
    name: 'response_url',
    request: isObject(body) ? body : { text: body },
    response: outcome,
    status: outcome.ok ? 200 : 404,
    errors: outcome.ok ? [] : [outcome.error, ...outcome.problems],
    warnings: outcome.ok ? outcome.warnings : [],
  });
  if (!outcome.ok) return sendJson(response, 404, { ok: false, error: outcome.error });
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.end('ok');
}

async function upload(context: Context, id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = context.state.files.get(id);
  if (!file || file.completed) return sendJson(response, 404, { ok: false, error: 'file_not_found' });
  const bytes = await readUpload(request);
  context.state.files.set(id, { ...file, bytes, size: bytes.length });
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.end(`OK - ${bytes.length}`);
}

/** Files of the workspace are shown without a token; scripts in them must not run. */
function serveFile(context: Context, id: string, response: ServerResponse): void {
  const file = context.state.files.get(id);
  if (file?.bytes === undefined) return sendJson(response, 404, { ok: false, error: 'file_not_found' });
  response.writeHead(200, {
    'content-type': file.mimetype,
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  });
  response.end(file.bytes);
}

function snapshot(context: Context): JsonObject {
  const { state, traffic, faults } = context;
  return {
    users: [...state.users.values()],
    channels: [...state.channels.values()].map((channel) => ({ ...channel, members: [...channel.members] })),
    messages: Object.fromEntries([...state.channels.keys()].map((id) => [id, state.allMessages(id)])),
    views: [...state.views.values()],
    homes: [...state.homes.values()],
    scheduled: [...state.scheduled.values()],
    log: traffic.since(),
    faults: faults.pending(),
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}
