import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** Slack's side of Socket Mode, with every string in the test's hand. */
export interface SocketDesk {
  readonly apiUrl: string;
  /** Connections so far; the last one is the living one. */
  readonly sockets: readonly WebSocket[];
  /** Envelope ids that were acknowledged, each with how long that took. */
  readonly acks: readonly { readonly id: string; readonly tookMs: number }[];
  /** How often a socket's address was asked for. */
  opened(): number;
  /** What `apps.connections.open` refuses with; undefined: it gives an address. */
  refusal: string | undefined;
  /** Whether a new connection is greeted. */
  greets: boolean;
  /** Whether pings are answered. */
  pongs: boolean;
  /** Hands an envelope to the living connection. */
  send(envelope: { readonly envelope_id: string; readonly type: string; readonly payload: unknown }): void;
  /** A disconnect frame, then the close that follows it. */
  disconnect(reason: string): void;
  /** The living connection stays open and says and hears nothing any more. */
  freeze(): void;
  close(): Promise<void>;
}

export async function openSocketDesk(): Promise<SocketDesk> {
  const sockets: WebSocket[] = [];
  const acks: { id: string; tookMs: number }[] = [];
  const sentAt = new Map<string, number>();
  const raw: Socket[] = [];
  const state = { refusal: undefined as string | undefined, greets: true, pongs: true };
  let opened = 0;
  const http: Server = createServer((request, response) => {
    request.resume();
    opened += 1;
    const { port } = http.address() as AddressInfo;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        state.refusal === undefined
          ? { ok: true, url: `ws://127.0.0.1:${port}/link` }
          : { ok: false, error: state.refusal },
      ),
    );
  });
  const answering = new WebSocketServer({ noServer: true });
  const deaf = new WebSocketServer({ noServer: true, autoPong: false });
  http.on('upgrade', (request, socket: Socket, head) => {
    raw.push(socket);
    const server = state.pongs ? answering : deaf;
    server.handleUpgrade(request, socket, head, (connection) => {
      sockets.push(connection);
      connection.on('error', () => connection.terminate());
      connection.on('message', (data) => {
        const { envelope_id: id } = JSON.parse(String(data as Buffer)) as { envelope_id?: string };
        if (id !== undefined) acks.push({ id, tookMs: performance.now() - (sentAt.get(id) ?? 0) });
      });
      if (state.greets) connection.send(JSON.stringify({ type: 'hello', num_connections: 1 }));
    });
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  return Object.assign(state, {
    apiUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}/api/`,
    sockets,
    acks,
    opened: () => opened,
    send: (envelope: { envelope_id: string }) => {
      sentAt.set(envelope.envelope_id, performance.now());
      sockets.at(-1)?.send(JSON.stringify({ accepts_response_payload: false, ...envelope }));
    },
    disconnect: (reason: string) => {
      const socket = sockets.at(-1);
      socket?.send(JSON.stringify({ type: 'disconnect', reason }));
      // Slack closes soon after its word; an app that closes first is quicker.
      setTimeout(() => socket?.close(), 200).unref();
    },
    freeze: () => void raw.at(-1)?.pause(),
    close: async () => {
      for (const socket of sockets) socket.terminate();
      for (const socket of raw) socket.destroy();
      answering.close();
      deaf.close();
      await new Promise<void>((done) => {
        http.close(() => done());
        http.closeAllConnections();
      });
    },
  });
}
