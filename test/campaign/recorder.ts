import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One Web API call as it went over the wire, kept outside the program under test. */
export interface RecordedCall {
  readonly method: string;
  readonly args: URLSearchParams;
  /** Epoch ms at which the whole request had arrived. */
  readonly at: number;
  /** Absent where Slack was never asked, because the trap swallowed the call. */
  readonly answer?: Readonly<Record<string, unknown>>;
}

/**
 * What happens to a call that a trap has caught. `swallow`: it never takes effect. `mute`: it takes effect and nobody hears the
 * answer. `late`: it takes effect some time after the caller died. `answer`: as always.
 */
export type Catch = 'swallow' | 'mute' | 'late' | 'answer';

export interface Trap {
  readonly method: string;
  /** Called with the call's arrival; decides its fate. `caught` happens at the moment that `Catch` names. */
  readonly fate: Catch;
  /** For `late`. */
  readonly lateMs: number;
  readonly caught: () => void;
}

/** Stands between the bot and the workspace: writes every call down, and holds one at an exact moment when told to. */
export interface Recorder {
  readonly apiUrl: string;
  readonly calls: readonly RecordedCall[];
  /** The next call of the trap's method falls into it. */
  set(trap: Trap | undefined): void;
  close(): Promise<void>;
}

export async function startRecorder(upstream: string): Promise<Recorder> {
  const calls: RecordedCall[] = [];
  let trap: Trap | undefined;
  const take = (method: string): Trap | undefined => {
    if (trap?.method !== method) return undefined;
    const taken = trap;
    trap = undefined;
    return taken;
  };
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(incoming);
    const method = (incoming.url ?? '').replace(/^\/api\//, '').split('?')[0] ?? '';
    const call = { method, args: new URLSearchParams(body.toString('utf8')), at: Date.now() };
    const taken = take(method);
    if (taken?.fate === 'swallow') {
      taken.caught();
      calls.push(call);
      response.destroy();
      return;
    }
    if (taken?.fate === 'late') {
      taken.caught();
      const { lateMs } = taken;
      await new Promise((resolve) => setTimeout(resolve, lateMs));
    }
    const answer = await forward(`${upstream}${method}`, incoming, body);
    calls.push({ ...call, answer: JSON.parse(answer.text) as Record<string, unknown> });
    if (taken?.fate === 'mute') {
      taken.caught();
      response.destroy();
      return;
    }
    response.writeHead(answer.status, answer.headers);
    response.end(answer.text, () => {
      if (taken?.fate === 'answer') taken.caught();
    });
  };
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    calls,
    set: (next) => {
      trap = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly text: string;
}

function forward(url: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = incoming.headers;
    const options = { method: incoming.method ?? 'POST', headers: { ...headers, 'content-length': body.length } };
    const outgoing = httpRequest(url, options, (answer) => {
      bodyOf(answer).then((text) => {
        const kept = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name));
        resolve({
          status: answer.statusCode ?? 500,
          headers: Object.fromEntries(kept) as Answer['headers'],
          text: text.toString('utf8'),
        });
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date']);
