import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SlackCall {
  readonly method: string;
  readonly args: URLSearchParams;
}

/** `arrived`: Slack knows nothing of the call yet. `answered`: it has taken effect, and the bot has not heard. */
export type CallMoment = 'arrived' | 'answered';

/** All that one life of a bot can say to Slack goes through here, so that it can end in the middle of a call. */
export interface Lifeline {
  readonly apiUrl: string;
  /** The life is over: from now on no call takes effect and none is answered. */
  cut(): void;
  close(): Promise<void>;
}

/** @param look called at both moments of every call, while nothing else runs; may cut the line. */
export async function openLifeline(
  target: string,
  look: (call: SlackCall, moment: CallMoment) => void,
): Promise<Lifeline> {
  let isCut = false;
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await bodyOf(incoming);
    const method = (incoming.url ?? '').replace(/^\/api\//, '').split('?')[0] ?? '';
    const call: SlackCall = { method, args: new URLSearchParams(body.toString('utf8')) };
    if (!isCut) look(call, 'arrived');
    if (isCut) return;
    const { status, type, text } = await forward(`${target}${method}`, incoming, body);
    if (!isCut) look(call, 'answered');
    if (isCut) return;
    outgoing.writeHead(status, { 'content-type': type }).end(text);
  };
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // A connection that ends for being idle between two calls would be a fault that nobody ordered.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    cut: () => {
      isCut = true;
    },
    close: () =>
      new Promise((resolve) => {
        isCut = true;
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function forward(
  url: string,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<{ readonly status: number; readonly type: string; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = incoming.headers;
    const options = { method: incoming.method ?? 'POST', headers: { ...headers, 'content-length': body.length } };
    const call = request(url, options, (answer) => {
      bodyOf(answer).then(
        (text) =>
          resolve({
            status: answer.statusCode ?? 500,
            type: answer.headers['content-type'] ?? 'application/json',
            text: text.toString('utf8'),
          }),
        reject,
      );
    });
    call.on('error', reject);
    call.end(body);
  });
}
