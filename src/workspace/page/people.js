import { h, svg } from './dom.js';
import { store } from './store.js';

/** Avatars: initials on a colour of the person's own; the app has a lamp. */
export function avatar(userId, size = 36) {
  const user = store.users.get(userId);
  if (user?.bot) return botAvatar(size);
  const name = user?.displayName ?? (userId === 'USLACKBOT' ? 'Slackbot' : userId);
  const initials = name
    .split(/\s+/)
    .map((word) => [...word][0] ?? '')
    .join('')
    .slice(0, 2)
    .toUpperCase();
  return h(
    'span',
    { class: 'avatar', 'aria-hidden': 'true', style: { '--size': `${size}px`, '--hue': String(hue(userId)) } },
    initials,
  );
}

function botAvatar(size) {
  const lamp = svg(
    'svg',
    { viewBox: '0 0 36 36', width: size, height: size },
    svg('path', { class: 'beam', d: 'M18 12L4 6v9zM18 12l14-6v9z' }),
    svg('path', { class: 'tower', d: 'M14.5 15h7l2 14h-11zM13.5 9.5h9v4h-9zM15 7.5l3-2.5 3 2.5z' }),
  );
  return h('span', { class: 'avatar bot', 'aria-hidden': 'true', style: { '--size': `${size}px` } }, lamp);
}

function hue(id) {
  let sum = 0;
  for (const char of String(id)) sum = (sum * 31 + char.codePointAt(0)) % 360;
  return sum;
}

export function displayName(userId) {
  return store.users.get(userId)?.displayName ?? (userId === 'USLACKBOT' ? 'Slackbot' : userId);
}

/** `Asha, Bilal and 2 others`. */
export function nameList(ids) {
  const names = ids.map((id) => (id === store.as ? 'you' : displayName(id)));
  if (names.length <= 2) return names.join(' and ');
  if (names.length === 3) return `${names[0]}, ${names[1]} and ${names[2]}`;
  return `${names[0]}, ${names[1]} and ${names.length - 2} others`;
}
