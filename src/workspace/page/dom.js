/** Builds DOM without ever parsing text as HTML: data goes in as text nodes and attributes only. */

const SVG = 'http://www.w3.org/2000/svg';

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  apply(element, props);
  element.append(...present(children));
  return element;
}

export function svg(tag, props = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  apply(element, props);
  element.append(...present(children));
  return element;
}

function apply(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'dataset') Object.assign(element.dataset, value);
    else if (name === 'style') for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}

function present(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== undefined && child !== null && child !== false && child !== '');
}

/** Only links a person would follow: no javascript:, no data:. */
export function safeUrl(url) {
  try {
    const parsed = new URL(url, location.href);
    return ['http:', 'https:', 'mailto:', 'tel:'].includes(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

/** The place in this workspace that a permalink names, whatever host it bears, or undefined. */
export function permalinkTarget(url) {
  const match = /\/archives\/([CDG][A-Z0-9]+)\/p(\d{10})(\d{6})(?:\?thread_ts=([\d.]+))?/.exec(url);
  return match ? { channel: match[1], ts: `${match[2]}.${match[3]}`, thread: match[4] } : undefined;
}

const ICONS = {
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M4 12l16-7-5 15-3.5-6.2L4 12z',
  thread: 'M5 5h14v10H11l-4 4v-4H5z',
  smile: 'M12 3a9 9 0 100 18 9 9 0 000-18zM8.5 14.5c1.8 2.2 5.2 2.2 7 0M9 9.5v.5M15 9.5v.5',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  chevron: 'M7 10l5 5 5-5',
  code: 'M9 8l-4 4 4 4M15 8l4 4-4 4',
  panel: 'M4 5h16v14H4zM14 5v14',
  bolt: 'M13 3L5 14h6l-1 7 8-11h-6z',
  home: 'M4 11l8-7 8 7v9h-5v-6H9v6H4z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  back: 'M14 6l-6 6 6 6',
  down: 'M12 5v14M6 13l6 6 6-6',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6z',
};

export function icon(name, size = 20) {
  const path = svg('path', { d: ICONS[name] ?? '' });
  return svg('svg', { class: 'icon', width: size, height: size, viewBox: '0 0 24 24', 'aria-hidden': 'true' }, path);
}

/** Runs at most once per frame however often it is asked. */
export function perFrame(run) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      run();
    });
  };
}
