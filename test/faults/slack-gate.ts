import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault } from './slack-faults.ts';

/** Where a fault strikes, and how often. */
export interface Strike {
  /** A Web API method, or `*`. */
  readonly method: string;
  /** Only calls whose `channel` or `users` argument is this. */
  readonly channel?: string;
  readonly fault: Fault;
  readonly times: number;
}

export interface GateCall {
  readonly at: number;
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly struck: boolean;
}

export interface Gate {
  readonly apiUrl: string;
  /** Empty it to look at what comes from now on. */
  readonly calls: GateCall[];
  strike(strike: Strike): void;
  /** Back to a gate that lets everything through. */
  clear(): void;
  /** Nothing listens any more; the address stays its own. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Stands between the bot and the local workspace and does to chosen calls what networks and Slack do. */
export async function openGate(target: string, now: () => number): Promise<Gate> {
  const calls: GateCall[] = [];
  let strikes: { strike: Strike; left: number }[] = [];
  const server = createServer((incoming, outgoing) => void handle(incoming, outgoing));
  // A connection that ends for being idle between two calls would be a fault that nobody ordered.
  server.keepAliveTimeout = 600_000;
  const take = (method: string, args: Record<string, unknown>): Fault | undefined => {
    const found = strikes.find(
      ({ strike, left }) =>
        left > 0 &&
        (strike.method === '*' || strike.method === method) &&
        (strike.channel === undefined || strike.channel === (args['channel'] ?? args['users'])),
    );
    if (found) found.left -= 1;
    return found?.strike.fault;
  };
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await textOf(incoming);
    const path = incoming.url ?? '';
    const method = decodeURIComponent(path.replace(/^\/api\//, '').split('?')[0] ?? '');
    const args = argumentsOf(incoming.headers['content-type'] ?? '', body);
    const fault = take(method, args);
    calls.push({ at: now(), method, args, struck: fault !== undefined });
    const pass = (): Promise<Answer> => forward(target, path, incoming, body);
    if (fault) await apply(fault, pass, outgoing);
    else answer(outgoing, await pass());
  };
  const listen = (port: number): Promise<void> => new Promise((done) => server.listen(port, '127.0.0.1', done));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    calls,
    strike: (strike) => void strikes.push({ strike, left: strike.times }),
    clear: () => {
      strikes = [];
      calls.length = 0;
    },
    shut: async () => {
      await close();
      // The client sees that its idle connection is gone: a request that loses that race would be in doubt, not refused.
      await new Promise((done) => setTimeout(done, 5));
    },
    open: () => listen(port),
    close,
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

async function apply(fault: Fault, pass: () => Promise<Answer>, outgoing: ServerResponse): Promise<void> {
  const json = { 'content-type': 'application/json; charset=utf-8' };
  switch (fault.kind) {
    case 'answer':
      outgoing.writeHead(fault.status, fault.headers).end('');
      return;
    case 'error':
      outgoing.writeHead(200, json).end(JSON.stringify({ ok: false, error: fault.code }));
      return;
    case 'refused':
    case 'unreachable':
      throw new Error('a connection that is not made never gets here');
    case 'chatty': {
      const { body, ...rest } = await pass();
      const more = {
        warning: 'missing_charset',
        response_metadata: { warnings: ['missing_charset'] },
        news: [{ a: 1 }],
      };
      answer(outgoing, { ...rest, body: JSON.stringify({ ...(JSON.parse(body) as object), ...more }) });
      return;
    }
    case 'cut':
    case 'hang':
    case 'truncated':
    case 'html':
    case 'bare':
    case 'error_after': {
      const real = fault.effect === 'after' ? await pass() : undefined;
      if (fault.kind === 'cut') outgoing.socket?.destroy();
      if (fault.kind === 'truncated') outgoing.writeHead(200, json).end(halfOf(real?.body ?? '{"ok":true,"more":1}'));
      if (fault.kind === 'html')
        outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<html><body><h1>Sign in</h1></body></html>');
      if (fault.kind === 'bare') outgoing.writeHead(200, json).end('{"ok":true}');
      if (fault.kind === 'error_after') outgoing.writeHead(200, json).end('{"ok":false,"error":"fatal_error"}');
    }
  }
}

function halfOf(text: string): string {
  return text.slice(0, Math.min(40, text.length / 2));
}

function answer(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...rest } = headers;
  outgoing.writeHead(status, rest as Record<string, string>).end(body);
}

function forward(target: string, path: string, incoming: IncomingMessage, body: string): Promise<Answer> {
  const { host: _, connection: __, 'content-length': ___, ...headers } = incoming.headers;
  return new Promise((done, fail) => {
    const onward = request(
      new URL(path, target),
      { method: incoming.method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (response) => {
        void textOf(response).then((text) =>
          done({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    onward.on('error', fail);
    onward.end(body);
  });
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function argumentsOf(type: string, body: string): Record<string, unknown> {
  if (type.includes('json')) return JSON.parse(body) as Record<string, unknown>;
  return Object.fromEntries(new URLSearchParams(body));
}
