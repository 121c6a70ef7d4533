import { renderBlocks } from './blocks.js';
import { composer } from './composer.js';
import { h, icon } from './dom.js';
import { inspector } from './inspector.js';
import { closeMenu } from './menu.js';
import { messageList } from './message-list.js';
import { modalHost } from './modal.js';
import { sidePanel } from './panel.js';
import { avatar } from './people.js';
import { sidebar } from './sidebar.js';
import { act, emit, get, lastRead, listenLive, load, markRead, on, store } from './store.js';
import { enteredIn, makeSurface } from './surface.js';
import { toast } from './toast.js';

/** Puts the page together and follows the address: `#C01ML`, `#C01ML/TS`, `#C01ML/THREAD/TS`, `#home`. */

const header = h('header', { class: 'bar' });
const stage = h('div', { class: 'stage' });
const threadPane = h('aside', { class: 'thread', hidden: true, dataset: { thread: '' }, 'aria-label': 'Thread' });
const refused = h('span', { class: 'badge', hidden: true, title: 'Calls that Slack would refuse' });
const status = h('span', { class: 'status' });
const drawer = inspector();
let channelList;
let threadList;
let threadOf = '';

async function start() {
  await load(new URLSearchParams(location.search).get('as') ?? localStorage.getItem('watchroom-as') ?? '');
  document.title = `${store.boot.appName} – local workspace`;
  // A page that was closed took its modals with it.
  if (store.stack.length > 0) {
    store.stack = [];
    void act('close', { all: true });
  }
  const panel = sidePanel(store.boot.panel);
  document.body.append(
    h(
      'div',
      { class: 'banner', role: 'note' },
      h('span', {}, 'Local workspace — not Slack'),
      status,
      h('span', { class: 'grow' }),
      panel.button,
      h(
        'button',
        { class: 'banner-button', type: 'button', dataset: { toggleInspector: '' }, onclick: () => drawer.toggle() },
        icon('code', 16),
        h('span', { class: 'wide-only' }, 'Traffic'),
        refused,
      ),
    ),
    h('div', { class: 'layout' }, sidebar({ onSwitch }), h('main', {}, header, stage), threadPane, panel.root),
    drawer.root,
    h('div', { class: 'shade', onclick: () => document.body.classList.remove('sidebar-open') }),
  );
  modalHost();
  on('message', onMessage);
  on('reset', () => location.reload());
  on('channel', () => void load(store.as));
  on('home', () => store.route.kind === 'home' && showHome());
  on('connection', drawStatus);
  on('refused', () => {
    refused.hidden = store.refused === 0;
    refused.textContent = String(store.refused);
  });
  on('notice', ({ text, level }) => toast(text, level));
  on('online', (isOnline) => {
    document.body.classList.toggle('offline', !isOnline);
    document.body.dataset.live = String(isOnline);
  });
  addEventListener('hashchange', () => void follow());
  addEventListener('focus', () => store.route.kind === 'channel' && markRead(store.route.channel));
  listenLive();
  drawStatus();
  await follow();
}

function onSwitch(as) {
  localStorage.setItem('watchroom-as', as);
  const url = new URL(location.href);
  url.searchParams.set('as', as);
  if (url.hash.startsWith('#D')) url.hash = '';
  location.href = url.href;
  if (url.hash === location.hash) location.reload();
}

function drawStatus() {
  const { mode, connections } = store.connection;
  const isUp = mode === 'http' || connections > 0;
  status.className = isUp ? 'status up' : 'status down';
  status.textContent =
    mode === 'http'
      ? 'signed HTTP'
      : connections === 0
        ? 'bot offline'
        : connections === 1
          ? 'bot online'
          : `${connections} connections`;
}

/** Reads the address and shows what it names. */
async function follow() {
  closeMenu();
  document.body.classList.remove('sidebar-open');
  const [first = '', second, third] = decodeURIComponent(location.hash.slice(1)).split('/');
  if (first === 'home' && store.boot.homeTab) {
    store.route = { kind: 'home' };
    closeThread();
    emit('route');
    void act('home');
    return showHome();
  }
  const fallback = [...store.channels.values()][0]?.id ?? '';
  const archive = /^\/archives\/([CDG][A-Z0-9]+)\/p(\d{10})(\d{6})/.exec(location.pathname);
  if (archive && first === '') {
    history.replaceState(null, '', `/?as=${store.as}#${archive[1]}/${archive[2]}.${archive[3]}`);
    return follow();
  }
  const channel = store.channels.has(first) ? first : fallback;
  const isNew = store.route.kind !== 'channel' || store.route.channel !== channel || !channelList;
  store.route = { kind: 'channel', channel };
  emit('route');
  if (isNew) await showChannel(channel, third === undefined ? second : undefined);
  if (third !== undefined && second !== undefined) await showThread(channel, second, third);
  else {
    closeThread();
    if (second !== undefined && channelList && !channelList.highlight(second)) {
      channelList.show(channel, await get('messages', { channel, around: second }));
      channelList.highlight(second);
    }
  }
}

async function showChannel(id, around) {
  const channel = store.channels.get(id);
  const before = lastRead(id);
  const page = await get('messages', { channel: id, ...(around ? { around } : {}) });
  if (store.route.channel !== id) return;
  channelList = messageList({ onEmpty: () => emptyChannel(channel), onNewest: () => void showChannel(id) });
  const isApp = channel?.kind === 'im';
  const name = isApp ? store.boot.identity.botName : (channel?.name ?? id);
  drawHeader(
    isApp
      ? [avatar(store.boot.identity.botUserId, 28), h('b', {}, name)]
      : [h('span', { class: 'hash' }, '#'), h('b', {}, name)],
    channel,
  );
  const box = composer({ channel: id, placeholder: isApp ? `Message ${name}` : `Message #${name}` });
  stage.replaceChildren(
    channelList.root,
    channel?.archived ? h('p', { class: 'muted empty' }, 'This channel is archived.') : box.root,
  );
  channelList.show(id, page);
  markNew(page.messages, before);
  markRead(id);
  if (!matchMedia('(max-width: 800px)').matches) box.focus();
}

/** A line above the first message that came since the last visit. */
function markNew(messages, before) {
  const first = messages.find((message) => Number(message.ts) > before && message.user !== store.as);
  if (before === 0 || !first || first === messages[0]) return;
  const row = stage.querySelector(`[data-ts="${CSS.escape(first.ts)}"]`);
  row?.before(h('div', { class: 'divider-line new', dataset: { divider: 'new' } }, h('span', {}, 'New')));
}

function emptyChannel(channel) {
  const isApp = channel?.kind === 'im';
  return h(
    'div',
    { class: 'empty-channel' },
    isApp ? avatar(store.boot.identity.botUserId, 56) : h('span', { class: 'hash big' }, '#'),
    h('h2', {}, isApp ? store.boot.identity.botName : `#${channel?.name ?? ''}`),
    h(
      'p',
      { class: 'muted' },
      channel?.topic || (isApp ? 'Direct messages with the app appear here.' : 'No messages yet.'),
    ),
  );
}

function drawHeader(title, channel) {
  const burger = h(
    'button',
    {
      class: 'icon-button burger',
      type: 'button',
      'aria-label': 'Channels',
      dataset: { burger: '' },
      onclick: () => document.body.classList.add('sidebar-open'),
    },
    icon('menu'),
  );
  const app = channel?.kind === 'im' || store.route.kind === 'home';
  const dm = [...store.channels.values()].find((one) => one.kind === 'im');
  const tab = (href, name, isCurrent) => h('a', { class: isCurrent ? 'tab current' : 'tab', href }, name);
  const tabs =
    app && store.boot.homeTab
      ? h(
          'div',
          { class: 'tabs' },
          tab('#home', 'Home', store.route.kind === 'home'),
          tab(`#${dm?.id ?? ''}`, 'Messages', store.route.kind !== 'home'),
        )
      : undefined;
  const topic = channel?.topic ? h('span', { class: 'topic' }, channel.topic) : undefined;
  const members =
    channel && channel.kind !== 'im'
      ? h(
          'span',
          { class: 'members', title: 'Members' },
          channel.members
            .filter((id) => !store.users.get(id)?.bot)
            .slice(0, 4)
            .map((id) => avatar(id, 24)),
        )
      : undefined;
  header.replaceChildren(
    burger,
    h('div', { class: 'title' }, title),
    ...[topic, h('span', { class: 'grow' }), tabs, members].filter(Boolean),
  );
}

function showHome() {
  channelList = undefined;
  drawHeader([avatar(store.boot.identity.botUserId, 28), h('b', {}, store.boot.appName)]);
  const values = enteredIn(`home/${store.home?.id ?? ''}`);
  const surface = makeSurface({ surface: 'home' }, values, {}, store.home?.state?.values);
  const body = store.home
    ? renderBlocks(store.home.blocks, surface)
    : [h('p', { class: 'muted' }, 'The app has not published a home tab yet.')];
  stage.replaceChildren(h('div', { class: 'home', dataset: { homeView: '' } }, h('div', { class: 'home-body' }, body)));
}

async function showThread(channel, parent, ts) {
  if (threadOf !== parent || threadPane.hidden) {
    threadOf = parent;
    const page = await get('thread', { channel, ts: parent });
    if (threadOf !== parent) return;
    threadList = messageList({ inThread: true });
    const name = store.channels.get(channel)?.name;
    const box = composer({ channel, threadTs: parent, placeholder: 'Reply…' });
    threadPane.replaceChildren(
      h(
        'header',
        { class: 'bar' },
        h(
          'div',
          { class: 'title' },
          h('b', {}, 'Thread'),
          name ? h('span', { class: 'muted' }, `#${name}`) : undefined,
        ),
        h('span', { class: 'grow' }),
        h(
          'a',
          { class: 'icon-button', href: `#${channel}`, 'aria-label': 'Close the thread', dataset: { closeThread: '' } },
          icon('close'),
        ),
      ),
      threadList.root,
      box.root,
    );
    threadPane.hidden = false;
    document.body.classList.add('thread-open');
    threadList.show(channel, page);
  }
  if (ts !== parent) threadList.highlight(ts);
}

function closeThread() {
  threadOf = '';
  threadPane.hidden = true;
  threadPane.replaceChildren();
  document.body.classList.remove('thread-open');
}

function onMessage(change) {
  const { message } = change;
  if (store.route.kind !== 'channel' || store.route.channel !== message.channel) return;
  const isReply = message.thread_ts !== undefined && message.thread_ts !== message.ts;
  if (!isReply || message.subtype === 'thread_broadcast' || channelList?.has(message.ts)) channelList?.push(change);
  if (threadOf !== '' && (message.thread_ts === threadOf || message.ts === threadOf)) threadList?.push(change);
  if (change.what === 'posted' && document.hasFocus()) markRead(message.channel);
}

void start();
