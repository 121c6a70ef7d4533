import type { ServerResponse } from 'node:http';
import type { Context } from './context.ts';
import type { Change, Message } from './model.ts';
import type { JsonObject } from './strict/check.ts';
import { stackOf } from './view-stack.ts';
import { messageJson, viewJson } from './wire.ts';

const HEARTBEAT_MS = 15_000;

/** A message as the page gets it: Slack's JSON plus where it stands and who may see it. */
export function pageMessage(context: Context, message: Message): JsonObject {
  return {
    ...messageJson(context, message),
    channel: message.channel,
    fromBot: message.fromBot,
    ephemeral: message.onlyFor !== undefined,
    revision: message.revision,
  };
}

export function mayRead(context: Context, user: string, channelId: string): boolean {
  const channel = context.state.channels.get(channelId);
  return channel !== undefined && (channel.kind === 'public' || channel.members.has(user));
}

/** Server-sent events to open pages; each page sees only what its acting user may see. */
export class LiveFeed {
  readonly #context: Context;
  readonly #pages = new Map<ServerResponse, string>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #connectionInfo: () => JsonObject;

  constructor(context: Context, connectionInfo: () => JsonObject) {
    this.#context = context;
    this.#connectionInfo = connectionInfo;
    context.state.listen((change) => this.#publish(change));
    this.#heartbeat = setInterval(() => {
      for (const page of this.#pages.keys()) page.write(': still here\n\n');
    }, HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  attach(response: ServerResponse, user: string): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      connection: 'keep-alive',
    });
    response.write(`retry: 1000\ndata: ${JSON.stringify({ kind: 'hello', ...this.#connectionInfo() })}\n\n`);
    this.#pages.set(response, user);
    response.on('close', () => this.#pages.delete(response));
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const page of this.#pages.keys()) page.end();
  }

  #publish(change: Change): void {
    for (const [page, user] of this.#pages) {
      const data = this.#forUser(change, user);
      if (data !== undefined) page.write(`data: ${JSON.stringify(data)}\n\n`);
    }
  }

  #forUser(change: Change, user: string): JsonObject | undefined {
    const { state } = this.#context;
    switch (change.kind) {
      case 'message': {
        const { message, what } = change;
        if (message.onlyFor !== undefined && message.onlyFor !== user) return undefined;
        if (!mayRead(this.#context, user, message.channel)) return undefined;
        return { kind: 'message', what, message: pageMessage(this.#context, message) };
      }
      case 'view':
        if (change.user !== user) return undefined;
        return { kind: 'view', stack: stackOf(state, user).map((view) => viewJson(this.#context, view)) };
      case 'home': {
        const view = state.homes.get(user);
        return change.user === user && view ? { kind: 'home', view: viewJson(this.#context, view) } : undefined;
      }
      case 'notice':
        return change.user === user ? { ...change } : undefined;
      case 'connection':
        return { kind: 'connection', ...this.#connectionInfo() };
      case 'traffic':
      case 'channel':
      case 'reset':
        return { ...change };
    }
  }
}
