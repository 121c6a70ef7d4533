import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from './context.ts';
import type { ApiFault } from './faults.ts';
import { readArguments } from './http-body.ts';
import type { Limiter } from './limiter.ts';
import { ApiError, Call, type Method } from './methods/call.ts';
import { methods } from './methods/index.ts';
import { inWords, type JsonObject } from './strict/check.ts';

export interface WebApiOptions {
  readonly context: Context;
  /** Absent = no limits. */
  readonly limiter?: Limiter;
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly warnings?: readonly string[];
}

/** Answers `/api/METHOD`: faults first, then token, scope, limits, the method itself; every call is written down. */
export async function handleApi(
  options: WebApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const { context } = options;
  const name = decodeURIComponent(url.pathname.slice('/api/'.length));
  const started = Date.now();
  const args = await argumentsOf(request, url);
  const { token: _token, ...shown } = args ?? {};
  const channel = typeof shown['channel'] === 'string' ? shown['channel'] : undefined;
  const fault = context.faults.take(name, channel);
  if (fault) context.traffic.add({ kind: 'fault', name, request: { ...fault } });
  const refusedByFault = fault ? await applyBefore(fault, response) : undefined;
  if (refusedByFault === 'hung') return;
  const answer =
    refusedByFault ?? (args ? run(options, name, args, request) : { status: 200, body: fail('invalid_json') });
  const errors = answer.body['ok'] === true ? [] : [String(answer.body['error']), ...details(answer.body)];
  context.traffic.add({
    kind: 'api',
    name,
    request: shown,
    response: answer.body,
    status: answer.status,
    errors,
    warnings: answer.warnings ?? [],
    milliseconds: Date.now() - started,
  });
  send(response, answer, fault);
}

async function argumentsOf(request: IncomingMessage, url: URL): Promise<JsonObject | undefined> {
  try {
    return await readArguments(request, url);
  } catch {
    return undefined;
  }
}

function run(options: WebApiOptions, name: string, args: JsonObject, request: IncomingMessage): Answer {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!method) return { status: 200, body: { ...fail('unknown_method'), req_method: name } };
  const call = new Call(options.context, args);
  try {
    authorize(call, method, bearer(request) || call.text('token'));
    const wait = options.limiter?.refuse(name, method.tier, call.text('channel'), options.context.state.now());
    if (wait !== undefined) return { status: 429, body: fail('ratelimited'), headers: { 'retry-after': String(wait) } };
    return {
      status: 200,
      body: { ok: true, ...method.run(call) },
      headers: scopeHeaders(call, method),
      warnings: call.warnings,
    };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: 200, body: { ...fail(error.code), ...error.extra }, warnings: call.warnings };
  }
}

/** Token present, known, of the right kind; app scope granted in the manifest. */
function authorize(call: Call, method: Method, token: string): void {
  const { context } = call;
  if (token === '') throw new ApiError('not_authed');
  if (!context.strict) return;
  const kind = token === context.botToken ? 'bot' : token === context.appToken ? 'app' : undefined;
  if (kind === undefined) throw new ApiError('invalid_auth');
  if (kind !== method.token) throw new ApiError('not_allowed_token_type');
  const needed = method.scopes?.(call) ?? [];
  const { scopes } = context.manifest;
  if (needed.length > 0 && !needed.some((scope) => scopes.has(scope))) {
    throw new ApiError('missing_scope', { needed: needed.join(','), provided: [...scopes].join(',') });
  }
}

function bearer(request: IncomingMessage): string {
  return /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

function scopeHeaders(call: Call, method: Method): Record<string, string> {
  return {
    'x-oauth-scopes': [...call.context.manifest.scopes].join(','),
    'x-accepted-oauth-scopes': (method.scopes?.(call) ?? []).join(','),
  };
}

/** Faults that keep the call from taking effect; `hung` answers nothing at all. */
async function applyBefore(fault: ApiFault, response: ServerResponse): Promise<Answer | 'hung' | undefined> {
  switch (fault.kind) {
    case '429': {
      const { retryAfter = 1 } = fault;
      const headers = retryAfter === null ? {} : { 'retry-after': String(retryAfter) };
      return { status: 429, body: fail('ratelimited'), headers };
    }
    case 'http500':
      return { status: 500, body: fail('internal_error') };
    case 'http503':
      return { status: 503, body: fail('service_unavailable') };
    case 'ok_false':
      return { status: 200, body: fail(fault.error) };
    case 'timeout':
      setTimeout(() => response.socket?.destroy(), 120_000).unref();
      return 'hung';
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      return undefined;
    case 'accepted_then_dropped':
    case 'truncated':
    case 'html':
      return undefined;
  }
}

function send(response: ServerResponse, answer: Answer, fault: ApiFault | undefined): void {
  const text = JSON.stringify(answer.body);
  switch (fault?.kind) {
    case 'accepted_then_dropped':
      response.socket?.destroy();
      return;
    case 'truncated':
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      response.end(text.slice(0, Math.floor(text.length / 2)));
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html><body><h1>Bad gateway</h1></body></html>');
      return;
    default:
      response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8', ...answer.headers });
      response.end(text);
  }
}

function fail(error: string): JsonObject {
  return { ok: false, error };
}

function details(body: JsonObject): string[] {
  if (Array.isArray(body['errors'])) return body['errors'].map(String);
  if (body['needed'] !== undefined) return [`needed: ${inWords(body['needed'])}`];
  return [];
}
