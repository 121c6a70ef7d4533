import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Acting, type ActResult, type ClickTarget } from './act.ts';
import { click, suggest } from './act-block.ts';
import { openHome, react, runCommand, runShortcut, writeMessage } from './act-command.ts';
import { closeView, submitView } from './act-view.ts';
import { AppLink } from './app-link.ts';
import type { Context } from './context.ts';
import type { InputValues } from './element-state.ts';
import { type Fault, FaultPlan } from './faults.ts';
import { Limiter } from './limiter.ts';
import { LiveFeed } from './live-feed.ts';
import { readManifest } from './manifest.ts';
import type { Channel, Message } from './model.ts';
import { defaultChannels, defaultUsers, identityFor, type WorkspaceOptions } from './options.ts';
import { readerOf, type StateReader } from './reader.ts';
import { route } from './routes.ts';
import { deliverDue } from './schedule.ts';
import { SocketHub } from './socket-mode.ts';
import { WorkspaceState } from './state.ts';
import type { JsonObject } from './strict/check.ts';
import { TrafficLog } from './traffic.ts';
import { Triggers } from './triggers.ts';
import { messageJson } from './wire.ts';

/** What people do in Slack. Each resolves when the app has acknowledged, or with a failure after 3 seconds. */
export interface Acts {
  click(user: string, target: ClickTarget): Promise<ActResult>;
  /** Options of an external select for what was typed. */
  suggest(user: string, target: ClickTarget, query: string): Promise<ActResult>;
  /** `text` is the whole line: `/alert list`. `channel` may be `@app` for the direct messages. */
  command(user: string, channel: string, text: string, options?: { readonly threadTs?: string }): Promise<ActResult>;
  submitView(user: string, form: { readonly values: InputValues }): Promise<ActResult>;
  closeView(user: string, options?: { readonly all?: boolean }): Promise<ActResult>;
  /** Returns the message's ts at once; events are on their way (`settled()` waits for them). */
  message(user: string, channel: string, text: string, options?: { readonly threadTs?: string }): string;
  /** Toggles a reaction. */
  react(user: string, channel: string, ts: string, emoji: string): void;
  openHome(user: string): void;
  shortcut(
    user: string,
    callbackId: string,
    on?: { readonly channel: string; readonly ts: string },
  ): Promise<ActResult>;
}

export interface Workspace {
  /** The page: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What SLACK_API_URL must be: ends with `/api/`. */
  readonly apiUrl: string;
  readonly state: StateReader;
  readonly act: Acts;
  readonly faults: { add(fault: Fault): void; clear(): void };
  /** Open Socket Mode connections. */
  connections(): number;
  /** Resolves as soon as `look` finds something, now or after any change; rejects after `timeoutMs` (real time). */
  until<T>(look: (state: StateReader) => T | undefined | false, timeoutMs?: number): Promise<T>;
  /** Resolves when the app has acknowledged every event that was sent. */
  settled(): Promise<void>;
  /** Signed HTTP: Slack's `url_verification` handshake; true when the app echoed the challenge. */
  verifyUrl(): Promise<boolean>;
  /** Back to the seed: messages, views, log, faults, triggers. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts a local Slack. The bot reaches it by `SLACK_API_URL` alone; people reach it by the page. */
export async function startWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const manifest = readManifest(options.manifest);
  const now = options.now ?? Date.now;
  const { users = defaultUsers, channels = defaultChannels, usergroups = [] } = options;
  const state = new WorkspaceState(identityFor(manifest), { users, channels, usergroups }, now);
  let baseUrl = '';
  const hub = new SocketHub({
    appId: state.identity.appId,
    onConnections: () => state.announce({ kind: 'connection' }),
  });
  const context: Context = {
    state,
    manifest,
    traffic: new TrafficLog(state),
    faults: new FaultPlan(),
    triggers: new Triggers(now),
    strict: options.strict ?? true,
    botToken: options.botToken,
    appToken: options.appToken,
    baseUrl: () => baseUrl,
    openConnection: () => {
      const path = hub.issueTicket();
      return path === undefined ? undefined : `${baseUrl.replace('http', 'ws')}${path}`;
    },
    emit: (event) => {
      if (manifest.events.has(String(event['type']))) link.emit(event);
    },
    emitMessage: (message, channel, extra) => {
      const event = messageEvent(context, message, channel, extra);
      if (event) link.emit(event);
    },
  };
  const ackTimeout = options.ackTimeout ?? 3_000;
  const { requestUrl, signingSecret } = options;
  const http = requestUrl === undefined ? undefined : { requestUrl, signingSecret, timeoutMs: ackTimeout };
  const link = new AppLink({ context, hub, ackTimeout, ...(http === undefined ? {} : { http }) });
  const acting: Acting = { context, link };
  const connectionInfo = (): JsonObject => ({ mode: http ? 'http' : 'socket', connections: hub.connections });
  const feed = new LiveFeed(context, connectionInfo);
  const { limits = false, extraPanel } = options;
  const addFault = (fault: Fault) => {
    context.faults.add(fault);
    if (fault.kind === 'ws_drop') hub.drop();
    if (fault.kind === 'ws_refresh') hub.refresh();
  };
  const reset = () => {
    context.faults.clear();
    context.triggers.clear();
    context.traffic.clear();
    state.reset();
  };
  const routes = {
    api: { context, ...(limits === false ? {} : { limiter: new Limiter(limits === true ? {} : limits) }) },
    page: { acting, feed, connectionInfo, ...(extraPanel === undefined ? {} : { panel: extraPanel }) },
    addFault,
    reset,
  };
  const server = createServer(
    (request, response) => void guarded(() => route(routes, request, response), request, response),
  );
  server.on('upgrade', (request, socket, head) => hub.upgrade(request, socket, head));
  baseUrl = await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
  const scheduler = setInterval(() => deliverDue(context), 250);
  scheduler.unref();
  const reader = readerOf(context);
  return {
    url: baseUrl,
    apiUrl: `${baseUrl}/api/`,
    state: reader,
    act: actsOf(acting),
    faults: { add: addFault, clear: () => context.faults.clear() },
    connections: () => hub.connections,
    until: (look, timeoutMs = 5_000) => until(state, () => look(reader), timeoutMs),
    settled: () => link.settled(),
    verifyUrl: () => link.verify(),
    reset,
    close: async () => {
      clearInterval(scheduler);
      link.close();
      feed.close();
      hub.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function actsOf(acting: Acting): Acts {
  return {
    click: (user, target) => click(acting, user, target),
    suggest: (user, target, query) => suggest(acting, user, target, query),
    command: (user, channel, text, more) => runCommand(acting, user, channel, text, more?.threadTs),
    submitView: (user, form) => submitView(acting, user, form.values),
    closeView: (user, more) => closeView(acting, user, more?.all),
    message: (user, channel, text, more) => writeMessage(acting, user, channel, text, more?.threadTs),
    react: (user, channel, ts, emoji) => react(acting, user, channel, ts, emoji),
    openHome: (user) => openHome(acting, user),
    shortcut: (user, callbackId, on) => runShortcut(acting, user, callbackId, on),
  };
}

const EVENT_OF_KIND = {
  public: ['message.channels', 'channel'],
  private: ['message.groups', 'group'],
  im: ['message.im', 'im'],
  mpim: ['message.mpim', 'mpim'],
} as const;

/** A message event, where the manifest subscribes to that kind of channel and the bot is in it. */
function messageEvent(
  context: Context,
  message: Message,
  channel: Channel,
  extra: JsonObject = {},
): JsonObject | undefined {
  const [event, channelType] = EVENT_OF_KIND[channel.kind];
  if (!context.manifest.events.has(event) || !channel.members.has(context.state.identity.botUserId)) return undefined;
  const body = extra['subtype'] === undefined ? messageJson(context, message) : {};
  return {
    ...body,
    type: 'message',
    ...extra,
    channel: channel.id,
    channel_type: channelType,
    event_ts: message.ts,
    ts: message.ts,
  };
}

async function listen(server: Server, port: number, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

/** A bug in a handler must show as a 500, not kill the process that also runs the tests. */
async function guarded(handle: () => Promise<void>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await handle();
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ok: false, error: 'internal_error', path: request.url, detail }));
  }
}

function until<T>(state: WorkspaceState, look: () => T | undefined | false, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const check = () => {
      const found = look();
      if (found === undefined || found === false) return;
      finish();
      resolve(found);
    };
    const timer = setTimeout(() => {
      finish();
      reject(new Error(`nothing of the kind within ${timeoutMs} ms: ${look.toString().slice(0, 200)}`));
    }, timeoutMs);
    const stop = state.listen(check);
    const finish = () => {
      clearTimeout(timer);
      stop();
    };
    check();
  });
}
