import { h, icon, perFrame } from './dom.js';
import { avatar } from './people.js';
import { appChannel, isUnread, on, store } from './store.js';

/** Channels, the app, and who is acting. */
export function sidebar({ onSwitch }) {
  const nav = h('nav', { class: 'channels', 'aria-label': 'Channels' });
  const who = h('div', { class: 'who' });
  const root = h(
    'aside',
    { class: 'sidebar', dataset: { sidebar: '' } },
    h(
      'div',
      { class: 'workspace-name' },
      h('b', {}, 'Local workspace'),
      h(
        'button',
        {
          class: 'icon-button close-sidebar',
          type: 'button',
          'aria-label': 'Close the channel list',
          onclick: () => document.body.classList.remove('sidebar-open'),
        },
        icon('close'),
      ),
    ),
    nav,
    who,
  );

  const item = (href, sign, name, { isCurrent, unread = false, archived = false, data }) =>
    h(
      'a',
      {
        class: ['channel', isCurrent ? 'current' : '', unread ? 'unread' : '', archived ? 'archived' : '']
          .filter(Boolean)
          .join(' '),
        href,
        dataset: data,
        'aria-current': isCurrent ? 'page' : undefined,
      },
      h('span', { class: 'sign' }, sign),
      h('span', { class: 'name' }, name),
      unread ? h('span', { class: 'dot', 'aria-label': 'unread' }) : undefined,
    );

  const draw = () => {
    if (!store.boot) return;
    const { route } = store;
    const isOpen = (id) => route.kind === 'channel' && route.channel === id;
    const named = [...store.channels.values()].filter((channel) => channel.kind !== 'im');
    const app = appChannel();
    nav.replaceChildren(
      h('div', { class: 'group-name' }, 'Channels'),
      ...named.map((channel) =>
        item(`#${channel.id}`, channel.kind === 'public' ? '#' : '🔒', channel.name, {
          isCurrent: isOpen(channel.id),
          unread: isUnread(channel) && !isOpen(channel.id),
          archived: channel.archived,
          data: { channel: channel.id },
        }),
      ),
      h('div', { class: 'group-name' }, 'App'),
      app
        ? item(`#${app.id}`, avatar(store.boot.identity.botUserId, 20), store.boot.identity.botName, {
            isCurrent: isOpen(app.id),
            unread: isUnread(app) && !isOpen(app.id),
            data: { channel: app.id },
          })
        : '',
      store.boot.homeTab
        ? item('#home', icon('home', 18), `${store.boot.appName} home`, {
            isCurrent: route.kind === 'home',
            data: { home: '' },
          })
        : '',
    );
    drawWho();
  };

  const drawWho = () => {
    const people = [...store.users.values()].filter((user) => !user.bot && !user.deleted);
    const select = h(
      'select',
      { 'aria-label': 'Act as', dataset: { as: '' }, onchange: () => onSwitch(select.value) },
      people.map((user) => h('option', { value: user.id }, user.displayName)),
    );
    select.value = store.as;
    const zone = store.users.get(store.as)?.tz ?? '';
    who.replaceChildren(
      avatar(store.as, 36),
      h(
        'label',
        {},
        h('span', { class: 'muted' }, 'You act as'),
        select,
        h('span', { class: 'zone' }, zone.replace('_', ' ')),
      ),
    );
  };

  on('channels', perFrame(draw));
  on('route', draw);
  draw();
  return root;
}
