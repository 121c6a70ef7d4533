import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { isObject, type JsonObject } from './strict/check.ts';

/** Slack allows this many connections for one app; each envelope goes to one of them. */
const MAX_CONNECTIONS = 10;
const PING_MS = 5_000;

/** How an envelope fared on its way to the app. */
export type Delivery =
  | { readonly outcome: 'acked'; readonly payload: unknown }
  /** The app was reached but did not answer in time. */
  | { readonly outcome: 'timeout' }
  /** Nobody was there, or it answered with an error. */
  | { readonly outcome: 'failed'; readonly detail: string };

export interface Envelope {
  readonly type: 'slash_commands' | 'interactive' | 'events_api';
  readonly payload: JsonObject;
  readonly acceptsResponse: boolean;
  readonly retry?: { readonly attempt: number; readonly reason: string };
}

export interface SocketHubOptions {
  readonly appId: string;
  readonly onConnections: () => void;
}

/** The Socket Mode side: hands out addresses, holds the connections, and carries envelopes and acknowledgements. */
export class SocketHub {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 4_000_000 });
  readonly #options: SocketHubOptions;
  readonly #connections = new Set<WebSocket>();
  readonly #tickets = new Set<string>();
  readonly #waiting = new Map<string, (payload: unknown) => void>();
  readonly #pinger: NodeJS.Timeout;

  constructor(options: SocketHubOptions) {
    this.#options = options;
    this.#pinger = setInterval(() => {
      for (const connection of this.#connections) connection.ping(`Ping from workspace ${Date.now()}`);
    }, PING_MS);
    this.#pinger.unref();
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** A one-time path for `apps.connections.open`, or undefined when the app has as many connections as it may. */
  issueTicket(): string | undefined {
    if (this.#connections.size >= MAX_CONNECTIONS) return undefined;
    const ticket = randomBytes(12).toString('hex');
    this.#tickets.add(ticket);
    return `/_socket?ticket=${ticket}&app_id=${this.#options.appId}`;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '/', 'http://local').searchParams.get('ticket') ?? '';
    if (!this.#tickets.delete(ticket)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (connection) => this.#welcome(connection));
  }

  /** Sends to one random connection and waits for its acknowledgement. `twice` repeats the same envelope. */
  async send(envelope: Envelope, timeoutMs: number, twice: boolean): Promise<Delivery> {
    const open = [...this.#connections].filter((connection) => connection.readyState === WebSocket.OPEN);
    const connection = open[open.length > 0 ? randomInt(open.length) : 0];
    if (!connection) return { outcome: 'failed', detail: 'no Socket Mode connection' };
    const id = randomUUID();
    const frame = JSON.stringify({
      envelope_id: id,
      type: envelope.type,
      payload: envelope.payload,
      accepts_response_payload: envelope.acceptsResponse,
      ...(envelope.retry === undefined
        ? {}
        : { retry_attempt: envelope.retry.attempt, retry_reason: envelope.retry.reason }),
    });
    return new Promise((resolve) => {
      const settle = (delivery: Delivery) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(delivery);
      };
      const timer = setTimeout(() => settle({ outcome: 'timeout' }), timeoutMs);
      this.#waiting.set(id, (payload) => settle({ outcome: 'acked', payload }));
      connection.send(frame);
      if (twice) connection.send(frame);
    });
  }

  /** Cuts every connection without a word, as a network does. */
  drop(): void {
    for (const connection of this.#connections) connection.terminate();
  }

  /** Slack's refresh: a warning, a disconnect frame, then the close. */
  refresh(): void {
    for (const connection of this.#connections) {
      for (const reason of ['warning', 'refresh_requested']) {
        connection.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'workspace' } }));
      }
      setTimeout(() => connection.close(), 100).unref();
    }
  }

  close(): void {
    clearInterval(this.#pinger);
    for (const connection of this.#connections) connection.terminate();
    this.#server.close();
  }

  #welcome(connection: WebSocket): void {
    this.#connections.add(connection);
    connection.on('message', (data) => this.#receive(data));
    connection.on('error', () => connection.terminate());
    connection.on('close', () => {
      this.#connections.delete(connection);
      this.#options.onConnections();
    });
    connection.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#connections.size,
        connection_info: { app_id: this.#options.appId },
        debug_info: { host: 'workspace', build_number: 1, approximate_connection_time: 18_060 },
      }),
    );
    this.#options.onConnections();
  }

  #receive(data: RawData): void {
    let frame: unknown;
    try {
      frame = JSON.parse(textOf(data));
    } catch {
      return;
    }
    if (!isObject(frame) || typeof frame['envelope_id'] !== 'string') return;
    this.#waiting.get(frame['envelope_id'])?.(frame['payload']);
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.from(data as ArrayBuffer).toString('utf8');
}
