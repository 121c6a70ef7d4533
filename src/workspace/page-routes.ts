import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Acting, type ActResult, actor, type ClickTarget } from './act.ts';
import { click, suggest } from './act-block.ts';
import { openHome, react, runCommand, runShortcut, writeMessage } from './act-command.ts';
import { closeView, submitView } from './act-view.ts';
import type { InputValue, InputValues } from './element-state.ts';
import { readArguments } from './http-body.ts';
import { type LiveFeed, mayRead, pageMessage } from './live-feed.ts';
import type { Message } from './model.ts';
import { compareTs } from './state.ts';
import { isObject, type JsonObject } from './strict/check.ts';
import { stackOf } from './view-stack.ts';
import { viewJson } from './wire.ts';

export interface PageOptions {
  readonly acting: Acting;
  readonly feed: LiveFeed;
  readonly panel?: { readonly url: string; readonly title?: string };
  readonly connectionInfo: () => JsonObject;
}

const PAGE_DIR = join(import.meta.dirname, 'page');
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Serves the page's files; only plain names inside its folder. */
export async function servePageFile(options: PageOptions, path: string, response: ServerResponse): Promise<void> {
  const name = path === '/' || path.startsWith('/archives/') ? 'index.html' : path.slice(1);
  const type = TYPES[name.split('.').at(-1) ?? ''];
  const bytes =
    type !== undefined && /^[a-z0-9-]+\.[a-z]+$/.test(name)
      ? await readFile(join(PAGE_DIR, name)).catch(() => undefined)
      : undefined;
  if (!bytes || type === undefined) return sendJson(response, 404, { ok: false, error: 'not found' });
  const frames = options.panel ? new URL(options.panel.url).origin : "'none'";
  response.writeHead(200, {
    'content-type': type,
    'cache-control': 'no-cache',
    'referrer-policy': 'no-referrer',
    'content-security-policy': `default-src 'self'; img-src 'self' data: http: https:; frame-src ${frames}; object-src 'none'; base-uri 'none'`,
  });
  response.end(bytes);
}

/** The page's own calls under `/_page/`. */
export async function handlePage(
  options: PageOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const { acting, feed } = options;
  const args = await readArguments(request, url);
  const as = text(args, 'as') || ([...acting.context.state.users.values()].find((user) => !user.bot)?.id ?? '');
  switch (url.pathname) {
    case '/_page/bootstrap':
      return sendJson(response, 200, bootstrap(options, as));
    case '/_page/events':
      return feed.attach(response, as);
    case '/_page/messages':
      return sendJson(response, 200, messagesPage(acting, as, args));
    case '/_page/thread':
      return sendJson(response, 200, threadPage(acting, as, args));
    case '/_page/traffic': {
      const entries = acting.context.traffic.since(Number(text(args, 'after')) || 0);
      return sendJson(response, 200, { entries: entries.slice(-300) });
    }
    case '/_page/act':
      return sendJson(response, 200, await act(acting, as, args));
    default:
      return sendJson(response, 404, { ok: false, error: 'not found' });
  }
}

function bootstrap(options: PageOptions, as: string): JsonObject {
  const { context } = options.acting;
  const { state, manifest } = context;
  actor(options.acting, as);
  state.directChannel(as);
  const visible = [...state.channels.values()].filter((channel) => mayRead(context, as, channel.id));
  const home = state.homes.get(as);
  return {
    identity: state.identity,
    as,
    now: state.now(),
    users: [...state.users.values()],
    usergroups: [...state.usergroups.values()],
    channels: visible.map((channel) => ({
      id: channel.id,
      name: channel.name,
      kind: channel.kind,
      archived: channel.archived,
      topic: channel.topic,
      members: [...channel.members],
      latest: state.channelMessages(channel.id, as).at(-1)?.ts ?? '',
    })),
    commands: manifest.commands,
    shortcuts: manifest.shortcuts,
    homeTab: manifest.homeTab,
    appName: manifest.name,
    panel: options.panel ?? null,
    connection: options.connectionInfo(),
    stack: stackOf(state, as).map((view) => viewJson(context, view)),
    home: home ? viewJson(context, home) : null,
  };
}

const PAGE_SIZE = 60;

function messagesPage({ context }: Acting, as: string, args: JsonObject): JsonObject {
  const channel = text(args, 'channel');
  if (!mayRead(context, as, channel)) return { messages: [], more: false };
  const before = text(args, 'before');
  const all = context.state
    .channelMessages(channel, as)
    .filter((message) => before === '' || compareTs(message.ts, before) < 0)
    .filter((message) => outlives(message, args));
  const around = text(args, 'around');
  const start = around === '' ? Infinity : Math.max(0, all.findIndex((message) => message.ts === around) - 10);
  const from = Math.min(start, Math.max(0, all.length - PAGE_SIZE));
  // A place far back comes as a window of its own, not with everything since.
  const to = all.length - from > 4 * PAGE_SIZE ? from + PAGE_SIZE : all.length;
  const messages = all.slice(from, to).map((message) => pageMessage(context, message));
  return { messages, more: from > 0, detached: to < all.length };
}

/**
 * Whether a page that was opened at `since` (ms) still shows the message: an ephemeral one is gone with the page that showed it.
 * https://docs.slack.dev/reference/methods/chat.postEphemeral
 */
function outlives(message: Message, args: JsonObject): boolean {
  return message.onlyFor === undefined || Number(message.ts) * 1000 >= (Number(text(args, 'since')) || 0);
}

function threadPage({ context }: Acting, as: string, args: JsonObject): JsonObject {
  const channel = text(args, 'channel');
  if (!mayRead(context, as, channel)) return { messages: [] };
  return {
    messages: context.state
      .threadMessages(channel, text(args, 'ts'), as)
      .filter((message) => outlives(message, args))
      .map((message) => pageMessage(context, message)),
  };
}

/** One act of the page's user. Mistakes of the caller come back as `bad_request` with a sentence. */
async function act(acting: Acting, as: string, args: JsonObject): Promise<ActResult | JsonObject> {
  try {
    return await perform(acting, as, args);
  } catch (error) {
    return { ok: false, error: 'bad_request', detail: error instanceof Error ? error.message : String(error) };
  }
}

async function perform(acting: Acting, as: string, args: JsonObject): Promise<ActResult> {
  const done: ActResult = { ok: true, response: undefined };
  const threadTs = text(args, 'thread') || undefined;
  switch (text(args, 'act')) {
    case 'click':
      return click(acting, as, clickTarget(args));
    case 'suggest':
      return suggest(acting, as, clickTarget(args), text(args, 'query'));
    case 'command':
      return runCommand(acting, as, text(args, 'channel'), text(args, 'text'), threadTs);
    case 'message':
      writeMessage(acting, as, text(args, 'channel'), text(args, 'text'), threadTs);
      return done;
    case 'react':
      react(acting, as, text(args, 'channel'), text(args, 'ts'), text(args, 'emoji'));
      return done;
    case 'submit':
      return submitView(acting, as, inputValues(args['values']));
    case 'close':
      return closeView(acting, as, args['all'] === true);
    case 'home':
      openHome(acting, as);
      return done;
    case 'shortcut': {
      const on = text(args, 'ts') === '' ? undefined : { channel: text(args, 'channel'), ts: text(args, 'ts') };
      return runShortcut(acting, as, text(args, 'callbackId'), on);
    }
    default:
      throw new Error(`unknown act ${text(args, 'act')}`);
  }
}

function clickTarget(args: JsonObject): ClickTarget {
  const named = text(args, 'surface');
  const surface = named === 'modal' || named === 'home' ? named : undefined;
  const value = args['value'];
  return {
    actionId: text(args, 'actionId'),
    ...(text(args, 'blockId') === '' ? {} : { blockId: text(args, 'blockId') }),
    ...(surface === undefined ? { channel: text(args, 'channel'), ts: text(args, 'ts') } : { surface }),
    ...(isInputValue(value) ? { value } : {}),
    values: inputValues(args['values']),
  };
}

function inputValues(raw: unknown): InputValues {
  if (!isObject(raw)) return {};
  return Object.fromEntries(
    Object.entries(raw).filter((entry): entry is [string, InputValue] => isInputValue(entry[1])),
  );
}

function isInputValue(value: unknown): value is InputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return true;
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function text(args: JsonObject, name: string): string {
  const value = args[name];
  return typeof value === 'string' ? value : '';
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
