/** What the page knows, and its line to the workspace. */

const listeners = new Map();

export const store = {
  as: '',
  boot: undefined,
  users: new Map(),
  groups: new Map(),
  channels: new Map(),
  /** When this page was opened, by the workspace's clock: what only its reader saw before then is gone, as in Slack. */
  loadedAt: 0,
  /** Difference between the workspace's clock and this computer's, in ms. */
  skew: 0,
  route: { kind: 'channel', channel: '' },
  connection: { mode: 'socket', connections: 0 },
  stack: [],
  home: null,
  refused: 0,
};

export function now() {
  return Date.now() + store.skew;
}

export function me() {
  return store.users.get(store.as);
}

export function zone() {
  return me()?.tz ?? 'UTC';
}

/** Everything the page redraws hangs on these: message, channels, view, home, connection, traffic, route, reset. */
export function on(topic, listener) {
  const set = listeners.get(topic) ?? new Set();
  listeners.set(topic, set);
  set.add(listener);
  return () => set.delete(listener);
}

export function emit(topic, data) {
  for (const listener of listeners.get(topic) ?? []) listener(data);
}

export async function get(path, query = {}) {
  const response = await fetch(
    `/_page/${path}?${new URLSearchParams({ as: store.as, since: String(store.loadedAt), ...query })}`,
  );
  return response.json();
}

/** Performs an act as the acting user; answers `{ ok, error, detail, errors, response }`. */
export async function act(name, args = {}) {
  try {
    const response = await fetch('/_page/act', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ act: name, as: store.as, ...args }),
    });
    return await response.json();
  } catch {
    return { ok: false, error: 'offline', detail: 'The workspace does not answer.' };
  }
}

export async function load(as) {
  store.as = as;
  const boot = await get('bootstrap');
  store.as = boot.as;
  store.boot = boot;
  store.skew = boot.now - Date.now();
  store.loadedAt ||= boot.now;
  store.users = new Map(boot.users.map((user) => [user.id, user]));
  store.groups = new Map(boot.usergroups.map((group) => [group.id, group]));
  store.channels = new Map(boot.channels.map((channel) => [channel.id, channel]));
  store.connection = boot.connection;
  store.stack = boot.stack;
  store.home = boot.home;
  emit('channels');
}

/** The direct messages between the acting user and the app. */
export function appChannel() {
  return [...store.channels.values()].find((channel) => channel.kind === 'im' && channel.members.includes(store.as));
}

const readKey = (channel) => `watchroom-read:${store.as}:${channel}`;

export function lastRead(channel) {
  return Number(localStorage.getItem(readKey(channel)) ?? 0);
}

export function markRead(channel) {
  const known = store.channels.get(channel);
  if (!known) return;
  localStorage.setItem(readKey(channel), known.latest || '0');
  emit('channels');
}

export function isUnread(channel) {
  return Number(channel.latest || 0) > lastRead(channel.id);
}

let source;

/** Opens the live feed for the acting user; the browser reconnects by itself. */
export function listenLive() {
  source?.close();
  let greeted = false;
  source = new EventSource(`/_page/events?as=${encodeURIComponent(store.as)}`);
  source.onmessage = (event) => receive(JSON.parse(event.data));
  source.onerror = () => emit('online', false);

  function receive(change) {
    switch (change.kind) {
      case 'hello':
        emit('online', true);
        store.connection = { mode: change.mode, connections: change.connections };
        emit('connection');
        if (greeted) emit('reset');
        greeted = true;
        return;
      case 'message':
        return receiveMessage(change);
      case 'view':
        store.stack = change.stack;
        return emit('view');
      case 'home':
        store.home = change.view;
        return emit('home');
      case 'connection':
        store.connection = { mode: change.mode, connections: change.connections };
        return emit('connection');
      default:
        return emit(change.kind, change);
    }
  }
}

function receiveMessage(change) {
  const { message, what } = change;
  const channel = store.channels.get(message.channel);
  const isTop = !message.thread_ts || message.thread_ts === message.ts || message.subtype === 'thread_broadcast';
  if (what === 'posted' && channel && isTop && Number(message.ts) > Number(channel.latest || 0)) {
    channel.latest = message.ts;
    if (message.user === store.as) localStorage.setItem(readKey(channel.id), message.ts);
    emit('channels');
  }
  emit('message', change);
}
