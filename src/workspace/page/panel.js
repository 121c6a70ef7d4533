import { h, icon } from './dom.js';
import { emit, on } from './store.js';

/** A page of someone else's beside ours (the demo's faults and speed), in a frame: to the right, or from below on a phone. */
export function sidePanel(panel) {
  if (!panel) return { root: '', button: '' };
  const isNarrow = matchMedia('(max-width: 1100px)').matches;
  let isOpen = !isNarrow && localStorage.getItem('watchroom-panel') !== 'closed';
  const title = panel.title ?? 'Controls';
  const frame = h('iframe', { src: panel.url, title });
  const close = h(
    'button',
    { class: 'icon-button', type: 'button', 'aria-label': `Close ${title}`, onclick: () => set(false) },
    icon('close'),
  );
  const root = h(
    'aside',
    { class: 'panel', dataset: { panel: '' }, 'aria-label': title },
    h('header', { class: 'bar' }, h('b', {}, title), h('span', { class: 'grow' }), close),
    frame,
  );
  const button = h(
    'button',
    { class: 'banner-button', type: 'button', dataset: { togglePanel: '' }, onclick: () => set(!isOpen) },
    icon('panel', 16),
    h('span', { class: 'wide-only' }, title),
  );
  const set = (open) => {
    isOpen = open;
    root.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
    if (open) emit('drawer', 'panel');
    if (!isNarrow) localStorage.setItem('watchroom-panel', open ? 'open' : 'closed');
  };
  set(isOpen);
  // On a phone both come up from below: one at a time.
  on('drawer', (opened) => isNarrow && opened !== 'panel' && set(false));
  return { root, button };
}
