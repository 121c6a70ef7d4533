import { h } from './dom.js';

const host = h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' });

/** A line that goes away by itself; errors stay longer. */
export function toast(text, level = 'info') {
  if (!host.isConnected) document.body.append(host);
  const element = h('div', { class: `toast ${level}`, dataset: { toast: level } }, text);
  host.append(element);
  while (host.childElementCount > 4) host.firstElementChild?.remove();
  setTimeout(() => element.remove(), level === 'error' ? 8000 : 4000);
}
